//! The calls, against a server on the loopback in the place of CloudWatch Logs.

use crate::{ExampleFunction, Spec};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::reconcile::step::{Plan, Reconcile};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use testing::reply::{self, refusal};
use testing::{Reply, ScriptedAws};

/// Log groups by name, each with its retention.
#[derive(Clone, Default)]
struct FakeAws(Arc<Mutex<BTreeMap<String, Option<i64>>>>);

impl FakeAws {
    fn with(names: &[&str]) -> Self {
        Self(Arc::new(Mutex::new(names.iter().map(|name| ((*name).to_owned(), None)).collect())))
    }

    /// Lists one log group per page, so that every listing has pages.
    fn answer(&self, operation: &str, input: &Value) -> Reply {
        let mut groups = self.0.lock().unwrap();
        let name = input["logGroupName"].as_str().unwrap_or_default();
        match operation {
            "DescribeLogGroups" => {
                let prefix = input["logGroupNamePrefix"].as_str().unwrap_or_default();
                let after = input["nextToken"].as_str().unwrap_or_default();
                let mut listed =
                    groups.iter().filter(|(name, _)| name.starts_with(prefix) && name.as_str() > after);
                let Some((name, retention)) = listed.next() else { return json!({"logGroups": []}).into() };
                let next = listed.next().map(|_| name);
                json!({"logGroups": [{"logGroupName": name, "retentionInDays": retention}], "nextToken": next}).into()
            }
            _ if !groups.contains_key(name) => refusal("ResourceNotFoundException"),
            "PutRetentionPolicy" => {
                groups.insert(name.to_owned(), input["retentionInDays"].as_i64());
                reply::empty()
            }
            "DeleteRetentionPolicy" => {
                groups.insert(name.to_owned(), None);
                reply::empty()
            }
            other => panic!("{other} is not called"),
        }
    }

    async fn function(&self) -> ExampleFunction {
        let fake = self.clone();
        let aws = ScriptedAws::in_front_of(move |call| fake.answer(&call.operation, &call.body));
        ExampleFunction::new(&aws.config("eu-central-1", 1).await)
    }
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"LogGroupName": "app", "RetentionInDays": "30"}),
        updated: json!({"LogGroupName": "app", "RetentionInDays": "60"}),
        other: json!({"LogGroupName": "app-two", "RetentionInDays": "30"}),
        bad: json!({"LogGroupName": "app", "RetentionInDays": "31"}),
        says: "RetentionInDays",
    };
    testing::contract::check(&samples, async || FakeAws::with(&["app", "app-two"]).function().await).await;
}

#[tokio::test]
async fn a_log_group_is_found_on_a_later_page() {
    let function = FakeAws::with(&["app", "app-one", "app-two"]).function().await;
    let observed = async |group: &str| {
        let spec = Spec { group: group.to_owned(), retention: None };
        function.observe(&spec).await.unwrap().group.is_some()
    };
    assert!(observed("app-two").await);
    assert!(observed("app").await);
    assert!(!observed("ap").await, "a prefix is not a name");
}

#[tokio::test]
async fn the_events_ask_for_what_they_say() {
    for (event, request, retention) in [
        (testing::event("example-function-stack-create"), RequestType::Create, Some(30)),
        (testing::event("example-function-stack-delete"), RequestType::Delete, None),
    ] {
        let mut properties = event["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().remove("ServiceToken");
        let origin = Origin::new(request, None);
        let spec = <ExampleFunction as Resource>::spec(&origin, serde_json::from_value(properties).unwrap());
        assert_eq!(spec, Ok(Spec { group: "/app/access".to_owned(), retention }));
    }
}

#[tokio::test]
async fn a_missing_log_group_is_named() {
    let spec = Spec { group: "app".to_owned(), retention: Some(30) };
    let observed = FakeAws::default().function().await.observe(&spec).await.unwrap();
    let Plan::Stuck(reason) = ExampleFunction::plan(&spec, &observed) else { panic!("{observed:?}") };
    assert!(reason.starts_with("no log group is called app"), "{reason}");
}
