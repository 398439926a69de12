//! The core and three environments side by side: those in the two steps of both guides, and one that the data science administrator
//! provisions from the portfolio.

use super::roles::people::{assume, forget, user};
use super::roles::session_of;
use super::studio::domain;
use super::{change, created, described, forget_kept, gone, ssm, until_gone};
use crate::cli::{aws, aws_as};
use crate::guides::replay::{BUCKET, Replay};
use crate::harness::{run, until_within};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::DeployedStack;
use serde_json::Value;
use std::collections::BTreeMap;

/// As the guides name them.
const CORE: &str = "sm-mlops-core";
const STEPWISE: &str = "sm-mlops-env";
const IN_ONE_ZONE: &str = "sagemaker-mlops-env";
/// What environments and project templates import.
const EXPORTS: [&str; 5] = [
    "ds-environment-permissions-boundary-arn",
    "ds-get-environment-configuration-lambda-arn",
    "ds-pypi-repository",
    "ds-pypimirror-shared-service-endpoint-name",
    "ds-service-catalog-launch-role-arn",
];

#[test]
fn three_environments_stand_side_by_side_on_one_core() {
    run(async {
        // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
        let _held = (portfolio().await?, classic_roles().await?);
        let mut replay = Replay::start("core").await?;
        let core = core(&mut replay).await?;
        replay.step("deployment/environment").await?;
        replay.step("solution/environment").await?;
        let administrator = user("core-carol").await?;
        let session = assume(&administrator, core.output("DSAdministratorRoleArn")?, "core-carol").await?;
        replay.act_as(&session).await?;
        let provisioned = provision(&mut replay, &session, &core).await?;
        let (stepwise, in_one_zone) = (created(STEPWISE).await?, created(IN_ONE_ZONE).await?);
        change(&stepwise, &[("UseSharedServicesPyPiMirror", "YES")]).await?;

        let environments = ["sm-mlops", "sagemaker-mlops", "ds-product"];
        let mut published = Vec::new();
        for name in environments {
            published.push(ssm(name).await?);
        }
        for name in ["sagemaker-domain-id", "vpc-id", "kms-s3-key-arn"] {
            let mut values: Vec<_> = published.iter().filter_map(|one| one.get(name)).collect();
            values.dedup();
            ensure!(values.len() == environments.len(), "{name} is shared: {values:?}");
        }
        let [one, zone, product] = &published[..] else { unreachable!("there are three") };
        assert_eq!(stepwise.output("SageMakerDomainId")?, one["sagemaker-domain-id"]);
        assert_eq!(in_one_zone.output("SageMakerDomainId")?, zone["sagemaker-domain-id"]);
        ensure!(!zone.contains_key("private-sn-2a-id"), "{zone:?}");
        for all in [one, zone, product] {
            assert_eq!(all["seed-code-s3bucket-name"], BUCKET);
            assert_eq!(domain(&all["sagemaker-domain-id"]).await?["Status"], "InService");
        }
        for name in
            ["SageMakerDomainId", "AssumeTeamAdminRole", "AssumeDataScientistRole", "GetOUAccountsLambdaArn"]
        {
            ensure!(provisioned.iter().any(|output| output["OutputKey"] == name), "{provisioned:?}");
        }
        let cache = described(CORE).await?["Outputs"].to_string();
        ensure!(cache.contains(&format!("\"{}\"", one["pypi-repository"])), "{cache}");
        ensure!(!product.contains_key("pypi-repository"), "{product:?}");
        imported(&stepwise).await?;
        only_data_is_open(&mut replay, one).await?;

        replay.act_as(&session).await?;
        let record = replay.step("solution/product-clean-up").await?;
        succeeded(&session, &record_id(&record)?).await?;
        gone(STEPWISE).await?;
        forget("core-carol", &administrator).await?;
        replay.act_as_root().await?;
        replay.step("solution/two-step-clean-up").await?;
        until_gone(CORE).await?;
        replay.end().await?;
        for (name, kept) in environments.iter().zip(&published) {
            assert_eq!(ssm(name).await?.len(), 0, "parameters of {name} are left");
            forget_kept(name, kept).await?;
        }
        for prefix in [CORE, STEPWISE, IN_ONE_ZONE] {
            for (kind, names) in inventory(prefix).await? {
                let logs = |name: &String| kind == "buckets" && name.contains("-buckets-");
                ensure!(names.iter().all(logs), "{kind} left behind: {names:?}");
            }
        }
        Ok(())
    });
}

/// The core, as the guides make it, and then with the packages that environments share.
async fn core(replay: &mut Replay) -> anyhow::Result<DeployedStack> {
    replay.step("deployment/core").await?;
    let core = created(CORE).await?;
    let printed = replay.step("deployment/core-outputs").await?;
    for (output, name) in [
        ("DSAdministratorRoleArn", "DataScienceAdministrator"),
        ("SCLaunchRoleArn", "DSServiceCatalogLaunchRole"),
    ] {
        assert_eq!(core.output(output)?, format!("arn:aws:iam::111122223333:role/{CORE}-us-east-1-{name}"));
    }
    ensure!(printed.contains(core.output("AssumeDSAdministratorRole")?), "{printed}");
    assert_eq!(core.output("ProductName")?, format!("{CORE}-us-east-1 Data Science Environment v1.2"));
    assert_eq!(core.output("ProvisioningArtifactNames")?, "DS Environment v1.2");
    change(&core, &[("CreateSharedServices", "YES")]).await?;
    let exports =
        aws(&["cloudformation", "list-exports", "--query", "Exports[?starts_with(Name, 'ds-')].Name"])
            .await?;
    let mut names: Vec<_> = exports.as_array().context("no list")?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, EXPORTS);
    Ok(core)
}

/// The environment that the administrator provisions; its outputs.
async fn provision(replay: &mut Replay, session: &Value, core: &DeployedStack) -> anyhow::Result<Vec<Value>> {
    replay.set("PRODUCT_ID", core.output("ProductId")?).await?;
    replay.set("PROVISIONING_ARTIFACT_ID", core.output("ProvisioningArtifactIds")?).await?;
    let record = replay.step("deployment/product").await?;
    succeeded(session, &record_id(&record)?).await?;
    let outputs = ["servicecatalog", "get-provisioned-product-outputs", "--provisioned-product-name"];
    let found = aws_as(session, &[&outputs[..], &["ds-product"]].concat()).await?;
    found["Outputs"].as_array().cloned().context("no outputs")
}

/// The record that an answer of Service Catalog names.
fn record_id(answer: &str) -> anyhow::Result<String> {
    let answer: Value = serde_json::from_str(answer).with_context(|| answer.to_owned())?;
    answer["RecordDetail"]["RecordId"].as_str().map(str::to_owned).context("no record")
}

/// The guide's calls to S3 in Studio: they list the bucket for data of the environment, and neither list nor make others.
async fn only_data_is_open(replay: &mut Replay, published: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let id = &published["sagemaker-domain-id"];
    let found = domain(id).await?;
    let role = found["DefaultUserSettings"]["ExecutionRole"].as_str().context("no role")?;
    let source = found["DomainArn"].as_str().context("no ARN")?;
    replay.act_as(&session_of(role, "sagemaker.amazonaws.com", source).await?).await?;
    replay.go_through(&published["s3-vpce-id"]).await?;
    replay.set("DATA_BUCKET", &published["data-bucket-name"]).await?;
    replay.set("BUCKET", "any-bucket-of-studio").await?;
    for step in ["solution/list-buckets", "solution/make-bucket"] {
        let told = replay.refused(step).await?;
        ensure!(told.contains("AccessDenied"), "{step}: {told}");
    }
    replay.step("solution/list-data").await?;
    let caller = replay.step("solution/caller").await?;
    let name = role.rsplit('/').next().context("no name")?;
    ensure!(caller.contains(&format!(":assumed-role/{name}/")), "{caller}");
    replay.act_as_root().await
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
