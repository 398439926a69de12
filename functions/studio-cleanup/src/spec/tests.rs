//! What may be asked for, and how a mistake is told.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const DOMAIN: &str = "d-abcdefghijkl";

#[track_caller]
fn asked(request: RequestType, properties: Value) -> Result<Spec, String> {
    let properties = serde_json::from_value(properties).map_err(|error| error.to_string())?;
    <StudioCleanup as Resource>::spec(&Origin::new(request, Some("stack".into())), properties)
}

#[track_caller]
fn refused(properties: &Value, expected: &[&str]) {
    for request in [RequestType::Create, RequestType::Update, RequestType::Delete] {
        let sentence = asked(request, properties.clone()).unwrap_err();
        for part in expected {
            assert!(sentence.contains(part), "{properties}: {sentence}");
        }
    }
}

#[test]
fn the_id_of_a_domain_has_a_shape() {
    for (id, good) in [
        (DOMAIN, true),
        ("d-a", true),
        ("d-a--1", true),
        ("d-", false),
        ("d-a-", false),
        ("d--a", true),
        ("d-ABC", false),
        ("studio", false),
        ("", false),
        ("d-a/b", false),
        ("d-a\n", false),
        ("arn:aws:sagemaker:eu-central-1:111122223333:domain/d-a", false),
        (&format!("d-{}", "a".repeat(61)), true),
        (&format!("d-{}", "a".repeat(62)), false),
    ] {
        assert_eq!(Spec::clean(id, true).is_ok(), good, "{id:?}");
    }
    refused(&json!({"DomainId": "studio"}), &["DomainId: \"studio\"", "list-domains"]);
}

#[test]
fn only_a_delete_has_something_to_do() {
    for (request, idle) in
        [(RequestType::Create, true), (RequestType::Update, true), (RequestType::Delete, false)]
    {
        let spec = asked(request, json!({"DomainId": DOMAIN})).unwrap();
        assert_eq!((spec.idle, spec.with_domain, spec.whole), (idle, false, false), "{request:?}");
    }
}

#[test]
fn names_to_keep_may_be_what_ref_gives() {
    let given = json!([
        "Alice",
        "",
        "bob|d-abcdefghijkl",
        "d-abcdefghijkl|carol",
        "arn:aws:sagemaker:eu-central-1:111122223333:user-profile/d-abcdefghijkl/dave",
    ]);
    let properties = json!({"DomainId": DOMAIN, "KeepUserProfiles": given, "KeepSpaces": [""]});
    let spec = asked(RequestType::Delete, properties).unwrap();
    assert_eq!(spec.keep_profiles, ["alice", "bob", "carol", "dave"].map(str::to_owned).into());
    assert!(spec.keep_spaces.is_empty());
    assert!(spec.keeps_profile("ALICE") && !spec.keeps_profile("erin"));
}

#[test]
fn one_profile_is_named_as_ref_gives_it() {
    let of = |text: &str| asked(RequestType::Delete, json!({"DomainId": DOMAIN, "UserProfileName": text}));
    for (text, resource) in [
        ("alice|d-abcdefghijkl", "alice|d-abcdefghijkl"),
        ("d-abcdefghijkl|alice", "d-abcdefghijkl|alice"),
        ("alice", "alice|d-abcdefghijkl"),
    ] {
        let spec = of(text).unwrap();
        assert_eq!(spec.resource(), resource);
        let profile = spec.profile.unwrap();
        assert!(profile.is("Alice") && !profile.is("bob"));
        let given = json!({"DomainId": DOMAIN, "UserProfileName": text});
        let id = <StudioCleanup as Resource>::physical_id(&serde_json::from_value(given).unwrap());
        assert_eq!(id, "studio-cleanup-d-abcdefghijkl-alice");
    }
    let whole = of("").unwrap();
    assert_eq!((whole.resource(), whole.profile.as_ref()), (DOMAIN, None));
    let with = |value: Value| json!({"DomainId": DOMAIN, "UserProfileName": value});
    refused(&with(json!("alice|d-other")), &["UserProfileName", "`alice|d-other`", DOMAIN]);
    refused(&with(json!(["alice"])), &["UserProfileName", "one user profile"]);
    let both = json!({"DomainId": DOMAIN, "UserProfileName": "alice", "KeepUserProfiles": ["bob"]});
    refused(&both, &["KeepUserProfiles is for a whole domain"]);
}

#[test]
fn a_mistake_is_told_and_never_taken_for_a_name() {
    let with = |key: &str, value: Value| json!({"DomainId": DOMAIN, key: value});
    refused(
        &with("KeepUserProfiles", json!("alice, bob")),
        &["KeepUserProfiles is \"alice, bob\"", "a list"],
    );
    refused(&with("KeepSpaces", json!({"a": "b"})), &["KeepSpaces is {", "a list"]);
    refused(&with("KeepSpaces", json!([["draft"]])), &["KeepSpaces holds [\"draft\"]"]);
    refused(&with("KeepSpaces", json!(["no name"])), &["KeepSpaces holds `no name`", "hyphens"]);
    refused(&with("KeepUserProfiles", json!(["alice|d-other"])), &["`alice|d-other`", DOMAIN]);
    let other = "arn:aws:sagemaker:eu-central-1:111122223333:user-profile/d-other/alice";
    refused(&with("KeepUserProfiles", json!([other])), &[other, DOMAIN]);
    refused(&with("KeepUsers", json!(["alice"])), &["KeepUsers", "KeepUserProfiles"]);
    refused(&json!({}), &["DomainId"]);
}

#[test]
fn a_switch_is_true_or_false() {
    for (value, on) in [
        (json!(null), false),
        (json!(""), false),
        (json!("false"), false),
        (json!(false), false),
        (json!("true"), true),
        (json!(true), true),
    ] {
        let given =
            json!({"DomainId": DOMAIN, "DeleteSpaceStorage": value, "AllowUnifiedStudioProject": value});
        let spec = asked(RequestType::Delete, given).unwrap();
        assert_eq!((spec.delete_space_storage, spec.allow_unified_studio), (on, on), "{value}");
        let parameters = json!({"FileName": "f.json", "DeleteSpaceStorage": value});
        let parameters: Parameters = serde_json::from_value(parameters).unwrap();
        let file = json!({"SageMakerDomainId": DOMAIN});
        let spec = <StudioCleanup as PipelineAction>::spec(parameters, file.as_object()).unwrap();
        assert_eq!((spec.delete_space_storage, spec.stack), (on, None), "{value}");
    }
    for key in ["DeleteSpaceStorage", "AllowUnifiedStudioProject"] {
        for value in [json!("yes"), json!(1), json!(["true"])] {
            refused(&json!({"DomainId": DOMAIN, key: value}), &[key, "give true or false"]);
        }
    }
}

#[test]
fn another_domain_is_another_resource() {
    let id = |domain: &str, keep: Value| {
        let given = json!({"DomainId": domain, "KeepSpaces": keep});
        StudioCleanup::physical_id(&serde_json::from_value(given).unwrap())
    };
    assert_eq!(id(DOMAIN, json!([])), id(DOMAIN, json!(["draft"])));
    assert_ne!(id(DOMAIN, json!([])), id("d-other", json!([])));
}

#[test]
fn a_pipeline_names_the_domain_in_a_file() {
    let asked = |file: Option<Value>| {
        let given = json!({"VPC": "delete", "FileName": "env-main-output.json", "Storage": "keep"});
        let parameters: Parameters = serde_json::from_value(given).unwrap();
        assert_eq!(StudioCleanup::file(&parameters), Some("env-main-output.json"));
        <StudioCleanup as PipelineAction>::spec(parameters, file.as_ref().and_then(Value::as_object))
    };
    assert_eq!(asked(Some(json!({"SageMakerDomainId": DOMAIN, "More": 1}))), Spec::clean(DOMAIN, false));
    for (file, says) in [
        (None, "env-main-output.json was not read"),
        (Some(json!({})), "env-main-output.json has no key SageMakerDomainId"),
        (Some(json!({"SageMakerDomainId": 7})), "is 7: it must be a string"),
        (
            Some(json!({"SageMakerDomainId": "studio"})),
            "SageMakerDomainId in env-main-output.json: \"studio\" is not",
        ),
    ] {
        let sentence = asked(file).unwrap_err();
        assert!(sentence.contains(says), "{sentence}");
    }
    let without = serde_json::from_value::<Parameters>(json!({"VPC": "delete"})).unwrap_err();
    assert!(without.to_string().contains("FileName"), "{without}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text: String, other: String) {
        let given = json!({"DomainId": DOMAIN, "KeepSpaces": [text.clone(), format!("{text}|{other}"), format!("arn:{text}/{other}")]});
        let _ = asked(RequestType::Delete, given);
        let _ = Spec::clean(&text, false);
        prop_assert!(name(&text, DOMAIN).is_none_or(is_name));
    }
}
