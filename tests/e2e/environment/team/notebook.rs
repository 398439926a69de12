//! Notebooks: provisioned and ended by the command line, opened by their owner only, as safe as the product says.

use super::super::roles::denied;
use super::{Team, describe};
use crate::clean_up::program::{self, User};
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

#[test]
fn a_data_scientist_provisions_a_notebook_by_the_command_line_and_ends_it() {
    run(async {
        let team = Team::new("team-note").await?;
        let (alice, product) = (team.named("alice"), &*team.portfolio["NotebookProductId"]);
        let person = User::of_session(&team.alice);
        let command = async |arguments: &[&str]| {
            program::run(cloud().await, &person, &[&["product"], arguments].concat()).await
        };
        let list = command(&["list"]).await?;
        ensure!(list.code == Some(0) && list.out.contains("team-note-dev Notebook v1.0"), "{list:?}");
        let (name, owner) = (format!("NotebookName={alice}"), format!("UserName={alice}"));
        let given = ["--parameter", "EnvName=team-note", "--parameter", &name, "--parameter", &owner];
        let made = command(&[&["provision", product, "--name", &alice][..], &given].concat()).await?;
        ensure!(made.code == Some(0) && made.out.contains("AVAILABLE"), "{made:?}");

        let key = safe(&team, &alice).await?;
        opened(&team, &alice).await?;
        let ended = command(&["terminate", &alice, "--yes"]).await?;
        ensure!(ended.code == Some(0), "{ended:?}");
        for gone in ["describe-notebook-instance", "describe-notebook-instance-lifecycle-config"] {
            let option = format!("--{}-name", gone.trim_start_matches("describe-"));
            ensure!(describe(gone, &[&option, &alice]).await.is_err(), "{gone}: it is left");
        }
        let state = aws(&["kms", "describe-key", "--key-id", &key]).await?["KeyMetadata"]["KeyState"].take();
        ensure!(state == "PendingDeletion", "{state}");
        team.tear_down().await
    });
}

/// What the notebook is, whatever was asked for. The key of its volume.
async fn safe(team: &Team, name: &str) -> anyhow::Result<String> {
    let found = describe("describe-notebook-instance", &["--notebook-instance-name", name]).await?;
    for (member, expected) in [
        ("RoleArn", json!(team.roles["SageMakerNotebookRoleArn"])),
        ("InstanceType", json!("ml.t3.medium")),
        ("DirectInternetAccess", json!("Disabled")),
        ("RootAccess", json!("Disabled")),
        ("PlatformIdentifier", json!("notebook-al2023-v1")),
        ("InstanceMetadataServiceConfiguration", json!({"MinimumInstanceMetadataServiceVersion": "2"})),
        ("SecurityGroups", json!([team.network.output("SageMakerSecurityGroupIds")?])),
        ("NotebookInstanceLifecycleConfigName", json!(name)),
        ("VolumeSizeInGB", json!(20)),
    ] {
        ensure!(found[member] == expected, "{member}: {found}");
    }
    let subnet = found["SubnetId"].as_str().context("no subnet")?;
    ensure!(team.network.output("PrivateSubnetIds")?.starts_with(subnet), "{found}");
    found["KmsKeyId"].as_str().map(str::to_owned).context("no key")
}

/// Alice opens, stops and starts her notebook. Bob does not, and cannot make it his.
async fn opened(team: &Team, name: &str) -> anyhow::Result<()> {
    let named = ["--notebook-instance-name", name];
    let call = async |person: &Value, operation: &str| {
        aws_as(person, &[&["sagemaker", operation][..], &named].concat()).await
    };
    let url = call(&team.alice, "create-presigned-notebook-instance-url").await?;
    ensure!(url["AuthorizedUrl"].is_string(), "{url}");
    for operation in
        ["create-presigned-notebook-instance-url", "stop-notebook-instance", "delete-notebook-instance"]
    {
        denied(call(&team.bob, operation).await)?;
    }
    // Not even its owner changes what makes it safe.
    let update = ["sagemaker", "update-notebook-instance", "--notebook-instance-name", name];
    denied(aws_as(&team.alice, &[&update[..], &["--root-access", "Enabled"]].concat()).await)?;
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/{name}");
    let tags = ["sagemaker", "add-tags", "--resource-arn", &arn, "--tags"];
    denied(aws_as(&team.bob, &[&tags[..], &["Key=StudioUserId,Value=x"]].concat()).await)?;
    call(&team.alice, "stop-notebook-instance").await?;
    aws(&[&["sagemaker", "wait", "notebook-instance-stopped"][..], &named].concat()).await?;
    call(&team.alice, "start-notebook-instance").await?;
    aws(&[&["sagemaker", "wait", "notebook-instance-in-service"][..], &named].concat()).await.map(drop)
}
