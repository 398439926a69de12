//! The contract of custom resources, and the sample events.

use super::fake::FakeCodeBuild;
use super::function;
use crate::spec::Task;
use crate::{BuildRunner, Properties};
use serde_json::json;
use shared::drivers::cloudformation::{Origin, RequestIdentity, RequestType, Resource};

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let variables = json!([{"Name": "TAG", "Value": "v2"}]);
    let samples = testing::contract::Samples {
        properties: json!({"ProjectName": "web", "ExportedVariables": ["IMAGE"]}),
        updated: json!({"ProjectName": "web", "ExportedVariables": ["IMAGE"], "EnvironmentVariables": variables, "Trigger": "2"}),
        other: json!({"ProjectName": "docs", "ExportedVariables": ["IMAGE"]}),
        bad: json!({"ProjectName": "w"}),
        says: "ProjectName is `w`",
    };
    testing::contract::check(&samples, async || function(&FakeCodeBuild::with(&["web", "docs"]).aws()).await)
        .await;
}

#[test]
fn the_events_are_understood() {
    for (event, request, variables) in [
        ("build-runner-stack-create", RequestType::Create, Some(vec![("TAG", "v1")])),
        ("build-runner-stack-update", RequestType::Update, Some(vec![("TAG", "v2")])),
        ("build-runner-stack-delete", RequestType::Delete, None),
    ] {
        let event = testing::event(event);
        let mut properties = event["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().retain(|key, _| !key.starts_with("Service"));
        let properties: Properties = serde_json::from_value(properties).unwrap();
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        if request != RequestType::Create {
            assert_eq!(BuildRunner::physical_id(&properties), text("PhysicalResourceId"));
        }
        let id = RequestIdentity { request: text("RequestId"), resource: text("LogicalResourceId") };
        let spec = BuildRunner::spec(
            &Origin { id: Some(id), ..Origin::new(request, Some(text("StackId"))) },
            properties,
        )
        .unwrap();
        let run = match &spec.task {
            Task::Run(run) => Some(run),
            Task::Stop => None,
        };
        assert_eq!(run.map(|run| run.variables.pairs().collect()), variables);
        assert_eq!(spec.project, "sm-mlops-package");
    }
}
