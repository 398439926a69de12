//! Which variables are accepted, and that no sentence repeats a value.

use super::*;
use serde_json::json;

const CANARY: &str = "canary-4711";

fn read(given: Value) -> Result<Vec<String>, String> {
    let variables = Variables::read(given)?;
    assert!(!format!("{variables:?}").contains(CANARY), "{variables:?}");
    Ok(variables.pairs().map(|(name, value)| format!("{name}={value}")).collect())
}

#[test]
fn names_and_values_are_read_in_their_order() {
    for (given, expected) in [
        (json!(null), &[][..]),
        (json!(""), &[]),
        (json!([]), &[]),
        (json!([{"Name": "B", "Value": "1"}, {"Name": "_a2", "Value": ""}]), &["B=1", "_a2="]),
        (
            json!([{"Name": "A", "Value": "x", "Type": "PLAINTEXT"}, {"Name": "B", "Value": "y", "Type": ""}]),
            &["A=x", "B=y"],
        ),
        (json!([{"Name": "A", "Value": true}, {"Name": "B", "Value": 7}]), &["A=true", "B=7"]),
    ] {
        assert_eq!(read(given.clone()).unwrap(), expected, "{given}");
    }
    let longest = "ж".repeat(VALUE);
    assert_eq!(read(json!([{"Name": "A", "Value": longest}])), Ok(vec![format!("A={longest}")]));
}

#[test]
fn a_bad_variable_is_named_and_its_value_is_not() {
    let variable = |name: &str| json!({"Name": name, "Value": CANARY});
    let with = |member: &str, value: Value| {
        let mut variable = variable("TAG");
        variable[member] = value;
        json!([variable])
    };
    for (given, expected) in [
        (json!(CANARY), "EnvironmentVariables is no list: give a list of {Name: ..., Value: ...}"),
        (json!({"TAG": CANARY}), "EnvironmentVariables is no list"),
        (json!([CANARY]), "EnvironmentVariables has no object at 0: give each as"),
        (json!([variable("A"), {"Value": CANARY}]), "EnvironmentVariables has no text as Name at 1"),
        (with("Name", json!([CANARY])), "EnvironmentVariables has no text as Name at 0"),
        (json!([variable("")]), "EnvironmentVariables has the Name `` at 0: a shell takes letters"),
        (json!([variable("2A")]), "EnvironmentVariables has the Name `2A` at 0"),
        (json!([variable("MY-TAG")]), "EnvironmentVariables has the Name `MY-TAG` at 0"),
        (json!([variable("A\u{202E}\nB")]), "EnvironmentVariables has the Name `A\\u{202e}\\nB` at 0"),
        (json!([variable(&"A".repeat(256))]), "EnvironmentVariables has the Name `AAAA"),
        (
            json!([variable("CODEBUILD_SRC_DIR")]),
            "EnvironmentVariables has CODEBUILD_SRC_DIR: names that begin with CODEBUILD_ belong to CodeBuild",
        ),
        (
            json!([variable("SM_MLOPS_REQUEST_ID")]),
            "EnvironmentVariables has SM_MLOPS_REQUEST_ID: names that begin with SM_MLOPS_ belong to this function",
        ),
        (json!([variable("TAG"), variable("TAG")]), "EnvironmentVariables has TAG twice: leave one out"),
        (json!([{"Name": "TAG"}]), "EnvironmentVariables has no text as Value of TAG"),
        (with("Value", json!({"Ref": CANARY})), "EnvironmentVariables has no text as Value of TAG"),
        (
            with("Value", json!(CANARY.repeat(400))),
            "EnvironmentVariables has a Value of 4400 characters for TAG: CodeBuild takes 4096",
        ),
        (
            with("Type", json!("SECRETS_MANAGER")),
            "EnvironmentVariables has another Type for TAG: only PLAINTEXT is handed on",
        ),
        (with("Type", json!("PARAMETER_STORE")), "EnvironmentVariables has another Type for TAG"),
        (with("Type", json!(7)), "EnvironmentVariables has another Type for TAG"),
        (
            with("Secret", json!(CANARY)),
            "EnvironmentVariables has the unknown member `Secret` for TAG: the members are",
        ),
    ] {
        let told = read(given).unwrap_err();
        assert!(told.starts_with(expected) && told.len() < 300, "{told}");
        assert!(!told.contains(CANARY), "{told}");
    }
}

#[test]
fn values_are_hidden_in_what_others_say_and_ordinary_words_are_not() {
    let pairs = [("A", "canary"), ("B", CANARY), ("C", "dev"), ("D", "")];
    let given = pairs.map(|(name, value)| json!({"Name": name, "Value": value}));
    let variables = Variables::read(json!(given)).unwrap();
    assert_eq!(variables.hide_in("curl canary-4711 canary dev"), "curl *** *** dev");
}
