//! The next action. Pure: no clock, no call.

use crate::grants::{of_bucket, of_key, sids};
use crate::observation::Observation;
use crate::spec::{Grants, Spec};
use shared::policy::Policy;
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::progress::Remaining;
use shared::reconcile::step::Plan;
use shared::text;
use std::fmt;

/// The most bytes of the policy of a bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>).
const BUCKET_BYTES: usize = 20 * 1024;
/// The most bytes of the policy of a key (`PutKeyPolicy`, `Policy`).
const KEY_BYTES: usize = 32 * 1024;

/// Both policies change, or one that is not as it should be.
#[derive(Clone, Debug)]
pub struct Action {
    /// In the order in which they are made. If one fails, those before it are undone.
    pub changes: Vec<Change>,
    /// The `Sid`s of the statements that change.
    pub sids: Vec<String>,
    /// The account that has the bucket.
    pub owner: Option<String>,
}

/// A policy that changes.
#[derive(Clone, Debug)]
pub struct Change {
    pub target: Target,
    /// What it was when the change was decided.
    pub before: Policy,
    pub after: Policy,
}

/// What has a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The name of the bucket.
    Bucket(String),
    /// The id or the ARN of the key.
    Key(String),
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(name) => write!(out, "bucket {name}"),
            Self::Key(id) => write!(out, "key {id}"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets: Vec<_> = self.changes.iter().map(|change| change.target.to_string()).collect();
        write!(out, "changing the policy of {}", targets.join(" and "))
    }
}

/// Decides what to do next.
pub fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
    let sids = sids(spec);
    let own: Vec<_> = sids.iter().map(String::as_str).collect();
    let mut changes = Vec::new();
    for (target, before, limit) in [
        (Target::Bucket(spec.bucket.clone()), &observed.bucket, BUCKET_BYTES),
        (Target::Key(spec.key.clone()), &observed.key, KEY_BYTES),
    ] {
        let Some(before) = before else {
            match spec.grants {
                // What is gone grants nothing.
                None => continue,
                Some(_) => return Plan::Stuck(missing(&target)),
            }
        };
        let after = match &spec.grants {
            None => before.without(&own),
            Some(grants) => before.with(&own, statements(spec, grants, &target, observed)),
        };
        let bytes = after.text().len();
        if bytes > limit && spec.grants.is_some() {
            return Plan::Stuck(format!(
                "the policy of {target} would have {bytes} bytes, and AWS takes {limit}: name fewer accounts, or take statements out of it"
            ));
        }
        if !after.means(before) {
            changes.push(Change { target, before: before.clone(), after });
        }
    }
    if changes.is_empty() {
        return Plan::Done(output(spec));
    }
    let remaining = Remaining::new([("policies", changes.len())]);
    let owner = spec.owner().map(str::to_owned);
    Plan::Act(Action { changes, sids: sids.to_vec(), owner }, remaining)
}

fn statements(
    spec: &Spec,
    grants: &Grants,
    target: &Target,
    observed: &Observation,
) -> Vec<serde_json::Value> {
    match target {
        Target::Bucket(_) => of_bucket(spec, grants, &observed.partition, &observed.endpoints),
        Target::Key(_) => of_key(spec, grants, &observed.partition, &observed.endpoints),
    }
}

fn missing(target: &Target) -> String {
    match target {
        Target::Bucket(name) => {
            format!(
                "S3BucketName is {name}, and there is no such bucket: correct it, or create the bucket before"
            )
        }
        Target::Key(id) => format!(
            "KMSKeyId is {id}, and there is no such key in this account and Region, or it is about to be deleted: correct it"
        ),
    }
}

/// The same keys on every response.
fn output(spec: &Spec) -> Output {
    let accounts = spec.grants.as_ref().map_or(&[][..], |grants| &grants.accounts);
    attributes([("Accounts", text::list(accounts, 200)), ("Name", spec.name.clone())])
}

#[cfg(test)]
mod tests;
