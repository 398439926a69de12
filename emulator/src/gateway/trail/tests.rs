//! What CloudTrail reports of a call.

use super::{ReportedCall, is_read_only, record};
use crate::gateway::SERVICES;
use emulator_core::Failure;
use serde_json::{Value, json};

const ROOT: &str = "arn:aws:iam::111122223333:root";
const AGENT: &str = "aws-cli/1.46.3";

fn reported<'a>(
    operation: &'a str,
    principal: &'a str,
    agent: &'a str,
    input: Option<Value>,
) -> ReportedCall<'a> {
    ReportedCall {
        service: "sagemaker",
        operation,
        input,
        principal,
        account: "111122223333",
        region: "eu-west-1",
        address: "127.0.0.1".to_owned(),
        agent,
        request_id: "r-1",
    }
}

#[test]
fn a_deletion_is_reported_whole() {
    let input = json!({"DomainId": "d-1", "RetentionPolicy": {"HomeEfsFileSystem": "Retain"}});
    let mut found = record(&reported("DeleteDomain", ROOT, AGENT, Some(input)), &Ok(Value::Null));
    let time = found["eventTime"].take();
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    assert_eq!((time.subsec_nanosecond(), jiff::Timestamp::now() < time), (0, false));
    assert!(uuid::Uuid::parse_str(found["eventID"].take().as_str().unwrap()).is_ok());
    let expected = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "principalId": "111122223333", "arn": ROOT, "accountId": "111122223333"},
        "eventTime": null,
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "DeleteDomain",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": AGENT,
        "requestParameters": {"domainId": "d-1", "retentionPolicy": {"homeEfsFileSystem": "Retain"}},
        "responseElements": null,
        "requestID": "r-1",
        "eventID": null,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    });
    assert_eq!(found, expected);
}

/// Parameters of a request and elements of its response, as they are reported.
#[track_caller]
fn check_members(input: Option<Value>, output: Value, expected: &[Value; 2]) {
    let mut found = record(&reported("UpdateDomain", ROOT, AGENT, input), &Ok(output));
    assert_eq!([found["requestParameters"].take(), found["responseElements"].take()], *expected);
}

#[test]
fn members_are_in_camel_case_and_values_are_not() {
    check_members(
        Some(json!({
            "DomainId": "D-1",
            "SubnetIds": ["Subnet-A"],
            "Tags": [{"Key": "Owner", "Value": "Ann"}, {"Key": "Team"}],
            "DefaultUserSettings": {"RStudioServerProAppSettings": {"UserGroup": "R"}, "SecurityGroups": []},
            "domainName": "Name",
            "": {},
        })),
        json!({"DomainArn": "Arn"}),
        &[
            json!({
                "domainId": "D-1",
                "subnetIds": ["Subnet-A"],
                "tags": [{"key": "Owner", "value": "Ann"}, {"key": "Team"}],
                "defaultUserSettings": {"rStudioServerProAppSettings": {"userGroup": "R"}, "securityGroups": []},
                "domainName": "Name",
                "": {},
            }),
            json!({"domainArn": "Arn"}),
        ],
    );
    check_members(Some(json!({})), json!({}), &[Value::Null, Value::Null]);
    check_members(None, Value::Null, &[Value::Null, Value::Null]);
}

#[test]
fn a_failure_has_code_and_message_and_a_success_neither() {
    let call = reported("DeleteDomain", ROOT, AGENT, Some(json!({"DomainId": "d-1"})));
    let failed = record(&call, &Err(Failure::new("ResourceInUse", "it has user profiles")));
    assert_eq!(failed["errorCode"], "ResourceInUse");
    assert_eq!(failed["errorMessage"], "it has user profiles");
    assert_eq!(
        (&failed["responseElements"], failed["requestParameters"]["domainId"].as_str()),
        (&Value::Null, Some("d-1"))
    );
    let succeeded = record(&call, &Ok(Value::Null));
    assert!(succeeded.get("errorCode").is_none() && succeeded.get("errorMessage").is_none());
}

/// Identity and address of a caller with this ARN and user agent.
#[track_caller]
fn check_caller(arn: &str, agent: &str, identity: &Value, address: &str) {
    let mut found = record(&reported("DeleteDomain", arn, agent, None), &Ok(Value::Null));
    let mut expected = json!({"arn": arn, "accountId": "111122223333"});
    expected.as_object_mut().unwrap().extend(identity.as_object().unwrap().clone());
    assert_eq!(found["userIdentity"].take(), expected);
    assert_eq!(
        (found["sourceIPAddress"].as_str(), found["userAgent"].as_str()),
        (Some(address), Some(agent))
    );
}

#[test]
fn callers_are_told_apart() {
    let local = "127.0.0.1";
    let user = "arn:aws:iam::111122223333:user/team/ann";
    check_caller(user, AGENT, &json!({"type": "IAMUser", "userName": "ann"}), local);
    let role = "arn:aws:sts::111122223333:assumed-role/cleaner/session";
    check_caller(role, AGENT, &json!({"type": "AssumedRole"}), local);
    let federated = "arn:aws:sts::111122223333:federated-user/ann";
    check_caller(federated, "", &json!({"type": "FederatedUser"}), local);
    let service = "cloudformation.amazonaws.com";
    let root = json!({"type": "Root", "principalId": "111122223333", "invokedBy": service});
    check_caller(ROOT, service, &root, service);
}

#[test]
fn only_writes_of_sagemaker_are_reported() {
    for operation in ["CreateDomain", "DeleteDomain", "UpdateSpace", "AddTags", "StopPipelineExecution"] {
        assert!(!is_read_only(operation), "{operation}");
    }
    for operation in ["DescribeDomain", "ListApps", "ListTags", "GetSearchSuggestions", "Search"] {
        assert!(is_read_only(operation), "{operation}");
    }
    let reported: Vec<_> =
        SERVICES.iter().filter(|service| service.trail).map(|service| service.id).collect();
    assert_eq!(reported, ["sagemaker"]);
}
