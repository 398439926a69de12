//! Variables, JSON paths, validation messages.

use crate::api::SHAPES;
use crate::json_path::JsonPath;
use crate::variables::resolve;
use emulator_core::Failure;
use serde_json::{Value, json};

#[track_caller]
fn check_resolve(value: &str, wanted: Result<&str, &str>) {
    let lookup = |namespace: &str, key: &str| (namespace == "Source").then(|| format!("<{key}>"));
    let resolved = resolve(value, lookup);
    assert_eq!(resolved.as_deref().map_err(String::as_str), wanted);
}

#[test]
fn resolve_replaces_every_reference_or_names_the_one_it_cannot() {
    check_resolve("plain", Ok("plain"));
    check_resolve("#{Source.Id}", Ok("<Id>"));
    check_resolve("a#{Source.Id}b#{Source.B-r_1@}c", Ok("a<Id>b<B-r_1@>c"));
    check_resolve("# {x} ${Y} #", Ok("# {x} ${Y} #"));
    check_resolve("#{Build.Id}", Err("The variable #{Build.Id} could not be resolved"));
    check_resolve("#{Source}", Err("'#{Source}' is not of the form #{namespace.key}"));
    check_resolve("#{a.b", Err("'#{a.b' has no closing bracket"));
}

#[track_caller]
fn check_path(path: &str, wanted: Option<&Value>) {
    let body = json!({"ref": "refs/heads/main", "a": {"b": [{"c": 1}, {"c": 2}]}, "x y": true});
    let found = JsonPath::parse(path).map(|path| path.select(&body).into_iter().cloned().collect::<Value>());
    assert_eq!(found.as_ref(), wanted, "{path}");
}

#[test]
fn json_path_selects_names_indexes_and_everything() {
    check_path("$.ref", Some(&json!(["refs/heads/main"])));
    check_path("$.a.b[1].c", Some(&json!([2])));
    check_path("$.a.b[*].c", Some(&json!([1, 2])));
    check_path("$['x y']", Some(&json!([true])));
    check_path("$.missing", Some(&json!([])));
    check_path("$.a.b[9].c", Some(&json!([])));
    for wrong in ["ref", "$.", "$..ref", "$[", "$[x]", "$x", ""] {
        check_path(wrong, None);
    }
}

fn clean(operation: &str, input: &Value) -> Result<Value, Failure> {
    SHAPES.checked(operation, input).unwrap()
}

#[track_caller]
fn check_clean(operation: &str, input: &Value, code: &str, part: &str) {
    let failure = clean(operation, input).unwrap_err();
    assert_eq!(failure.code, code, "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}

#[test]
fn clean_refuses_what_breaks_the_service_model() {
    let id = "11111111-2222-3333-4444-555555555555";
    let revision = |summary: &str| {
        let revision = json!({"revision": "r", "changeIdentifier": "c", "revisionSummary": summary});
        json!({"jobId": id, "currentRevision": revision})
    };
    let invalid = "ValidationException";
    check_clean("GetPipeline", &json!({}), invalid, "1 validation error detected: Value at 'name'");
    check_clean("GetPipeline", &json!({"name": null}), invalid, "Member must not be null");
    check_clean("GetPipeline", &json!({"name": "a b"}), invalid, "regular expression pattern");
    check_clean("GetPipeline", &json!({"name": "a", "version": 0}), invalid, "greater than or equal to 1");
    check_clean("GetPipeline", &json!({"name": 3}), "SerializationException", "'name' must be a string");
    check_clean("GetPipeline", &json!([]), "SerializationException", "an object");
    check_clean("PutJobSuccessResult", &revision(""), invalid, "revisionSummary");
    check_clean("PutJobSuccessResult", &revision(&"s".repeat(2049)), invalid, "less than or equal to 2048");
    check_clean(
        "AcknowledgeJob",
        &json!({"jobId": "x", "nonce": "n".repeat(51)}),
        invalid,
        "2 validation errors",
    );
    check_clean(
        "PutJobSuccessResult",
        &json!({"jobId": id, "outputVariables": {"a b": "c"}}),
        invalid,
        "outputVariables",
    );
}

#[test]
fn clean_drops_nulls_and_unknown_members_and_repeats_no_value() {
    let input = json!({"name": "p", "version": null, "surprise": 1});
    assert_eq!(clean("GetPipeline", &input).unwrap(), json!({"name": "p"}));
    let secret = "hunter2".repeat(20);
    let webhook = json!({"webhook": {"authenticationConfiguration": {"SecretToken": secret}}});
    assert!(!clean("PutWebhook", &webhook).unwrap_err().message.contains("hunter2"));
}
