//! What a person may type after `sm-mlops deploy`, `outputs`, `status` and `destroy`.

use super::Place;
use clap::{Args as ClapArgs, ValueEnum};
use serde::Serialize;
use shared::secret::Secret;
use std::path::PathBuf;

#[derive(Clone, Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct Deploy {
    /// What to deploy.
    #[arg(value_enum)]
    pub template: Template,
    /// The bucket of the release, in the Region of the stack: the one that `make package` uploaded to.
    #[arg(long, value_name = "BUCKET", env = "CFN_BUCKET_NAME", hide_env_values = true)]
    pub bucket: String,
    /// The folder of the release in the bucket, for a release that is not the newest: sagemaker-mlops/VERSION-HASH.
    #[arg(long, value_name = "FOLDER", default_value = "sagemaker-mlops", value_parser = folder)]
    pub release: String,
    /// The name of the stack. Without it, sm-mlops- and the name of the template.
    #[arg(long, value_name = "STACK", value_parser = stack)]
    pub stack: Option<String>,
    /// A parameter of the template; once for each. What an update does not name keeps its value. The list of processes shows it
    /// to other users of the machine: give a secret with --parameters.
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE", value_parser = parameter)]
    pub given: Vec<(String, Secret<String>)>,
    /// A YAML or JSON file with parameters: an object with a value for each name, or the list that the AWS CLI takes. `-` reads
    /// standard input.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Acknowledge no IAM resources: for stacks whose roles are brought.
    #[arg(long)]
    pub without_iam: bool,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Deploy without a question.
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

impl Deploy {
    /// The name of the stack.
    #[must_use]
    pub fn name(&self) -> String {
        self.stack.clone().unwrap_or_else(|| format!("sm-mlops-{}", self.template.word()))
    }
}

/// What can be deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
pub enum Template {
    /// A complete environment: the core and an environment with a network of its own.
    Quickstart,
    /// What the environments of an account and Region share: roles, the portfolio, private packages.
    Core,
    /// An environment on a core.
    Env,
    /// Any git repository as the source of a pipeline.
    GitSource,
}

impl Template {
    /// Its file in a release.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Quickstart => "data-science-environment-quickstart.yaml",
            Self::Core => "core-main.yaml",
            Self::Env => "env-main.yaml",
            Self::GitSource => "external-repo-access.yaml",
        }
    }

    /// As it is typed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quickstart => "quickstart",
            Self::Core => "core",
            Self::Env => "env",
            Self::GitSource => "git-source",
        }
    }
}

#[derive(Clone, Debug, ClapArgs)]
pub struct Outputs {
    /// The name or ARN of a stack.
    #[arg(value_name = "STACK", value_parser = stack_or_arn)]
    pub stack: String,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct Status {
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct Destroy {
    /// The names or ARNs of the stacks.
    #[arg(value_name = "STACK", required = true, value_parser = stack_or_arn)]
    pub stacks: Vec<String>,
    /// Show what would be deleted and what would be kept, and change nothing. The exit status is 6 if it would be blocked.
    #[arg(long)]
    pub dry_run: bool,
    /// Delete without a question.
    #[arg(long, short)]
    pub yes: bool,
    /// Show all names in the plan, also on a terminal.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

/// `StackName`: a letter, then letters, digits and hyphens, 128 at most.
fn stack(text: &str) -> Result<String, &'static str> {
    let known = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if known && text.len() <= 128 && text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        Ok(text.to_owned())
    } else {
        Err("give 1 to 128 letters, digits and hyphens, the first a letter")
    }
}

fn stack_or_arn(text: &str) -> Result<String, &'static str> {
    let is_arn = text.starts_with("arn:") && text.contains(":cloudformation:") && text.contains(":stack/");
    if is_arn { Ok(text.to_owned()) } else { stack(text) }
}

fn parameter(text: &str) -> Result<(String, Secret<String>), &'static str> {
    super::pair(text).ok_or("give NAME=VALUE")
}

/// A folder of a bucket, as a URL has it.
fn folder(text: &str) -> Result<String, &'static str> {
    let text = text.trim_matches('/');
    let known = |char: char| char.is_ascii_alphanumeric() || "!_.*'()-/".contains(char);
    if text.is_empty() || !text.chars().all(known) {
        return Err("give the folder as `make package` printed it, such as sagemaker-mlops/0.1.0-a1b2c3d4");
    }
    Ok(text.to_owned())
}
