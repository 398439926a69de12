//! Any input to any operation is answered or refused; nothing panics.

use crate::cloud::{build, pipeline};
use crate::steps::alone;
use emulator_core::{Call, Caller, Service};
use proptest::prelude::*;
use serde_json::Value;

const OPERATIONS: &[&str] = &[
    "CreateCustomActionType",
    "DeleteCustomActionType",
    "ListActionTypes",
    "GetActionType",
    "CreatePipeline",
    "GetPipeline",
    "UpdatePipeline",
    "DeletePipeline",
    "ListPipelines",
    "GetPipelineState",
    "StartPipelineExecution",
    "StopPipelineExecution",
    "GetPipelineExecution",
    "ListPipelineExecutions",
    "ListActionExecutions",
    "RetryStageExecution",
    "PollForJobs",
    "AcknowledgeJob",
    "GetJobDetails",
    "PutJobSuccessResult",
    "PutJobFailureResult",
    "PutApprovalResult",
    "PutWebhook",
    "DeleteWebhook",
    "ListWebhooks",
    "RegisterWebhookWithThirdParty",
    "DeregisterWebhookWithThirdParty",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "NoSuchOperation",
];

fn any_json() -> impl Strategy<Value = Value> {
    let names = "name|pipeline|pipelineName|jobId|webhook|actionTypeId|stages|actions|tags|filters|maxResults|[a-zA-Z]{0,9}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}|[a-z]{1,9}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// A valid declaration with one member anywhere replaced by something else.
fn damaged() -> impl Strategy<Value = Value> {
    (any::<prop::sample::Index>(), any_json()).prop_map(|(index, value)| {
        let mut declared = pipeline("p", "QUEUED", &build());
        let mut pointers = Vec::new();
        collect(&declared, String::new(), &mut pointers);
        let pointer: &String = index.get(&pointers);
        *declared.pointer_mut(pointer).unwrap() = value;
        declared
    })
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(value, format!("{pointer}/{name}"), pointers));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(n, value)| collect(value, format!("{pointer}/{n}"), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_input_gets_an_answer_or_an_aws_error(input in any_json(), declared in damaged()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let cloud = alone().await;
            for operation in OPERATIONS {
                for input in [&input, &declared] {
                    let caller = Caller { arn: String::new(), access_key: String::new() };
                    let call = Call { operation: (*operation).into(), input: input.clone(), caller };
                    assert!(!cloud.service.required_permissions(&call).is_empty());
                    if let Err(failure) = cloud.service.answer(call).await {
                        assert!(failure.status == 400 && !failure.code.is_empty(), "{operation}: {failure}");
                    }
                }
            }
        });
    }
}
