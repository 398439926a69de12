//! The rules of the evaluation logic, which hold for any policies and any request.

use policies::{Context, Decision, Policies, Policy, Principal, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/worker";
const KEYS: [&str; 3] = ["aws:SourceVpce", "aws:TagKeys", "sagemaker:VpcSubnets"];
const VALUES: [&str; 3] = ["one", "two", "other-one"];

fn condition() -> impl Strategy<Value = Value> {
    let operators = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotEquals",
        "ForAnyValue:StringLike",
        "Null",
    ];
    let value = prop::sample::select(vec!["one", "two", "*", "o*", "true", "false"]);
    (
        prop::sample::select(operators.to_vec()),
        prop::sample::select(KEYS.to_vec()),
        prop::collection::vec(value, 1..3),
    )
        .prop_map(|(operator, key, values)| json!({operator: {key: values}}))
}

fn statement(effect: Option<&'static str>) -> impl Strategy<Value = Value> {
    let effects = effect.map_or_else(|| vec!["Allow", "Deny"], |effect| vec![effect]);
    let actions = vec!["s3:GetObject", "s3:*", "*", "s3:PutObject", "S3:get*"];
    let resources = vec!["*", "arn:aws:s3:::data/*", "arn:aws:s3:::models/one", "arn:aws:s3:::*"];
    let negation = (any::<bool>(), any::<bool>());
    (
        prop::sample::select(effects),
        prop::sample::select(actions),
        prop::sample::select(resources),
        negation,
        prop::option::of(condition()),
    )
        .prop_map(|(effect, action, resource, (not_action, not_resource), condition)| {
            let (action_key, resource_key) = (
                if not_action { "NotAction" } else { "Action" },
                if not_resource { "NotResource" } else { "Resource" },
            );
            let mut statement = json!({"Effect": effect, action_key: action, resource_key: resource});
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        })
}

fn policy_of(statements: &[Value]) -> Policy {
    Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn policy() -> impl Strategy<Value = Policy> {
    prop::collection::vec(statement(None), 0..4).prop_map(|statements| policy_of(&statements))
}

/// The policy of a resource, for one of several principals.
fn of_resource() -> impl Strategy<Value = Policy> {
    let principals = vec![
        json!("*"),
        json!({"AWS": ROLE}),
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": "arn:aws:sts::111122223333:assumed-role/worker/alice"}),
        json!({"Service": "sagemaker.amazonaws.com"}),
    ];
    prop::collection::vec((statement(None), prop::sample::select(principals)), 0..3).prop_map(|statements| {
        let statements = statements.into_iter().map(|(mut statement, principal)| {
            statement["Principal"] = principal;
            statement
        });
        policy_of(&statements.collect::<Vec<_>>())
    })
}

fn policies() -> impl Strategy<Value = Policies> {
    let list = || prop::collection::vec(policy(), 0..3);
    let limits = (prop::option::of(policy()), prop::option::of(list()), prop::option::of(policy()));
    let levels = (prop::collection::vec(list(), 0..2), prop::collection::vec(list(), 0..2));
    (list(), limits, levels, prop::option::of(of_resource()), any::<bool>()).prop_map(
        |(
            identity,
            (boundary, session, endpoint),
            (service_control, resource_control),
            resource,
            resource_decides,
        )| {
            Policies {
                identity,
                boundary,
                session,
                service_control,
                resource_control,
                endpoint,
                resource,
                resource_decides,
            }
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let actions = vec!["s3:GetObject", "s3:PutObject", "ec2:RunInstances"];
    let resources = vec!["arn:aws:s3:::data/a/b", "arn:aws:s3:::models/one", "*"];
    let values = prop::collection::vec(prop::sample::select(VALUES.to_vec()), 0..3);
    let keys = prop::collection::vec((prop::sample::select(KEYS.to_vec()), values), 0..3);
    let account = prop::sample::select(vec!["111122223333", "444455556666"]);
    let who = prop::sample::select(vec![
        Principal::Session { role: ROLE.to_owned(), name: "alice".to_owned() },
        Principal::User("arn:aws:iam::111122223333:user/alice".to_owned()),
        Principal::Service("sagemaker.amazonaws.com".to_owned()),
    ]);
    (prop::sample::select(actions), prop::sample::select(resources), keys, account, who).prop_map(
        |(action, resource, keys, account, principal)| {
            let context =
                keys.iter().fold(Context::default(), |context, (key, values)| context.with_all(key, values));
            let request = Request::of_role(ROLE, action, resource);
            Request { context, principal, resource_account: account.to_owned(), ..request }
        },
    )
}

fn everything(effect: &str, principal: bool) -> Policy {
    let mut statement = json!({"Effect": effect, "Action": "*", "Resource": "*"});
    if principal {
        statement["Principal"] = json!("*");
    }
    policy_of(&[statement])
}

/// What a change of policies does to a decision.
fn allowed(policies: &Policies, request: &Request) -> bool {
    policies.decide(request).is_allowed()
}

fn is_service(request: &Request) -> bool {
    matches!(request.principal, Principal::Service(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_explicit_deny_wins(mut policies in policies(), request in request(), place in 0..5) {
        match place {
            0 if !is_service(&request) => policies.identity.push(everything("Deny", false)),
            1 if !is_service(&request) => policies.service_control.push(vec![everything("Allow", false), everything("Deny", false)]),
            2 if !is_service(&request) => policies.boundary = Some(everything("Deny", false)),
            3 => policies.endpoint = Some(everything("Deny", true)),
            _ => policies.resource = Some(everything("Deny", true)),
        }
        prop_assert!(matches!(policies.decide(&request), Decision::Denied(..)));
    }

    #[test]
    fn a_further_deny_never_allows(policies in policies(), request in request(), deny in statement(Some("Deny")), place in 0..3) {
        let mut more = policies.clone();
        let deny = policy_of(&[deny]);
        match place {
            0 => more.identity.push(deny),
            1 => more.service_control.iter_mut().for_each(|level| level.push(deny.clone())),
            _ => more.boundary.iter_mut().for_each(|boundary| boundary.statements.extend(deny.statements.clone())),
        }
        prop_assert!(!allowed(&more, &request) || allowed(&policies, &request));
    }

    #[test]
    fn a_further_allow_of_an_identity_never_denies(policies in policies(), request in request(), allow in statement(Some("Allow"))) {
        let mut more = policies.clone();
        more.identity.push(policy_of(&[allow]));
        prop_assert!(!allowed(&policies, &request) || allowed(&more, &request));
    }

    #[test]
    fn what_limits_only_takes_away(policies in policies(), request in request()) {
        let wide = [
            Policies { boundary: None, ..policies.clone() },
            Policies { session: None, ..policies.clone() },
            Policies { endpoint: None, ..policies.clone() },
            Policies { service_control: Vec::new(), ..policies.clone() },
            Policies { resource_control: Vec::new(), ..policies.clone() },
        ];
        for wide in wide {
            prop_assert!(!allowed(&policies, &request) || allowed(&wide, &request));
        }
    }

    #[test]
    fn nothing_is_allowed_by_default(policies in policies(), request in request()) {
        let none = Policies { identity: Vec::new(), resource: None, ..policies };
        prop_assert!(!allowed(&none, &request));
    }

    #[test]
    fn the_other_account_has_to_agree(policies in policies(), request in request()) {
        let request = Request { resource_account: "444455556666".to_owned(), ..request };
        let silent = Policies { resource: None, ..policies.clone() };
        let idle = Policies { identity: Vec::new(), ..policies };
        prop_assert!(!allowed(&silent, &request));
        prop_assert!(is_service(&request) || !allowed(&idle, &request));
    }

    #[test]
    fn order_does_not_matter(policies in policies(), request in request()) {
        let mut turned = policies.clone();
        turned.identity.reverse();
        turned.service_control.reverse();
        turned.identity.iter_mut().chain(turned.boundary.iter_mut()).chain(turned.resource.iter_mut())
            .for_each(|policy| policy.statements.reverse());
        prop_assert_eq!(allowed(&policies, &request), allowed(&turned, &request));
    }
}
