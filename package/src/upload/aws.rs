//! The user's own AWS CLI, with the user's credentials.

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

/// The end of the host names of a partition.
const SUFFIXES: &[(&str, &str)] = &[
    ("aws", "amazonaws.com"),
    ("aws-cn", "amazonaws.com.cn"),
    ("aws-eusc", "amazonaws.eu"),
    ("aws-iso", "c2s.ic.gov"),
    ("aws-iso-b", "sc2s.sgov.gov"),
    ("aws-iso-e", "cloud.adc-e.uk"),
    ("aws-iso-f", "csp.hci.ic.gov"),
    ("aws-us-gov", "amazonaws.com"),
];

/// Who uploads, and where to.
#[derive(Clone, Debug)]
pub(super) struct Aws {
    pub(super) account: String,
    pub(super) partition: String,
    pub(super) region: String,
}

/// A call that AWS refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// AWS's error code; for an answer without a body, such as that of `HeadBucket`, the HTTP status. Empty if the CLI itself
    /// failed.
    pub(super) code: String,
    told: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.told)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
impl Refusal {
    /// One with a code, and nothing told.
    pub(super) fn of(code: &str) -> Self {
        Self { code: code.to_owned(), told: String::new() }
    }
}

impl Aws {
    /// Asks the CLI who its user is, in the Region that is given or configured.
    ///
    /// # Errors
    /// When there is no CLI, no Region or no valid credentials.
    pub(super) fn connect(region: Option<&str>) -> anyhow::Result<Self> {
        let region = match region {
            Some(region) => region.to_owned(),
            None => configured_region()?,
        };
        // It is the name of a folder too.
        let valid = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        ensure!(!region.is_empty() && region.chars().all(valid), "{region:?} is no Region of AWS");
        let mut aws = Self { account: String::new(), partition: String::new(), region };
        let identity = aws.call(&["sts", "get-caller-identity"])?.context("could not ask AWS who you are")?;
        let text = |name: &str| identity[name].as_str().unwrap_or_default();
        text("Account").clone_into(&mut aws.account);
        text("Arn").split(':').nth(1).unwrap_or_default().clone_into(&mut aws.partition);
        ensure!(!aws.account.is_empty(), "AWS does not say in which account you are");
        aws.suffix()?;
        Ok(aws)
    }

    /// The end of the host names here.
    pub(super) fn suffix(&self) -> anyhow::Result<&'static str> {
        let known = SUFFIXES.iter().find(|(partition, _)| *partition == self.partition);
        known.map(|(_, suffix)| *suffix).with_context(|| format!("{} is no partition of AWS", self.partition))
    }

    /// One call and its answer, or AWS's refusal.
    ///
    /// # Errors
    /// When the CLI cannot be run, or its answer is not JSON.
    pub(super) fn call<A: AsRef<OsStr>>(&self, arguments: &[A]) -> anyhow::Result<Result<Value, Refusal>> {
        let mut command = Command::new("aws");
        command.args(arguments).args(["--region", &self.region, "--output", "json"]);
        let output = run(&mut command)?;
        if !output.status.success() {
            return Ok(Err(refusal(&String::from_utf8_lossy(&output.stderr))));
        }
        if output.stdout.trim_ascii().is_empty() {
            return Ok(Ok(Value::Null));
        }
        serde_json::from_slice(&output.stdout).map(Ok).context("the answer of `aws` is not JSON")
    }
}

/// What the CLI wrote as a refusal: its sentence for one is `An error occurred (CODE) when calling the X operation: ...`.
fn refusal(told: &str) -> Refusal {
    let code = told.split_once("An error occurred (").and_then(|(_, rest)| rest.split_once(')'));
    let code = code.map_or("", |(code, _)| code).to_owned();
    Refusal { code, told: told.trim().to_owned() }
}

/// As the CLI chooses it: of the environment, else of its configuration.
fn configured_region() -> anyhow::Result<String> {
    for name in ["AWS_DEFAULT_REGION", "AWS_REGION"] {
        if let Some(region) = std::env::var(name).ok().filter(|region| !region.is_empty()) {
            return Ok(region);
        }
    }
    let output = run(Command::new("aws").args(["configure", "get", "region"]))?;
    let region = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if region.is_empty() {
        bail!("no Region is configured: set AWS_DEFAULT_REGION, or run `aws configure`");
    }
    Ok(region)
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    let command = command.stdin(Stdio::null()).env("AWS_PAGER", "");
    command.output().context("could not run `aws`: install the AWS CLI 2 and put it on the PATH")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_refusal_is_aws_s_own() {
        for (told, code) in [
            (
                "\nAn error occurred (PreconditionFailed) when calling the PutObject operation: x\n",
                "PreconditionFailed",
            ),
            ("aws: [ERROR]: An error occurred (404) when calling the HeadBucket operation: Not Found", "404"),
            ("Unable to locate credentials. You can configure credentials by running \"aws configure\".", ""),
        ] {
            let refusal = refusal(told);
            assert_eq!(refusal.code, code);
            assert_eq!(refusal.to_string(), told.trim());
        }
    }

    #[test]
    fn each_partition_has_its_host_names() {
        let aws = |partition: &str| Aws {
            account: "111122223333".into(),
            partition: partition.into(),
            region: "cn-north-1".into(),
        };
        assert_eq!(aws("aws-cn").suffix().unwrap(), "amazonaws.com.cn");
        assert!(aws("other").suffix().unwrap_err().to_string().contains("other is no partition"));
    }

    #[test]
    fn a_region_is_a_name_that_a_folder_may_have() {
        for region in ["", "../x", "EU", "eu west"] {
            let error = Aws::connect(Some(region)).unwrap_err().to_string();
            assert!(error.contains("is no Region of AWS"), "{error}");
        }
    }
}
