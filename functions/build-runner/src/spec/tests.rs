//! What each property may be, and the sentence for what it may not be.

use super::*;
use crate::BuildRunner;
use serde_json::json;
use shared::drivers::cloudformation::{RequestIdentity, Resource};

const STACK: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/release/1";

fn origin(request: RequestType) -> Origin {
    let id = RequestIdentity { request: "request-1".to_owned(), resource: "Run".to_owned() };
    Origin { id: Some(id), ..Origin::new(request, Some(STACK.to_owned())) }
}

fn asked(request: RequestType, properties: Value) -> Result<Spec, String> {
    let properties: Properties = serde_json::from_value(properties).map_err(|error| error.to_string())?;
    BuildRunner::spec(&origin(request), properties)
}

fn run(properties: Value) -> Result<Run, String> {
    match asked(RequestType::Update, properties)?.task {
        Task::Run(run) => Ok(run),
        Task::Stop => panic!("an Update runs a build"),
    }
}

#[test]
fn every_property_but_the_project_may_be_left_out() {
    for properties in [
        json!({"ProjectName": "web"}),
        json!({"ProjectName": "web", "EnvironmentVariables": [], "SourceVersion": "", "ExportedVariables": ""}),
        json!({"ProjectName": "web", "ExportedVariables": [""], "Trigger": {"any": ["thing", 1]}}),
    ] {
        let expected = Run {
            request: "request-1".to_owned(),
            variables: Variables::default(),
            source_version: None,
            exported: Vec::new(),
        };
        assert_eq!(run(properties), Ok(expected));
    }
    let full = json!({
        "ProjectName": "web", "EnvironmentVariables": [{"Name": "TAG", "Value": "v2"}], "SourceVersion": "refs/tags/v2",
        "ExportedVariables": ["IMAGE"], "Trigger": "7",
    });
    let run = run(full).unwrap();
    assert_eq!(run.source_version.as_deref(), Some("refs/tags/v2"));
    assert_eq!(
        (run.exported, run.variables.pairs().collect()),
        (vec!["IMAGE".to_owned()], vec![("TAG", "v2")])
    );
}

#[test]
fn a_bad_value_gets_a_sentence() {
    let long = "a".repeat(151);
    let with = |property: &str, value: Value| {
        let mut properties = json!({"ProjectName": "web"});
        properties[property] = value;
        properties
    };
    for (properties, expected) in [
        (json!({}), "missing field `ProjectName`"),
        (with("ProjectName", json!(["web"])), "invalid type: sequence, expected a string"),
        (with("ProjectName", json!("")), "ProjectName is ``: give the name of a project of CodeBuild"),
        (with("ProjectName", json!("w")), "ProjectName is `w`"),
        (with("ProjectName", json!("-web")), "ProjectName is `-web`"),
        (with("ProjectName", json!("we b\n")), "ProjectName is `we b\\n`"),
        (
            with("ProjectName", json!("arn:aws:codebuild:x:1:project/web")),
            "ProjectName is `arn:aws:codebuild:x:1:project/web`: give the name of a project of CodeBuild, not its ARN",
        ),
        (with("ProjectName", json!(long)), "ProjectName is `aaaa"),
        (with("SourceVersion", json!("a\nb")), "SourceVersion is `a\\nb`: give a commit"),
        (with("SourceVersion", json!(["main"])), "invalid type: sequence"),
        (with("ExportedVariables", json!("IMAGE")), "`IMAGE` is no list: give a list of texts"),
        (with("ExportedVariables", json!([1])), "expected a list of texts"),
        (
            with("ExportedVariables", json!(["A-B"])),
            "ExportedVariables holds `A-B`: each must be the name of a variable",
        ),
        (with("ExportedVariables", json!(["A", "A"])), "ExportedVariables holds `A` twice: leave one out"),
        (with("EnvironmentVariables", json!("TAG=v2")), "EnvironmentVariables is no list"),
        (
            with("BuildspecOverride", json!("x")),
            "unknown field `BuildspecOverride`, expected one of `ProjectName`, `EnvironmentVariables`",
        ),
    ] {
        let told = run(properties).unwrap_err();
        assert!(told.starts_with(expected) && told.len() < 300, "{told}");
    }
}

#[test]
fn a_delete_needs_the_project_only() {
    let properties =
        json!({"ProjectName": "web", "EnvironmentVariables": "bad", "ExportedVariables": ["A-B"]});
    let spec = asked(RequestType::Delete, properties).unwrap();
    let owner = Owner { stack: STACK.to_owned(), resource: "Run".to_owned() };
    assert_eq!(spec, Spec { project: "web".to_owned(), owner, task: Task::Stop });
    assert!(
        asked(RequestType::Delete, json!({"ProjectName": "w"}))
            .unwrap_err()
            .starts_with("ProjectName is `w`")
    );
}

#[test]
fn without_cloudformation_nothing_is_run_or_stopped() {
    let properties = serde_json::from_value(json!({"ProjectName": "web"})).unwrap();
    let by_hand = Origin::new(RequestType::Delete, None);
    assert!(BuildRunner::spec(&by_hand, properties).unwrap_err().ends_with("start one by hand in CodeBuild"));
}

#[test]
fn two_requests_have_two_tokens_and_one_request_has_one() {
    let token = |stack: &str, request: &str| {
        let owner = Owner { stack: stack.to_owned(), resource: "Run".to_owned() };
        Run { request: request.to_owned(), ..run(json!({"ProjectName": "web"})).unwrap() }.token(&owner)
    };
    assert_eq!(token(STACK, "1"), token(STACK, "1"));
    assert!(token(STACK, "1").len() == 64 && token(STACK, "1").bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(token(STACK, "1"), token(STACK, "2"));
    assert_ne!(token(STACK, "1"), token("another", "1"));
}
