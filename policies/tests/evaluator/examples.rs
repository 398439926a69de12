//! Worked examples of AWS's documentation (IAM User Guide: policy evaluation logic, condition operators, multivalued keys, policy variables).

use policies::{Context, Decision, Layer, Policies, Policy, PolicyError, Principal, Request};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/worker";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k";

fn policy(statement: &Value) -> Policy {
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statement})).unwrap()
}

fn allow(action: &str, resource: &str) -> Policy {
    policy(&json!({"Effect": "Allow", "Action": action, "Resource": resource}))
}

fn to(principal: &Value) -> Policy {
    policy(&json!({"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"}))
}

#[track_caller]
fn check(policies: &Policies, request: &Request, expected: &Decision) {
    assert_eq!(policies.decide(request), *expected);
}

fn request() -> Request {
    Request::of_role(ROLE, "s3:GetObject", "arn:aws:s3:::data/a")
}

#[test]
fn one_account_needs_one_of_both_and_the_limits() {
    let read = allow("s3:GetObject", "arn:aws:s3:::data/*");
    let other = allow("ec2:*", "*");
    let identity = Policies { identity: vec![read.clone()], ..Policies::default() };
    check(&identity, &request(), &Decision::Allowed);
    let limited = Policies { boundary: Some(other.clone()), ..identity.clone() };
    check(&limited, &request(), &Decision::NotAllowed(Layer::Boundary));
    let session = Policies { session: Some(vec![other.clone()]), ..identity.clone() };
    check(&session, &request(), &Decision::NotAllowed(Layer::Session));
    let unit =
        Policies { service_control: vec![vec![allow("*", "*")], vec![other.clone()]], ..identity.clone() };
    check(&unit, &request(), &Decision::NotAllowed(Layer::ServiceControl));
    let endpoint = Policies { endpoint: Some(to(&json!({"AWS": "444455556666"}))), ..identity };
    check(&endpoint, &request(), &Decision::NotAllowed(Layer::Endpoint));
    check(
        &Policies { identity: vec![other], ..Policies::default() },
        &request(),
        &Decision::NotAllowed(Layer::Identity),
    );
}

#[test]
fn a_bucket_gives_to_role_session_and_user_differently() {
    let by = |principal: &Value, boundary: bool| Policies {
        resource: Some(to(principal)),
        boundary: boundary.then(|| allow("ec2:*", "*")),
        ..Policies::default()
    };
    let role = json!({"AWS": ROLE});
    let session = json!({"AWS": "arn:aws:sts::111122223333:assumed-role/worker/alice"});
    let account = json!({"AWS": "arn:aws:iam::111122223333:root"});
    check(&by(&role, false), &request(), &Decision::Allowed);
    check(&by(&role, true), &request(), &Decision::NotAllowed(Layer::Boundary));
    check(&by(&session, true), &request(), &Decision::Allowed);
    check(&by(&account, false), &request(), &Decision::NotAllowed(Layer::Identity));
    let user = "arn:aws:iam::111122223333:user/bob";
    let of_user = Request { principal: Principal::User(user.to_owned()), ..request() };
    check(&by(&json!({"AWS": user}), true), &of_user, &Decision::Allowed);
}

#[test]
fn a_key_decides_who_uses_it() {
    let request = Request::of_role(ROLE, "kms:Decrypt", KEY);
    let key = |principal: &Value, identity: Vec<Policy>| Policies {
        identity,
        resource: Some(to(principal)),
        resource_decides: true,
        ..Policies::default()
    };
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let all = || vec![allow("kms:*", "*")];
    check(&key(&json!({"AWS": ROLE}), Vec::new()), &request, &Decision::Allowed);
    check(&key(&root, all()), &request, &Decision::Allowed);
    check(&key(&root, Vec::new()), &request, &Decision::NotAllowed(Layer::Identity));
    let other = json!({"AWS": "arn:aws:iam::111122223333:role/other"});
    check(&key(&other, all()), &request, &Decision::NotAllowed(Layer::Resource));
}

#[test]
fn another_account_needs_both() {
    let request = Request { resource_account: "444455556666".to_owned(), ..request() };
    let both = |principal: &Value, identity: Vec<Policy>| Policies {
        identity,
        resource: Some(to(principal)),
        ..Policies::default()
    };
    let read = || vec![allow("s3:*", "*")];
    check(&both(&json!({"AWS": "111122223333"}), read()), &request, &Decision::Allowed);
    check(&both(&json!({"AWS": ROLE}), Vec::new()), &request, &Decision::NotAllowed(Layer::Identity));
    check(
        &Policies { identity: read(), ..Policies::default() },
        &request,
        &Decision::NotAllowed(Layer::Resource),
    );
}

#[test]
fn not_principal_spares_who_is_named() {
    let deny =
        policy(&json!({"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"}));
    let policies = Policies { identity: vec![allow("*", "*")], resource: Some(deny), ..Policies::default() };
    check(&policies, &request(), &Decision::Allowed);
    let other =
        Request::of_role("arn:aws:iam::111122223333:role/other", "s3:GetObject", "arn:aws:s3:::data/a");
    check(&policies, &other, &Decision::Denied(Layer::Resource, String::new()));
}

#[track_caller]
fn condition(condition: &Value, context: &Context, expected: bool) {
    let policy = policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}));
    let request = Request { context: context.clone(), ..request() };
    let found = Policies { identity: vec![policy], ..Policies::default() }.decide(&request);
    assert_eq!(found.is_allowed(), expected, "{condition} with {context:?}");
}

#[test]
fn conditions_are_as_documented() {
    let none = Context::default();
    let topic = none.clone().with("aws:SourceArn", "arn:aws:sns:us-east-1:111122223333:topic");
    condition(&json!({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:111122223333:top*"}}), &topic, true);
    condition(&json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:topic"}}), &topic, false);
    condition(&json!({"StringEquals": {"aws:SourceArn": "arn:aws:sns:*"}}), &topic, false);
    let address = none.clone().with("aws:SourceIp", "203.0.113.7");
    condition(
        &json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}}),
        &address,
        true,
    );
    condition(&json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), &address, false);
    let time = none.clone().with("aws:TokenIssueTime", "2026-05-01T00:00:00Z");
    condition(&json!({"DateGreaterThan": {"aws:TokenIssueTime": "2026-04-30T23:00:00Z"}}), &time, true);
    condition(&json!({"DateLessThan": {"aws:TokenIssueTime": "1"}}), &time, false);
    let age = none.clone().with("aws:MultiFactorAuthAge", "3600");
    condition(&json!({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3600"}}), &age, true);
    condition(&json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}), &age, false);
    condition(
        &json!({"Bool": {"aws:SecureTransport": false}}),
        &none.clone().with("aws:SecureTransport", "false"),
        true,
    );
    condition(&json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}), &none, true);
    // All keys and all operators have to hold; one of the values is enough.
    let two = none.clone().with("aws:a", "1").with("aws:b", "2");
    condition(&json!({"StringEquals": {"aws:a": ["0", "1"], "aws:b": "2"}}), &two, true);
    condition(&json!({"StringEquals": {"aws:a": "1"}, "StringLike": {"aws:b": "3*"}}), &two, false);
    // The case of a key does not matter, that of a value does.
    condition(&json!({"StringEquals": {"AWS:A": "1"}}), &two, true);
    condition(&json!({"StringEquals": {"aws:x": "a"}}), &none.clone().with("aws:x", "A"), false);
    // Policy variables, their escapes and defaults.
    let home = none.with("s3:prefix", "home/bob/*").with("aws:username", "bob");
    condition(&json!({"StringLike": {"s3:prefix": "home/${aws:username}/${*}"}}), &home, true);
    condition(&json!({"StringEquals": {"s3:prefix": "home/${aws:PrincipalTag/none, 'bob'}/*"}}), &home, true);
}

#[test]
fn what_iam_does_not_know_is_an_error() {
    let parse = |statement: Value| Policy::parse(&json!({"Statement": [statement]})).unwrap_err();
    let wrong =
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {"a": "b"}}});
    assert_eq!(parse(wrong), PolicyError::Operator("StringIs".to_owned()));
    let extra = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principals": "*"});
    assert_eq!(parse(extra), PolicyError::Element("Principals".to_owned()));
    assert_eq!(parse(json!({"Effect": "Allow", "Resource": "*"})), PolicyError::Value("Action"));
    let both = json!({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"});
    assert_eq!(parse(both), PolicyError::Value("NotAction"));
}
