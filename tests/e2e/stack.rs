//! The template as a user meets it: created, updated, deleted, twice side by side, and by the guide's own commands.

use crate::clean_up::clients::Clients;
use crate::cli::aws;
use crate::guides::replay::Replay;
use crate::harness::{SourceFixture, cloud, run};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the account holds of the kinds of resource that the template makes: names by kind.
pub(crate) async fn inventory(prefix: &str) -> anyhow::Result<BTreeMap<&'static str, Vec<String>>> {
    const LISTS: [(&str, &[&str]); 10] = [
        ("buckets", &["s3api", "list-buckets", "--query", "Buckets[].Name"]),
        ("roles", &["iam", "list-roles", "--query", "Roles[].RoleName"]),
        ("functions", &["lambda", "list-functions", "--query", "Functions[].FunctionName"]),
        ("pipelines", &["codepipeline", "list-pipelines", "--query", "pipelines[].name"]),
        ("webhooks", &["codepipeline", "list-webhooks", "--query", "webhooks[].definition.name"]),
        ("projects", &["codebuild", "list-projects", "--query", "projects"]),
        ("rules", &["events", "list-rules", "--query", "Rules[].Name"]),
        ("queues", &["sqs", "list-queues", "--query", "QueueUrls"]),
        ("alarms", &["cloudwatch", "describe-alarms", "--query", "MetricAlarms[].AlarmName"]),
        ("log groups", &["logs", "describe-log-groups", "--query", "logGroups[].logGroupName"]),
    ];
    let mut found = BTreeMap::new();
    for (kind, arguments) in LISTS {
        let all = aws(arguments).await?;
        let names = all.as_array().into_iter().flatten().filter_map(Value::as_str);
        found.insert(kind, names.filter(|name| name.contains(prefix)).map(Into::into).collect());
    }
    Ok(found)
}

#[test]
fn create_update_delete_leaves_nothing() {
    run(async {
        let mut fixture = SourceFixture::deploy("lifecycle", &[]).await?;
        let made = inventory("lifecycle").await?;
        for (kind, names) in &made {
            assert!(!names.is_empty(), "the stack made no {kind}, or not under its own name");
        }
        assert_eq!(fixture.run().await?.status, "Succeeded");

        let changes = [("LogRetentionInDays", "30"), ("Depth", "5"), ("GitBranch", "release")];
        let changes = changes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        fixture.deployed =
            deploy::update(fixture.cloud, &fixture.deployed, &fixture.template, changes, |_| ()).await?;
        fixture.repository.git(&["branch", "release"]).await?;
        fixture.repository.push("release").await?;
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        assert_eq!(outcome.source.variables["BranchName"], "release");

        fixture.tear_down().await?;
        for (kind, names) in inventory("lifecycle").await? {
            assert!(names.is_empty(), "{kind} left behind: {names:?}");
        }
        Ok(())
    });
}

#[test]
fn two_stacks_stand_side_by_side() {
    run(async {
        let one = SourceFixture::deploy("side-one", &[]).await?;
        let two = SourceFixture::deploy("side-two", &[]).await?;
        let (first, second) = tokio::try_join!(one.run(), two.run())?;
        assert_eq!(first.source.variables["CommitId"], one.commit);
        assert_eq!(second.source.variables["CommitId"], two.commit);
        assert_eq!(one.clone_builds().await?.len(), 1, "a stack took the other's job");
        assert_eq!(two.clone_builds().await?.len(), 1, "a stack took the other's job");
        Ok(())
    });
}

#[test]
fn the_guides_own_commands_create_the_stack() {
    run(async {
        let clients = Clients::root(cloud().await).await;
        let (vpc, subnets) = clients.network(&cloud().await.context().region).await?;
        let mut replay = Replay::start("git-source").await?;
        replay.step("git-source/secret").await?;
        replay.step("git-source/bucket").await?;
        let secret = ["secretsmanager", "describe-secret", "--secret-id", "external-repo-rsa"];
        let secret = aws(&[&secret[..], &["--query", "ARN"]].concat()).await?;
        for (variable, value) in [
            ("GIT_BRANCH", "main"),
            ("GIT_URL", "git@github.com:aws-samples/amazon-sagemaker-secure-mlops.git"),
            ("GIT_WEBHOOK_IP", "140.82.112.0/20"),
            ("SECRETS_MANAGER_SSH_ARN", secret.as_str().context("no secret")?),
            ("SUBNET_ID1", &*subnets[0]),
            ("SUBNET_ID2", &subnets[1]),
            ("VPC_ID", &vpc),
            ("LAMBDA_S3_BUCKET", "repo-clone-lambda-111122223333"),
            ("LAMBDA_S3_KEY", "repo-clone-lambda.zip"),
        ] {
            replay.set(variable, value).await?;
        }
        // The guide never sets the variable of the provider, so the provider arrives empty.
        replay.step("git-source/stack").await?;
        aws(&["cloudformation", "wait", "stack-create-complete", "--stack-name", "external-repo-access"])
            .await?;
        let status = replay.step("git-source/status").await?;
        ensure!(status.contains("CREATE_COMPLETE"), "{status}");
        let outputs = replay.step("git-source/outputs").await?;
        ensure!(outputs.contains("CodePipelineWebHookUrl"), "{outputs}");
        let pipeline = aws(&["codepipeline", "get-pipeline", "--name", "external-repo-pipeline"]).await?;
        let source = &pipeline["pipeline"]["stages"][0]["actions"][0]["actionTypeId"];
        ensure!(source["provider"] == "CustomSourceForGit", "{source}");
        replay.end().await
    });
}
