//! The pipelines that test this solution, from their creation to the end of their first execution.

use super::executions::{action, approve, ended_within, newest};
use super::fixture::{parameter, stack_status};
use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::environment::{create_with, gone};
use crate::harness::{cloud, run, until};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

/// How long a deployment, and a deletion, of a whole environment may take here.
const LIMIT: Duration = Duration::from_mins(12);

/// A way to deploy that a pipeline tests.
struct Test {
    project: &'static str,
    /// What the names of the environment, of its stacks and of its pipeline go on with.
    environment: &'static str,
    stacks: &'static [&'static str],
    output: &'static str,
    /// Parameters of the stack of pipelines.
    parameters: &'static [(&'static str, &'static str)],
}

#[test]
fn a_pipeline_deploys_the_quickstart_and_leaves_nothing_of_it() {
    run(check(&Test {
        project: "ppl-a",
        environment: "qs",
        stacks: &["ds-quickstart", "qs-automation"],
        output: "DSQuickstartPipelineName",
        parameters: &[("TestDSQuickstartRegion", "us-east-1"), ("Test2StepCFN", "NO")],
    }));
}

#[test]
fn a_pipeline_deploys_core_and_environment_and_leaves_nothing_of_them() {
    run(check(&Test {
        project: "ppl-b",
        environment: "env",
        stacks: &["core", "env", "env-automation"],
        output: "TwoStepPipelineName",
        parameters: &[("Test2StepCFNRegion", "us-east-1"), ("TestDSQuickstart", "NO")],
    }));
}

async fn check(test: &Test) -> anyhow::Result<()> {
    // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
    let held = (portfolio().await?, classic_roles().await?);
    let Test { project, environment, stacks, output, parameters } = test;
    let clients = Clients::root(cloud().await).await;
    let source = format!("{project}-source");
    for bucket in [format!("codepipeline-{project}-us-east-1"), source.clone()] {
        clients.s3.create_bucket().bucket(bucket).send().await?;
    }
    let versioning = ["s3api", "put-bucket-versioning", "--versioning-configuration", "Status=Enabled"];
    aws(&[&versioning[..], &["--bucket", &source]].concat()).await?;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("README.md", zip::write::SimpleFileOptions::default())?;
    zip.write_all(b"The release exists: nothing is built of the source.")?;
    let body = zip.finish()?.into_inner();
    let put = clients.s3.put_object().bucket(&source).key("sagemaker-mlops/sagemaker-secure-mlops.zip");
    put.body(body.into()).send().await?;

    let mut given = release(cloud().await).await?;
    given.remove("Architecture");
    let prefix = given["CodePrefix"].clone();
    let fixed = [("ProjectName", *project), ("SourceBucketName", &source), ("ReleasePrefix", &prefix)];
    given.extend(deploy::named(fixed));
    given.extend(deploy::named(parameters.iter().copied()));
    let notices = Notices::new(project).await?;
    given.insert("NotificationArn".into(), notices.topic.clone());
    let base = format!("base-infra-{project}");
    let capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];
    let stack = create_with(&capabilities, &base, "create-base-infra-pipeline", given).await?;
    let pipeline = stack.output(output)?.to_owned();

    approve(LIMIT, &pipeline, "Approve").await?;
    let execution = newest(&pipeline).await?;
    let name = format!("{project}-{environment}-dev");
    let domain = parameter(&format!("{name}-sagemaker-domain-id")).await?.context("no domain was made")?;
    let key = parameter(&format!("{name}-kms-efs-key-arn")).await?.context("the domain has no key")?;
    let (status, failures) = ended_within(LIMIT, &pipeline, &execution).await?;
    ensure!(status == "Succeeded", "{pipeline} is {status}: {failures}");
    let emptied = action(&pipeline, &execution, "EmptyDomain").await?;
    ensure!(emptied["output"]["outputVariables"]["DomainId"] == domain.as_str(), "{emptied}");
    for name in *stacks {
        let name = format!("{project}-{name}");
        ensure!(stack_status(&name).await.is_none(), "the stack {name} is left");
    }
    drop(held);
    let files = clients.efs.describe_file_systems().creation_token(&domain).send().await?;
    ensure!(files.file_systems().is_empty(), "the home directories are left");
    let buckets = aws(&["s3api", "list-buckets", "--query", "Buckets[].Name"]).await?;
    let of_test = |name: &&str| name.starts_with(&format!("{project}-")) && **name != source;
    let left: Vec<_> =
        buckets.as_array().into_iter().flatten().filter_map(Value::as_str).filter(of_test).collect();
    ensure!(left.is_empty(), "{left:?} are left");
    let described =
        aws(&["kms", "describe-key", "--key-id", &key, "--query", "KeyMetadata.KeyState"]).await?;
    ensure!(described == "PendingDeletion", "the key of the home directories is {described}");
    let told = notices.states().await?;
    ensure!(told.contains("STARTED") && told.contains("SUCCEEDED"), "the topic was told {told:?}");
    gone(&base).await
}

/// A topic, and a queue that keeps what it is told.
struct Notices {
    topic: String,
    queue: String,
}

impl Notices {
    async fn new(name: &str) -> anyhow::Result<Self> {
        let name = format!("{name}-notices");
        let topic = aws(&["sns", "create-topic", "--name", &name, "--query", "TopicArn"]).await?;
        let topic = topic.as_str().context("no topic")?.to_owned();
        let queue = aws(&["sqs", "create-queue", "--queue-name", &name, "--query", "QueueUrl"]).await?;
        let queue = queue.as_str().context("no queue")?.to_owned();
        let arn = format!("arn:aws:sqs:us-east-1:111122223333:{name}");
        let events = json!({"Service": "events.amazonaws.com"});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": events, "Action": "sns:Publish", "Resource": topic},
        ]});
        let set = ["sns", "set-topic-attributes", "--topic-arn", &topic, "--attribute-name", "Policy"];
        aws(&[&set[..], &["--attribute-value", &policy.to_string()]].concat()).await?;
        let sns = json!({"Service": "sns.amazonaws.com"});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": sns, "Action": "sqs:SendMessage", "Resource": arn},
        ]});
        let attributes = json!({"Policy": policy.to_string()}).to_string();
        let set = ["sqs", "set-queue-attributes", "--queue-url", &queue, "--attributes", &attributes];
        aws(&set).await?;
        let subscribe = ["sns", "subscribe", "--topic-arn", &topic, "--protocol", "sqs"];
        aws(&[&subscribe[..], &["--notification-endpoint", &arn]].concat()).await?;
        Ok(Self { topic, queue })
    }

    /// The states of the executions that it was told of.
    async fn states(&self) -> anyhow::Result<BTreeSet<String>> {
        let found = RefCell::new(BTreeSet::new());
        until("the end of the execution is told", async || {
            let receive =
                ["sqs", "receive-message", "--queue-url", &self.queue, "--max-number-of-messages", "10"];
            let got = aws(&receive).await?;
            for message in got["Messages"].as_array().into_iter().flatten() {
                let envelope: Value = serde_json::from_str(message["Body"].as_str().unwrap_or_default())?;
                let event: Value = serde_json::from_str(envelope["Message"].as_str().unwrap_or_default())?;
                found.borrow_mut().insert(event["detail"]["state"].as_str().unwrap_or_default().to_owned());
            }
            Ok(found.borrow().contains("SUCCEEDED"))
        })
        .await?;
        Ok(found.into_inner())
    }
}
