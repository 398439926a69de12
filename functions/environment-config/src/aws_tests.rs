//! The calls, against a server on the loopback in the place of SageMaker and Systems Manager.

use crate::EnvironmentConfig;
use crate::spec::{Properties, Spec};
use serde_json::{Value, json};
use shared::drivers::cloudformation::LookUp;
use shared::error::{chain, is_transient};
use testing::reply::refusal;
use testing::{Call, Reply, ScriptedAws};

const DOMAIN: &str = "d-0123456789ab";
const OTHER: &str = "d-abcdefghijkl";

/// Two domains, each on a page of its own, whose tags are on two pages too; a project of each, of which one tells its domain; and as
/// many parameters as are asked for, but for those whose names have `absent` in them.
fn account(call: &Call) -> Reply {
    let text = |member: &str| call.body[member].as_str().unwrap_or_default().to_owned();
    let arn = |kind: &str, id: &str| format!("arn:aws:sagemaker:eu-central-1:111122223333:{kind}/{id}");
    match call.operation.as_str() {
        "DescribeProject" => {
            let name = text("ProjectName");
            let by = if name == "studio" { json!({"DomainId": DOMAIN}) } else { json!({"IamIdentity": {}}) };
            json!({"ProjectName": name, "ProjectArn": arn("project", &name), "CreatedBy": by, "ProjectId": "p-1",
                   "ProjectStatus": "CreateInProgress", "CreationTime": 1})
            .into()
        }
        "DescribeDomain" if text("DomainId") == "d-gone" => refusal("ResourceNotFound"),
        "DescribeDomain" => json!({
            "DomainId": text("DomainId"), "DomainArn": arn("domain", &text("DomainId")), "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
            "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111122223333:role/execution", "SecurityGroups": ["sg-1"]},
        })
        .into(),
        "ListDomains" if text("NextToken").is_empty() => {
            json!({"Domains": [{"DomainId": DOMAIN, "DomainArn": arn("domain", DOMAIN)}], "NextToken": "2"}).into()
        }
        "ListDomains" => json!({"Domains": [{"DomainId": OTHER, "DomainArn": arn("domain", OTHER)}]}).into(),
        "ListTags" => {
            let name = match text("ResourceArn").rsplit('/').next() {
                Some(DOMAIN) => "team",
                Some("tagged" | OTHER) => "other",
                _ => return json!({"Tags": []}).into(),
            };
            if text("NextToken").is_empty() {
                json!({"Tags": [{"Key": "EnvironmentName", "Value": name}], "NextToken": "2"}).into()
            } else {
                json!({"Tags": [{"Key": "EnvironmentType", "Value": "dev"}]}).into()
            }
        }
        "GetParameters" => {
            let names = call.body["Names"].as_array().cloned().unwrap_or_default();
            assert!((1..=10).contains(&names.len()), "{names:?}");
            let there = names.iter().filter_map(Value::as_str).filter(|name| !name.contains("absent"));
            let kind = |name: &str| if name.contains("secure") { "SecureString" } else { "String" };
            let found = there.map(|name| json!({"Name": name, "Type": kind(name), "Value": format!("value of {name}")}));
            json!({"Parameters": found.collect::<Vec<_>>(), "InvalidParameters": []}).into()
        }
        other => panic!("{other} is not called"),
    }
}

async fn function(aws: &ScriptedAws) -> EnvironmentConfig {
    EnvironmentConfig::new(&aws.config("eu-central-1", 2).await)
}

fn asked(properties: Value) -> Spec {
    serde_json::from_value::<Properties>(properties).unwrap().read().unwrap()
}

/// What the function answers.
async fn answer(aws: &ScriptedAws, properties: Value) -> Result<Value, String> {
    let spec = asked(properties);
    let observed = function(aws).await.read(&spec).await.map_err(|error| chain(&error))?;
    EnvironmentConfig::answer(&spec, &observed).map(|output| json!(output))
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let parameter = json!([{"VariableName": "Data", "ParameterName": "data-bucket-name"}]);
    let samples = testing::contract::Samples {
        properties: json!({"DomainId": DOMAIN, "SSMParams": parameter}),
        updated: json!({"DomainId": OTHER, "SSMParams": parameter}),
        other: json!({"DomainId": DOMAIN, "SSMParams": parameter}),
        bad: json!({"DomainId": "team"}),
        says: "DomainId is `team`",
    };
    let aws = || ScriptedAws::in_front_of(account);
    testing::contract::check_one_shot(&samples, async || function(&aws()).await).await;
}

#[tokio::test]
async fn the_environment_is_found_from_a_project_a_domain_or_tags() {
    for (properties, domain, name, calls) in [
        (json!({"SageMakerProjectName": "studio"}), DOMAIN, "team", 0),
        (json!({"SageMakerProjectName": "tagged"}), OTHER, "other", 2),
        (json!({"SageMakerProjectName": "bare", "DomainId": OTHER}), OTHER, "other", 0),
        (json!({"EnvironmentName": "team", "EnvironmentType": "dev"}), DOMAIN, "team", 2),
    ] {
        let aws = ScriptedAws::in_front_of(account);
        let told = answer(&aws, properties.clone()).await.unwrap();
        assert_eq!(
            (&told["DomainId"], &told["EnvironmentName"]),
            (&json!(domain), &json!(name)),
            "{properties}"
        );
        assert_eq!(told["ExecutionRole"], "arn:aws:iam::111122223333:role/execution");
        assert_eq!(aws.requests("ListDomains").len(), calls, "{properties}");
        assert!(aws.requests("GetParameters").is_empty(), "no parameter is asked for");
    }
    let told = answer(&ScriptedAws::in_front_of(account), json!({})).await.unwrap_err();
    assert!(told.starts_with(&format!("{DOMAIN}, {OTHER} have the tags")), "{told}");
    let told = answer(&ScriptedAws::in_front_of(account), json!({"DomainId": "d-gone"})).await.unwrap_err();
    assert!(told.starts_with("there is no domain d-gone: correct DomainId"), "{told}");
}

#[tokio::test]
async fn parameters_are_read_ten_at_a_time_and_one_that_is_missing_fails_by_name() {
    let parameter = |at: usize| json!({"VariableName": format!("V{at}"), "ParameterName": format!("p-{at}")});
    let many: Vec<_> = (0..23).map(parameter).collect();
    let aws = ScriptedAws::in_front_of(account);
    let told = answer(&aws, json!({"DomainId": DOMAIN, "SSMParams": many})).await.unwrap();
    assert_eq!(told["V22"], "value of team-dev-p-22");
    assert_eq!(aws.requests("GetParameters").len(), 3);
    let absent = json!([{"VariableName": "Key", "ParameterName": "absent-key"}]);
    let told = answer(&aws, json!({"DomainId": DOMAIN, "SSMParams": absent})).await.unwrap_err();
    assert!(told.starts_with("there is no parameter team-dev-absent-key (for Key): "), "{told}");
    let secure = json!([{"VariableName": "Key", "ParameterName": "secure-key"}]);
    let told = answer(&aws, json!({"DomainId": DOMAIN, "SSMParams": secure})).await.unwrap_err();
    assert!(told.contains("is a SecureString") && !told.contains("value of"), "{told}");
}

#[tokio::test]
async fn a_refused_call_is_told_and_a_throttled_one_is_tried_again() {
    let parameter = json!([{"VariableName": "Data", "ParameterName": "data"}]);
    for (operation, told) in [
        ("DescribeProject", "could not read project tagged"),
        ("ListDomains", "could not read the list of domains"),
        ("ListTags", "could not read the tags of arn:aws:sagemaker:"),
        ("DescribeDomain", "could not read domain "),
        ("GetParameters", "could not read parameters other-dev-data"),
    ] {
        for (code, transient) in [("AccessDeniedException", false), ("ThrottlingException", true)] {
            let aws = ScriptedAws::in_front_of(account).always(operation, "", refusal(code));
            let spec = asked(json!({"SageMakerProjectName": "tagged", "SSMParams": parameter}));
            let error = function(&aws).await.read(&spec).await.unwrap_err();
            assert!(chain(&error).starts_with(told), "{}", chain(&error));
            assert_eq!(is_transient(&error), transient, "{operation} {code}");
        }
    }
    let aws = ScriptedAws::in_front_of(account).always("DescribeProject", "", refusal("ResourceNotFound"));
    let error = function(&aws).await.read(&asked(json!({"SageMakerProjectName": "gone"}))).await.unwrap_err();
    assert!(chain(&error).starts_with("there is no project gone: correct SageMakerProjectName"));
}

#[test]
fn the_events_are_understood() {
    for (event, variables) in [
        ("environment-config-stack-create", 3),
        ("environment-config-stack-update", 4),
        ("environment-config-stack-delete", 4),
    ] {
        let mut properties = testing::event(event)["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().remove("ServiceToken");
        properties.as_object_mut().unwrap().remove("ServiceTimeout");
        assert_eq!(asked(properties).variables.len(), variables, "{event}");
    }
}
