//! Condition operators, for any key and any value.

use policies::{Context, Policies, Policy, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Whether a condition holds, by an Allow that has it.
fn holds(condition: &Value, context: &Context) -> bool {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let policy = Policy::parse(&json!({"Statement": statement})).unwrap();
    let request = Request::of_role("arn:aws:iam::111122223333:role/r", "s3:GetObject", "*");
    let request = Request { context: context.clone(), ..request };
    Policies { identity: vec![policy], ..Policies::default() }.decide(&request).is_allowed()
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["aws:SourceVpc", "aws:TagKeys", "sagemaker:VolumeKmsKey"])
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-c]{1,2}", 1..4)
}

/// Operators in pairs: one and its negation.
fn pair() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("ArnLike", "ArnNotLike"),
        ("ArnEquals", "ArnNotEquals"),
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
        ("IpAddress", "NotIpAddress"),
    ])
}

proptest! {
    #[test]
    fn an_absent_key_is_as_documented((plain, negated) in pair(), key in key(), values in texts()) {
        let none = Context::default();
        let is = |operator: &str| holds(&json!({operator: {key: values}}), &none);
        assert!(!is(plain), "{plain} has nothing to match");
        assert!(is(negated), "{negated} is true without the key");
        for operator in [plain, negated] {
            assert!(is(&format!("{operator}IfExists")), "{operator}IfExists passes");
            assert!(is(&format!("ForAllValues:{operator}")), "ForAllValues of nothing is true");
            assert!(!is(&format!("ForAnyValue:{operator}")), "ForAnyValue of nothing is false");
        }
        assert!(holds(&json!({"Null": {key: "true"}}), &none));
        assert!(!holds(&json!({"Null": {key: "false"}}), &none));
    }

    #[test]
    fn an_empty_set_is_an_absent_key(key in key()) {
        let empty = Context::default().with_all(key, &[]);
        assert!(holds(&json!({"Null": {key: "true"}}), &empty));
        assert!(holds(&json!({"ForAllValues:StringEquals": {key: "a"}}), &empty));
    }

    #[test]
    fn a_negated_operator_is_the_opposite((plain, negated) in pair(), key in key(), own in texts(), value in "[a-c]{1,2}") {
        let context = Context::default().with(key, &value);
        let is = |operator: &str| holds(&json!({operator: {key: own}}), &context);
        assert_ne!(is(plain), is(negated));
        // With the key, IfExists changes nothing.
        assert_eq!(is(plain), is(&format!("{plain}IfExists")));
    }

    #[test]
    fn sets_are_all_and_any(key in key(), own in texts(), values in texts()) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let context = Context::default().with_all(key, &values);
        let is = |operator: &str| holds(&json!({operator: {key: own}}), &context);
        let known = |value: &&str| own.iter().any(|one| one == value);
        assert_eq!(is("ForAllValues:StringEquals"), values.iter().all(known));
        assert_eq!(is("ForAnyValue:StringEquals"), values.iter().any(known));
        assert_eq!(is("ForAnyValue:StringNotEquals"), !values.iter().all(known));
    }

    #[test]
    fn a_variable_is_its_value_and_no_wildcard(value in "[a-z*?$:/]{1,6}", other in "[a-z]{1,6}") {
        let context = Context::default().with("aws:PrincipalTag/team", &value).with("s3:prefix", &value);
        let condition = json!({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}"}});
        assert!(holds(&condition, &context));
        assert!(!holds(&condition, &context.with("s3:prefix", &format!("{value}{other}"))));
    }

    #[test]
    fn a_variable_without_a_value_matches_nothing(value in "[a-z]{0,6}") {
        let context = Context::default().with("s3:prefix", &value);
        assert!(!holds(&json!({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}*"}}), &context));
        assert!(holds(&json!({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team, ''}*"}}), &context));
    }

    #[test]
    fn wildcards_are_those_of_a_regular_expression(pattern in "[ab*?]{0,6}", text in "[ab]{0,6}") {
        let matches = holds(&json!({"StringLike": {"aws:x": pattern}}), &Context::default().with("aws:x", &text));
        assert_eq!(matches, slow(pattern.as_bytes(), text.as_bytes()));
        let literal = holds(&json!({"StringEquals": {"aws:x": pattern}}), &Context::default().with("aws:x", &text));
        assert_eq!(literal, pattern == text);
    }
}

/// Wildcards by their definition.
fn slow(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((b'*', rest)), _) => (0..=text.len()).any(|taken| slow(rest, &text[taken..])),
        (Some((b'?', rest)), Some((_, after))) => slow(rest, after),
        (Some((own, rest)), Some((other, after))) => own == other && slow(rest, after),
        (Some(_), None) => false,
    }
}
