//! The templates of a data science environment, each deployed as a guide does.

mod existing_network;
mod network;
mod packages;
mod roles;
mod studio;
mod studio_inputs;

use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, project, until};
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack, Parameters};
use serde_json::Value;
use std::collections::BTreeMap;

/// A template of `infra`, as it is packaged.
fn packaged(name: &str) -> anyhow::Result<String> {
    package::template(&project().join(format!("infra/{name}.yaml")))
}

/// Where the release is, for a template without functions.
async fn place() -> anyhow::Result<Parameters> {
    let mut place = release(cloud().await).await?;
    place.remove("Architecture");
    Ok(place)
}

/// Creates a stack of a packaged template by its URL and without capabilities, as the guides do where roles are brought.
/// An error has the reasons that `CloudFormation` gives.
async fn create_without_capabilities(
    stack: &str,
    template: &str,
    parameters: Parameters,
) -> anyhow::Result<DeployedStack> {
    let url = format!(
        "https://s3.us-east-1.amazonaws.com/{}/{}/{template}.yaml",
        parameters["CodeBucket"], parameters["CodePrefix"]
    );
    let list: Vec<_> = parameters
        .iter()
        .map(|(name, value)| serde_json::json!({"ParameterKey": name, "ParameterValue": value}))
        .collect();
    let list = Value::from(list).to_string();
    let create = ["cloudformation", "create-stack", "--stack-name", stack, "--template-url", &url];
    aws(&[&create[..], &["--parameters", &list]].concat()).await?;
    until(&format!("stack {stack} made"), async || {
        Ok(!described(stack).await?["StackStatus"].as_str().unwrap_or_default().ends_with("_IN_PROGRESS"))
    })
    .await?;
    let found = described(stack).await?;
    if found["StackStatus"] != "CREATE_COMPLETE" {
        let query = "StackEvents[?contains(ResourceStatus, 'FAILED')].ResourceStatusReason";
        let events = ["cloudformation", "describe-stack-events", "--stack-name", stack, "--query", query];
        anyhow::bail!("{stack} is {}: {}", found["StackStatus"], aws(&events).await?);
    }
    let outputs = found["Outputs"].as_array().into_iter().flatten();
    let text = |output: &Value, key: &str| output[key].as_str().unwrap_or_default().to_owned();
    let outputs = outputs.map(|output| (text(output, "OutputKey"), text(output, "OutputValue"))).collect();
    Ok(DeployedStack { stack: stack.into(), parameters, outputs })
}

async fn described(stack: &str) -> anyhow::Result<Value> {
    let describe = ["cloudformation", "describe-stacks", "--stack-name", stack, "--query", "Stacks[0]"];
    aws(&describe).await
}

/// The resources of a stack and of those nested in it: their types, each with its number.
async fn types(stack: &str) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut found = BTreeMap::new();
    let mut stacks = vec![stack.to_owned()];
    while let Some(stack) = stacks.pop() {
        let query = "StackResources[].[ResourceType, PhysicalResourceId]";
        let list = ["cloudformation", "describe-stack-resources", "--stack-name", &stack, "--query", query];
        for resource in aws(&list).await?.as_array().context("no resources")? {
            let kind = resource[0].as_str().context("no type")?;
            *found.entry(kind.to_owned()).or_default() += 1;
            if kind == "AWS::CloudFormation::Stack" {
                stacks.push(resource[1].as_str().context("no id")?.to_owned());
            }
        }
    }
    Ok(found)
}

/// The parameters of Systems Manager that an environment has, by what follows its name and type.
async fn ssm(environment: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let start = format!("{environment}-dev-");
    let filter = format!("Key=Name,Option=BeginsWith,Values={start}");
    let list = ["ssm", "describe-parameters", "--parameter-filters", &filter, "--query", "Parameters[].Name"];
    let mut found = BTreeMap::new();
    for name in aws(&list).await?.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let get = ["ssm", "get-parameter", "--name", name, "--query", "Parameter.Value"];
        let value = aws(&get).await?.as_str().unwrap_or_default().to_owned();
        found.insert(name.trim_start_matches(&start).to_owned(), value);
    }
    Ok(found)
}

/// Deletes a stack and makes sure that none of these parameters of its environment is left.
async fn delete(deployed: &DeployedStack, parameters: &[&str]) -> anyhow::Result<()> {
    deploy::delete(cloud().await, deployed, |_| ()).await?;
    let left = ssm(&deployed.parameters["EnvName"]).await?;
    ensure!(!parameters.iter().any(|name| left.contains_key(*name)), "parameters are left: {left:?}");
    Ok(())
}
