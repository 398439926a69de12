//! What a pipeline may ask for, and how it is refused.

use super::*;
use serde_json::json;

const FILE: &str = "core-main-output.json";

fn file() -> Value {
    json!({
        "PortfolioId": "port-abcdefghijklm", "ProductId": "prod-abcdefghijklm",
        "ProductName": "Data science  environment (v2)", "ProvisioningArtifactIds": "pa-abcdefghijklm",
        "OtherOutput": 7,
    })
}

fn asked(parameters: &Value, file: &Value) -> Result<Spec, String> {
    let parameters: Parameters =
        serde_json::from_value(parameters.clone()).map_err(|error| error.to_string())?;
    assert_eq!(CatalogProduct::file(&parameters), Some(FILE));
    <CatalogProduct as PipelineAction>::spec(parameters, file.as_object())
}

fn list(parameters: &Value) -> Value {
    json!({"ProvisioningParameters": parameters, "FileName": FILE})
}

#[track_caller]
fn refused(parameters: &Value, file: &Value, says: &[&str]) {
    let sentence = asked(parameters, file).map(|spec| format!("{spec:?}")).unwrap_err();
    for words in says {
        assert!(sentence.contains(words), "{parameters}: no {words:?} in {sentence:?}");
    }
    assert!(!sentence.contains("canary"), "{sentence}");
}

#[test]
fn the_guides_parameters_say_what_is_to_be_done() {
    let product = "prod-abcdefghijklm".to_owned();
    let name = "data_science__environment_-v2--prod-abcdefghijklm".to_owned();
    let associate = asked(&json!({"Operation": "associate-role", "FileName": FILE}), &file());
    assert_eq!(associate, Ok(Spec::Associate { portfolio: "port-abcdefghijklm".to_owned() }));
    let parameters = json!([{"Key": "EnvName", "Value": "ds-product"}, {"Key": "EnvType", "Value": ""}]);
    let mut said = list(&parameters);
    for operation in [None, Some("provision")] {
        if let Some(operation) = operation {
            said["Operation"] = json!(operation);
        }
        let Ok(Spec::Provision(launch)) = asked(&said, &file()) else { panic!("{operation:?}") };
        assert_eq!((&launch.product, &launch.name), (&product, &name));
        assert_eq!(launch.artifact, "pa-abcdefghijklm");
        let values = launch.parameters.iter().map(|(key, value)| (key.as_str(), value.expose().as_str()));
        assert_eq!(values.collect::<Vec<_>>(), [("EnvName", "ds-product"), ("EnvType", "")]);
    }
    let without = asked(&json!({"Operation": "provision", "FileName": FILE}), &file());
    assert!(matches!(without, Ok(Spec::Provision(launch)) if launch.parameters.is_empty()));
    let terminate = asked(&json!({"Operation": "terminate", "FileName": FILE}), &file());
    assert_eq!(terminate, Ok(Spec::Terminate(Termination { product, id: None, name, run: Run::default() })));
}

#[test]
fn a_wrong_operation_is_refused() {
    let none = json!({"FileName": FILE});
    refused(&none, &file(), &["Operation is missing", "terminate", "associate-role"]);
    for (operation, says) in [(json!("burn"), "\"burn\""), (json!(7), "7"), (json!(["provision"]), "[")] {
        let parameters = json!({"Operation": operation, "FileName": FILE});
        refused(
            &parameters,
            &file(),
            &["Operation is ", says, "give associate-role, provision or terminate"],
        );
    }
    for operation in ["associate-role", "terminate"] {
        let mut parameters = list(&json!([{"Key": "a", "Value": "canary"}]));
        parameters["Operation"] = json!(operation);
        refused(&parameters, &file(), &["ProvisioningParameters", operation, "leave them out"]);
    }
    let unknown: Result<Parameters, _> =
        serde_json::from_value(json!({"FileName": FILE, "Region": "canary"}));
    assert!(unknown.unwrap_err().to_string().starts_with("unknown field `Region`"));
    let missing: Result<Parameters, _> = serde_json::from_value(json!({"Operation": "terminate"}));
    assert_eq!(missing.unwrap_err().to_string(), "missing field `FileName`");
}

#[test]
fn wrong_parameters_of_the_product_are_refused_without_their_values() {
    let long = "canary".repeat(1000);
    for (parameters, says) in [
        (json!("canary"), &["ProvisioningParameters is a string", "give a list"][..]),
        (json!({"EnvName": "canary"}), &["is an object", "Key and Value"]),
        (json!([]), &["an empty list", "leave it out"]),
        (json!(["canary"]), &["ProvisioningParameters[0] is a string"]),
        (json!([{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "canary"}]), &["[1]", "a again", "once"]),
        (json!([{"Key": "a"}]), &["[0] has no Value"]),
        (json!([{"Value": "canary"}]), &["[0] has no Key"]),
        (
            json!([{"Key": "a", "Value": 7}]),
            &["the Value of ProvisioningParameters[0] is a number", "string"],
        ),
        (json!([{"Key": "a", "Value": null}]), &["is null"]),
        (json!([{"Key": "", "Value": "canary"}]), &["the Key", "is not the name of a parameter"]),
        (json!([{"Key": "a", "Value": "b", "UsePreviousValue": true}]), &["`UsePreviousValue`"]),
        (json!([{"Key": "a", "Value": long}]), &["(a)", "at most 4096"]),
    ] {
        refused(&list(&parameters), &file(), says);
    }
}

#[test]
fn a_file_without_what_is_needed_is_refused() {
    let (associate, terminate) = (
        json!({"Operation": "associate-role", "FileName": FILE}),
        json!({"Operation": "terminate", "FileName": FILE}),
    );
    let provision = json!({"Operation": "provision", "FileName": FILE});
    let long = "n".repeat(110);
    for (parameters, key, value, says) in [
        (&associate, "PortfolioId", json!(null), &["PortfolioId", "null"][..]),
        (&associate, "PortfolioId", json!("port 1"), &["PortfolioId", "\"port 1\"", "no id"]),
        (&provision, "ProductId", json!(7), &["ProductId", "is 7, not a text"]),
        (&terminate, "ProductId", json!("../x"), &["ProductId", "\"../x\""]),
        (&provision, "ProductName", json!(" "), &["ProductName", "is empty"]),
        (&provision, "ProductName", json!("???"), &["ProductName", "\"???\"", "a letter"]),
        (&provision, "ProductName", json!(long), &["ProductName", "110 characters", "at most 109"]),
        (&provision, "ProvisioningArtifactIds", json!("pa-1,pa-2"), &["names 2 versions (pa-1,pa-2)", "one"]),
        (&provision, "ProvisioningArtifactIds", json!(" , "), &["names no version"]),
        (&provision, "ProvisioningArtifactIds", json!(["pa-1"]), &["[\"pa-1\"], not a text"]),
        (&provision, "ProvisioningArtifactIds", json!("v 1"), &["\"v 1\"", "no id of a version"]),
    ] {
        let mut file = file();
        file[key] = value;
        refused(parameters, &file, &[&[FILE], says].concat());
        file.as_object_mut().unwrap().remove(key);
        refused(parameters, &file, &[FILE, "has no key", key]);
    }
}

#[test]
fn a_token_tells_versions_parameters_and_runs_apart_and_no_value() {
    let launch = |artifact: &str, parameters: &[(&str, &str)], run: &str| Launch {
        path: None,
        entry: true,
        product: "prod-1".to_owned(),
        artifact: artifact.to_owned(),
        name: "n".to_owned(),
        parameters: parameters
            .iter()
            .map(|(key, value)| ((*key).into(), Secret::new((*value).into())))
            .collect(),
        run: Run { id: run.to_owned(), continued: false },
    };
    let one = launch("pa-1", &[("a", "canary"), ("b", "")], "r1");
    assert_eq!(one.token(), launch("pa-1", &[("b", ""), ("a", "canary")], "r1").token());
    let other = launch("pa-1", &[("a", "canary"), ("b", "")], "r2");
    assert!(one.fingerprint() == other.fingerprint() && one.token() != other.token());
    for other in [
        launch("pa-2", &[("a", "canary"), ("b", "")], "r1"),
        launch("pa-1", &[("a", ""), ("b", "canary")], "r1"),
        launch("pa-1", &[("a", "canaryb")], "r1"),
    ] {
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
    assert!(!format!("{one:#?} {}", one.token()).contains("canary"));
    let job = JobContext { id: "11111111-abcd/ü", continued: true };
    let Spec::Provision(named) = CatalogProduct::in_job(Spec::Provision(one), job) else { panic!() };
    assert_eq!(named.run, Run { id: "11111111-abcd".to_owned(), continued: true });
}
