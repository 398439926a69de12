//! The commands that deploy what was uploaded, ready to paste: those of the guides, with what is known filled in.

use super::Target;
use crate::release::Release;
use crate::template::parse;
use anyhow::Context;
use serde_json::{Map, Value};
use std::fmt::Write;

/// The template of the third-party git source.
const GIT_SOURCE: &str = "external-repo-access.yaml";

/// The parameters of its guide, and what the user's shell calls their values.
const GIT_SOURCE_PARAMETERS: &[(&str, &str)] = &[
    ("SourceActionVersion", "${SOURCE_VERSION}"),
    ("SourceActionProvider", "${SOURCE_PROVIDER}"),
    ("GitBranch", "${GIT_BRANCH}"),
    ("GitUrl", "${GIT_URL}"),
    ("GitWebHookIpAddress", "${GIT_WEBHOOK_IP}"),
    ("SecretsManagerArnForSSHPrivateKey", "${SECRETS_MANAGER_SSH_ARN}"),
    ("RepoCloneLambdaSubnet", r"${SUBNET_ID1}\\,${SUBNET_ID2}"),
    ("RepoCloneLambdaVpc", "${VPC_ID}"),
    ("CodePipelineName", "${CODEPIPELINE_NAME}"),
];

/// A stack of a guide.
struct Stack {
    /// When to make it.
    heading: &'static str,
    template: &'static str,
    name: &'static str,
    capabilities: &'static str,
    /// What the guide passes; `REGION` and `BUCKET` stand for those of the release.
    parameters: &'static [(&'static str, &'static str)],
}

const STACKS: &[Stack] = &[
    Stack {
        heading: "A data science environment in one step:",
        template: "data-science-environment-quickstart.yaml",
        name: "ds-quickstart",
        capabilities: "CAPABILITY_NAMED_IAM",
        parameters: &[("EnvName", "sm-mlops"), ("EnvType", "dev"), ("SeedCodeS3BucketName", "BUCKET")],
    },
    Stack {
        heading: "Or in two steps. The first, once for the account and Region:",
        template: "core-main.yaml",
        name: "sm-mlops-core",
        capabilities: "CAPABILITY_IAM CAPABILITY_NAMED_IAM",
        parameters: &[("StackSetName", "sm-mlops-core")],
    },
    Stack {
        heading: "The second, for each environment:",
        template: "env-main.yaml",
        name: "sm-mlops-env",
        capabilities: "CAPABILITY_NAMED_IAM",
        parameters: &[
            ("EnvName", "sm-mlops"),
            ("EnvType", "dev"),
            ("AvailabilityZones", r"REGIONa\\,REGIONb"),
            ("NumberOfAZs", "2"),
            ("SeedCodeS3BucketName", "BUCKET"),
        ],
    },
];

/// The text for standard output. `processor` is what the zips were built for.
pub(super) fn commands(
    release: &Release,
    target: &Target,
    processor: Option<&str>,
) -> anyhow::Result<String> {
    let mut text = String::new();
    for stack in STACKS {
        if let Some(declared) = declared(release, stack.template)? {
            write!(text, "{}", environment(stack, &declared, target))?;
        }
    }
    if let Some(declared) = declared(release, GIT_SOURCE)? {
        let headed = if text.is_empty() { "" } else { "# Any git repository as the source of a pipeline:\n" };
        write!(text, "{headed}{}", git_source(release, &declared, target, processor))?;
    }
    text.push_str(&place(target));
    Ok(text)
}

/// The declarations of a template's parameters, if the release has it.
fn declared(release: &Release, template: &str) -> anyhow::Result<Option<Map<String, Value>>> {
    let Some(file) = release.file(template) else { return Ok(None) };
    let mut document =
        parse(std::str::from_utf8(&file.bytes).with_context(|| format!("{template} is no text"))?)?;
    let Value::Object(declared) = document["Parameters"].take() else { return Ok(Some(Map::new())) };
    Ok(Some(declared))
}

fn environment(stack: &Stack, declared: &Map<String, Value>, target: &Target) -> String {
    let Stack { heading, template, name, capabilities, parameters } = stack;
    let region = &target.aws.region;
    let url = target.url(&format!("{}/{template}", target.folder));
    let fill = |value: &str| value.replace("REGION", region).replace("BUCKET", &target.bucket);
    let given = parameters.iter().map(|(name, value)| (*name, fill(value)));
    let placed = target.location.parameters().map(|(name, _)| name);
    let lines = lines(&with_required(given, declared, &placed.collect::<Vec<_>>()));
    format!(
        "# {heading}\n\
         aws cloudformation validate-template --region {region} --output text --query Description \\\n\
         --template-url {url}\n\n\
         aws cloudformation create-stack \\\n--stack-name {name} \\\n--region {region} \\\n--template-url {url} \\\n\
         --disable-rollback \\\n--parameters {lines}--capabilities {capabilities}\n\n"
    )
}

/// The command of the git source's guide with the code's place filled in.
fn git_source(
    release: &Release,
    declared: &Map<String, Value>,
    target: &Target,
    processor: Option<&str>,
) -> String {
    let key = format!("{}/git-source.zip", target.prefix);
    let filled = [("LambdaCodeS3Bucket", target.bucket.as_str()), ("LambdaCodeS3Key", &key)];
    let given = GIT_SOURCE_PARAMETERS.iter().copied().chain(filled);
    let given = given.chain(processor.map(|name| ("Architecture", name)));
    let lines = lines(&with_required(given.map(|(name, value)| (name, value.to_owned())), declared, &[]));
    format!(
        "aws cloudformation create-stack \\\n--stack-name ${{STACK_NAME}} \\\n--template-body file://{} \\\n\
         --parameters {lines}--capabilities CAPABILITY_IAM\n",
        release.folder.join(GIT_SOURCE).display(),
    )
}

/// Those of the parameters that a template declares, and after them each that it declares without a default: the user's shell
/// knows its value. `placed` ones got a default.
fn with_required<'a>(
    given: impl Iterator<Item = (&'a str, String)>,
    declared: &Map<String, Value>,
    placed: &[&str],
) -> Vec<(String, String)> {
    let mut parameters: Vec<_> = given
        .filter(|(name, _)| declared.contains_key(*name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for (name, declaration) in declared {
        let known = parameters.iter().any(|(given, _)| given == name) || placed.contains(&name.as_str());
        if !known && declaration.get("Default").is_none() {
            parameters.push((name.clone(), format!("${{{}}}", shell_name(name))));
        }
    }
    parameters
}

fn lines(parameters: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| format!("ParameterKey={name},ParameterValue={value} \\\n");
    parameters.iter().map(line).collect()
}

/// Where the other templates are, as comments of the shell below the commands.
fn place(target: &Target) -> String {
    let Target { aws, bucket, prefix, .. } = target;
    format!(
        "\n# The templates of the other functions are below {}\n\
         # and in build/{}/functions, and know where their code is. Those in target/lambda take two parameters instead of a key:\n\
         # ParameterKey=CodeBucket,ParameterValue={bucket} ParameterKey=CodePrefix,ParameterValue={prefix}\n",
        target.url(prefix),
        aws.region,
    )
}

/// `GitHostKeys` becomes `GIT_HOST_KEYS`.
fn shell_name(parameter: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in parameter.chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = !letter.is_uppercase();
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests;
