//! No secret is ever where somebody reads it: neither the URL that CloudFormation waits at, nor the credentials of a
//! pipeline's artifacts, nor those of a role.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::pipeline::CleanupPipeline;
use crate::cli::aws;
use crate::harness::{cloud, run, until};
use crate::secrets::{calls, canaries, logs};
use anyhow::{Context, ensure};
use emulator::cloud::Cloud;
use emulator::invocation;
use serde_json::{Value, json};

/// What stands in an event that its function cannot handle.
const PLANTED: &str = "planted-canary-0815";

async fn queues() -> anyhow::Result<Vec<String>> {
    let listed = aws(&["sqs", "list-queues", "--query", "QueueUrls"]).await?;
    Ok(listed.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Every place of the account that keeps text for others to read, apart from logs and executions: messages in queues,
/// events, tags, parameters.
pub(crate) async fn kept(cloud: &Cloud) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for queue in queues().await? {
        let receive = ["sqs", "receive-message", "--queue-url", &queue, "--max-number-of-messages", "10"];
        match aws(&[&receive[..], &["--visibility-timeout", "0"]].concat()).await {
            Ok(messages) => found.push((format!("queue {queue}"), messages.to_string())),
            // Another test has deleted its stack meanwhile.
            Err(_) if !queues().await?.contains(&queue) => {}
            Err(error) => return Err(error),
        }
    }
    for emitted in cloud.context().emitted_since(0) {
        found.push(("an event".into(), emitted.event.to_string()));
    }
    found.push(("a tag".into(), aws(&["resourcegroupstaggingapi", "get-resources"]).await?.to_string()));
    let parameters = ["ssm", "get-parameters-by-path", "--path", "/", "--recursive"];
    found.push(("a parameter".into(), aws(&parameters).await?.to_string()));
    Ok(found)
}

#[test]
fn an_event_that_its_function_cannot_handle_is_kept_nowhere() {
    run(async {
        let functions = Functions::deploy("lost").await?;
        let cloud = cloud().await;
        let request = json!({
            "RequestType": "Create",
            "ResponseURL": format!("http://127.0.0.1:9/reply?X-Amz-Signature={PLANTED}"),
            "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/lost/1",
            "RequestId": "lost-request",
            "LogicalResourceId": "Lost",
            "ResourceType": "Custom::Lost",
            "ResourceProperties": {"DomainId": "d-abcdefghijkl"},
        });
        let credentials =
            json!({"accessKeyId": "ASIALOST", "secretAccessKey": PLANTED, "sessionToken": PLANTED});
        let job = json!({"CodePipeline.job": {"id": "lost-job", "data": {
            "actionConfiguration": {"configuration": {"UserParameters": "{}"}},
            "artifactCredentials": credentials,
        }}});
        for function in functions.names() {
            for (name, event) in [("request", &request), ("job", &job)] {
                let file = cloud.state().join(format!("lost-{name}.json"));
                tokio::fs::write(&file, event.to_string()).await?;
                let payload = format!("fileb://{}", file.display());
                let invoke = ["lambda", "invoke", "--function-name", function, "--invocation-type", "Event"];
                aws(&[&invoke[..], &["--payload", &payload, "/dev/null"]].concat()).await?;
            }
            // Lambda delivers the request three times, because nobody listens at the address.
            until(&format!("{function} failed three times"), async || {
                let all = invocation::since(cloud, 0).await?;
                let own = all.iter().filter(|one| one.function == function);
                Ok(own.filter(|one| one.error.is_some()).count() >= 3)
            })
            .await?;
        }
        let logged = logs(cloud, "lost").await?;
        let told = logged.iter().any(|(_, text)| text.contains("could not answer CloudFormation"));
        ensure!(told, "no function logged its failure: the search would prove nothing");
        for (place, text) in logged.into_iter().chain(kept(cloud).await?) {
            assert!(!text.contains(PLANTED), "a secret is in {place}");
        }
        // There is no queue that could keep one.
        let stack = functions.studio.stack.as_str();
        let list = ["cloudformation", "list-stack-resources", "--stack-name", stack, "--query"];
        let types = aws(&[&list[..], &["StackResourceSummaries[].ResourceType"]].concat()).await?;
        let types = types.as_array().context("no resources")?;
        ensure!(!types.is_empty() && !types.contains(&json!("AWS::SQS::Queue")), "{types:?}");
        Ok(())
    });
}

/// Input, output and history of every run of these state machines.
pub(crate) async fn runs(cloud: &Cloud, machines: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
    let api = aws_sdk_sfn::Client::new(&cloud.root().await);
    let mut found = Vec::new();
    for machine in machines {
        let mut runs = api.list_executions().state_machine_arn(*machine).into_paginator().items().send();
        while let Some(run) = runs.next().await {
            let arn = run?.execution_arn;
            let told = api.describe_execution().execution_arn(&arn).send().await?;
            found.push((arn.clone(), format!("{:?} {:?}", told.input, told.output)));
            let history = api.get_execution_history().execution_arn(&arn).include_execution_data(true);
            let mut events = history.into_paginator().items().send();
            while let Some(event) = events.next().await {
                found.push((arn.clone(), format!("{:?}", event?)));
            }
        }
    }
    Ok(found)
}

#[test]
fn no_response_url_and_no_credential_is_kept_anywhere() {
    run(async {
        let functions = Functions::deploy("canary").await?;
        let fixture = DomainFixture::with(functions.clone(), "canary", &[("Storage", "delete")]).await?;
        fixture.populate_with_few().await?;
        fixture.delete().await?;
        drop(fixture); // Its place is needed.

        // And the other asker, with artifact credentials, once well and once not.
        let other = DomainFixture::by_hand(functions, "canary-pipeline").await?;
        let line = CleanupPipeline::new(&other).await?;
        let [studio, storage] = other.functions.names();
        let file = json!({"SageMakerDomainId": other.domain}).to_string();
        let parameters = r#"{"VPC": "retain", "FileName": "env.json"}"#;
        line.run("good", studio, parameters, &[("env.json", &file)]).await?;
        line.run("bad", storage, parameters, &[("other.json", &file)]).await?;

        let mut places = logs(other.cloud, "canary").await?;
        let logged = places.iter().filter(|(_, text)| !text.is_empty()).count();
        ensure!(logged >= 2, "the functions logged nothing: the search would prove nothing");
        let runs = runs(other.cloud, &other.functions.state_machines()).await?;
        ensure!(runs.len() > 10, "only {} events in the histories", runs.len());
        ensure!(runs.iter().any(|(_, text)| text.contains("Encrypted")), "no request is in the histories");
        places.extend(runs);
        places.extend(calls(other.cloud));
        places.extend(kept(other.cloud).await?);
        for canary in canaries(other.cloud).await? {
            for (place, text) in &places {
                assert!(!text.contains(&canary), "a secret is in {place}: {}...", &canary[..8]);
            }
        }
        Ok(())
    });
}
