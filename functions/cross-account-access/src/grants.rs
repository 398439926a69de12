//! The statements, as JSON: an Allow for the roles of the target accounts, and a Deny that keeps them to their endpoints. The Deny is
//! about the target accounts only, so that the statements of the bucket's and the key's owner need no change.

use crate::observation::AccountEndpoints;
use crate::spec::{Grants, Spec};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What the roles may do with the key.
const KEY_ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:DescribeKey"];

/// The `Sid`s of the statements of one resource, in each of the two policies. They belong to one stack, bucket and key: when the key is
/// replaced, the grants on the old one end after those on the new one began, in the policy of the same bucket.
pub(crate) fn sids(spec: &Spec) -> [String; 3] {
    let Spec { name, stack, bucket, key, .. } = spec;
    let digest = hex::encode(Sha256::digest(format!("{stack} {bucket} {key}")));
    ["Objects", "List", "Endpoints"].map(|part| format!("CrossAccount{name}{part}{}", &digest[..8]))
}

/// The statements in the policy of the bucket.
pub(crate) fn of_bucket(
    spec: &Spec,
    grants: &Grants,
    partition: &str,
    endpoints: &BTreeMap<String, AccountEndpoints>,
) -> Vec<Value> {
    let [objects, list, deny] = sids(spec);
    let bucket = format!("arn:{partition}:s3:::{}", spec.bucket);
    let within = format!("{bucket}/*");
    let mut statements = vec![
        allow(&objects, grants, partition, &json!("s3:GetObject"), &within),
        allow(&list, grants, partition, &json!("s3:ListBucket"), &bucket),
    ];
    if grants.endpoints.is_some() {
        let ids: Vec<_> = endpoints.values().map(|found| found.s3.as_str()).collect();
        let actions = json!(["s3:GetObject", "s3:ListBucket"]);
        statements.push(outside(&deny, grants, &actions, &json!([bucket, within]), &ids));
    }
    statements
}

/// The statements in the policy of the key.
pub(crate) fn of_key(
    spec: &Spec,
    grants: &Grants,
    partition: &str,
    endpoints: &BTreeMap<String, AccountEndpoints>,
) -> Vec<Value> {
    let [objects, _, deny] = sids(spec);
    let mut statements = vec![allow(&objects, grants, partition, &json!(KEY_ACTIONS), "*")];
    if grants.endpoints.is_some() {
        let ids: Vec<_> = endpoints.values().map(|found| found.kms.as_str()).collect();
        let mut statement = outside(&deny, grants, &json!(["kms:Decrypt"]), &json!("*"), &ids);
        // S3 decrypts on behalf of the role, and comes through no endpoint of the account.
        statement["Condition"]["Bool"] = json!({"aws:ViaAWSService": "false"});
        statements.push(statement);
    }
    statements
}

/// The role is a condition and not the principal: AWS refuses a policy with a principal that does not exist, and replaces the name of a
/// deleted one.
fn allow(sid: &str, grants: &Grants, partition: &str, actions: &Value, resource: &str) -> Value {
    let Grants { accounts, role, .. } = grants;
    let roots: Vec<_> =
        accounts.iter().map(|account| format!("arn:{partition}:iam::{account}:root")).collect();
    let arns = |account: &String| {
        [
            format!("arn:{partition}:iam::{account}:role/{role}"),
            format!("arn:{partition}:iam::{account}:role/*/{role}"),
        ]
    };
    let roles: Vec<_> = accounts.iter().flat_map(arns).collect();
    json!({
        "Sid": sid, "Effect": "Allow", "Principal": {"AWS": roots}, "Action": actions, "Resource": resource,
        "Condition": {"ArnLike": {"aws:PrincipalArn": roles}},
    })
}

fn outside(sid: &str, grants: &Grants, actions: &Value, resource: &Value, endpoints: &[&str]) -> Value {
    json!({
        "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resource,
        "Condition": {
            "StringEquals": {"aws:PrincipalAccount": grants.accounts},
            "StringNotEquals": {"aws:sourceVpce": endpoints},
        },
    })
}
