//! Guide 004's flow: one principal without any right to SageMaker provisions a domain and user profiles, a data scientist opens them, and
//! all of it ends.

use super::roles::denied;
use super::roles::people::{assume, forget, user};
use super::studio::{domain, file_systems, work};
use super::{created, gone, network::in_vpc, ssm};
use crate::clean_up::clients::Clients;
use crate::clean_up::leftovers::counts;
use crate::cli::{aws, aws_as};
use crate::guides::replay::Replay;
use crate::harness::{cloud, run, until_within};
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::DeployedStack;
use serde_json::{Value, json};

/// The name that the guide gives.
const STACK: &str = "sagemaker-studio";
/// What the guide lets the principal have: the rights of Service Catalog's end users, and none to SageMaker.
const END_USER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
    "servicecatalog:DescribeProduct","servicecatalog:DescribeProvisioningParameters","servicecatalog:DescribeRecord",
    "servicecatalog:GetProvisionedProductOutputs","servicecatalog:ListLaunchPaths","servicecatalog:ProvisionProduct",
    "servicecatalog:SearchProducts","servicecatalog:TerminateProvisionedProduct"]}]}"#;

async fn succeeded(person: &Value, request: &[&str]) -> anyhow::Result<()> {
    ended(person, &aws_as(person, &[&["servicecatalog"], request].concat()).await?).await
}

/// Waits for the record that an answer names, and fails with its errors unless it succeeded.
async fn ended(person: &Value, answer: &Value) -> anyhow::Result<()> {
    let record = answer["RecordDetail"]["RecordId"].as_str().context("no record")?;
    let describe = ["servicecatalog", "describe-record", "--id", record, "--query", "RecordDetail"];
    until_within(super::STACK_LIMIT, "the record has ended", async || {
        let status = aws_as(person, &describe).await?["Status"].clone();
        Ok(status == "SUCCEEDED" || status == "FAILED")
    })
    .await?;
    let found = aws_as(person, &describe).await?;
    ensure!(found["Status"] == "SUCCEEDED", "{}: {}", found["ProvisionedProductName"], found["RecordErrors"]);
    Ok(())
}

async fn provision(
    person: &Value,
    product: &str,
    name: &str,
    given: &[(&str, &str)],
) -> anyhow::Result<Value> {
    let given: Vec<_> = given.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let given = Value::from(given).to_string();
    let provision = [
        ["provision-product", "--product-name", product, "--provisioning-artifact-name", "v1.0"],
        ["--provisioned-product-name", name, "--provisioning-parameters", &given, "--no-paginate"],
    ];
    succeeded(person, &provision.concat()).await?;
    outputs(person, name).await
}

/// The same by the commands of the guide, as the person of its shell.
async fn provision_by_guide(
    replay: &mut Replay,
    person: &Value,
    step: &str,
    name: &str,
) -> anyhow::Result<Value> {
    let answer = replay.step(step).await?;
    ended(person, &serde_json::from_str(&answer).with_context(|| answer.clone())?).await?;
    outputs(person, name).await
}

/// The outputs of a provisioned product.
async fn outputs(person: &Value, name: &str) -> anyhow::Result<Value> {
    let outputs = ["servicecatalog", "get-provisioned-product-outputs", "--provisioned-product-name", name];
    let outputs = aws_as(person, &outputs).await?["Outputs"].take();
    let outputs = outputs.as_array().into_iter().flatten();
    let pair = |output: &Value| {
        (output["OutputKey"].as_str().unwrap_or_default().to_owned(), output["OutputValue"].clone())
    };
    Ok(outputs.map(pair).collect::<serde_json::Map<_, _>>().into())
}

async fn terminate(person: &Value, name: &str) -> anyhow::Result<()> {
    succeeded(person, &["terminate-provisioned-product", "--provisioned-product-name", name]).await
}

#[test]
fn one_principal_provisions_studio_and_its_profiles_and_ends_them() {
    run(async {
        let cloud = cloud().await;
        let clients = Clients::root(cloud).await;
        let (vpc, subnets) = clients.network(&cloud.context().region).await?;
        let key = user("launch-admin").await?;
        let put = ["iam", "put-user-policy", "--user-name", "launch-admin", "--policy-name", "end-user"];
        aws(&[&put[..], &["--policy-document", END_USER]].concat()).await?;
        let mut replay = Replay::start("studio").await?;
        replay.set("LAUNCH_PRINCIPAL", "arn:aws:iam::111122223333:user/launch-admin").await?;
        replay.step("studio/launch").await?;
        let stack = created(STACK).await?;

        replay.act_as(&key).await?;
        let id = studio(&mut replay, &stack, &key, (&vpc, &subnets.join(","))).await?;
        // A profile of the domain of the portfolio, and one of the domain that is named.
        provision(&key, "SageMaker Studio User Profile", "launch-bob", &[("UserProfileName", "bob")]).await?;
        replay.set("USER_PROFILE_NAME", "owner").await?;
        replay.set("DOMAIN_ID", &id).await?;
        let made =
            provision_by_guide(&mut replay, &key, "studio/user-profile", "studio-user-profile").await?;
        replay.end().await?;
        ensure!(made["DomainId"] == id.as_str(), "{made}");
        let bob_key = user("launch-bob").await?;
        let bob = assume(&bob_key, stack.output("DataScientistRoleArn")?, "launch-bob").await?;
        let open =
            ["sagemaker", "create-presigned-domain-url", "--domain-id", &id, "--user-profile-name", "bob"];
        aws_as(&bob, &open).await?;

        work(&id, "owner").await?;
        terminate(&key, "studio-user-profile").await?;
        let left = clients.in_domain(&id).await?;
        assert_eq!(left, counts([("apps", 1), ("domains", 1), ("spaces", 1), ("user profiles", 2)]));
        terminate(&key, "launch-bob").await?;
        terminate(&key, "studio-domain").await?;
        assert_eq!(clients.in_domain(&id).await?, counts([]));
        assert_eq!(file_systems(&id).await?, [0], "the home directories stay, and nothing else");
        let left = in_vpc(&vpc).await?;
        ensure!(!left.contains_key("groups") && !left.contains_key("interfaces"), "{left:?}");

        gone(STACK).await?;
        assert_eq!(ssm(STACK).await?.len(), 0);
        for (kind, names) in inventory(STACK).await? {
            ensure!(names.is_empty(), "{kind} left behind: {names:?}");
        }
        forget("launch-bob", &bob_key).await?;
        aws(&["iam", "delete-user-policy", "--user-name", "launch-admin", "--policy-name", "end-user"])
            .await?;
        forget("launch-admin", &key).await
    });
}

/// The domain that the principal provisions, which makes none itself; its id.
async fn studio(
    replay: &mut Replay,
    stack: &DeployedStack,
    key: &Value,
    (vpc, subnets): (&str, &str),
) -> anyhow::Result<String> {
    let settings = "ExecutionRole=arn:aws:iam::111122223333:role/x";
    let create = [
        &["sagemaker", "create-domain", "--domain-name", "x", "--auth-mode", "IAM", "--vpc-id", vpc][..],
        &["--subnet-ids", "subnet-1", "--default-user-settings", settings],
    ];
    denied(aws_as(key, &create.concat()).await)?;
    let bad = [("VpcId", vpc), ("Subnets", "subnet-1, subnet-2")];
    let refused = provision(key, "SageMaker Studio Domain", "launch-refused", &bad).await;
    let told = format!("{:#}", refused.err().context("bad subnets were accepted")?);
    ensure!(told.contains("separated by commas without blanks"), "{told}");
    replay.set("VPC_ID", vpc).await?;
    replay.set("SUBNETS", subnets).await?;
    let made = provision_by_guide(replay, key, "studio/domain", "studio-domain").await?;
    let id = made["DomainId"].as_str().context("no domain")?.to_owned();
    let found = domain(&id).await?;
    assert_eq!(found["AppNetworkAccessType"], "VpcOnly");
    let published = ssm(&stack.stack).await?;
    assert_eq!(found["DefaultUserSettings"]["ExecutionRole"], published["sm-execution-role-arn"]);
    assert_eq!(published["sagemaker-domain-id"], id);
    Ok(id)
}
