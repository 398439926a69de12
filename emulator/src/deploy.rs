//! Deploys the real templates through CloudFormation on the emulator, as a user would: code bucket, secret, stack.

mod upload;

pub use upload::{architecture, s3_config, upload_code, upload_code_as, upload_release};

use crate::cloud::Cloud;
use crate::repository::Repository;
use anyhow::{Context, bail, ensure};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::create_stack::builders::CreateStackFluentBuilder;
use aws_sdk_cloudformation::types::{Capability, Parameter, StackEvent, StackStatus};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a stack operation may take here before it counts as hung.
const STACK_TIMEOUT: Duration = Duration::from_mins(10);
const POLL: Duration = Duration::from_millis(500);

/// The type of a nested stack.
pub const STACK: &str = "AWS::CloudFormation::Stack";

/// Template parameters by name. Those left out keep the template's defaults.
pub type Parameters = BTreeMap<String, String>;

/// What a stack operation reports while it runs.
pub struct Progress {
    pub resource: String,
    pub kind: String,
    pub status: String,
    /// Why, where CloudFormation says so.
    pub reason: Option<String>,
}

/// A deployed stack.
#[derive(Clone, Debug)]
pub struct DeployedStack {
    pub stack: String,
    pub parameters: Parameters,
    pub outputs: BTreeMap<String, String>,
}

impl DeployedStack {
    /// An output of the template; the name is part of its interface.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.outputs.get(name).map(String::as_str);
        value.with_context(|| format!("stack {} has no output {name}", self.stack))
    }
}

/// The parameters of `external-repo-access.yaml` for branch `main` of a repository on this cloud's git host: `secret` is the
/// ARN of the one with its SSH key, `code` is what [`upload_code`] returned.
pub fn source(cloud: &Cloud, repository: &Repository, secret: &str, code: &(String, String)) -> Parameters {
    let host = cloud.git_host();
    let parameters = [
        ("GitBranch", "main"),
        ("GitUrl", &repository.url),
        ("SecretsManagerArnForSSHPrivateKey", secret),
        ("LambdaCodeS3Bucket", &code.0),
        ("LambdaCodeS3Key", &code.1),
        ("AllowedGitHosts", &format!("127.0.0.1:{}", host.port())),
        ("GitKnownHosts", &host.host_key()),
    ];
    named(parameters)
}

/// Parameters from their names and values.
pub fn named<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Parameters {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Stores a private key as the guide has the user do. Returns the secret's ARN.
pub async fn store_key(cloud: &Cloud, name: &str, private: &Path) -> anyhow::Result<String> {
    let secrets = aws_sdk_secretsmanager::Client::new(&cloud.root().await);
    let text = tokio::fs::read_to_string(private).await?;
    let made = secrets.create_secret().name(name).secret_string(text).send().await;
    made.context("could not store the SSH key")?.arn.context("the secret has no ARN")
}

/// Creates the stack and waits for it.
pub async fn create(
    cloud: &Cloud,
    stack: &str,
    template: &str,
    parameters: Parameters,
    progress: impl FnMut(Progress),
) -> anyhow::Result<DeployedStack> {
    let client = Client::new(&cloud.root().await);
    let request = client.create_stack().template_body(template).capabilities(Capability::CapabilityIam);
    created(&client, request, stack, parameters, progress).await
}

/// Creates a stack of a template of the release that these parameters tell of, by its URL, as the guides do, and waits for it.
pub async fn create_by_url(
    cloud: &Cloud,
    stack: &str,
    template: &str,
    parameters: Parameters,
    progress: impl FnMut(Progress),
) -> anyhow::Result<DeployedStack> {
    let part = |name: &str| parameters.get(name).with_context(|| format!("{name} is not given"));
    let region = &cloud.context().region;
    let (bucket, prefix) = (part("CodeBucket")?, part("CodePrefix")?);
    let url = format!("https://s3.{region}.amazonaws.com/{bucket}/{prefix}/{template}.yaml");
    let client = Client::new(&cloud.root().await);
    let request = client.create_stack().template_url(url).capabilities(Capability::CapabilityNamedIam);
    created(&client, request, stack, parameters, progress).await
}

async fn created(
    client: &Client,
    request: CreateStackFluentBuilder,
    stack: &str,
    parameters: Parameters,
    progress: impl FnMut(Progress),
) -> anyhow::Result<DeployedStack> {
    let request = request.stack_name(stack).set_parameters(Some(pairs(&parameters)));
    request.send().await.context("CloudFormation refused the stack")?;
    settle(client, stack, &StackStatus::CreateComplete, progress).await?;
    describe(client, stack, parameters).await
}

/// The resources of a stack and of those nested in it: type and physical id, which one that could not be created lacks.
pub async fn resources(cloud: &Cloud, stack: &str) -> anyhow::Result<Vec<(String, String)>> {
    let client = Client::new(&cloud.root().await);
    let mut found = Vec::new();
    let mut stacks = vec![stack.to_owned()];
    while let Some(stack) = stacks.pop() {
        let here = client.describe_stack_resources().stack_name(&stack).send().await;
        let here = here.with_context(|| format!("could not look at stack {stack}"))?;
        for resource in here.stack_resources.unwrap_or_default() {
            let kind = resource.resource_type.context("a resource has a type")?;
            let id = resource.physical_resource_id.unwrap_or_default();
            if kind == STACK && !id.is_empty() {
                stacks.push(id.clone());
            }
            found.push((kind, id));
        }
    }
    Ok(found)
}

/// Updates the stack to other parameters and waits for it.
pub async fn update(
    cloud: &Cloud,
    site: &DeployedStack,
    template: &str,
    changes: Parameters,
    progress: impl FnMut(Progress),
) -> anyhow::Result<DeployedStack> {
    let client = aws_sdk_cloudformation::Client::new(&cloud.root().await);
    let mut parameters = site.parameters.clone();
    parameters.extend(changes);
    let request = client.update_stack().stack_name(&site.stack).template_body(template);
    let request = request.set_parameters(Some(pairs(&parameters))).capabilities(Capability::CapabilityIam);
    request.send().await.context("CloudFormation refused the update")?;
    settle(&client, &site.stack, &StackStatus::UpdateComplete, progress).await?;
    describe(&client, &site.stack, parameters).await
}

/// Deletes the stack and waits for it. The artifact bucket is emptied first, as the guide has the user do.
pub async fn delete(
    cloud: &Cloud,
    site: &DeployedStack,
    progress: impl FnMut(Progress),
) -> anyhow::Result<()> {
    if let Some(bucket) = site.outputs.get("ArtifactBucketName") {
        empty(cloud, bucket).await?;
    }
    let client = aws_sdk_cloudformation::Client::new(&cloud.root().await);
    let id = stack_id(&client, &site.stack).await?;
    client.delete_stack().stack_name(&id).send().await.context("CloudFormation refused the deletion")?;
    settle(&client, &id, &StackStatus::DeleteComplete, progress).await
}

async fn empty(cloud: &Cloud, bucket: &str) -> anyhow::Result<()> {
    let s3 = aws_sdk_s3::Client::from_conf(s3_config(&cloud.root().await));
    // The API pages but the SDK has no paginator for it; what was listed is gone, so the first page is always the next.
    loop {
        let page = s3.list_object_versions().bucket(bucket).send().await;
        let page = page.with_context(|| format!("could not list {bucket}"))?;
        let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        for (key, version) in versions.chain(markers) {
            let request = s3.delete_object().bucket(bucket).set_key(key.map(Into::into));
            request.set_version_id(version.map(Into::into)).send().await?;
        }
        if page.versions().is_empty() && page.delete_markers().is_empty() {
            return Ok(());
        }
    }
}

fn pairs(parameters: &Parameters) -> Vec<Parameter> {
    let pair = |(key, value): (&String, &String)| {
        Parameter::builder().parameter_key(key).parameter_value(value).build()
    };
    parameters.iter().map(pair).collect()
}

async fn stack_id(client: &aws_sdk_cloudformation::Client, stack: &str) -> anyhow::Result<String> {
    let found = client.describe_stacks().stack_name(stack).send().await?;
    let first = found.stacks.unwrap_or_default().into_iter().next();
    first.and_then(|s| s.stack_id).with_context(|| format!("stack {stack} is not there"))
}

/// Waits until the stack has `wanted` status, reporting each stack event once, oldest first.
async fn settle(
    client: &aws_sdk_cloudformation::Client,
    stack: &str,
    wanted: &StackStatus,
    mut progress: impl FnMut(Progress),
) -> anyhow::Result<()> {
    let started = tokio::time::Instant::now();
    let mut told = match wanted {
        StackStatus::CreateComplete => 0,
        _ => events(client, stack).await?.iter().filter(|e| !is_running(e)).count(),
    };
    loop {
        let all = events(client, stack).await?;
        for event in all.iter().skip(told) {
            progress(report(event));
        }
        told = told.max(all.len());
        let found = client.describe_stacks().stack_name(stack).send().await?;
        let found = found.stacks.unwrap_or_default().into_iter().next();
        let status =
            found.as_ref().and_then(|s| s.stack_status.clone()).unwrap_or(StackStatus::DeleteComplete);
        if status == *wanted {
            return Ok(());
        }
        if !status.as_str().ends_with("_IN_PROGRESS") {
            // Those of the end itself may have come since the events were looked at.
            let all = events(client, stack).await?;
            let reasons =
                all.iter().filter(|e| e.resource_status().is_some_and(|s| s.as_str().contains("FAILED")));
            let reasons: Vec<_> = reasons.map(|e| report(e).line()).collect();
            bail!("stack {stack} ended as {}: {}", status.as_str(), reasons.join("; "));
        }
        ensure!(
            started.elapsed() < STACK_TIMEOUT,
            "stack {stack} is still {} after {STACK_TIMEOUT:?}, because of {}",
            status.as_str(),
            running(&all).join(", ")
        );
        tokio::time::sleep(POLL).await;
    }
}

/// The resources whose last event says that they are at work.
fn running(events: &[StackEvent]) -> Vec<&str> {
    let last: BTreeMap<_, _> =
        events.iter().filter_map(|event| Some((event.logical_resource_id()?, event))).collect();
    last.into_iter().filter(|(_, event)| is_running(event)).map(|(resource, _)| resource).collect()
}

fn is_running(event: &StackEvent) -> bool {
    event.resource_status().is_some_and(|status| status.as_str().ends_with("_IN_PROGRESS"))
}

async fn events(client: &aws_sdk_cloudformation::Client, stack: &str) -> anyhow::Result<Vec<StackEvent>> {
    let mut all = client.describe_stack_events().stack_name(stack).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(event) = all.next().await {
        found.push(event?);
    }
    found.reverse();
    Ok(found)
}

fn report(event: &StackEvent) -> Progress {
    Progress {
        resource: event.logical_resource_id().unwrap_or_default().into(),
        kind: event.resource_type().unwrap_or_default().into(),
        status: event.resource_status().map_or("", |s| s.as_str()).into(),
        reason: event.resource_status_reason().map(Into::into),
    }
}

impl Progress {
    /// `Role AWS::IAM::Role CREATE_FAILED: reason`.
    pub fn line(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} {} {}{reason}", self.resource, self.kind, self.status)
    }
}

async fn describe(client: &Client, stack: &str, parameters: Parameters) -> anyhow::Result<DeployedStack> {
    let found = client.describe_stacks().stack_name(stack).send().await?;
    let found = found.stacks.unwrap_or_default().into_iter().next().context("the stack is gone")?;
    let outputs = found.outputs.unwrap_or_default().into_iter();
    let outputs = outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect();
    Ok(DeployedStack { stack: stack.into(), parameters, outputs })
}
