//! Our own rules for templates, in `lint/rules`: each passes on every template of `infra` and `examples`, and fails on the fixture that
//! has its name, so that no rule passes because it looks at nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use cfn_guard::{ValidateInput, run_checks};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files of a folder beside this file with this extension, in order.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no .{extension} file", folder.display());
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// Templates only: the buildspecs beside them are no concern of CloudFormation.
fn templates() -> Vec<(String, String)> {
    let of_users =
        |file: &tests::File| ["infra", "examples", "templates"].iter().any(|folder| file.is_in(folder));
    let mut templates = tests::files(&[".yaml", ".template"]);
    templates.retain(|file| of_users(file) && file.text.starts_with("AWSTemplateFormatVersion"));
    templates.into_iter().map(|file| (file.path, file.text)).collect()
}

/// `PASS`, `FAIL` or `SKIP`, and what the rule says to do.
fn check(rule: &(String, String), template: &(String, String)) -> (String, Vec<String>) {
    let data = ValidateInput { content: &template.1, file_name: &template.0 };
    let rules = ValidateInput { content: &rule.1, file_name: &rule.0 };
    let record: Value = serde_json::from_str(&run_checks(data, rules, true).unwrap()).unwrap();
    let mut messages = Vec::new();
    collect(&record, &mut messages);
    (record["container"]["FileCheck"]["status"].as_str().unwrap().to_owned(), messages)
}

fn collect(record: &Value, messages: &mut Vec<String>) {
    match record {
        Value::Object(members) => {
            messages.extend(members.get("custom_message").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, messages));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, messages)),
        _ => {}
    }
}

#[test]
fn every_rule_passes_on_every_template() {
    for rule in files("lint/rules", "guard") {
        for template in templates() {
            let (status, messages) = check(&rule, &template);
            assert_ne!(status, "FAIL", "{}: {}: {messages:?}", template.0, rule.0);
        }
    }
}

#[test]
fn every_rule_looks_at_something_we_deploy() {
    for rule in files("lint/rules", "guard") {
        let looks = templates().iter().any(|template| check(&rule, template).0 == "PASS");
        assert!(looks, "{} passes on no template: it may match nothing", rule.0);
    }
}

#[test]
fn every_rule_fails_on_its_fixture_and_says_what_to_do() {
    let fixtures = files("lint/fixtures", "yaml");
    for rule in files("lint/rules", "guard") {
        let fixture = fixtures.iter().find(|fixture| fixture.0 == rule.0);
        let (status, messages) = check(&rule, fixture.unwrap_or_else(|| panic!("{} has no fixture", rule.0)));
        assert_eq!(status, "FAIL", "{}", rule.0);
        assert!(!messages.is_empty(), "{} does not say what to do", rule.0);
    }
}

#[test]
fn no_template_works_in_one_partition_only() {
    for (name, text) in templates() {
        assert!(!text.contains("arn:aws:"), "{name}: write arn:${{AWS::Partition}}: in place of arn:aws:");
    }
}

/// The role that serves all functions of an environment, where roles are brought, may do what the roles of these functions may.
#[test]
fn the_role_of_all_functions_has_the_rights_of_each() {
    // Rights for what `env-main.yaml` does not ask of a function: jobs of pipelines, and the deletion of a VPC that no stack owns.
    const NOT_ASKED: [&str; 2] = ["codepipeline:", "ec2:"];
    let infra: Vec<_> = tests::files(&[".yaml"]).into_iter().filter(|file| file.is_in("infra")).collect();
    let text = |path: &str| infra.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let roles = text("infra/env-iam.yaml").unwrap();
    let (_, role) = roles.split_once("\n  SetupLambdaExecutionRole:\n").unwrap();
    let (role, _) = role.split_once("\nOutputs:\n").unwrap();
    let granted = actions(role);
    let nesting =
        [text("infra/env-main.yaml").unwrap(), text("infra/env-sagemaker-studio.yaml").unwrap()].concat();
    let mut looked_at = 0;
    for name in nesting.lines().filter_map(|line| line.rsplit_once("${CodePrefix}/")?.1.strip_suffix(".yaml"))
    {
        let Some(own) = text(&format!("infra/functions/{name}-role.yaml")) else { continue };
        looked_at += 1;
        for action in actions(own) {
            let asked = !NOT_ASKED.iter().any(|service| action.starts_with(service));
            assert!(!asked || granted.contains(action), "SetupLambdaExecutionRole lacks {action} of {name}");
        }
    }
    assert!(looked_at >= 6, "{looked_at} roles of functions were found");
}

/// The actions in statements of a template.
fn actions(template: &str) -> BTreeSet<&str> {
    let ends = |letter: char| letter.is_whitespace() || "[],'".contains(letter);
    let is_action = |word: &&str| {
        let Some((service, action)) = word.split_once(':') else { return false };
        let small = |letter: u8| letter.is_ascii_lowercase() || letter == b'-';
        !service.is_empty()
            && service.bytes().all(small)
            && action.starts_with(|letter: char| letter.is_ascii_uppercase())
            && action.bytes().all(|letter| letter.is_ascii_alphanumeric())
    };
    let of_statements = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("- ") || line.starts_with("Action:")
    };
    template.lines().filter(of_statements).flat_map(|line| line.split(ends)).filter(is_action).collect()
}
