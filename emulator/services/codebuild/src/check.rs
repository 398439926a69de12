//! The constraints of `CodeBuild`'s service model, checked on the raw input, with AWS's own sentences.

use emulator_core::Failure;
use serde_json::Value;

const SOURCES: &[&str] = &[
    "CODECOMMIT",
    "CODEPIPELINE",
    "GITHUB",
    "GITLAB",
    "GITLAB_SELF_MANAGED",
    "S3",
    "BITBUCKET",
    "GITHUB_ENTERPRISE",
    "NO_SOURCE",
];
const ARTIFACTS: &[&str] = &["CODEPIPELINE", "S3", "NO_ARTIFACTS"];
const NAMESPACES: &[&str] = &["NONE", "BUILD_ID"];
const PACKAGINGS: &[&str] = &["NONE", "ZIP"];
const ENVIRONMENTS: &[&str] = &[
    "WINDOWS_CONTAINER",
    "LINUX_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "ARM_CONTAINER",
    "WINDOWS_SERVER_2019_CONTAINER",
    "WINDOWS_SERVER_2022_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
    "LINUX_EC2",
    "ARM_EC2",
    "WINDOWS_EC2",
    "MAC_ARM",
];
const COMPUTES: &[&str] = &[
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
    "BUILD_LAMBDA_1GB",
    "BUILD_LAMBDA_2GB",
    "BUILD_LAMBDA_4GB",
    "BUILD_LAMBDA_8GB",
    "BUILD_LAMBDA_10GB",
    "ATTRIBUTE_BASED_COMPUTE",
    "CUSTOM_INSTANCE_TYPE",
];
const VARIABLES: &[&str] = &["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"];
const LOG_STATES: &[&str] = &["ENABLED", "DISABLED"];
const ORDERS: &[&str] = &["ASCENDING", "DESCENDING"];
const PROJECT_ORDERS: &[&str] = &["NAME", "CREATED_TIME", "LAST_MODIFIED_TIME"];

/// What a member must be, if it is there.
enum Rule {
    Required,
    OneOf(&'static [&'static str]),
    Between(i64, i64),
    /// Characters of a string, items of a list.
    Long(usize, usize),
    ProjectName,
}

use Rule::{Between, Long, OneOf, ProjectName, Required};

const CREATE_PROJECT: &[(&str, Rule)] =
    &[("source", Required), ("artifacts", Required), ("environment", Required), ("serviceRole", Required)];

const PROJECT: &[(&str, Rule)] = &[
    ("name", Required),
    ("name", ProjectName),
    ("description", Long(0, 255)),
    ("source.type", Required),
    ("source.type", OneOf(SOURCES)),
    ("secondarySources", Long(0, 12)),
    ("artifacts.type", Required),
    ("artifacts.type", OneOf(ARTIFACTS)),
    ("artifacts.namespaceType", OneOf(NAMESPACES)),
    ("artifacts.packaging", OneOf(PACKAGINGS)),
    ("secondaryArtifacts", Long(0, 12)),
    ("environment.type", Required),
    ("environment.type", OneOf(ENVIRONMENTS)),
    ("environment.image", Required),
    ("environment.image", Long(1, usize::MAX)),
    ("environment.computeType", Required),
    ("environment.computeType", OneOf(COMPUTES)),
    ("environment.environmentVariables.[].name", Required),
    ("environment.environmentVariables.[].name", Long(1, usize::MAX)),
    ("environment.environmentVariables.[].value", Required),
    ("environment.environmentVariables.[].type", OneOf(VARIABLES)),
    ("serviceRole", Long(1, usize::MAX)),
    ("timeoutInMinutes", Between(5, 2160)),
    ("queuedTimeoutInMinutes", Between(5, 480)),
    ("encryptionKey", Long(1, usize::MAX)),
    ("tags", Long(0, 50)),
    ("vpcConfig.subnets", Long(0, 16)),
    ("vpcConfig.securityGroupIds", Long(0, 5)),
    ("logsConfig.cloudWatchLogs.status", Required),
    ("logsConfig.cloudWatchLogs.status", OneOf(LOG_STATES)),
    ("logsConfig.s3Logs.status", OneOf(LOG_STATES)),
];

const START_BUILD: &[(&str, Rule)] = &[
    ("projectName", Required),
    ("projectName", Long(1, usize::MAX)),
    ("environmentVariablesOverride.[].name", Required),
    ("environmentVariablesOverride.[].name", Long(1, usize::MAX)),
    ("environmentVariablesOverride.[].value", Required),
    ("environmentVariablesOverride.[].type", OneOf(VARIABLES)),
    ("sourceTypeOverride", OneOf(SOURCES)),
    ("artifactsOverride.type", Required),
    ("artifactsOverride.type", OneOf(ARTIFACTS)),
    ("artifactsOverride.namespaceType", OneOf(NAMESPACES)),
    ("artifactsOverride.packaging", OneOf(PACKAGINGS)),
    ("environmentTypeOverride", OneOf(ENVIRONMENTS)),
    ("computeTypeOverride", OneOf(COMPUTES)),
    ("timeoutInMinutesOverride", Between(5, 2160)),
    ("queuedTimeoutInMinutesOverride", Between(5, 480)),
    ("logsConfigOverride.cloudWatchLogs.status", Required),
    ("logsConfigOverride.cloudWatchLogs.status", OneOf(LOG_STATES)),
];

const NAME: &[(&str, Rule)] = &[("name", Required), ("name", Long(1, usize::MAX))];
const ID: &[(&str, Rule)] = &[("id", Required), ("id", Long(1, usize::MAX))];
const NAMES: &[(&str, Rule)] = &[("names", Required), ("names", Long(1, 100))];
const IDS: &[(&str, Rule)] = &[("ids", Required), ("ids", Long(1, 100))];
const LIST: &[(&str, Rule)] =
    &[("projectName", Long(1, usize::MAX)), ("sortOrder", OneOf(ORDERS)), ("sortBy", OneOf(PROJECT_ORDERS))];
const PROJECT_LIST: &[(&str, Rule)] = &[("projectName", Required)];

/// Checks an operation's input against the service model.
pub(crate) fn input(operation: &str, input: &Value) -> Result<(), Failure> {
    let tables: &[&[(&str, Rule)]] = match operation {
        "CreateProject" => &[CREATE_PROJECT, PROJECT],
        "UpdateProject" => &[PROJECT],
        "StartBuild" => &[START_BUILD],
        "DeleteProject" => &[NAME],
        "StopBuild" | "RetryBuild" => &[ID],
        "BatchGetProjects" => &[NAMES],
        "BatchGetBuilds" | "BatchDeleteBuilds" => &[IDS],
        "ListBuildsForProject" => &[PROJECT_LIST, LIST],
        _ => &[LIST],
    };
    let mut errors = Vec::new();
    for (path, rule) in tables.iter().copied().flatten() {
        visit(input, path, "", &mut |place, value| {
            if let Some(constraint) = rule.broken_by(value) {
                let shown = value.map_or("null".to_owned(), |value| format!("'{}'", plain(value)));
                errors.push(format!("Value {shown} at '{place}' failed to satisfy constraint: {constraint}"));
            }
        });
    }
    match errors.len() {
        0 => Ok(()),
        1 => Err(Failure::new("ValidationException", format!("1 validation error detected: {}", errors[0]))),
        n => Err(Failure::new(
            "ValidationException",
            format!("{n} validation errors detected: {}", errors.join("; ")),
        )),
    }
}

/// Calls `check` with every place that `path` names under `value`; a parent that is not there has no children.
fn visit(value: &Value, path: &str, place: &str, check: &mut dyn FnMut(&str, Option<&Value>)) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if first == "[]" {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            let place = format!("{place}.{}.member", index + 1);
            visit(item, rest.unwrap_or_default(), &place, check);
        }
        return;
    }
    let place = if place.is_empty() { first.to_owned() } else { format!("{place}.{first}") };
    let child = value.get(first).filter(|child| !child.is_null());
    match (rest, child) {
        (None, child) => check(&place, child),
        (Some(rest), Some(child)) => visit(child, rest, &place, check),
        (Some(_), None) => {}
    }
}

impl Rule {
    /// The constraint that a value breaks, in AWS's words.
    fn broken_by(&self, value: Option<&Value>) -> Option<String> {
        let Some(value) = value else {
            return matches!(self, Required).then(|| "Member must not be null".into());
        };
        let length =
            value.as_str().map(|text| text.chars().count()).or(value.as_array().map(Vec::len)).unwrap_or(0);
        match self {
            Required => None,
            OneOf(allowed) => value
                .as_str()
                .is_none_or(|word| !allowed.contains(&word))
                .then(|| format!("Member must satisfy enum value set: [{}]", allowed.join(", "))),
            Between(least, _) if value.as_i64().is_none_or(|number| number < *least) => {
                Some(format!("Member must have value greater than or equal to {least}"))
            }
            Between(_, most) => value
                .as_i64()
                .is_none_or(|number| number > *most)
                .then(|| format!("Member must have value less than or equal to {most}")),
            Long(least, _) if length < *least => {
                Some(format!("Member must have length greater than or equal to {least}"))
            }
            Long(_, most) => {
                (length > *most).then(|| format!("Member must have length less than or equal to {most}"))
            }
            ProjectName => value.as_str().is_none_or(|name| !is_project_name(name)).then(|| {
                "Member must satisfy regular expression pattern: [A-Za-z0-9][A-Za-z0-9\\-_]{1,149}".into()
            }),
        }
    }
}

/// Whether a name can be a project's; such a name is also safe as the name of a directory.
pub(crate) fn is_project_name(name: &str) -> bool {
    (2..=150).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '-' | '_'))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
