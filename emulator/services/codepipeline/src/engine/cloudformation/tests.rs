//! Configurations and parameters, as tables.

use super::inputs::{Inputs, outputs_file};
use super::parameters::{StackInput, merge, overrides};
use super::request::{ArtifactFile, DeployRequest, Mode};
use crate::model::Configuration;
use crate::state::Artifact;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};

/// The least that an action that makes a stack is given.
const CREATE: [(&str, &str); 4] = [
    ("ActionMode", "CREATE_UPDATE"),
    ("StackName", "env"),
    ("RoleArn", "arn:aws:iam::111122223333:role/deploy"),
    ("TemplatePath", "Built::env.yaml"),
];

fn configuration(changes: &[(&str, &str)]) -> Configuration {
    let mut all: Configuration = CREATE.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    all.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all
}

#[track_caller]
fn check_refused(changes: &[(&str, &str)], words: &str) {
    let refused = DeployRequest::parse(&configuration(changes)).unwrap_err();
    assert!(refused.contains(words), "{changes:?}: {refused}");
}

#[test]
fn a_configuration_becomes_a_request() {
    let request = DeployRequest::parse(&configuration(&[
        ("Capabilities", "CAPABILITY_IAM, CAPABILITY_NAMED_IAM"),
        ("OutputFileName", "env.json"),
        ("TemplateConfiguration", "Built::conf/env.json"),
        ("ParameterOverrides", r#"{"A": {"Fn::GetParam": ["Core", "core.json", "Key"]}, "B": "b"}"#),
    ]))
    .unwrap();
    assert_eq!(request.mode, Mode::CreateUpdate);
    assert_eq!(request.capabilities, ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]);
    assert_eq!(request.template, Some(ArtifactFile { artifact: "Built".into(), path: "env.yaml".into() }));
    assert_eq!(request.output_file.as_deref(), Some("env.json"));
    assert_eq!(request.artifacts().into_iter().collect::<Vec<_>>(), ["Built", "Core"]);
    let delete = configuration(&[("ActionMode", "DELETE_ONLY"), ("TemplatePath", "")]);
    assert_eq!(DeployRequest::parse(&delete).unwrap().template, None);
}

#[test]
fn each_bad_value_of_a_configuration_has_a_sentence() {
    check_refused(&[("ActionMode", "CREATE")], "ActionMode 'CREATE' is unknown");
    check_refused(&[("StackName", "")], "StackName is missing");
    check_refused(&[("RoleArn", "")], "CREATE_UPDATE needs RoleArn");
    check_refused(&[("ActionMode", "DELETE_ONLY"), ("RoleArn", "")], "DELETE_ONLY needs RoleArn");
    check_refused(&[("TemplatePath", "")], "CREATE_UPDATE needs TemplatePath");
    check_refused(&[("TemplatePath", "env.yaml")], "not of the form ArtifactName::FileName");
    check_refused(&[("TemplateConfiguration", "::x")], "not of the form ArtifactName::FileName");
    check_refused(&[("ActionMode", "CHANGE_SET_REPLACE")], "CHANGE_SET_REPLACE needs ChangeSetName");
    check_refused(&[("ActionMode", "CHANGE_SET_EXECUTE")], "CHANGE_SET_EXECUTE needs ChangeSetName");
    for (overrides, words) in [
        ("[]", "must be a JSON object"),
        (r#"{"A": [1]}"#, "the value of A is neither text nor a function"),
        (r#"{"A": {}}"#, "A must have one function"),
        (r#"{"A": {"Ref": "B"}}"#, "unknown function 'Ref'"),
        (r#"{"A": {"Fn::GetParam": ["Core", "f"]}}"#, "takes an artifact, a file and a key"),
        (r#"{"A": {"Fn::GetArtifactAtt": ["Core"]}}"#, "takes an artifact and an attribute"),
        (r#"{"A": {"Fn::GetArtifactAtt": ["Core", "Size"]}}"#, "no attribute 'Size'"),
    ] {
        check_refused(&[("ParameterOverrides", overrides)], words);
    }
    let long = json!({"A": "a".repeat(1024)}).to_string();
    check_refused(&[("ParameterOverrides", &long)], "longer than 1024 bytes");
}

fn inputs(files: &[(&str, &str)]) -> Inputs {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let place = |name: &str| Artifact { name: name.into(), bucket: "store".into(), key: "p/a/1".into() };
    let mut inputs = Inputs::default();
    inputs.add(place("Built"), zip.finish().unwrap().into_inner());
    inputs.add(place("Text"), b"no zip".to_vec());
    inputs
}

fn merged(configuration: &Value, given: &str) -> Result<StackInput, String> {
    let core = r#"{"ProductId": "prod-1", "Count": 2, "List": ["a"]}"#;
    let inputs = inputs(&[("core.json", core), ("bad.json", "{")]);
    let configuration = serde_json::from_value(configuration.clone()).map_err(|error| error.to_string())?;
    merge(configuration, &overrides(given)?, &inputs)
}

#[test]
fn overrides_go_before_the_template_configuration() {
    let file = json!({
        "Parameters": {"A": "file", "B": "file", "N": 3, "On": true},
        "Tags": {"team": "ds"},
        "StackPolicy": {"Statement": []},
    });
    let given = json!({
        "A": "override",
        "C": {"Fn::GetParam": ["Built", "core.json", "ProductId"]},
        "D": {"Fn::GetParam": ["Built", "core.json", "Count"]},
        "E": {"Fn::GetArtifactAtt": ["Built", "BucketName"]},
        "F": {"Fn::GetArtifactAtt": ["Text", "ObjectKey"]},
        "G": {"Fn::GetArtifactAtt": ["Built", "URL"]},
    });
    let input = merged(&file, &given.to_string()).unwrap();
    let expected = [
        ("A", "override"),
        ("B", "file"),
        ("C", "prod-1"),
        ("D", "2"),
        ("E", "store"),
        ("F", "p/a/1"),
        ("G", "https://s3.amazonaws.com/store/p/a/1"),
        ("N", "3"),
        ("On", "true"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(input.parameters, BTreeMap::from(expected));
    assert_eq!(input.tags, BTreeMap::from([("team".to_owned(), "ds".to_owned())]));
    assert_eq!(input.policy.as_deref(), Some(r#"{"Statement":[]}"#));
    assert_eq!(merged(&Value::Null, "{}").unwrap(), StackInput::default());
}

#[test]
fn files_that_do_not_fit_have_a_sentence() {
    let param = |artifact: &str, file: &str, key: &str| {
        json!({"A": {"Fn::GetParam": [artifact, file, key]}}).to_string()
    };
    for (configuration, given, words) in [
        (json!(null), param("Other", "core.json", "X"), "'Other' is not an input artifact"),
        (json!(null), param("Text", "core.json", "X"), "Text is not a zip archive"),
        (json!(null), param("Built", "x.json", "X"), "File [x.json] does not exist in artifact [Built]"),
        (json!(null), param("Built", "bad.json", "X"), "File [bad.json] of artifact [Built] cannot be used"),
        (json!(null), param("Built", "core.json", "X"), "no text under the key 'X'"),
        (json!(null), param("Built", "core.json", "List"), "no text under the key 'List'"),
        (json!({"Parameters": {"A": ["a"]}}), "{}".into(), "parameter A is not text"),
        (json!({"Tags": {"t": null}}), "{}".into(), "tag t is not text"),
        (json!({"Parameter": {}}), "{}".into(), "unknown field"),
    ] {
        let refused = merged(&configuration, &given).unwrap_err();
        assert!(refused.contains(words), "{words}: {refused}");
    }
}

#[test]
fn the_outputs_of_a_stack_are_a_json_file_of_an_artifact() {
    let outputs = BTreeMap::from([("DomainId".to_owned(), "d-1".to_owned())]);
    let place = Artifact { name: "Out".into(), bucket: "store".into(), key: "k".into() };
    let mut made = Inputs::default();
    made.add(place, outputs_file("out.json", &outputs).unwrap());
    let file = ArtifactFile { artifact: "Out".into(), path: "out.json".into() };
    assert_eq!(made.json::<Value>(&file).unwrap(), json!({"DomainId": "d-1"}));
}
