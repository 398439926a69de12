//! The templates of a data science environment, each deployed as a guide does.

mod brought;
mod by_command;
mod core;
mod existing_network;
mod launch;
mod network;
mod packages;
mod quickstart;
mod roles;
mod studio;
mod studio_inputs;
mod targets;
mod team;

use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, project, until_within};
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack, Parameters};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a stack with all that it nests may take here.
const STACK_LIMIT: Duration = Duration::from_mins(10);

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
async fn create_without_capabilities(
    stack: &str,
    template: &str,
    parameters: Parameters,
) -> anyhow::Result<DeployedStack> {
    create_with(&[], stack, template, parameters).await
}

/// Creates a stack of a packaged template by its URL, as the guides do, with these capabilities. An error has the reasons that
/// `CloudFormation` gives.
pub(crate) async fn create_with(
    capabilities: &[&str],
    stack: &str,
    template: &str,
    parameters: Parameters,
) -> anyhow::Result<DeployedStack> {
    let file = if template.contains('.') { template.to_owned() } else { format!("{template}.yaml") };
    let url = format!(
        "https://s3.us-east-1.amazonaws.com/{}/{}/{file}",
        parameters["CodeBucket"], parameters["CodePrefix"]
    );
    let list: Vec<_> = parameters
        .iter()
        .map(|(name, value)| serde_json::json!({"ParameterKey": name, "ParameterValue": value}))
        .collect();
    let list = Value::from(list).to_string();
    let create = ["cloudformation", "create-stack", "--stack-name", stack, "--template-url", &url];
    let mut create = [&create[..], &["--parameters", &list]].concat();
    if !capabilities.is_empty() {
        create.push("--capabilities");
        create.extend(capabilities);
    }
    aws(&create).await?;
    Ok(DeployedStack { parameters, ..created(stack).await? })
}

/// A stack whose creation has begun, when it is complete. An error has the reasons that `CloudFormation` gives.
async fn created(stack: &str) -> anyhow::Result<DeployedStack> {
    let found = settled(stack, "CREATE_COMPLETE").await?;
    let texts = |list: &str, key: &str, value: &str| {
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = found[list].as_array().into_iter().flatten();
        items.map(|item| (text(item, key), text(item, value))).collect()
    };
    Ok(DeployedStack {
        stack: stack.into(),
        parameters: texts("Parameters", "ParameterKey", "ParameterValue"),
        outputs: texts("Outputs", "OutputKey", "OutputValue"),
    })
}

/// Updates a stack to other values of some parameters, with the template that it has.
async fn change(deployed: &DeployedStack, changes: &[(&str, &str)]) -> anyhow::Result<()> {
    let list: Vec<_> = deployed
        .parameters
        .keys()
        .map(|name| match changes.iter().find(|(changed, _)| changed == name) {
            Some((_, value)) => serde_json::json!({"ParameterKey": name, "ParameterValue": value}),
            None => serde_json::json!({"ParameterKey": name, "UsePreviousValue": true}),
        })
        .collect();
    let list = Value::from(list).to_string();
    let update =
        ["cloudformation", "update-stack", "--stack-name", &deployed.stack, "--use-previous-template"];
    let given = ["--parameters", &list, "--capabilities", "CAPABILITY_NAMED_IAM"];
    aws(&[&update[..], &given].concat()).await?;
    settled(&deployed.stack, "UPDATE_COMPLETE").await.map(drop)
}

/// Waits until nothing happens in a stack, and fails unless it then has this status.
async fn settled(stack: &str, expected: &str) -> anyhow::Result<Value> {
    until_within(STACK_LIMIT, &format!("stack {stack} settled"), async || {
        Ok(!described(stack).await?["StackStatus"].as_str().unwrap_or_default().ends_with("_IN_PROGRESS"))
    })
    .await?;
    let found = described(stack).await?;
    if found["StackStatus"] != expected {
        anyhow::bail!("{stack} is {}: {}", found["StackStatus"], reasons(stack).await?);
    }
    Ok(found)
}

/// Deletes a stack as the guides do, and waits until it is gone.
pub(crate) async fn gone(stack: &str) -> anyhow::Result<()> {
    aws(&["cloudformation", "delete-stack", "--stack-name", stack]).await?;
    until_gone(stack).await
}

/// Waits until a stack whose deletion has begun is gone.
async fn until_gone(stack: &str) -> anyhow::Result<()> {
    until_within(STACK_LIMIT, &format!("stack {stack} deleted"), async || match described(stack).await {
        Ok(found) => {
            if found["StackStatus"] == "DELETE_FAILED" {
                anyhow::bail!("{stack} is left: {}", reasons(stack).await?);
            }
            Ok(false)
        }
        Err(_) => Ok(true),
    })
    .await
}

/// Deletes what an environment keeps: its buckets with their access log, and its keys.
async fn forget_kept(environment: &str, keys: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let start = format!("{environment}-dev-us-east-1-111122223333-");
    let buckets = aws(&["s3api", "list-buckets", "--query", "Buckets[].Name"]).await?;
    for bucket in buckets.as_array().into_iter().flatten().filter_map(Value::as_str) {
        if bucket.starts_with(&start) {
            aws(&["s3api", "delete-bucket-policy", "--bucket", bucket]).await?;
            aws(&["s3api", "delete-bucket", "--bucket", bucket]).await?;
        }
    }
    for name in ["kms-s3-key-arn", "kms-efs-key-arn"] {
        let key = keys.get(name).with_context(|| format!("{environment} has no {name}"))?;
        aws(&["kms", "schedule-key-deletion", "--key-id", key]).await?;
    }
    Ok(())
}

async fn described(stack: &str) -> anyhow::Result<Value> {
    let describe = ["cloudformation", "describe-stacks", "--stack-name", stack, "--query", "Stacks[0]"];
    aws(&describe).await
}

/// How many resources of each type a stack has, with those nested in it.
async fn types(stack: &str) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut found = BTreeMap::new();
    for (kind, _) in deploy::resources(cloud().await, stack).await? {
        *found.entry(kind).or_default() += 1;
    }
    Ok(found)
}

/// Why resources of a stack, and of those nested in it, failed, as `CloudFormation` says.
async fn reasons(stack: &str) -> anyhow::Result<String> {
    let nested = deploy::resources(cloud().await, stack)
        .await?
        .into_iter()
        .filter(|(kind, _)| kind == deploy::STACK)
        .map(|(_, id)| id);
    let query = "StackEvents[?contains(ResourceStatus, 'FAILED')].ResourceStatusReason";
    let mut found = Vec::new();
    for stack in nested.filter(|id| !id.is_empty()).chain([stack.to_owned()]) {
        let events = ["cloudformation", "describe-stack-events", "--stack-name", &stack, "--query", query];
        let told = aws(&events).await?;
        found.extend(told.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    }
    Ok(found.join("; "))
}

/// The parameters of Systems Manager that an environment has, by what follows its name and type.
async fn ssm(environment: &str) -> anyhow::Result<BTreeMap<String, String>> {
    parameters_of(async |arguments| aws(arguments).await, &format!("{environment}-dev-")).await
}

/// The parameters of Systems Manager whose names begin so, by the rest of their names, as the holder of these calls sees them.
async fn parameters_of(
    call: impl AsyncFn(&[&str]) -> anyhow::Result<Value>,
    start: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    /// What one call takes.
    const AT_ONCE: usize = 10;
    let filter = format!("Key=Name,Option=BeginsWith,Values={start}");
    let list = ["ssm", "describe-parameters", "--parameter-filters", &filter, "--query", "Parameters[].Name"];
    let names = call(&list).await?;
    let names: Vec<_> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut found = BTreeMap::new();
    for names in names.chunks(AT_ONCE) {
        let get = ["ssm", "get-parameters", "--query", "Parameters[].[Name, Value]", "--names"];
        for pair in call(&[&get[..], names].concat()).await?.as_array().into_iter().flatten() {
            let [name, value] = [0, 1].map(|at| pair[at].as_str().unwrap_or_default());
            found.insert(name.trim_start_matches(start).to_owned(), value.to_owned());
        }
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
