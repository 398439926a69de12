//! Where values come from, what is refused, and that no sentence quotes a value.

use super::*;
use serde_json::json;

fn declared(name: &str, default: Option<&str>, allowed: &[&str]) -> Declared {
    Declared {
        name: name.into(),
        description: format!("What {name} is."),
        default: default.map(str::to_owned),
        allowed: allowed.iter().map(|&word| word.to_owned()).collect(),
        is_secret: false,
    }
}

fn template() -> Vec<Declared> {
    vec![
        declared("EnvName", None, &[]),
        declared("EnvType", Some("dev"), &[]),
        declared("HomeDirectories", Some("keep"), &["keep", "delete"]),
        declared("CodeBucket", Some("new-bucket"), &[]),
        declared("CodePrefix", Some(""), &[]),
    ]
}

fn pairs(pairs: &[(&str, &str)]) -> Given {
    pairs.iter().map(|&(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).collect()
}

/// `Name=value`, `Name=previous` or nothing for a default.
fn sent(given: &[(&str, &str)], previous: Option<&[(&str, &str)]>) -> Vec<String> {
    let previous = previous.map(|pairs| {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
    });
    let chosen = choose(&template(), pairs(given), previous.as_ref()).expect("it fits");
    let word = |it: Parameter| {
        let value = it.parameter_value.unwrap_or_else(|| "previous".into());
        format!("{}={value}", it.parameter_key.unwrap_or_default())
    };
    for_aws(&chosen).into_iter().map(word).collect()
}

#[test]
fn an_update_keeps_what_it_does_not_name_but_not_where_the_release_is() {
    assert_eq!(sent(&[("EnvName", "a")], None), ["EnvName=a"]);
    let stack: &[_] = &[("EnvName", "a"), ("EnvType", "x"), ("CodeBucket", "old"), ("CodePrefix", "old")];
    assert_eq!(
        sent(&[("HomeDirectories", "delete")], Some(stack)),
        // The template says where its release is, but not the folder: the stack keeps that.
        ["EnvName=previous", "EnvType=previous", "HomeDirectories=delete", "CodePrefix=previous"]
    );
    assert_eq!(sent(&[("CodeBucket", "mine")], Some(stack))[2], "CodeBucket=mine");
}

#[track_caller]
fn refused(given: &[(&str, &str)], expected: &str) {
    let failure = choose(&template(), pairs(given), None).expect_err("it does not fit");
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.sentence.contains(expected), "{}", failure.sentence);
    assert!(!failure.sentence.contains("canary"), "{}", failure.sentence);
}

#[test]
fn a_bad_value_is_a_sentence_that_does_not_quote_it() {
    refused(&[("HomeDirectories", "canary")], "the value of HomeDirectories is none of keep, delete");
    refused(
        &[("EnvNam", "canary"), ("X", "canary")],
        "the template has no parameter EnvNam, X. It has EnvName",
    );
}

#[tokio::test]
async fn without_a_terminal_all_that_is_missing_is_told_at_once() {
    let template = [
        declared("EnvName", None, &[]),
        declared("GitUrl", None, &[]),
        declared("EnvType", Some("dev"), &[]),
    ];
    let chosen = choose(&template, Given::new(), None).expect("it fits");
    let failure = complete(chosen, &Screen::new()).await.expect_err("nobody answers");
    assert_eq!(
        failure.sentence,
        "give a value with --parameter NAME=VALUE for EnvName (What EnvName is); GitUrl (What GitUrl is)"
    );
}

#[test]
fn a_file_is_an_object_or_the_list_of_the_aws_cli() {
    let all = |value: Value| {
        let given = read(&value).expect("it can be read");
        given.into_iter().map(|(name, value)| format!("{name}={}", value.expose())).collect::<Vec<_>>()
    };
    assert_eq!(
        all(json!({"EnvName": "a", "NumberOfAZs": 2, "Flag": true, "Zones": ["a", "b"]})),
        ["EnvName=a", "Flag=true", "NumberOfAZs=2", "Zones=a,b"]
    );
    let list = json!([
        {"ParameterKey": "EnvName", "ParameterValue": "a"},
        {"ParameterKey": "EnvType", "UsePreviousValue": true},
    ]);
    assert_eq!(all(list), ["EnvName=a"]);
    assert!(all(Value::Null).is_empty());
    for (value, expected) in [
        (json!({"EnvName": {"canary": 1}}), "parameter EnvName is neither text"),
        (json!([{"Key": "canary"}]), "has no ParameterKey"),
        (json!("canary"), "no object"),
        (
            json!([{"ParameterKey": "A", "ParameterValue": "canary"}, {"ParameterKey": "A", "ParameterValue": "b"}]),
            "A is given twice",
        ),
    ] {
        let why = read(&value).expect_err(expected);
        assert!(why.contains(expected) && !why.contains("canary"), "{why}");
    }
}

#[test]
fn yaml_is_read_as_it_is_meant() {
    let text = "EnvName: a\nCreateNATGateways: NO\nStart: yes\nZones: [a, b]\nNumberOfAZs: '2'\n";
    let value = from_yaml(text).expect("it is YAML");
    let given = read(&value).expect("it can be read");
    assert_eq!(
        (given["CreateNATGateways"].expose().as_str(), given["Start"].expose().as_str()),
        ("NO", "yes")
    );
    assert_eq!(given["NumberOfAZs"].expose(), "2");
}
