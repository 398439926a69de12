//! The quickstart: one command makes a working environment, an update changes it, and its deletion leaves what is to be kept.

use super::roles::denied;
use super::roles::people::{assume, forget, user};
use super::studio::{domain, file_systems, work};
use super::{change, created, forget_kept, ssm, until_gone};
use crate::clean_up::clients::Clients;
use crate::clean_up::leftovers::counts;
use crate::cli::{aws, aws_as};
use crate::guides::replay::{BUCKET, Replay};
use crate::harness::{cloud, run};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::DeployedStack;
use serde_json::Value;
use std::collections::BTreeMap;

/// As the guides name them.
const STACK: &str = "ds-quickstart";
const ENV: &str = "sm-mlops";
const PROFILE: &str = "sm-mlops-dev-us-east-1-user-profile";

/// What an environment without target accounts publishes.
const PUBLISHED: &[&str] = &[
    "data-bucket-name",
    "data-scientist-role-id",
    "env-type-prod-name",
    "env-type-staging-name",
    "kms-ebs-key-arn",
    "kms-efs-key-arn",
    "kms-s3-key-arn",
    "kms-vpce-id",
    "model-bucket-name",
    "private-sn-1a-id",
    "private-sn-2a-id",
    "private-subnet-ids",
    "s3-vpce-id",
    "sagemaker-domain-id",
    "sagemaker-sg-ids",
    "seed-code-s3bucket-name",
    "sm-model-execution-role-name",
    "sm-notebook-role-arn",
    "sm-pipeline-execution-role-arn",
    "stackset-administration-role-arn",
    "stackset-execution-role-name",
    "vpc-id",
];

#[test]
fn one_command_makes_an_environment_and_its_deletion_leaves_what_is_kept() {
    run(async {
        // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
        let _held = (portfolio().await?, classic_roles().await?);
        let mut replay = Replay::start("quickstart").await?;
        replay.step("deployment/quickstart").await?;
        let stack = created(STACK).await?;
        let outputs: Vec<_> = stack.outputs.keys().map(String::as_str).collect();
        let of_the_guide = [
            "AssumeDSAdministratorRole",
            "AssumeDataScientistRole",
            "AssumeTeamAdminRole",
            "SageMakerDomainId",
        ];
        assert_eq!(outputs, of_the_guide);
        let published = ssm(ENV).await?;
        assert_eq!(published.keys().map(String::as_str).collect::<Vec<_>>(), PUBLISHED);
        let id = stack.output("SageMakerDomainId")?.to_owned();
        assert_eq!(published["sagemaker-domain-id"], id);
        assert_eq!(published["seed-code-s3bucket-name"], BUCKET);
        let found = domain(&id).await?;
        assert_eq!(
            (&found["Status"], &found["AppNetworkAccessType"]),
            (&"InService".into(), &"VpcOnly".into())
        );
        let key = found["KmsKeyId"].as_str().context("the domain has no key")?;
        ensure!(published["kms-efs-key-arn"].ends_with(key), "{key} is another key");
        no_fixed_export(&stack).await?;
        studio_is_opened(&stack, &id).await?;

        change(&stack, &[("SeedCodeS3BucketName", "other-seed-code"), ("HomeDirectories", "delete")]).await?;
        let changed = ssm(ENV).await?;
        assert_eq!(changed["seed-code-s3bucket-name"], "other-seed-code");
        assert_eq!(changed["sagemaker-domain-id"], id, "the update made another domain");

        work(&id, PROFILE).await?;
        replay.step("solution/quickstart-clean-up").await?;
        until_gone(STACK).await?;
        let clients = Clients::root(cloud().await).await;
        assert_eq!(clients.in_domain(&id).await?, counts([]));
        assert_eq!(file_systems(&id).await?, [0; 0]);
        let vpc = ["ec2", "describe-vpcs", "--vpc-ids", &published["vpc-id"]];
        ensure!(aws(&vpc).await.is_err(), "the VPC is left");
        assert_eq!(ssm(ENV).await?.len(), 0);
        only_buckets_are_left(&mut replay, ENV, &published).await?;

        // The other guide names no bucket of seed code: it is that of the release.
        replay.step("solution/quickstart").await?;
        created(STACK).await?;
        let published = ssm("sagemaker-mlops").await?;
        assert_eq!(published["seed-code-s3bucket-name"], BUCKET);
        let found = domain(&published["sagemaker-domain-id"]).await?;
        assert_eq!(found["Status"], "InService");
        replay.step("solution/quickstart-clean-up").await?;
        until_gone(STACK).await?;
        only_buckets_are_left(&mut replay, "sagemaker-mlops", &published).await?;
        replay.end().await
    });
}

/// Of the stack and its environment, what is documented as kept is there, and it is deleted as the guide says.
async fn only_buckets_are_left(
    replay: &mut Replay,
    environment: &str,
    published: &BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let mut buckets = Vec::new();
    for prefix in [STACK, &format!("{environment}-dev-")] {
        let mut left = inventory(prefix).await?;
        buckets.extend(left.remove("buckets").unwrap_or_default());
        for (kind, names) in left {
            ensure!(names.is_empty(), "{kind} left behind: {names:?}");
        }
    }
    assert_eq!(buckets.len(), 3, "data, models and their access log are kept: {buckets:?}");
    for bucket in buckets {
        replay.set("BUCKET", &bucket).await?;
        replay.step("solution/bucket-clean-up").await?;
    }
    forget_kept(environment, published).await
}

/// A second quickstart in the account would fail at an export with a fixed name.
async fn no_fixed_export(stack: &DeployedStack) -> anyhow::Result<()> {
    let query = "Exports[].[Name, ExportingStackId]";
    let found = aws(&["cloudformation", "list-exports", "--query", query]).await?;
    let ours = |export: &&Value| {
        export[1].as_str().is_some_and(|id| id.contains(&format!(":stack/{}-", stack.stack)))
    };
    for export in found.as_array().context("no list")?.iter().filter(ours) {
        let name = export[0].as_str().context("no name")?;
        ensure!(name.starts_with(ENV) || name.starts_with(STACK), "{name} is exported");
    }
    Ok(())
}

/// The role of the link in an output.
fn role_of(stack: &DeployedStack, output: &str) -> anyhow::Result<String> {
    let link = stack.output(output)?;
    let name = link.split(['?', '&']).find_map(|part| part.strip_prefix("roleName=")).context("no role")?;
    Ok(format!("arn:aws:iam::111122223333:role/{name}"))
}

/// A data scientist opens the profile that comes with the environment, and no profile of somebody else.
async fn studio_is_opened(stack: &DeployedStack, id: &str) -> anyhow::Result<()> {
    Clients::root(cloud().await).await.profile(id, "alice").await?;
    let key = user("quickstart-bob").await?;
    let bob = assume(&key, &role_of(stack, "AssumeDataScientistRole")?, "quickstart-bob").await?;
    let open = ["sagemaker", "create-presigned-domain-url", "--domain-id", id, "--user-profile-name"];
    aws_as(&bob, &[&open[..], &[PROFILE]].concat()).await?;
    denied(aws_as(&bob, &[&open[..], &["alice"]].concat()).await)?;
    // The team administrator and the data science administrator may be switched to, by the links of the guide.
    assume(&key, &role_of(stack, "AssumeTeamAdminRole")?, "quickstart-bob").await?;
    assume(&key, &role_of(stack, "AssumeDSAdministratorRole")?, "quickstart-bob").await?;
    let delete = ["sagemaker", "delete-user-profile", "--domain-id", id, "--user-profile-name", "alice"];
    aws(&delete).await?;
    crate::harness::until("alice is gone", async || {
        let describe = ["sagemaker", "describe-user-profile", "--domain-id", id, "--user-profile-name"];
        Ok(aws(&[&describe[..], &["alice"]].concat()).await.is_err())
    })
    .await?;
    forget("quickstart-bob", &key).await
}
