//! The grants of a role and what the recorded calls say of them: pure, so that the check itself is tested.

use super::unused::Unused;
use emulator_core::Recorded;
use serde_json::{Value, json};

/// A role of a stack with its policies.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) policies: Vec<Value>,
}

/// One action of one Allow statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    policy: usize,
    statement: usize,
    pub(crate) action: String,
}

/// The members of a list, or the one that stands in the place of a list of one.
fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// Every grant of these policies.
pub(crate) fn of(policies: &[Value]) -> Vec<Grant> {
    let mut found = Vec::new();
    for (policy, document) in policies.iter().enumerate() {
        for (statement, it) in many(&document["Statement"]).iter().enumerate() {
            assert!(it.get("NotAction").is_none(), "NotAction grants what nobody lists: {it}");
            if it["Effect"] == "Allow" {
                let actions = many(&it["Action"]);
                let actions = actions.iter().filter_map(Value::as_str);
                found.extend(actions.map(|action| Grant { policy, statement, action: action.into() }));
            }
        }
    }
    found
}

/// The policies without what other policies grant of the same action: those of options overlap, and the template can leave
/// one out. Each is looked at as if it were the only one.
pub(crate) fn alone(policies: &[Value], grant: &Grant) -> Vec<Value> {
    let others = of(policies).into_iter().rev();
    let others = others.filter(|other| other.action == grant.action && other.policy != grant.policy);
    others.fold(policies.to_vec(), |policies, other| without(&policies, &other))
}

/// The policies without one grant.
pub(crate) fn without(policies: &[Value], grant: &Grant) -> Vec<Value> {
    let mut policies = policies.to_vec();
    let document = &mut policies[grant.policy];
    let mut statements = many(&document["Statement"]);
    let mut actions = many(&statements[grant.statement]["Action"]);
    actions.retain(|action| *action != grant.action.as_str());
    if actions.is_empty() {
        statements.remove(grant.statement);
    } else {
        statements[grant.statement]["Action"] = json!(actions);
    }
    document["Statement"] = json!(statements);
    policies
}

/// The calls that IAM refused to the roles of a stack.
pub(crate) fn refused(calls: Vec<Recorded>, stack: &str) -> Vec<Recorded> {
    let prefix = format!(":assumed-role/{stack}-");
    calls.into_iter().filter(|call| call.principal.contains(&prefix) && call.is_denied()).collect()
}

/// A refused call in one line.
pub(crate) fn line(call: &Recorded) -> String {
    let error = call.error.as_deref().unwrap_or("no code");
    format!("{}:{} by {}: {error}, {:?}", call.service, call.operation, call.principal, call.permissions)
}

/// What is wrong with the grants of a stack's roles. Each comes with whether one of the recorded calls would be refused
/// without it; a row of `unused` that stands for none of the others is wrong too.
pub(crate) fn faults(stack: &str, grants: &[(String, String, bool)], unused: &[Unused]) -> Vec<String> {
    let is_of = |role: &str, (start, named, _): &Unused, action: &str| {
        role.starts_with(&format!("{stack}-{start}-")) && *named == action
    };
    let mut faults = Vec::new();
    for (role, action, is_needed) in grants {
        if !is_needed && !unused.iter().any(|row| is_of(role, row, action)) {
            faults.push(format!("no call needs {action} of {role}"));
        }
    }
    for row in unused {
        let mut unneeded = grants.iter().filter(|(_, _, is_needed)| !is_needed);
        if !unneeded.any(|(role, action, _)| is_of(role, row, action)) {
            faults.push(format!("the row of {} of {} stands for no unused grant", row.1, row.0));
        }
    }
    faults
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[test]
fn each_action_of_each_allow_statement_is_a_grant() {
    let one = policy(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}));
    let two = policy(&json!([
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:PutObject", "kms:Decrypt"], "Resource": "*"},
    ]));
    let policies = [one, two.clone()];
    let found = of(&policies);
    let names: Vec<_> = found.iter().map(|grant| grant.action.as_str()).collect();
    assert_eq!(names, ["s3:GetObject", "s3:PutObject", "kms:Decrypt"]);

    let without_first = without(&policies, &found[0]);
    assert_eq!(without_first, [policy(&json!([])), two]);
    let left = without(&policies, &found[1]);
    assert_eq!(left[0], policies[0]);
    assert_eq!(left[1]["Statement"][0], policies[1]["Statement"][0], "a Deny stays");
    assert_eq!(left[1]["Statement"][1]["Action"], json!(["kms:Decrypt"]));
}

#[test]
fn a_grant_is_alone_without_those_of_other_policies() {
    let statement = |actions: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let base = policy(&json!([statement(&["s3:GetObject"]), statement(&["s3:PutObject", "s3:GetObject"])]));
    let option = policy(&json!([statement(&["s3:GetObject"]), statement(&["s3:GetObject", "kms:Decrypt"])]));
    let policies = [base.clone(), option];
    let found = of(&policies);
    let expected = [base, policy(&json!([statement(&["kms:Decrypt"])]))];
    assert_eq!(alone(&policies, &found[0]), expected);
    assert_eq!(alone(&policies, &found[1]), policies, "nothing else grants it");
}

#[test]
fn a_refusal_is_told_by_its_code_not_by_its_status() {
    let call = |principal: &str, status: u16, error: Option<&str>| Recorded {
        at_ms: 0,
        service: "codebuild".into(),
        operation: "StartBuild".into(),
        principal: format!("arn:aws:sts::111122223333:assumed-role/{principal}/session"),
        permissions: vec![("codebuild:StartBuild".into(), "*".into())],
        status,
        error: error.map(Into::into),
        request: String::new(),
    };
    for (principal, status, error, expected) in [
        ("stack-Role", 400, Some("AccessDeniedException"), 1),
        ("stack-Role", 403, Some("AccessDenied"), 1),
        ("stack-Role", 403, Some("UnauthorizedOperation"), 1),
        ("stack-Role", 403, None, 1),
        ("stack-Role", 403, Some("InvalidObjectState"), 0),
        ("stack-Role", 400, Some("ResourceNotFoundException"), 0),
        ("stack-Role", 200, None, 0),
        ("other-Role", 400, Some("AccessDeniedException"), 0),
    ] {
        let found = refused(vec![call(principal, status, error)], "stack");
        assert_eq!(found.len(), expected, "{principal} {status} {error:?}");
    }
}

#[test]
fn unused_grants_and_rows_that_stand_for_none_are_faults() {
    let grant = |role: &str, action: &str, is_needed| (role.to_owned(), action.to_owned(), is_needed);
    let grants = [
        grant("stack-Role-X1", "s3:GetObject", true),
        grant("stack-Role-X1", "kms:Decrypt", false),
        grant("stack-Role-X1", "kms:Encrypt", false),
    ];
    let decrypt: Unused = ("Role", "kms:Decrypt", "S3 decrypts");
    let encrypt: Unused = ("Role", "kms:Encrypt", "S3 encrypts");
    assert_eq!(faults("stack", &grants, &[decrypt, encrypt]), [""; 0]);
    assert_eq!(faults("stack", &grants, &[decrypt]), ["no call needs kms:Encrypt of stack-Role-X1"]);
    for needless in [("Role", "s3:GetObject", ""), ("Role", "s3:PutObject", ""), ("Other", "kms:Decrypt", "")]
    {
        let found = faults("stack", &grants, &[decrypt, encrypt, needless]);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
