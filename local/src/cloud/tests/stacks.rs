//! The phases of a stack operation as a custom resource sees them that is asked to delete something: what CloudFormation
//! tells of its stack at that moment. The function never answers; the tests do, when they have looked.

use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Parameter, Stack};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::io::Write;

/// A local cloud with a function that starts and ends without a word.
struct Stacks {
    cloud: Cloud,
    client: Client,
    function: String,
}

/// A request to a custom resource that waits for its answer.
struct Request {
    body: Value,
    signature: String,
}

impl Stacks {
    async fn start() -> Self {
        let cloud = Cloud::start(Options::default()).await.unwrap();
        let client = Client::new(&cloud.root().await);
        let archive = cloud.state().join("silent.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
        zip.start_file("bootstrap", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"#!/bin/sh\nexit 1\n").unwrap();
        zip.finish().unwrap();
        let trust = json!({"Statement": [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
        }]});
        let role = format!("iam create-role --role-name silent --assume-role-policy-document {trust}");
        let role = aws(&cloud, &role).await.unwrap()["Role"]["Arn"].as_str().unwrap().to_owned();
        let function = format!(
            "lambda create-function --function-name silent --runtime provided.al2023 --handler none --role {role} \
             --zip-file fileb://{}",
            archive.display()
        );
        let function = aws(&cloud, &function).await.unwrap()["FunctionArn"].as_str().unwrap().to_owned();
        Self { cloud, client, function }
    }

    /// A custom resource with these attributes besides its properties.
    fn custom(&self, attributes: &Value) -> Value {
        let mut resource = json!({"Type": "Custom::Silent", "Properties": {"ServiceToken": self.function, "Given": attributes}});
        resource.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        resource
    }

    /// The unanswered request of this type to this resource, once it is there.
    async fn request(&self, kind: &str, resource: &str) -> Request {
        let found = std::sync::Mutex::new(None);
        until(&format!("{kind} of {resource} is asked for"), async || {
            let bridge = &self.cloud.world().bridge;
            let asked: Value = bridge.post("answers", &json!({})).await.unwrap();
            let issued: Value = bridge.post("issued", &json!({})).await.unwrap();
            let (asked, issued) =
                (asked["answers"].as_array().unwrap(), issued["secrets"].as_array().unwrap());
            // Signatures are listed last, in the order of their requests.
            let signatures = &issued[issued.len() - asked.len()..];
            let waiting = asked.iter().zip(signatures).find(|(request, _)| {
                request["RequestType"] == kind
                    && request["LogicalResourceId"] == resource
                    && request["Answers"] == json!([])
            });
            let waiting = waiting.map(|(body, signature)| Request {
                body: body.clone(),
                signature: signature.as_str().unwrap().to_owned(),
            });
            let is_there = waiting.is_some();
            *found.lock().unwrap() = waiting;
            is_there
        })
        .await;
        found.into_inner().unwrap().unwrap()
    }

    /// Answers a request; `physical_id` counts unless it is a deletion.
    async fn answer(&self, request: Request, status: &str, physical_id: &str) {
        let asked = &request.body;
        let physical_id = asked["PhysicalResourceId"]
            .as_str()
            .filter(|_| asked["RequestType"] == "Delete")
            .unwrap_or(physical_id);
        let body = json!({
            "Status": status, "Reason": "as the test says", "PhysicalResourceId": physical_id,
            "StackId": asked["StackId"], "RequestId": asked["RequestId"],
            "LogicalResourceId": asked["LogicalResourceId"],
        });
        let place = "cloudformation-custom-resource-response-useast1/test";
        let url = format!("{}/{place}?X-Amz-Signature={}", self.cloud.endpoint(), request.signature);
        let put = hyper::Request::put(url)
            .header("content-type", "")
            .body(Full::from(Bytes::from(body.to_string())))
            .unwrap();
        let http = Http::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        assert_eq!(http.request(put).await.unwrap().status(), 200);
    }

    /// Waits for a request and lets it succeed under this id.
    async fn let_succeed(&self, kind: &str, resource: &str, physical_id: &str) {
        let request = self.request(kind, resource).await;
        self.answer(request, "SUCCESS", physical_id).await;
    }

    async fn create(&self, stack: &str, template: &Value) {
        self.client
            .create_stack()
            .stack_name(stack)
            .template_body(template.to_string())
            .send()
            .await
            .unwrap();
    }

    async fn update(&self, stack: &str, template: &Value) {
        self.client
            .update_stack()
            .stack_name(stack)
            .template_body(template.to_string())
            .send()
            .await
            .unwrap();
    }

    async fn describe(&self, stack: &str) -> Stack {
        let found = self.client.describe_stacks().stack_name(stack).send().await.unwrap();
        found.stacks.unwrap().remove(0)
    }

    async fn status(&self, stack: &str) -> String {
        self.describe(stack).await.stack_status.unwrap().as_str().to_owned()
    }

    async fn settle(&self, stack: &str, status: &str) {
        until(&format!("{stack} is {status}"), async || self.status(stack).await == status).await;
    }

    /// Logical and physical ids of the stack that holds this physical resource; what CloudFormation says if none does.
    async fn beside(&self, physical_id: &str) -> Result<Vec<(String, String)>, String> {
        let found = self.client.describe_stack_resources().physical_resource_id(physical_id).send().await;
        let found = found.map_err(|error| error.message().unwrap_or_default().to_owned())?;
        let ids = found.stack_resources().iter().map(|resource| {
            (resource.logical_resource_id().unwrap().into(), resource.physical_resource_id().unwrap().into())
        });
        Ok(ids.collect())
    }

    async fn template(&self, stack: &str) -> Value {
        let found = self.client.get_template().stack_name(stack).template_stage("Processed".into());
        serde_json::from_str(&found.send().await.unwrap().template_body.unwrap()).unwrap()
    }

    /// Logical ids and statuses of the last events, newest first.
    async fn events(&self, stack: &str) -> Vec<(String, String)> {
        let found = self.client.describe_stack_events().stack_name(stack).send().await.unwrap();
        let pairs = found.stack_events().iter().map(|event| {
            (event.logical_resource_id().unwrap().into(), event.resource_status().unwrap().as_str().into())
        });
        pairs.collect()
    }
}

fn template(resources: &Value) -> Value {
    json!({"Resources": resources})
}

fn topic() -> Value {
    json!({"Type": "AWS::SNS::Topic"})
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.into(), other.into())
}

fn names(resources: Result<Vec<(String, String)>, String>) -> Vec<String> {
    resources.unwrap().into_iter().map(|(logical_id, _)| logical_id).collect()
}

#[tokio::test]
async fn what_an_update_removes_or_replaces_is_deleted_after_it() {
    let stacks = Stacks::start().await;
    let (one, other) = (stacks.custom(&json!({})), stacks.custom(&json!({"DependsOn": "One"})));
    stacks.create("s", &template(&json!({"One": one, "Other": other}))).await;
    stacks.let_succeed("Create", "One", "first").await;
    let creating = stacks.request("Create", "Other").await;
    assert_eq!(stacks.status("s").await, "CREATE_IN_PROGRESS");
    assert_eq!(stacks.beside("first").await, Ok(vec![pair("One", "first")]));
    stacks.answer(creating, "SUCCESS", "other").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.last_updated_time, None);

    // One is replaced, Other removed.
    let id = stacks.describe("s").await.stack_id.unwrap();
    let after = template(&json!({"One": stacks.custom(&json!({"Metadata": {}}))}));
    stacks.update("s", &after).await;
    stacks.let_succeed("Update", "One", "second").await;
    let replaced = stacks.request("Delete", "One").await;
    assert_eq!(replaced.body["PhysicalResourceId"], "first");
    assert_eq!(stacks.status(&id).await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert!(stacks.describe(&id).await.last_updated_time.is_some());
    assert_eq!(stacks.template(&id).await, after);
    assert_eq!(stacks.beside("first").await, Err("Stack for first does not exist".into()));
    assert_eq!(stacks.beside("other").await, Ok(vec![pair("One", "second"), pair("Other", "other")]));
    stacks.answer(replaced, "SUCCESS", "").await;
    let removed = stacks.request("Delete", "Other").await;
    assert!(stacks.events(&id).await[..4].contains(&pair("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")));
    stacks.answer(removed, "SUCCESS", "").await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    let last = stacks.events(&id).await;
    assert_eq!(last[..2], [pair("s", "UPDATE_COMPLETE"), pair("Other", "DELETE_COMPLETE")]);
    assert_eq!(stacks.beside("second").await, Ok(vec![pair("One", "second")]));
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_roll_back_deletes_what_its_operation_made() {
    let stacks = Stacks::start().await;
    let (one, other) = (stacks.custom(&json!({})), stacks.custom(&json!({"DependsOn": "One"})));
    let both = json!({"Topic": topic(), "One": one, "Other": other});

    // Of an update: the template is the old one again.
    let before = template(&json!({"Topic": topic()}));
    stacks.create("u", &before).await;
    stacks.settle("u", "CREATE_COMPLETE").await;
    stacks.update("u", &template(&both)).await;
    stacks.let_succeed("Create", "One", "one").await;
    let failing = stacks.request("Create", "Other").await;
    assert!(stacks.events("u").await.contains(&pair("One", "CREATE_COMPLETE")));
    stacks.answer(failing, "FAILED", "other").await;
    for (resource, listed) in [("Other", ["One", "Other", "Topic"].as_slice()), ("One", &["One", "Topic"])] {
        let deletion = stacks.request("Delete", resource).await;
        assert_eq!(stacks.status("u").await, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
        assert_eq!(stacks.template("u").await, before);
        let mut found = names(stacks.beside("one").await);
        found.sort();
        assert_eq!(found, listed);
        stacks.answer(deletion, "SUCCESS", "").await;
    }
    stacks.settle("u", "UPDATE_ROLLBACK_COMPLETE").await;

    // Of a creation: what is made and not deleted yet is listed, also what was made in part.
    stacks.create("c", &template(&both)).await;
    stacks.let_succeed("Create", "One", "one").await;
    let failing = stacks.request("Create", "Other").await;
    stacks.answer(failing, "FAILED", "other").await;
    for (resource, listed) in [("Other", ["One", "Other"].as_slice()), ("One", &["One"])] {
        let deletion = stacks.request("Delete", resource).await;
        assert_eq!(stacks.status("c").await, "ROLLBACK_IN_PROGRESS");
        let mut found = names(stacks.beside("one").await);
        found.sort();
        assert_eq!(found, listed);
        stacks.answer(deletion, "SUCCESS", "").await;
    }
    stacks.settle("c", "ROLLBACK_COMPLETE").await;
    assert_eq!(stacks.beside("one").await, Err("Stack for one does not exist".into()));
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn an_executed_change_set_says_what_leaves_the_stack() {
    let stacks = Stacks::start().await;
    let custom = stacks.custom(&json!({"Condition": "Wanted"}));
    let body = json!({
        "Parameters": {"Wanted": {"Type": "String"}},
        "Conditions": {"Wanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
        "Resources": {
            "Topic": topic(),
            "Kept": {"Type": "AWS::SNS::Topic", "Condition": "Wanted", "DeletionPolicy": "Retain"},
            "One": custom,
        },
    });
    let execute = async |name: &str, kind: &str, wanted: &str| {
        let wanted = Parameter::builder().parameter_key("Wanted").parameter_value(wanted).build();
        let change = stacks.client.create_change_set().stack_name("s").change_set_name(name);
        let change = change.change_set_type(kind.into()).template_body(body.to_string()).parameters(wanted);
        let id = change.send().await.unwrap().id.unwrap();
        stacks.client.execute_change_set().change_set_name(&id).send().await.unwrap();
        id
    };
    let made = execute("make", "CREATE", "yes").await;
    stacks.let_succeed("Create", "One", "one").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.change_set_id, Some(made));

    let id = execute("shrink", "UPDATE", "no").await;
    let deletion = stacks.request("Delete", "One").await;
    assert_eq!(stacks.status("s").await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_eq!(stacks.describe("s").await.change_set_id.as_ref(), Some(&id));
    let told = stacks.client.describe_change_set().change_set_name(&id).send().await.unwrap();
    let changes: Vec<_> = told.changes().iter().map(|change| change.resource_change().unwrap()).collect();
    let action = |logical_id: &str| {
        let change = changes.iter().find(|change| change.logical_resource_id() == Some(logical_id)).unwrap();
        let policy = change.policy_action().unwrap().as_str();
        (change.action().unwrap().as_str(), policy, change.physical_resource_id().unwrap().to_owned())
    };
    assert_eq!(changes.len(), 2);
    assert_eq!(action("One"), ("Remove", "Delete", "one".into()));
    assert_eq!((action("Kept").0, action("Kept").1), ("Remove", "Retain"));
    stacks.answer(deletion, "SUCCESS", "").await;
    stacks.settle("s", "UPDATE_COMPLETE").await;

    // An update without a change set has none.
    stacks.update("s", &template(&json!({"Topic": topic(), "Second": topic()}))).await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.change_set_id, None);
    stacks.cloud.stop().await;
}
