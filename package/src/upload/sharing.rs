//! Who else may read the releases in the bucket: target accounts, whose stack sets read nested templates there. The bucket policy
//! gets statements with names of their own; those of others stay.

use super::aws::Aws;
use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// The names of the statements.
const ACCOUNTS: &str = "ReleaseIsReadByAccounts";
const ORGANIZATIONS: &str = "ReleaseIsReadByOrganizations";

/// One who may read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// The id of an account.
    Account(String),
    /// The id of an organization: each of its accounts.
    Organization(String),
    /// Nobody, which ends the sharing.
    Nobody,
}

impl FromStr for Reader {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let small = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
        if text == "none" {
            return Ok(Self::Nobody);
        }
        if text.len() == 12 && text.chars().all(|char| char.is_ascii_digit()) {
            return Ok(Self::Account(text.to_owned()));
        }
        match text.strip_prefix("o-") {
            Some(id) if (10..=32).contains(&id.len()) && id.chars().all(small) => {
                Ok(Self::Organization(text.to_owned()))
            }
            _ => bail!(
                "give the 12 digits of an account, the id of an organization (o-...), or `none` to share no longer"
            ),
        }
    }
}

/// Makes these, and nobody else, readers of a folder. Without any, the policy is not looked at.
///
/// # Errors
/// When the policy cannot be read or written.
pub(super) fn share(
    aws: &Aws,
    bucket: &str,
    folder: &str,
    readers: &[Reader],
    step: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    if readers.is_empty() {
        return Ok(());
    }
    let nobody = readers.contains(&Reader::Nobody);
    ensure!(
        !nobody || readers.len() == 1,
        "share with `none`, or with accounts and organizations, not with both"
    );
    let target = ["--bucket", bucket, "--expected-bucket-owner", &aws.account];
    let call =
        |operation: &str, more: &[&str]| aws.call(&[&["s3api", operation][..], &target, more].concat());
    let found = match call("get-bucket-policy", &[])? {
        Ok(found) => found["Policy"].as_str().map(str::to_owned),
        Err(refusal) if refusal.code == "NoSuchBucketPolicy" => None,
        Err(refusal) => {
            return Err(refusal).with_context(|| format!("could not read the policy of {bucket}"));
        }
    };
    let wanted = statements(&aws.partition, bucket, folder, readers);
    let written =
        match edited(found.as_deref(), &wanted).with_context(|| format!("the policy of {bucket}"))? {
            Edit::Unchanged => {
                step(&format!("s3://{bucket}/{folder}/ is shared as it was"));
                return Ok(());
            }
            Edit::Policy(text) => call("put-bucket-policy", &["--policy", &text])?,
            Edit::NoPolicy => call("delete-bucket-policy", &[])?,
        };
    written.with_context(|| format!("could not write the policy of {bucket}"))?;
    let now = if nobody {
        "no other account any more".to_owned()
    } else {
        format!("{}, and with no other account", names(readers))
    };
    step(&format!("s3://{bucket}/{folder}/ is shared with {now}"));
    Ok(())
}

/// The statements for these readers. S3 takes everybody of an organization for nobody in public.
fn statements(partition: &str, bucket: &str, folder: &str, readers: &[Reader]) -> Vec<Value> {
    let allow = |sid: &str, principal: Value| {
        let resource = format!("arn:{partition}:s3:::{bucket}/{folder}/*");
        json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource})
    };
    let (mut accounts, mut organizations) = (Vec::new(), Vec::new());
    for reader in readers {
        match reader {
            Reader::Account(id) => accounts.push(format!("arn:{partition}:iam::{id}:root")),
            Reader::Organization(id) => organizations.push(id.clone()),
            Reader::Nobody => {}
        }
    }
    let mut wanted = Vec::new();
    if !accounts.is_empty() {
        wanted.push(allow(ACCOUNTS, json!({"AWS": accounts})));
    }
    if !organizations.is_empty() {
        let mut statement = allow(ORGANIZATIONS, "*".into());
        statement["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": organizations}});
        wanted.push(statement);
    }
    wanted
}

/// What to do with the policy.
#[derive(Debug, PartialEq)]
enum Edit {
    Unchanged,
    Policy(String),
    /// AWS takes no policy without statements.
    NoPolicy,
}

/// The policy with these statements in the place of those of the same names.
fn edited(policy: Option<&str>, wanted: &[Value]) -> anyhow::Result<Edit> {
    let read = policy.map_or_else(|| Ok(json!({"Version": "2012-10-17"})), serde_json::from_str);
    let Ok(Value::Object(mut document)) = read else { bail!("is not a JSON object") };
    let statements = match document.remove("Statement") {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    let is_own = |statement: &Value| [ACCOUNTS, ORGANIZATIONS].map(Value::from).contains(&statement["Sid"]);
    let (own, mut others): (Vec<_>, Vec<_>) = statements.into_iter().partition(is_own);
    let set = |statements: &[Value]| {
        let mut set: Vec<_> = statements.iter().map(|one| normal(one).to_string()).collect();
        set.sort();
        set
    };
    if set(&own) == set(wanted) {
        return Ok(Edit::Unchanged);
    }
    others.extend_from_slice(wanted);
    if others.is_empty() {
        return Ok(Edit::NoPolicy);
    }
    document.insert("Statement".to_owned(), others.into());
    Ok(Edit::Policy(Value::from(document).to_string()))
}

/// The same for IAM, which knows no order and takes a value for a list of one: AWS does not give a policy back as it was written.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            items.dedup();
            if items.len() == 1 { items.remove(0) } else { items.into() }
        }
        Value::Object(members) => {
            let sorted = members.iter().map(|(key, value)| (key.clone(), normal(value)));
            let sorted: std::collections::BTreeMap<_, _> = sorted.collect();
            sorted.into_iter().collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn names(readers: &[Reader]) -> String {
    let name = |reader: &Reader| match reader {
        Reader::Account(id) | Reader::Organization(id) => id.clone(),
        Reader::Nobody => String::new(),
    };
    readers.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
