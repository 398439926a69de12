//! The calls, against a server on the loopback in the place of IAM and CloudFormation.

use crate::LaunchRoles;
use crate::observation::Role;
use crate::spec::{Properties, Spec};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{LookUp, Origin, RequestType};
use shared::error::{chain, is_transient};
use testing::reply::{query, query_refusal};
use testing::{Reply, ScriptedAws};

const LAUNCH: &str = "AmazonSageMakerServiceCatalogProductsLaunchRole";
const STACK: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/core/1";
const NESTED: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/core-roles/2";
const OTHER: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/other/3";

fn role(path: &str, service: &str) -> Reply {
    let trust = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]});
    let trust = utf8_percent_encode(&trust.to_string(), NON_ALPHANUMERIC).to_string();
    query(
        "GetRole",
        &format!(
            "<Role><Path>{path}</Path><RoleName>{LAUNCH}</RoleName><RoleId>AROA</RoleId><CreateDate>2026-01-05T10:11:12Z</CreateDate>\
             <Arn>arn:aws:iam::111122223333:role{path}{LAUNCH}</Arn>\
             <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role>"
        ),
    )
}

/// The role is in this stack; the nested stack is in the one that asks.
fn owned_by(aws: ScriptedAws, owner: &str) -> ScriptedAws {
    let member = format!(
        "<StackId>{owner}</StackId><LogicalResourceId>Role</LogicalResourceId><PhysicalResourceId>{LAUNCH}</PhysicalResourceId>\
         <ResourceType>AWS::IAM::Role</ResourceType><Timestamp>2026-01-05T10:11:12Z</Timestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
    );
    let stack = |parent: &str| {
        query(
            "DescribeStacks",
            &format!(
                "<Stacks><member><StackName>s</StackName><CreationTime>2026-01-05T10:11:12Z</CreationTime>\
                 <StackStatus>CREATE_COMPLETE</StackStatus>{parent}</member></Stacks>"
            ),
        )
    };
    let resources = format!("<StackResources><member>{member}</member></StackResources>");
    aws.on("DescribeStackResources", query("DescribeStackResources", &resources))
        .on_containing("DescribeStacks", "core-roles", stack(&format!("<ParentId>{STACK}</ParentId>")))
        .on_containing("DescribeStacks", "other", stack(""))
}

fn spec() -> Spec {
    asked(json!({"RoleNames": [LAUNCH]})).unwrap()
}

fn asked(properties: Value) -> Result<Spec, String> {
    let origin = Origin::new(RequestType::Create, Some(STACK.to_owned()));
    serde_json::from_value::<Properties>(properties).unwrap().read(&origin)
}

async fn function(aws: &ScriptedAws) -> LaunchRoles {
    LaunchRoles::new(&aws.config("eu-central-1", 2).await)
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"RoleNames": [LAUNCH]}),
        updated: json!({"RoleNames": [LAUNCH], "Path": "/service-role/"}),
        other: json!({"RoleNames": [LAUNCH]}),
        bad: json!({"RoleNames": []}),
        says: "RoleNames is empty",
    };
    let aws = || ScriptedAws::default().always("GetRole", "", query_refusal("NoSuchEntity"));
    testing::contract::check_one_shot(&samples, async || function(&aws()).await).await;
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_not_observed() {
    let aws = ScriptedAws::default().on("GetRole", query_refusal("NoSuchEntity"));
    assert!(function(&aws).await.read(&spec()).await.unwrap().roles.is_empty());
    assert_eq!(aws.called(), ["GetRole"]);
}

#[tokio::test]
async fn the_stack_of_a_role_is_found_through_the_stacks_above_it() {
    for (owner, made_here, calls) in
        [(Some(STACK), true, 2), (Some(NESTED), true, 3), (Some(OTHER), false, 3), (None, false, 2)]
    {
        let aws =
            ScriptedAws::default().on("GetRole", role("/service-role/", "servicecatalog.amazonaws.com"));
        let aws = match owner {
            Some(owner) => owned_by(aws, owner),
            None => aws.on("DescribeStackResources", query_refusal("ValidationError")),
        };
        let observed = function(&aws).await.read(&spec()).await.unwrap();
        let trusts = vec!["servicecatalog.amazonaws.com".to_owned()];
        let expected = Role { path: "/service-role/".to_owned(), trusts, made_here };
        assert_eq!(observed.roles[LAUNCH], expected, "{owner:?}");
        assert_eq!(aws.called().len(), calls, "{:?}", aws.called());
    }
}

#[tokio::test]
async fn a_refused_call_is_an_error_and_never_a_missing_role() {
    for (operation, told) in [
        ("GetRole", "could not read role"),
        ("DescribeStackResources", "could not find the stack of role"),
        ("DescribeStacks", "could not read stack"),
    ] {
        for (code, transient) in [("AccessDenied", false), ("Throttling", true)] {
            let refused = ScriptedAws::default().always(operation, "", query_refusal(code));
            let aws = owned_by(
                refused.on("GetRole", role("/service-role/", "servicecatalog.amazonaws.com")),
                NESTED,
            );
            let error = function(&aws).await.read(&spec()).await.unwrap_err();
            let chain = chain(&error);
            assert!(chain.starts_with(told) && chain.contains(code), "{chain}");
            assert_eq!(is_transient(&error), transient, "{operation} {code}");
        }
    }
}

#[test]
fn the_events_are_understood() {
    for (event, count) in
        [("launch-roles-stack-create", 2), ("launch-roles-stack-update", 2), ("launch-roles-stack-delete", 2)]
    {
        let mut properties = testing::event(event)["ResourceProperties"].clone();
        let members = properties.as_object_mut().unwrap();
        members.retain(|key, _| !key.starts_with("Service"));
        assert_eq!(asked(properties).unwrap().roles.len(), count, "{event}");
    }
}

#[tokio::test]
async fn a_text_in_the_place_of_a_list_is_refused_by_name() {
    let services = testing::driver_services::DriverServices::default();
    let mut event = testing::event("launch-roles-stack-create-list-as-string");
    event["ResponseURL"] = services.url("answer").into();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_mins(1);
    let it = function(&services.aws).await;
    shared::drivers::cloudformation::serve_one_shot(&it, event, deadline).await.unwrap();
    let answer: Value = serde_json::from_str(&services.answers("answer")[0]).unwrap();
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("expected a sequence (property RoleNames)"), "{reason}");
}
