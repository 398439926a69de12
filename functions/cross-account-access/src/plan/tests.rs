//! What is written into the two policies, and what is never touched.

use super::*;
use crate::observation::AccountEndpoints;
use crate::spec::Endpoints;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STACK: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/data-science/1";

fn spec(accounts: &[&str], with_endpoints: bool) -> Spec {
    let endpoints =
        with_endpoints.then(|| Endpoints { reader: "Reader".into(), s3: "s3".into(), kms: "kms".into() });
    let accounts = accounts.iter().map(|account| (*account).to_owned()).collect();
    let grants = Grants { accounts, role: "ModelRole".into(), endpoints };
    Spec {
        bucket: "models".into(),
        key: "key-1".into(),
        name: "Staging".into(),
        stack: STACK.into(),
        grants: Some(grants),
    }
}

fn revoked() -> Spec {
    Spec { grants: None, ..spec(&[], false) }
}

fn policy(document: &Value) -> Policy {
    Policy::read(&document.to_string()).unwrap()
}

/// The statements of the owners: of the bucket none, of the key the one without which nobody administers it.
fn observed(accounts: &[&str]) -> Observation {
    let root = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*",
    }]});
    let endpoints = accounts.iter().map(|account| {
        let ids = AccountEndpoints { s3: format!("vpce-s3-{account}"), kms: format!("vpce-kms-{account}") };
        ((*account).to_owned(), ids)
    });
    Observation {
        partition: "aws".into(),
        bucket: Some(Policy::default()),
        key: Some(policy(&root)),
        endpoints: endpoints.collect::<BTreeMap<_, _>>(),
    }
}

/// What an action leaves.
fn applied(observed: &Observation, action: &Action) -> Observation {
    let mut after = observed.clone();
    for change in &action.changes {
        match change.target {
            Target::Bucket(_) => after.bucket = Some(change.after.clone()),
            Target::Key(_) => after.key = Some(change.after.clone()),
        }
    }
    after
}

#[track_caller]
fn acts(spec: &Spec, observed: &Observation) -> Action {
    match plan(spec, observed) {
        Plan::Act(action, _) => action,
        other => panic!("{other:?}"),
    }
}

fn statements(policy: &Policy) -> Vec<Value> {
    let document: Value = serde_json::from_str(&policy.text()).unwrap();
    document["Statement"].as_array().unwrap().clone()
}

#[test]
fn both_policies_get_a_grant_for_the_roles_and_a_deny_outside_of_their_endpoints() {
    let spec = spec(&["222222222222", "333333333333"], true);
    let action = acts(&spec, &observed(&["222222222222", "333333333333"]));
    assert_eq!(action.to_string(), "changing the policy of bucket models and key key-1");
    let bucket = statements(&action.changes[0].after);
    let sids: Vec<_> = bucket.iter().map(|statement| statement["Sid"].as_str().unwrap()).collect();
    assert_eq!(sids, super::sids(&spec));
    assert!(sids[0].starts_with("CrossAccountStagingObjects"), "{sids:?}");
    assert_eq!(
        bucket[0]["Principal"]["AWS"],
        json!(["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"])
    );
    assert_eq!(
        bucket[0]["Condition"]["ArnLike"]["aws:PrincipalArn"][1],
        "arn:aws:iam::222222222222:role/*/ModelRole"
    );
    assert_eq!(bucket[0]["Resource"], "arn:aws:s3:::models/*");
    let expected = json!(["vpce-s3-222222222222", "vpce-s3-333333333333"]);
    assert_eq!(bucket[2]["Condition"]["StringNotEquals"]["aws:sourceVpce"], expected);
    assert_eq!(
        bucket[2]["Condition"]["StringEquals"]["aws:PrincipalAccount"],
        json!(["222222222222", "333333333333"])
    );
    let key = statements(&action.changes[1].after);
    assert_eq!(key[0]["Sid"], "Account");
    assert_eq!(
        (&key[1]["Action"], &key[1]["Resource"]),
        (&json!(["kms:Decrypt", "kms:DescribeKey"]), &json!("*"))
    );
    assert_eq!(key[2]["Condition"]["Bool"], json!({"aws:ViaAWSService": "false"}));
}

#[test]
fn what_is_as_it_should_be_is_left_alone_and_what_somebody_overwrote_is_written_again() {
    let spec = spec(&["222222222222"], true);
    let before = observed(&["222222222222"]);
    let after = applied(&before, &acts(&spec, &before));
    assert!(matches!(plan(&spec, &after), Plan::Done(_)));
    let overwritten = Observation { key: before.key.clone(), ..after };
    let action = acts(&spec, &overwritten);
    assert_eq!(action.to_string(), "changing the policy of key key-1");
}

#[test]
fn an_account_that_is_removed_loses_its_grant() {
    let two = ["222222222222", "333333333333"];
    let granted = applied(&observed(&two), &acts(&spec(&two, true), &observed(&two)));
    let fewer = Observation { endpoints: observed(&two[..1]).endpoints, ..granted };
    let after = applied(&fewer, &acts(&spec(&two[..1], true), &fewer));
    for policy in [after.bucket, after.key] {
        assert!(!policy.unwrap().text().contains(two[1]));
    }
}

#[test]
fn the_grants_of_a_replaced_resource_end_and_those_of_its_successor_stay() {
    let old = spec(&["222222222222"], false);
    let new = Spec { key: "key-2".into(), ..old.clone() };
    let granted = applied(&observed(&[]), &acts(&old, &observed(&[])));
    let replaced = applied(&granted, &acts(&new, &granted));
    // The old key is another one: only its grants go, and in the bucket only the old ones.
    let ended = applied(&replaced, &acts(&Spec { grants: None, ..old }, &replaced));
    assert_eq!(statements(&ended.bucket.unwrap()).len(), 2);
    let own = sids(&new);
    let own: Vec<_> = own.iter().map(String::as_str).collect();
    assert_eq!(replaced.bucket.unwrap().of(&own).len(), 2);
}

#[test]
fn what_is_gone_blocks_a_grant_and_not_its_end() {
    let gone = Observation { bucket: None, key: None, ..observed(&[]) };
    assert!(matches!(plan(&revoked(), &gone), Plan::Done(_)));
    let stuck = |observed: Observation| match plan(&spec(&["222222222222"], false), &observed) {
        Plan::Stuck(sentence) => sentence,
        other => panic!("{other:?}"),
    };
    assert!(
        stuck(Observation { bucket: None, ..observed(&[]) })
            .starts_with("S3BucketName is models, and there is no such bucket")
    );
    assert!(
        stuck(Observation { key: None, ..observed(&[]) })
            .starts_with("KMSKeyId is key-1, and there is no such key")
    );
}

#[test]
fn a_policy_that_is_too_large_is_refused_before_anything_is_written() {
    let accounts: Vec<String> = (0..150).map(|at| format!("{at:012}")).collect();
    let accounts: Vec<_> = accounts.iter().map(String::as_str).collect();
    let Plan::Stuck(sentence) = plan(&spec(&accounts, true), &observed(&accounts)) else {
        panic!("too large")
    };
    assert!(
        sentence.starts_with("the policy of bucket models would have ") && sentence.contains("20480"),
        "{sentence}"
    );
}

proptest! {
    /// Whatever others have in the two policies: it stays, and a Delete leaves what was there before the Create.
    #[test]
    fn a_grant_is_made_once_and_revoking_it_restores_what_was_there(
        others in prop::collection::vec(("[A-Za-z0-9]{0,12}", "[a-z]{1,5}:[A-Z][a-z*]{1,6}"), 0..4),
        accounts in prop::collection::btree_set("[0-9]{12}", 1..4),
        with_endpoints in prop::bool::ANY,
    ) {
        let others = others.iter().map(|(sid, action)| {
            json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"})
        });
        let owned = policy(&json!({"Version": "2008-10-17", "Statement": others.collect::<Vec<_>>()}));
        let accounts: Vec<_> = accounts.iter().map(String::as_str).collect();
        let before = Observation { bucket: Some(owned.clone()), key: Some(owned.clone()), ..observed(&accounts) };
        let spec = spec(&accounts, with_endpoints);
        let granted = applied(&before, &acts(&spec, &before));
        prop_assert!(matches!(plan(&spec, &granted), Plan::Done(_)));
        let revoked_again = applied(&granted, &acts(&revoked(), &granted));
        prop_assert!(matches!(plan(&revoked(), &revoked_again), Plan::Done(_)));
        for policy in [revoked_again.bucket, revoked_again.key] {
            prop_assert_eq!(policy.unwrap().text(), owned.text());
        }
    }
}
