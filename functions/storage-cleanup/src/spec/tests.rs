//! Every way to ask, and every bad value as a sentence.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use testing::event;

const VPC: &str = "vpc-0123456789abcdef0";

/// The spec of a custom resource, or the sentence.
fn resource(request: RequestType, properties: Value) -> Result<Spec, String> {
    <StorageCleanup as Resource>::spec(
        &Origin::new(request, Some("stack".into())),
        serde_json::from_value(properties).unwrap(),
    )
}

fn request(event: &Value) -> Result<Spec, String> {
    let kind = serde_json::from_value(event["RequestType"].clone()).unwrap();
    resource(kind, event["ResourceProperties"].clone())
}

/// The spec of a pipeline's job whose file says this.
fn action(event: &Value, file: &Value) -> Result<Spec, String> {
    let configuration = &event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"];
    let parameters: Parameters =
        serde_json::from_str(configuration["UserParameters"].as_str().unwrap()).unwrap();
    let file = StorageCleanup::file(&parameters).and_then(|_| file.as_object());
    <StorageCleanup as PipelineAction>::spec(parameters, file)
}

#[track_caller]
fn refused(asked: Result<Spec, String>, says: &str) {
    let why = asked.unwrap_err();
    assert!(why.contains(says), "{why}");
}

#[test]
fn a_custom_resource_asks_when_it_is_deleted() {
    let vpc = Target::Vpc(VPC.to_owned());
    let spec = |target: &Target, storage, vpc| Spec {
        target: target.clone(),
        storage,
        vpc,
        consent: None,
        stack: (*target != Target::Nothing).then(|| "stack".to_owned()),
    };
    assert_eq!(request(&event("storage-cleanup-stack-delete")), Ok(spec(&vpc, Storage::Keep, Vpc::Keep)));
    assert_eq!(
        request(&event("storage-cleanup-stack-create")),
        Ok(spec(&Target::Nothing, Storage::Backup, Vpc::Keep))
    );
    assert_eq!(
        request(&event("storage-cleanup-stack-update")),
        Ok(spec(&Target::Nothing, Storage::Delete, Vpc::Keep))
    );
    let domain = Target::Domain("d-abcdefghijkl".to_owned());
    let all = spec(&domain, Storage::Delete, Vpc::Delete);
    assert_eq!(request(&event("storage-cleanup-stack-delete-domain")), Ok(all));
    refused(
        request(&event("storage-cleanup-stack-create-both-targets")),
        "both DomainId and VpcId are given",
    );
    refused(request(&event("storage-cleanup-stack-create-misspelt-property")), "Stroage is no property");
}

#[test]
fn a_bad_property_is_refused_by_name() {
    let check = |properties: Value, says: &str| {
        for request in [RequestType::Create, RequestType::Update, RequestType::Delete] {
            refused(resource(request, properties.clone()), says);
        }
    };
    check(json!({}), "neither DomainId nor VpcId is given");
    check(json!({"DomainId": "", "VpcId": ""}), "neither DomainId nor VpcId is given");
    check(json!({"DomainId": 7}), "DomainId is not a string");
    check(json!({"DomainId": "arn:aws:sagemaker:us-east-1:1:domain/d-1"}), "is not the id of a domain");
    check(json!({"DomainId": "D-ABC"}), "\"D-ABC\" is not the id of a domain");
    check(json!({"DomainId": "d-"}), "is not the id of a domain");
    check(json!({"DomainId": "d-1*"}), "is not the id of a domain");
    check(json!({"VpcId": "vpc-1"}), "\"vpc-1\" is not the id of a VPC");
    check(json!({"VpcId": "subnet-0123456789abcdef0"}), "is not the id of a VPC");
    check(json!({"VpcId": VPC, "Storage": "burn"}), "Storage is \"burn\": say keep, backup or delete");
    check(json!({"VpcId": VPC, "Vpc": "burn"}), "Vpc is \"burn\": say keep or delete");
    // The word of the guides.
    let retained = resource(RequestType::Delete, json!({"VpcId": VPC, "Storage": "retain", "Vpc": "retain"}));
    assert_eq!(retained.map(|spec| (spec.storage, spec.vpc)), Ok((Storage::Keep, Vpc::Keep)));
    check(json!({"VpcId": VPC, "Vpc": ["delete"]}), "Vpc is not a string");
}

#[test]
fn the_physical_id_is_that_of_what_was_named() {
    let id = |properties: Value| {
        <StorageCleanup as Resource>::physical_id(&serde_json::from_value(properties).unwrap())
    };
    let event = event("storage-cleanup-stack-delete");
    assert_eq!(id(event["ResourceProperties"].clone()), event["PhysicalResourceId"]);
    assert_eq!(id(json!({"VpcId": VPC, "Storage": "delete"})), id(json!({"VpcId": VPC})));
    assert_eq!(id(json!({"DomainId": 7})), "storage-of-nothing");
}

#[test]
fn a_pipeline_asks_as_it_always_did() {
    let file = json!({"SageMakerDomainId": "d-abcdefghijkl", "More": 1});
    let spec = |storage, vpc| Spec {
        target: Target::Domain("d-abcdefghijkl".to_owned()),
        storage,
        vpc,
        stack: None,
        consent: None,
    };
    assert_eq!(action(&event("storage-cleanup-pipeline"), &file), Ok(spec(Storage::Keep, Vpc::Delete)));
    assert_eq!(action(&event("storage-cleanup-pipeline-retain"), &file), Ok(spec(Storage::Keep, Vpc::Keep)));
    assert_eq!(
        action(&event("storage-cleanup-pipeline-storage"), &file),
        Ok(spec(Storage::Backup, Vpc::Keep))
    );
    refused(
        action(&event("storage-cleanup-pipeline-unknown-word"), &file),
        "VPC is \"remove\": say keep or delete",
    );
    refused(action(&event("storage-cleanup-pipeline-without-file"), &file), "FileName is missing");
    let wrong = |file: Value, says: &str| refused(action(&event("storage-cleanup-pipeline"), &file), says);
    wrong(json!({}), "env-main-output.json has no key SageMakerDomainId");
    wrong(
        json!({"SageMakerDomainId": 7}),
        "SageMakerDomainId in env-main-output.json is 7: it must be a string",
    );
    wrong(json!({"SageMakerDomainId": "vpc-1"}), "\"vpc-1\" is not the id of a domain");
    wrong(json!(null), "env-main-output.json was not read");
    let both =
        json!({"FileName": "f.json", "DeleteSpaceStorage": "true", "AllowUnifiedStudioProject": false});
    assert!(serde_json::from_value::<Parameters>(both).is_ok(), "the parameters of the other action");
    let slip = json!({"FileName": "env-main-output.json", "Stroage": "delete"});
    let slip = serde_json::from_value::<Parameters>(slip).unwrap_err().to_string();
    assert!(slip.contains("unknown field `Stroage`"), "{slip}");
}

proptest! {
    #[test]
    fn no_text_makes_a_spec_of_another_id(text in "\\PC*") {
        for target in [Target::domain(&text), Target::vpc(&text)] {
            match target {
                Ok(Target::Domain(id)) => prop_assert!(id == text && id.starts_with("d-") && id.len() > 2),
                Ok(Target::Vpc(id)) => prop_assert!(id == text && id.starts_with("vpc-")),
                Ok(Target::Nothing) => prop_assert!(false),
                Err(why) => prop_assert!(why.contains("is not the id of")),
            }
        }
    }
}
