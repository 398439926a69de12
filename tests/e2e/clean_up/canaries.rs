//! No secret is ever where somebody reads it: neither the URL that CloudFormation waits at, nor the credentials of a
//! pipeline's artifacts, nor those of a role.

use super::estate::Estate;
use super::functions::Functions;
use super::line::Line;
use crate::harness::run;
use crate::secrets::{calls, canaries, logs};
use anyhow::ensure;
use serde_json::json;

impl Estate {
    /// Input, output and history of every run of both state machines.
    async fn runs(&self) -> anyhow::Result<Vec<(String, String)>> {
        let api = &self.clients.machines;
        let mut found = Vec::new();
        for machine in self.functions.loops() {
            let mut runs = api.list_executions().state_machine_arn(machine).into_paginator().items().send();
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
}

#[test]
fn no_response_url_and_no_credential_is_in_a_log_a_history_or_a_call() {
    run(async {
        let functions = Functions::deploy("canary").await?;
        let estate = Estate::with(functions.clone(), "canary", &[("Storage", "delete")]).await?;
        estate.few().await?;
        estate.delete().await?;
        drop(estate); // Its place is needed.

        // And the other asker, with artifact credentials, once well and once not.
        let other = Estate::by_hand(functions, "canary-pipeline").await?;
        let line = Line::new(&other).await?;
        let [studio, storage] = other.functions.names();
        let file = json!({"SageMakerDomainId": other.domain}).to_string();
        let parameters = r#"{"VPC": "retain", "FileName": "env.json"}"#;
        line.run("good", studio, parameters, &[("env.json", &file)]).await?;
        line.run("bad", storage, parameters, &[("other.json", &file)]).await?;

        let mut places = logs(other.cloud, "canary").await?;
        let logged = places.iter().filter(|(_, text)| !text.is_empty()).count();
        ensure!(logged >= 2, "the functions logged nothing: the search would prove nothing");
        let runs = other.runs().await?;
        ensure!(runs.len() > 10, "only {} events in the histories", runs.len());
        ensure!(runs.iter().any(|(_, text)| text.contains("Sealed")), "no request is in the histories");
        places.extend(runs);
        places.extend(calls(other.cloud));
        for canary in canaries(other.cloud).await? {
            for (place, text) in &places {
                assert!(!text.contains(&canary), "a secret is in {place}: {}...", &canary[..8]);
            }
        }
        Ok(())
    });
}
