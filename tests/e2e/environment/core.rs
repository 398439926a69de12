//! The core and two environments side by side: one in the two steps of the guides, one that the data science administrator provisions
//! from the portfolio.

use super::roles::people::{assume, forget, user};
use super::{create_with, described, forget_kept, gone, ssm};
use crate::clean_up::functions::release;
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run, until_within};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack};
use serde_json::{Value, json};

const CORE: &str = "core-ds";
/// What environments and project templates import.
const EXPORTS: [&str; 5] = [
    "ds-environment-permissions-boundary-arn",
    "ds-get-environment-configuration-lambda-arn",
    "ds-pypi-repository",
    "ds-pypimirror-shared-service-endpoint-name",
    "ds-service-catalog-launch-role-arn",
];

#[test]
fn two_environments_stand_side_by_side_on_one_core() {
    run(async {
        // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
        let held = (portfolio().await?, classic_roles().await?);
        let core = core().await?;
        let administrator = user("core-carol").await?;
        let session = assume(&administrator, core.output("DSAdministratorRoleArn")?, "core-carol").await?;
        let (stepwise, provisioned) = tokio::join!(stepwise(), provision(&session, &core));
        let (stepwise, provisioned) = (stepwise?, provisioned?);

        let (one, other) = (ssm("core-steps").await?, ssm("core-product").await?);
        for name in ["sagemaker-domain-id", "vpc-id", "kms-s3-key-arn"] {
            ensure!(one.contains_key(name) && one[name] != other[name], "{name} is shared");
        }
        assert_eq!(stepwise.output("SageMakerDomainId")?, one["sagemaker-domain-id"]);
        for name in
            ["SageMakerDomainId", "AssumeTeamAdminRole", "AssumeDataScientistRole", "GetOUAccountsLambdaArn"]
        {
            ensure!(provisioned.iter().any(|output| output["OutputKey"] == name), "{provisioned:?}");
        }
        assert_eq!(one["pypi-repository"], core.output("PyPIRepository")?);
        ensure!(!other.contains_key("pypi-repository"), "{other:?}");
        imported(&stepwise).await?;

        terminate(&session).await?;
        gone(&stepwise.stack).await?;
        forget("core-carol", &administrator).await?;
        gone(CORE).await?;
        drop(held);
        for (name, kept) in [("core-steps", &one), ("core-product", &other)] {
            assert_eq!(ssm(name).await?.len(), 0, "parameters of {name} are left");
            forget_kept(name, kept).await?;
        }
        for prefix in [CORE, "core-steps"] {
            for (kind, names) in inventory(prefix).await? {
                let logs = |name: &String| kind == "buckets" && name.contains("-buckets-");
                ensure!(names.iter().all(logs), "{kind} left behind: {names:?}");
            }
        }
        Ok(())
    });
}

/// The core, as the guides make it.
async fn core() -> anyhow::Result<DeployedStack> {
    let mut parameters = release(cloud().await).await?;
    parameters.extend(deploy::named([("StackSetName", CORE), ("CreateSharedServices", "YES")]));
    let core =
        create_with(&["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], CORE, "core-main", parameters).await?;
    for (output, name) in [
        ("DSAdministratorRoleArn", "DataScienceAdministrator"),
        ("SCLaunchRoleArn", "DSServiceCatalogLaunchRole"),
    ] {
        assert_eq!(core.output(output)?, format!("arn:aws:iam::111122223333:role/{CORE}-us-east-1-{name}"));
    }
    assert_eq!(core.output("ProductName")?, format!("{CORE}-us-east-1 Data Science Environment v1.2"));
    assert_eq!(core.output("ProvisioningArtifactNames")?, "DS Environment v1.2");
    let exports =
        aws(&["cloudformation", "list-exports", "--query", "Exports[?starts_with(Name, 'ds-')].Name"])
            .await?;
    let mut names: Vec<_> = exports.as_array().context("no list")?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, EXPORTS);
    Ok(core)
}

/// The second step of the guides.
async fn stepwise() -> anyhow::Result<DeployedStack> {
    let mut parameters = release(cloud().await).await?;
    parameters.extend(deploy::named([
        ("EnvName", "core-steps"),
        ("EnvType", "dev"),
        ("AvailabilityZones", "us-east-1a,us-east-1b"),
        ("NumberOfAZs", "2"),
        ("UseSharedServicesPyPiMirror", "YES"),
    ]));
    create_with(&["CAPABILITY_NAMED_IAM"], "core-steps", "env-main", parameters).await
}

/// The environment that the administrator provisions; its outputs.
async fn provision(session: &Value, core: &DeployedStack) -> anyhow::Result<Vec<Value>> {
    let release = release(cloud().await).await?;
    let mut given = vec![
        ("EnvName", "core-product"),
        ("EnvType", "dev"),
        ("AvailabilityZones", "us-east-1a,us-east-1b"),
        ("NumberOfAZs", "2"),
    ];
    given.extend(release.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let given: Vec<_> = given.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let given = Value::from(given).to_string();
    let (product, version) = (core.output("ProductId")?, core.output("ProvisioningArtifactIds")?);
    let provision = [
        ["servicecatalog", "provision-product", "--product-id", product],
        ["--provisioning-artifact-id", version, "--provisioned-product-name", "core-product"],
        ["--provisioning-parameters", &given, "--query", "RecordDetail.RecordId"],
    ];
    let record = aws_as(session, &provision.concat()).await?;
    succeeded(session, record.as_str().context("no record")?).await?;
    let outputs = ["servicecatalog", "get-provisioned-product-outputs", "--provisioned-product-name"];
    let found = aws_as(session, &[&outputs[..], &["core-product"]].concat()).await?;
    found["Outputs"].as_array().cloned().context("no outputs")
}

async fn terminate(session: &Value) -> anyhow::Result<()> {
    let terminate = ["servicecatalog", "terminate-provisioned-product", "--provisioned-product-name"];
    let record = ["core-product", "--query", "RecordDetail.RecordId"];
    let record = aws_as(session, &[&terminate[..], &record].concat()).await?;
    succeeded(session, record.as_str().context("no record")?).await
}

/// Waits for a record, and fails with its errors unless it succeeded.
async fn succeeded(session: &Value, record: &str) -> anyhow::Result<()> {
    let describe = ["servicecatalog", "describe-record", "--id", record, "--query", "RecordDetail"];
    until_within(super::STACK_LIMIT, "the record has ended", async || {
        let status = aws_as(session, &describe).await?["Status"].clone();
        Ok(!["CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"].contains(&status.as_str().unwrap_or_default()))
    })
    .await?;
    let found = aws_as(session, &describe).await?;
    ensure!(found["Status"] == "SUCCEEDED", "{}", found["RecordErrors"]);
    Ok(())
}

/// The environment imports the boundary, so the core cannot go before it.
async fn imported(environment: &DeployedStack) -> anyhow::Result<()> {
    let importers = ["cloudformation", "list-imports", "--export-name", EXPORTS[0], "--query", "Imports"];
    let importers = aws(&importers).await?;
    ensure!(importers.to_string().contains(&environment.stack), "{importers}");
    aws(&["cloudformation", "delete-stack", "--stack-name", CORE]).await?;
    until_within(super::STACK_LIMIT, "the deletion has ended", async || {
        Ok(!described(CORE).await?["StackStatus"].as_str().unwrap_or_default().ends_with("_IN_PROGRESS"))
    })
    .await?;
    let exports = aws(&["cloudformation", "list-exports", "--query", "Exports[].Name"]).await?;
    ensure!(exports.to_string().contains(EXPORTS[0]), "the core is gone under its environment");
    Ok(())
}
