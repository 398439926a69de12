//! A service of this project that owns one operation of a service of ministack: the gateway serves that one, with all that it
//! does for its other services, and passes the rest on.

use super::studio::{aws, aws_as};
use crate::gateway::SERVICES;
use crate::{Cloud, Options};
use emulator_core::{
    Answer, Call, Operation, Permission, Registration, Service, ServiceContext, Shapes, present, text,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Two stack sets, as CloudFormation would list them.
#[derive(Clone)]
struct StackSets(ServiceContext);

/// What `make shapes` would write.
static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::read(
        r#"{"operations": {"ListStackSets": "ListStackSetsInput"}, "errors": {"ListStackSets": []},
        "namespace": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        "outputs": {"ListStackSets": "ListStackSetsOutput"},
        "shapes": {
        "ListStackSetsInput": {"type": "structure", "members": {"NextToken": "Text", "MaxResults": "MaxResults", "Status": "StackSetStatus"}},
        "ListStackSetsOutput": {"type": "structure", "members": {"Summaries": "StackSetSummaries", "NextToken": "Text"}},
        "MaxResults": {"type": "integer", "max": 100, "min": 1},
        "StackSetStatus": {"type": "string", "enum": ["ACTIVE", "DELETED"]},
        "StackSetSummaries": {"type": "list", "member": "StackSetSummary"},
        "StackSetSummary": {"type": "structure", "members": {"StackSetName": "Text", "Description": "Text",
            "LastDriftCheckTimestamp": "Timestamp"}},
        "Text": {"type": "string"}, "Timestamp": {"type": "timestamp"}}}"#,
    )
});

impl Service for StackSets {
    const ID: &'static str = "cloudformation";
    const TARGET: &'static str = "CloudFormation";
    const TIMESTAMPS: &'static [&'static str] = &["LastDriftCheckTimestamp"];
    const EVENTS: &'static [&'static str] = &[];
    const SHARED: bool = true;
    const OPERATIONS: &'static [Operation<Self>] = &[Operation::new("ListStackSets", list, |_, _| {
        vec![Permission::new("cloudformation:ListStackSets", "*")]
    })];
    const SHAPES: fn() -> &'static Shapes = || &SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self(context)
    }

    fn context(&self) -> &ServiceContext {
        &self.0
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table of operations has one signature")]
fn list(service: &StackSets, call: &Call) -> Answer {
    let set = |name: &str| {
        let description = format!("<{name}> of {} & {}", service.0.region, text(&call.input, "Status"));
        json!({"StackSetName": name, "Description": description, "LastDriftCheckTimestamp": 1_793_635_449.5})
    };
    let one = call.input["MaxResults"] == 1;
    let sets: Vec<_> = ["a", "b"].map(set).into_iter().take(if one { 1 } else { 2 }).collect();
    Ok(present(json!({"Summaries": sets, "NextToken": one.then_some("next")})))
}

#[tokio::test]
async fn a_service_may_own_one_operation_of_a_service_of_ministack() {
    static BOTH: &[Registration] = &[SERVICES[0], Registration::of::<StackSets>()];
    let cloud = Cloud::start_with(Options::default(), BOTH).await.unwrap();
    let sets = "cloudformation list-stack-sets --no-paginate";
    let listed = aws(&cloud, &format!("{sets} --status ACTIVE --max-results 1")).await.unwrap();
    assert_eq!(listed["NextToken"], "next");
    assert_eq!(listed["Summaries"][0]["Description"], "<a> of us-east-1 & ACTIVE");
    assert_eq!(listed["Summaries"][0]["LastDriftCheckTimestamp"], "2026-11-02T16:04:09.500Z");
    let elsewhere = aws(&cloud, &format!("{sets} --region eu-west-1")).await.unwrap();
    assert_eq!(elsewhere["Summaries"][1]["Description"], "<b> of eu-west-1 & ");
    // The rest is ministack's.
    assert_eq!(aws(&cloud, "cloudformation list-stacks").await.unwrap()["StackSummaries"], json!([]));
    let refused = async |key: &Value, command: &str, part: &str| {
        let told = aws_as(&cloud, key, command).await.unwrap_err();
        assert!(told.contains(part), "{told}");
    };
    let [(_, id), (_, secret)] = cloud.root_variables();
    let root = json!({"AccessKeyId": id, "SecretAccessKey": secret});
    refused(&root, &format!("{sets} --status GONE"), "(ValidationError)").await;
    refused(&root, &format!("{sets} --status GONE"), "enum value set: [ACTIVE, DELETED]").await;
    let guessed = json!({"AccessKeyId": id, "SecretAccessKey": "guess"});
    refused(&guessed, sets, "(SignatureDoesNotMatch)").await;
    refused(&json!({"AccessKeyId": "AKIANOBODY", "SecretAccessKey": "x"}), sets, "(InvalidClientTokenId)")
        .await;
    aws(&cloud, "iam create-user --user-name one").await.unwrap();
    let user = aws(&cloud, "iam create-access-key --user-name one").await.unwrap()["AccessKey"].take();
    refused(&user, sets, "(AccessDenied)").await;
    refused(&user, sets, "not authorized to perform: cloudformation:ListStackSets").await;
    let calls = cloud.recorder().since(0);
    let of_user = calls.iter().find(|call| call.principal.ends_with("user/one")).unwrap();
    assert_eq!((&*of_user.operation, of_user.error.as_deref()), ("ListStackSets", Some("AccessDenied")));
    assert_eq!(of_user.permissions, [("cloudformation:ListStackSets".into(), "*".into())]);
    cloud.stop().await;
}
