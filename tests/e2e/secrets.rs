//! No secret is ever where somebody reads it: logs, events, builds, recorded calls, answers. The canaries are the SSH
//! key of the fixture and every temporary credential that the cloud issued.

use crate::harness::{SourceFixture, run};
use anyhow::ensure;
use emulator::cloud::Cloud;
use serde_json::{Value, json};

/// The secret parts of all credentials issued so far, and of all URLs that `CloudFormation` waits at.
pub(crate) async fn canaries(cloud: &Cloud) -> anyhow::Result<Vec<String>> {
    let issued: Value = cloud.context().bridge.post("issued", &json!({})).await?;
    let secrets = issued["secrets"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let canaries: Vec<String> = secrets.filter(|secret| secret.len() > 8).map(Into::into).collect();
    ensure!(canaries.len() > 8, "only {} canaries: were any credentials issued?", canaries.len());
    Ok(canaries)
}

/// The logs of everything whose log group has the stack's name in it.
pub(crate) async fn logs(cloud: &Cloud, stack: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let logs = aws_sdk_cloudwatchlogs::Client::new(&cloud.root().await);
    let mut groups = logs.describe_log_groups().into_paginator().items().send();
    while let Some(group) = groups.next().await {
        let name = group?.log_group_name.unwrap_or_default();
        if !name.contains(stack) {
            continue;
        }
        let mut pages = logs.filter_log_events().log_group_name(&name).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page?;
            let lines: Vec<_> = page.events().iter().filter_map(|event| event.message()).collect();
            found.push((format!("log group {name}"), lines.join("\n")));
        }
    }
    Ok(found)
}

/// What was sent in recorded calls.
pub(crate) fn calls(cloud: &Cloud) -> Vec<(String, String)> {
    // The user stores the key with one call.
    let stores = |operation: &str| operation == "CreateSecret" || operation == "PutSecretValue";
    let calls = cloud.recorder().since(0).into_iter().filter(|call| !stores(&call.operation));
    calls.map(|call| (format!("call {}:{}", call.service, call.operation), call.request)).collect()
}

/// Everything that people or other systems can read, by where it was found.
async fn readable(fixture: &SourceFixture) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = logs(fixture.cloud, &fixture.deployed.stack).await?;
    for emitted in fixture.cloud.context().emitted_since(0) {
        found.push(("an event".into(), emitted.event.to_string()));
    }
    for build in fixture.clone_builds().await? {
        found.push((format!("build {}", build.id().unwrap_or_default()), format!("{build:?}")));
    }
    found.extend(calls(fixture.cloud));
    Ok(found)
}

#[test]
fn secrets_appear_nowhere() {
    run(async {
        let fixture = SourceFixture::deploy("canaries", &[]).await?;
        assert_eq!(fixture.run().await?.status, "Succeeded");
        fixture.configure(&[("Branch", Some("no-such-branch"))]).await?;
        assert_eq!(fixture.run().await?.status, "Failed");
        fixture.sweep().await?;

        let places = readable(&fixture).await?;
        let logs =
            places.iter().filter(|(place, text)| place.starts_with("log group") && !text.is_empty()).count();
        assert!(logs >= 2, "the function and the clone build logged nothing: the search would prove nothing");
        let key = tokio::fs::read_to_string(&fixture.key.private).await?;
        let mut canaries = canaries(fixture.cloud).await?;
        canaries.extend(key.lines().filter(|line| !line.starts_with("--")).map(Into::into));
        for canary in canaries {
            for (place, text) in &places {
                assert!(!text.contains(&canary), "a secret is in {place}: {}...", &canary[..8]);
            }
        }
        Ok(())
    });
}
