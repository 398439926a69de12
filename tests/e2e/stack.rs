//! The template as a user meets it: created, updated, deleted, twice side by side, and by the guide's own command.

use crate::cli::aws;
use crate::harness::{SourceFixture, cloud, project, run};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::process::Command;

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

/// The guide's `create-stack`, with its own names of shell variables; one of them, `CustomSourceForGit`, is never set
/// there, so the provider arrives empty.
const GUIDE: &str = r"
aws cloudformation create-stack \
--stack-name ${STACK_NAME} \
--template-body file://$TEMPLATE \
--parameters ParameterKey=SourceActionVersion,ParameterValue=${SOURCE_VERSION} \
ParameterKey=SourceActionProvider,ParameterValue=${CustomSourceForGit} \
ParameterKey=GitBranch,ParameterValue=${GIT_BRANCH} \
ParameterKey=GitUrl,ParameterValue=${GIT_URL} \
ParameterKey=GitWebHookIpAddress,ParameterValue=${GIT_WEBHOOK_IP} \
ParameterKey=SecretsManagerArnForSSHPrivateKey,ParameterValue=${SECRETS_MANAGER_SSH_ARN} \
ParameterKey=RepoCloneLambdaSubnet,ParameterValue=${SUBNET_ID1}\\,${SUBNET_ID2} \
ParameterKey=RepoCloneLambdaVpc,ParameterValue=${VPC_ID} \
ParameterKey=LambdaCodeS3Bucket,ParameterValue=${LAMBDA_S3_BUCKET} \
ParameterKey=LambdaCodeS3Key,ParameterValue=${LAMBDA_S3_KEY} \
ParameterKey=CodePipelineName,ParameterValue=${CODEPIPELINE_NAME} \
--capabilities CAPABILITY_IAM &&
aws cloudformation wait stack-create-complete --stack-name ${STACK_NAME}
";

#[test]
fn the_guides_own_command_creates_the_stack() {
    run(async {
        let cloud = cloud().await;
        let template = package::deployable(&project(), crate::BUILT_FOR, "infra/external-repo-access.yaml")?;
        let file = cloud.state().join("guide.yaml");
        tokio::fs::write(&file, template).await?;
        let vpc = aws(&["ec2", "create-vpc", "--cidr-block", "10.0.0.0/16", "--query", "Vpc.VpcId"]).await?;
        let vpc = vpc.as_str().context("no VPC")?.to_owned();
        let mut subnets = Vec::new();
        for block in ["10.0.1.0/24", "10.0.2.0/24"] {
            let made = [
                "ec2",
                "create-subnet",
                "--vpc-id",
                &vpc,
                "--cidr-block",
                block,
                "--query",
                "Subnet.SubnetId",
            ];
            subnets.push(aws(&made).await?.as_str().context("no subnet")?.to_owned());
        }
        let zip = package::zip(&project(), package::Architecture::Local, "git-source");
        let (bucket, key) = deploy::upload_code(cloud, &zip).await?;
        let provider = "CustomSourceForGit";
        let secret = [
            "secretsmanager",
            "create-secret",
            "--name",
            "external-repo-rsa",
            "--secret-string",
            "x",
            "--query",
            "ARN",
        ];
        let secret = aws(&secret).await?.as_str().context("no secret")?.to_owned();
        let variables = [
            ("STACK_NAME", "external-repo-access"),
            ("TEMPLATE", file.to_str().context("path")?),
            ("SOURCE_VERSION", "1"),
            ("CustomSourceForGit", provider),
            ("GIT_BRANCH", "main"),
            ("GIT_URL", "git@github.com:aws-samples/amazon-sagemaker-secure-mlops.git"),
            ("GIT_WEBHOOK_IP", "140.82.112.0/20"),
            ("SECRETS_MANAGER_SSH_ARN", &secret),
            ("SUBNET_ID1", &subnets[0]),
            ("SUBNET_ID2", &subnets[1]),
            ("VPC_ID", &vpc),
            ("LAMBDA_S3_BUCKET", &bucket),
            ("LAMBDA_S3_KEY", &key),
            ("CODEPIPELINE_NAME", "external-repo-pipeline"),
        ];
        let mut command = Command::new("bash");
        command.args(["-c", GUIDE]).env_clear().envs(variables);
        command.env("PATH", format!("{}:/usr/bin:/bin", project().join(".venv/emulator/bin").display()));
        command.env("HOME", cloud.state()).env("AWS_ENDPOINT_URL", cloud.endpoint());
        command.env("AWS_DEFAULT_REGION", &cloud.context().region).env("AWS_MAX_ATTEMPTS", "1");
        command.envs(cloud.root_variables());
        let output = command.output().await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the guide's command failed: {}", errors.trim());
        let outputs = [
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            "external-repo-access",
            "--query",
            "Stacks[0].Outputs[*].[OutputKey, OutputValue]",
        ];
        let outputs = aws(&outputs).await?.to_string();
        assert!(outputs.contains("CodePipelineWebHookUrl"), "{outputs}");
        Ok(())
    });
}
