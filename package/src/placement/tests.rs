//! Defaults written into templates: tables of texts, every template of the project, any location.

use super::{CodeLocation, place};
use crate::template::parse;
use proptest::prelude::*;
use serde_json::Value;

fn location() -> CodeLocation {
    CodeLocation::new("code", "sagemaker-mlops/1-abc", Some("x86_64")).unwrap()
}

#[track_caller]
fn check(template: &str, expected: &str) {
    assert_eq!(place(template, &location()).unwrap(), expected);
    // What is placed already is placed anew in the same way.
    assert_eq!(place(expected, &location()).unwrap(), expected);
}

#[track_caller]
fn refused(template: &str, part: &str) {
    let error = format!("{:#}", place(template, &location()).unwrap_err());
    assert!(error.contains(part), "{error}");
}

#[test]
fn a_default_is_written_below_the_type() {
    check(
        "# Why.\nParameters:\n  CodeBucket:\n    Description: >-\n      Where\n      the code is.\n    Type: String # text\n    AllowedPattern: ^x\n\nResources: {}\n",
        "# Why.\nParameters:\n  CodeBucket:\n    Description: >-\n      Where\n      the code is.\n    Type: String # text\n    Default: 'code'\n    AllowedPattern: ^x\n\nResources: {}\n",
    );
    check(
        "Parameters: # all\n    Other:\n        Type: String\n\n    # The folder.\n    CodePrefix: # why\n        Type: String\n",
        "Parameters: # all\n    Other:\n        Type: String\n\n    # The folder.\n    CodePrefix: # why\n        Type: String\n        Default: 'sagemaker-mlops/1-abc'\n",
    );
    check(
        "Parameters:\n  Architecture:\n    Type: String",
        "Parameters:\n  Architecture:\n    Type: String\n    Default: 'x86_64'\n",
    );
    check(
        "Parameters:\r\n  CodeBucket:\r\n    Type: String\r\n",
        "Parameters:\r\n  CodeBucket:\r\n    Type: String\r\n    Default: 'code'\r\n",
    );
}

#[test]
fn a_default_is_replaced_with_its_comment_kept() {
    for (before, after) in [
        ("''", ""),
        ("arm64", ""),
        ("'' # empty", " # empty"),
        ("'a # b'  # it''s", "  # it''s"),
        ("\"a \\\" # b\" # c", " # c"),
        ("a#b", ""),
        (">-\n      one\n\n      two", ""),
    ] {
        let template = |value: &str| {
            format!("Parameters:\n  Architecture:\n    Default: {value}\n\n    # Which.\n    Type: String\n")
        };
        check(&template(before), &template(&format!("'x86_64'{after}")));
    }
}

#[test]
fn only_parameters_are_touched() {
    for template in [
        "Resources: {}\n",
        "Parameters:\n  Other:\n    Type: String\n    Description: |\n      CodeBucket:\n        Type: String\n",
        "Resources:\n  CodeBucket:\n    Type: AWS::S3::Bucket\n",
        "Parameters: {Other: {Type: String}}\n",
    ] {
        check(template, template);
    }
}

#[test]
fn what_cannot_be_edited_is_refused() {
    refused("Parameters: {CodeBucket: {Type: String}}\n", "do not stand in lines of their own");
    refused("Parameters:\n  CodeBucket: {Type: String}\n", "declare CodeBucket over several lines");
    refused("Parameters:\n  CodeBucket:\n    {Type: String}\n", "it has no Type");
    refused("Parameters:\n  CodeBucket:\n    MinLength: 1\n", "it has no Type");
    refused("Parameters: [\n", "it is not YAML");
}

#[test]
fn a_location_is_one_that_a_url_can_name() {
    let refused =
        |bucket: &str, prefix: &str| CodeLocation::new(bucket, prefix, None).unwrap_err().to_string();
    for bucket in ["", "ab", "Code", "-code", "code.", "a_b", "a/b", &"a".repeat(64)] {
        assert!(refused(bucket, "p").contains("is no name of a bucket"), "{bucket}");
    }
    for prefix in ["", "/a", "a/", "a b", "a?b", "a%b", "a#b", "a+b", "é", "a\nb"] {
        assert!(refused("code", prefix).contains("is no folder"), "{prefix}");
    }
}

/// The text without the lines of these defaults, and how many of them it has.
fn without_defaults(text: &str, names: &[&str]) -> (Vec<String>, usize) {
    let mut declared = "";
    let (mut kept, mut defaults) = (Vec::new(), 0);
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            inside = line.starts_with("Parameters:");
        } else if inside && line.starts_with("  ") && !line.starts_with("   ") {
            declared = line.trim().trim_end_matches(':');
        }
        if inside && names.contains(&declared) && line.starts_with("    Default:") {
            defaults += 1;
        } else {
            kept.push(line.to_owned());
        }
    }
    (kept, defaults)
}

#[test]
fn every_template_of_the_project_is_placed_and_otherwise_as_it_was() {
    let names = ["CodeBucket", "CodePrefix", "Architecture"];
    let mut placed_ones = 0;
    for path in crate::release::templates(&crate::root()).unwrap() {
        let source = crate::template(&path).unwrap();
        let placed = place(&source, &location()).unwrap();
        crate::template::fits(&path.file_name().unwrap().to_string_lossy(), &placed).unwrap();
        let document = parse(&placed).unwrap();
        let mut declared = 0;
        for (name, value) in location().parameters() {
            if let Some(declaration) = document["Parameters"].get(name) {
                assert_eq!(declaration["Default"], value, "{}: {name}", path.display());
                declared += 1;
            }
        }
        let ((before, _), (after, defaults)) =
            (without_defaults(&source, &names), without_defaults(&placed, &names));
        assert_eq!(before, after, "{}", path.display());
        assert_eq!(defaults, declared, "{}", path.display());
        placed_ones += usize::from(declared > 0);
    }
    assert!(placed_ones > 10, "only {placed_ones} templates tell where their code is");
}

proptest! {
    #[test]
    fn any_location_is_the_default_that_is_read(
        bucket in "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        prefix in "[A-Za-z0-9!_.*'()-]([A-Za-z0-9!_.*'()/-]{0,40}[A-Za-z0-9!_.*'()-])?",
    ) {
        let location = CodeLocation::new(&bucket, &prefix, Some("arm64")).unwrap();
        let template = "Parameters:\n  CodeBucket:\n    Type: String\n  CodePrefix:\n    Type: String\n    Default: ''\n";
        let document = parse(&place(template, &location).unwrap()).unwrap();
        prop_assert_eq!(&document["Parameters"]["CodeBucket"]["Default"], &Value::from(bucket));
        prop_assert_eq!(&document["Parameters"]["CodePrefix"]["Default"], &Value::from(prefix));
    }
}
