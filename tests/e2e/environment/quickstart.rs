//! The quickstart: one command makes a working environment, an update changes it, and its deletion leaves what is to be kept.

use super::roles::denied;
use super::roles::people::{assume, forget, user};
use super::studio::{domain, file_systems, work};
use super::{change, create_with, forget_kept, gone, ssm};
use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::clean_up::leftovers::counts;
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack};
use serde_json::Value;

/// Begins every name of the test, because what CloudFormation names begins with the name of the stack.
const ENV: &str = "qck-life";
const PROFILE: &str = "qck-life-dev-us-east-1-user-profile";

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
        let held = (portfolio().await?, classic_roles().await?);
        let mut parameters = release(cloud().await).await?;
        parameters.extend(deploy::named([
            ("EnvName", ENV),
            ("EnvType", "dev"),
            ("SeedCodeS3BucketName", "seed-code"),
            ("HomeDirectories", "keep"),
        ]));
        let capability = ["CAPABILITY_NAMED_IAM"];
        let stack = create_with(&capability, ENV, "data-science-environment-quickstart", parameters).await?;
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
        assert_eq!(published["seed-code-s3bucket-name"], "seed-code");
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
        gone(ENV).await?;
        drop(held);
        let clients = Clients::root(cloud().await).await;
        assert_eq!(clients.in_domain(&id).await?, counts([]));
        assert_eq!(file_systems(&id).await?, [0; 0]);
        let vpc = ["ec2", "describe-vpcs", "--vpc-ids", &published["vpc-id"]];
        ensure!(aws(&vpc).await.is_err(), "the VPC is left");
        assert_eq!(ssm(ENV).await?.len(), 0);
        let mut left = inventory(ENV).await?;
        let buckets = left.remove("buckets").unwrap_or_default();
        assert_eq!(buckets.len(), 3, "data, models and their access log are kept: {buckets:?}");
        for (kind, names) in left {
            ensure!(names.is_empty(), "{kind} left behind: {names:?}");
        }
        forget_kept(ENV, &published).await?;
        let log = buckets.iter().find(|name| name.contains("buckets")).context("no access log")?;
        aws(&["s3api", "delete-bucket-policy", "--bucket", log]).await?;
        aws(&["s3api", "delete-bucket", "--bucket", log]).await.map(drop)
    });
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
        ensure!(name.starts_with(ENV), "{name} is exported");
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
    let key = user("qck-bob").await?;
    let bob = assume(&key, &role_of(stack, "AssumeDataScientistRole")?, "qck-bob").await?;
    let open = ["sagemaker", "create-presigned-domain-url", "--domain-id", id, "--user-profile-name"];
    aws_as(&bob, &[&open[..], &[PROFILE]].concat()).await?;
    denied(aws_as(&bob, &[&open[..], &["alice"]].concat()).await)?;
    // The team administrator and the data science administrator may be switched to, by the links of the guide.
    assume(&key, &role_of(stack, "AssumeTeamAdminRole")?, "qck-bob").await?;
    assume(&key, &role_of(stack, "AssumeDSAdministratorRole")?, "qck-bob").await?;
    let delete = ["sagemaker", "delete-user-profile", "--domain-id", id, "--user-profile-name", "alice"];
    aws(&delete).await?;
    crate::harness::until("alice is gone", async || {
        let describe = ["sagemaker", "describe-user-profile", "--domain-id", id, "--user-profile-name"];
        Ok(aws(&[&describe[..], &["alice"]].concat()).await.is_err())
    })
    .await?;
    forget("qck-bob", &key).await
}
