//! Edits of bucket policies, as tables.

use super::{Edit, Reader, edited, statements};
use serde_json::{Value, json};

const TLS: &str = r#"{"Sid":"OnlyTls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#;

fn wanted(readers: &[&str]) -> Vec<Value> {
    let readers: Vec<Reader> = readers.iter().map(|text| text.parse().unwrap()).collect();
    statements("aws-cn", "code", "sagemaker-mlops", &readers)
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn tls() -> Value {
    serde_json::from_str(TLS).unwrap()
}

#[test]
fn a_reader_is_an_account_or_an_organization() {
    assert_eq!("111122223333".parse::<Reader>().unwrap(), Reader::Account("111122223333".into()));
    assert_eq!("o-a1b2c3d4e5".parse::<Reader>().unwrap(), Reader::Organization("o-a1b2c3d4e5".into()));
    assert_eq!("none".parse::<Reader>().unwrap(), Reader::Nobody);
    for text in [
        "",
        "*",
        "11112222333",
        "o-abc",
        "o-*aaaaaaaaaa",
        "ou-a1b2-c3d4e5f6",
        "arn:aws:iam::111122223333:root",
    ] {
        assert!(text.parse::<Reader>().is_err(), "{text}");
    }
}

#[test]
fn accounts_are_named_and_everybody_is_of_an_organization() {
    let found = wanted(&["111122223333", "o-a1b2c3d4e5", "444455556666"]);
    let expected = json!([
        {
            "Sid": "ReleaseIsReadByAccounts", "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws-cn:iam::111122223333:root", "arn:aws-cn:iam::444455556666:root"]},
            "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::code/sagemaker-mlops/*",
        },
        {
            "Sid": "ReleaseIsReadByOrganizations", "Effect": "Allow", "Principal": "*",
            "Action": "s3:GetObject", "Resource": "arn:aws-cn:s3:::code/sagemaker-mlops/*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}},
        },
    ]);
    assert_eq!(Value::from(found), expected);
}

#[test]
fn statements_of_others_stay_and_own_ones_are_replaced() {
    let one = wanted(&["111122223333"]);
    let both = wanted(&["111122223333", "o-a1b2c3d4e5"]);
    for (before, wanted, expected) in [
        (None, &one, vec![one[0].clone()]),
        (Some(policy(&[tls()])), &one, vec![tls(), one[0].clone()]),
        (Some(policy(&[one[0].clone(), tls()])), &both, vec![tls(), both[0].clone(), both[1].clone()]),
        (Some(policy(&[both[0].clone(), tls(), both[1].clone()])), &vec![], vec![tls()]),
        (
            Some(json!({"Version": "2012-10-17", "Statement": tls()}).to_string()),
            &one,
            vec![tls(), one[0].clone()],
        ),
    ] {
        let Edit::Policy(text) = edited(before.as_deref(), wanted).unwrap() else { panic!("{before:?}") };
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found, json!({"Version": "2012-10-17", "Statement": expected}));
    }
    assert_eq!(edited(Some(&policy(&one)), &[]).unwrap(), Edit::NoPolicy);
    assert!(edited(Some("[]"), &one).is_err());
}

#[test]
fn a_policy_that_means_the_same_is_not_written() {
    let both = wanted(&["111122223333", "444455556666", "o-a1b2c3d4e5"]);
    // As AWS gives it back: in another order, and without lists of one.
    let mut returned = both.clone();
    returned[0]["Principal"]["AWS"] =
        json!(["arn:aws-cn:iam::444455556666:root", "arn:aws-cn:iam::111122223333:root"]);
    returned[1]["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = "o-a1b2c3d4e5".into();
    returned.reverse();
    returned.push(tls());
    assert_eq!(edited(Some(&policy(&returned)), &both).unwrap(), Edit::Unchanged);
    assert_eq!(edited(None, &[]).unwrap(), Edit::Unchanged);
    returned[1]["Action"] = "s3:*".into();
    assert_ne!(edited(Some(&policy(&returned)), &both).unwrap(), Edit::Unchanged);
}
