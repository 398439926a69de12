//! Stacks with custom resources whose function never answers: tests answer in its place, when they have looked at what
//! CloudFormation tells of the stack at that moment.

use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::Stack;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::io::Write;

/// An emulator with a function that starts and ends without a response.
pub(super) struct Stacks {
    pub(super) cloud: Cloud,
    pub(super) client: Client,
    function: String,
}

/// A request to a custom resource that waits for its answer.
pub(super) struct Request {
    pub(super) body: Value,
    signature: String,
}

impl Stacks {
    pub(super) async fn start() -> Self {
        Self::on(Cloud::start(Options::default()).await.unwrap()).await
    }

    pub(super) async fn on(cloud: Cloud) -> Self {
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
    pub(super) fn custom(&self, attributes: &Value) -> Value {
        let mut resource = json!({"Type": "Custom::Silent", "Properties": {"ServiceToken": self.function, "Given": attributes}});
        resource.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        resource
    }

    /// The unanswered request of this type to this resource, once it is there.
    pub(super) async fn request(&self, kind: &str, resource: &str) -> Request {
        let found = std::sync::Mutex::new(None);
        until(&format!("{kind} of {resource} is asked for"), async || {
            let bridge = &self.cloud.context().bridge;
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
    pub(super) async fn answer(&self, request: Request, status: &str, physical_id: &str) {
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
    pub(super) async fn let_succeed(&self, kind: &str, resource: &str, physical_id: &str) {
        let request = self.request(kind, resource).await;
        self.answer(request, "SUCCESS", physical_id).await;
    }

    pub(super) async fn create(&self, stack: &str, template: &Value) {
        self.client
            .create_stack()
            .stack_name(stack)
            .template_body(template.to_string())
            .send()
            .await
            .unwrap();
    }

    pub(super) async fn update(&self, stack: &str, template: &Value) {
        self.client
            .update_stack()
            .stack_name(stack)
            .template_body(template.to_string())
            .send()
            .await
            .unwrap();
    }

    pub(super) async fn describe(&self, stack: &str) -> Stack {
        let found = self.client.describe_stacks().stack_name(stack).send().await.unwrap();
        found.stacks.unwrap().remove(0)
    }

    pub(super) async fn status(&self, stack: &str) -> String {
        self.describe(stack).await.stack_status.unwrap().as_str().to_owned()
    }

    pub(super) async fn settle(&self, stack: &str, status: &str) {
        until(&format!("{stack} is {status}"), async || self.status(stack).await == status).await;
    }

    /// Logical and physical ids of the stack that holds this physical resource; what CloudFormation says if none does.
    pub(super) async fn beside(&self, physical_id: &str) -> Result<Vec<(String, String)>, String> {
        let found = self.client.describe_stack_resources().physical_resource_id(physical_id).send().await;
        let found = found.map_err(|error| error.message().unwrap_or_default().to_owned())?;
        let ids = found.stack_resources().iter().map(|resource| {
            (resource.logical_resource_id().unwrap().into(), resource.physical_resource_id().unwrap().into())
        });
        Ok(ids.collect())
    }

    pub(super) async fn template(&self, stack: &str) -> Value {
        let found = self.client.get_template().stack_name(stack).template_stage("Processed".into());
        serde_json::from_str(&found.send().await.unwrap().template_body.unwrap()).unwrap()
    }

    /// Logical ids and statuses of the last events, newest first.
    pub(super) async fn events(&self, stack: &str) -> Vec<(String, String)> {
        let found = self.client.describe_stack_events().stack_name(stack).send().await.unwrap();
        let pairs = found.stack_events().iter().map(|event| {
            (event.logical_resource_id().unwrap().into(), event.resource_status().unwrap().as_str().into())
        });
        pairs.collect()
    }
}

impl Stacks {
    /// The reasons of all events with this status, newest first.
    pub(super) async fn reasons(&self, stack: &str, status: &str) -> Vec<String> {
        let found = self.client.describe_stack_events().stack_name(stack).send().await.unwrap();
        let events = found
            .stack_events()
            .iter()
            .filter(|event| event.resource_status().is_some_and(|is| is.as_str() == status));
        events.map(|event| event.resource_status_reason().unwrap_or_default().to_owned()).collect()
    }
}

pub(super) fn template(resources: &Value) -> Value {
    json!({"Resources": resources})
}

pub(super) fn topic() -> Value {
    json!({"Type": "AWS::SNS::Topic"})
}

pub(super) fn pair(one: &str, other: &str) -> (String, String) {
    (one.into(), other.into())
}

pub(super) fn names(resources: Result<Vec<(String, String)>, String>) -> Vec<String> {
    let mut names: Vec<_> = resources.unwrap().into_iter().map(|(logical_id, _)| logical_id).collect();
    names.sort();
    names
}
