//! Trust policies, as people write them and as IAM returns them.

use super::Trust::{self, Allowed, Denied, NotAllowed};
use super::{Principal, TrustPolicy};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What a policy with these statements says about AWS Backup.
#[track_caller]
fn check(expected: Trust, statements: &Value) {
    check_about(Principal::Service(BACKUP), expected, statements);
}

/// What it says, as it is and URL-encoded.
#[track_caller]
fn check_about(who: Principal<'_>, expected: Trust, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let encoded = utf8_percent_encode(&policy, NON_ALPHANUMERIC).to_string();
    for document in [policy, encoded] {
        assert_eq!(TrustPolicy::read(&document).unwrap().about(who), expected, "{document}");
    }
}

fn statement(effect: &str, principal: Value, action: Value) -> Value {
    [("Effect", effect.into()), ("Principal", principal), ("Action", action)].into_iter().collect()
}

fn service(name: &str) -> Value {
    json!({"Service": name})
}

const BACKUP: &str = "backup.amazonaws.com";
const ASSUME: &str = "sts:AssumeRole";

#[test]
fn the_service_is_allowed_by_name() {
    check(Allowed, &statement("Allow", service(BACKUP), ASSUME.into()));
    check(Allowed, &json!([statement("Allow", service(BACKUP), ASSUME.into())]));
    let both = json!({"Service": ["ec2.amazonaws.com", BACKUP], "AWS": "*"});
    check(Allowed, &json!([statement("Allow", both, ASSUME.into())]));
    let first = statement("Allow", service("ec2.amazonaws.com"), ASSUME.into());
    check(Allowed, &json!([first, statement("Allow", service(BACKUP), ASSUME.into())]));
}

#[test]
fn others_are_not_the_service() {
    check(NotAllowed, &json!([]));
    for principal in [
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": "arn:aws:iam::111122223333:role/backup.amazonaws.com"}),
        json!({"Federated": BACKUP}),
        service("ec2.amazonaws.com"),
        service("restore-testing.backup.amazonaws.com"),
        service("backup.amazonaws.com.example.com"),
        json!({"Service": []}),
    ] {
        check(NotAllowed, &json!([statement("Allow", principal, ASSUME.into())]));
    }
    let others = json!({"Effect": "Allow", "NotPrincipal": service(BACKUP), "Action": ASSUME});
    check(NotAllowed, &others);
    let named_elsewhere =
        json!({"Sid": BACKUP, "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ASSUME});
    check(NotAllowed, &named_elsewhere);
}

#[test]
fn the_action_must_be_to_assume_the_role() {
    for action in
        [json!("sts:*"), json!("*"), json!("STS:assumerole"), json!("sts:Assume*"), json!("sts:AssumeRol?")]
    {
        check(Allowed, &statement("Allow", service(BACKUP), action));
    }
    check(Allowed, &statement("Allow", service(BACKUP), json!(["sts:TagSession", ASSUME])));
    for action in
        [json!("sts:TagSession"), json!("sts:AssumeRoleWithSAML"), json!("sts:AssumeRole?"), json!([])]
    {
        check(NotAllowed, &statement("Allow", service(BACKUP), action));
    }
    let all_but =
        |action: &str| json!({"Effect": "Allow", "Principal": service(BACKUP), "NotAction": action});
    check(Allowed, &all_but("sts:TagSession"));
    check(NotAllowed, &all_but("sts:Assume*"));
    check(NotAllowed, &json!({"Effect": "Allow", "Principal": service(BACKUP)}));
}

#[test]
fn a_denial_wins_and_a_condition_blocks_nothing() {
    let allowed = statement("Allow", service(BACKUP), ASSUME.into());
    let denied = |principal: Value, action: &str| statement("Deny", principal, action.into());
    check(Denied, &json!([allowed, denied(service(BACKUP), ASSUME)]));
    check(Denied, &json!([denied(json!({"Service": [BACKUP]}), "sts:*"), allowed]));
    check(Denied, &denied(service(BACKUP), "*"));
    check(Allowed, &json!([allowed, denied(service(BACKUP), "sts:TagSession")]));
    check(Allowed, &json!([allowed, denied(service("ec2.amazonaws.com"), ASSUME)]));
    let account = json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
    let with = |mut statement: Value, condition: &Value| {
        statement["Condition"] = condition.clone();
        statement
    };
    check(Allowed, &with(allowed.clone(), &account));
    check(Allowed, &json!([allowed, with(denied(service(BACKUP), ASSUME), &account)]));
    check(NotAllowed, &with(denied(service(BACKUP), ASSUME), &account));
    check(Denied, &json!([allowed, with(denied(service(BACKUP), ASSUME), &json!({}))]));
}

#[test]
fn what_is_no_policy_is_an_error() {
    for document in [
        "",
        "backup.amazonaws.com",
        "{}",
        "%7B%22Statement%22%3A7%7D",
        "{\"Statement\": [{\"Effect\": \"allow\"}]}",
    ] {
        assert!(TrustPolicy::read(document).is_err(), "{document}");
    }
}

#[test]
fn a_role_is_named_by_its_arn_or_by_its_account() {
    let role = "arn:aws:iam::111122223333:role/Administration";
    for (principal, expected) in [
        (json!({"AWS": role}), Allowed),
        (json!({"AWS": ["arn:aws:iam::999999999999:root", "111122223333"]}), Allowed),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), Allowed),
        (json!({"AWS": "*"}), Allowed),
        (json!("*"), Allowed),
        (json!({"AWS": "arn:aws:iam::111122223333:role/Other"}), NotAllowed),
        (json!({"AWS": "arn:aws-cn:iam::111122223333:root"}), NotAllowed),
        (json!({"AWS": "arn:aws:iam::999999999999:role/Administration"}), NotAllowed),
        (json!({"AWS": "AROAEXAMPLEOFADELETEDROLE"}), NotAllowed),
        (json!({"Service": "cloudformation.amazonaws.com"}), NotAllowed),
    ] {
        let allowed = statement("Allow", principal.clone(), ASSUME.into());
        check_about(Principal::Role(role), expected, &allowed);
        let denied = statement("Deny", principal, ASSUME.into());
        let denied_or = if expected == Allowed { Denied } else { Allowed };
        let all = statement("Allow", json!({"AWS": role}), ASSUME.into());
        check_about(Principal::Role(role), denied_or, &json!([all, denied]));
    }
}

#[test]
fn services_are_read_from_every_form_of_a_statement() {
    let services = |statements: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        TrustPolicy::read(&policy).unwrap().services()
    };
    let one = statement("Allow", service("lambda.amazonaws.com"), ASSUME.into());
    assert_eq!(services(one.clone()), ["lambda.amazonaws.com"]);
    let names = json!({"Service": ["a.amazonaws.com", "b.amazonaws.com"]});
    let more = statement("Allow", names, json!(["sts:TagSession", "STS:AssumeRole"]));
    let expected = ["a.amazonaws.com", "b.amazonaws.com", "lambda.amazonaws.com"];
    assert_eq!(services(json!([more, one])), expected);
    assert!(services(statement("Deny", service("lambda.amazonaws.com"), ASSUME.into())).is_empty());
    assert!(
        services(statement("Allow", service("lambda.amazonaws.com"), "sts:TagSession".into())).is_empty()
    );
    assert!(services(statement("Allow", json!("*"), ASSUME.into())).is_empty());
}
