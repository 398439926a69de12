//! Roles, keys and buckets: the commands of the guides make them, what is made says what it may do, and after the deletion only what
//! must stay is left.

mod buckets;
mod guides;
mod key_use;
mod launch;
mod limits;
pub(super) mod people;
mod projects;
mod targets;

use crate::clean_up::functions::release;
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, project};
use anyhow::{Context, ensure};
use emulator::deploy::resources;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Outputs or parameters by their names.
pub(super) type Texts = BTreeMap<String, String>;

/// `Name=value`, as `--parameter-overrides` takes it.
fn overrides(given: &[(&str, &str)]) -> Vec<String> {
    given.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Where the release is, as overrides.
pub(super) async fn place() -> anyhow::Result<[(&'static str, String); 3]> {
    let release = release(cloud().await).await?;
    Ok(["CodeBucket", "CodePrefix", "Architecture"].map(|name| (name, release[name].clone())))
}

/// Deploys a template as the guides do, with the only capability that they give, or with none.
pub(super) async fn deploy(
    template: &str,
    stack: &str,
    given: &[(&str, &str)],
    with_capability: bool,
) -> anyhow::Result<Texts> {
    deploy_as(None, template, stack, given, with_capability).await?;
    outputs(stack).await
}

/// The same for the holder of temporary credentials.
pub(super) async fn deploy_as(
    session: Option<&Value>,
    template: &str,
    stack: &str,
    given: &[(&str, &str)],
    with_capability: bool,
) -> anyhow::Result<()> {
    let file = project().join(format!("infra/{template}.yaml"));
    let file = file.to_str().context("path")?;
    let overrides = overrides(given);
    let mut command = vec!["cloudformation", "deploy", "--template-file", file, "--stack-name", stack];
    if with_capability {
        command.extend(["--capabilities", "CAPABILITY_NAMED_IAM"]);
    }
    if !overrides.is_empty() {
        command.push("--parameter-overrides");
        command.extend(overrides.iter().map(String::as_str));
    }
    let done = match session {
        Some(session) => aws_as(session, &command).await,
        None => aws(&command).await,
    };
    if let Err(error) = done {
        let query = "StackEvents[?contains(ResourceStatus, 'FAILED')].ResourceStatusReason";
        let events = ["cloudformation", "describe-stack-events", "--stack-name", stack, "--query", query];
        let reasons = match session {
            Some(session) => aws_as(session, &events).await,
            None => aws(&events).await,
        };
        anyhow::bail!("{error:#}: {}", reasons.unwrap_or_default());
    }
    Ok(())
}

pub(super) async fn outputs(stack: &str) -> anyhow::Result<Texts> {
    let describe = ["cloudformation", "describe-stacks", "--stack-name", stack];
    let query = ["--query", "Stacks[0].Outputs[*].[OutputKey, OutputValue]"];
    let found = aws(&[&describe[..], &query].concat()).await?;
    let pairs = found.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect())
}

/// Deletes a stack as the guides do, and waits.
pub(super) async fn delete(stack: &str) -> anyhow::Result<()> {
    aws(&["cloudformation", "delete-stack", "--stack-name", stack]).await?;
    aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack]).await.map(drop)
}

/// Fails unless these outputs are there, and no others.
#[track_caller]
pub(super) fn has_outputs(found: &Texts, expected: &[&str]) -> anyhow::Result<()> {
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    ensure!(names == expected, "{names:?}, expected {expected:?}");
    Ok(())
}

/// A role by its ARN, or nothing.
async fn role(arn: &str) -> Option<Value> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let found = aws(&["iam", "get-role", "--role-name", name]).await.ok()?;
    (found["Role"]["Arn"] == arn).then(|| found["Role"].clone())
}

/// The roles of a stack and of those nested in it, by their names.
async fn roles_of(stack: &str) -> anyhow::Result<Vec<String>> {
    let all = resources(cloud().await, stack).await?;
    Ok(all.into_iter().filter(|(kind, _)| kind == "AWS::IAM::Role").map(|(_, name)| name).collect())
}

/// Credentials of a role as a service gets them, or the refusal of its trust policy.
pub(super) async fn session_of(role: &str, service: &str, source: &str) -> anyhow::Result<Value> {
    let got = cloud().await.context().bridge.assume(role, service, source, "SageMaker").await?;
    Ok(json!({
        "AccessKeyId": got.access_key_id,
        "SecretAccessKey": got.secret_access_key,
        "SessionToken": got.session_token,
    }))
}

/// Fails unless a call was refused for lack of a permission.
#[track_caller]
pub(super) fn denied(answer: anyhow::Result<Value>) -> anyhow::Result<()> {
    match answer {
        Ok(answer) => anyhow::bail!("was allowed: {answer}"),
        Err(error) => {
            let told = format!("{error:#}");
            ensure!(told.contains("AccessDenied") || told.contains("not authorized"), "{told}");
            Ok(())
        }
    }
}

/// Fails unless a call was refused for lack of this permission.
#[track_caller]
fn denied_action(answer: anyhow::Result<Value>, action: &str) -> anyhow::Result<()> {
    let told = format!("{:#}", answer.err().with_context(|| format!("{action} was not asked for"))?);
    ensure!(told.contains("AccessDenied") && told.contains(action), "{told}");
    Ok(())
}
