//! What the appendices of the solution's guide do without a stack: seed code that launch roles may read, and a list of all of IAM.

use super::replay::{BUCKET, Replay};
use crate::cli::aws;
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

#[test]
fn seed_code_is_tagged_and_iam_is_listed() {
    run(async {
        let mut replay = Replay::start("appendices").await?;
        let folder = cloud().await.state().join("replay-appendices");
        let key = "team-project/seed-code/team-v1.0.zip";
        let body = folder.join("Makefile");
        let put = ["s3api", "put-object", "--bucket", BUCKET, "--key", key, "--body"];
        aws(&[&put[..], &[body.to_str().context("path")?]].concat()).await?;
        replay.set("PROJECT_NAME", "team-project").await?;
        replay.set("ZIP_FILE", "team-v1.0.zip").await?;
        replay.step("solution/seed-code-tag").await?;
        let tags = ["s3api", "get-object-tagging", "--bucket", BUCKET, "--key", key, "--query", "TagSet"];
        let tags = aws(&tags).await?;
        ensure!(tags == json!([{"Key": "servicecatalog:provisioning", "Value": "true"}]), "{tags}");

        aws(&["iam", "create-user", "--user-name", "appendices-erin"]).await?;
        replay.step("solution/iam-snapshot").await?;
        let snapshot = tokio::fs::read_to_string(folder.join("iam_snapshot.json")).await?;
        let snapshot: Value = serde_json::from_str(&snapshot)?;
        let users = snapshot["UserDetailList"].as_array().context("no users")?;
        ensure!(users.iter().any(|user| user["UserName"] == "appendices-erin"), "{users:?}");
        aws(&["iam", "delete-user", "--user-name", "appendices-erin"]).await?;
        replay.end().await
    });
}
