//! The webhook starts the pipeline for its branch and for allowed callers only.

use crate::harness::{SourceFixture, run};
use aws_sdk_codepipeline::types::TriggerType;
use emulator::webhook::{post, push};

/// Executions that a webhook started; the first one, CodePipeline's own, has another trigger.
async fn executions(fixture: &SourceFixture) -> anyhow::Result<usize> {
    let found = fixture.pipelines.list_pipeline_executions().pipeline_name(fixture.pipeline()).send().await?;
    let triggers =
        found.pipeline_execution_summaries.unwrap_or_default().into_iter().filter_map(|e| e.trigger);
    Ok(triggers.filter(|trigger| trigger.trigger_type == Some(TriggerType::Webhook)).count())
}

#[test]
fn the_webhook_filters_by_branch_and_by_address() {
    run(async {
        let fixture = SourceFixture::deploy("webhook-ip", &[]).await?;
        let url = fixture.deployed.output("CodePipelineWebHookUrl")?;
        assert_eq!(push(url, "main", &[]).await?, 200);
        assert_eq!(executions(&fixture).await?, 1);
        push(url, "other", &[]).await?;
        assert_eq!(post(url, "not json", &[]).await?, 400);
        let bitbucket = r#"{"push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}}"#;
        assert_eq!(post(url, bitbucket, &[]).await?, 200);
        assert_eq!(executions(&fixture).await?, 1, "another branch or another body started the pipeline");
        let deletion = r#"{"ref": "refs/heads/main", "before": "1f2e", "after": "0000", "deleted": true}"#;
        assert_eq!(post(url, deletion, &[]).await?, 200);
        assert_eq!(executions(&fixture).await?, 2);
        fixture.configure(&[("Branch", None), ("Tag", Some("v1"))]).await?;
        for reference in ["refs/heads/main", "refs/heads/v1", "refs/tags/v1"] {
            assert_eq!(post(url, &format!(r#"{{"ref": "{reference}"}}"#), &[]).await?, 200);
        }
        assert_eq!(executions(&fixture).await?, 2, "the filter needs the branch of the action");

        let stranger =
            SourceFixture::deploy("webhook-stranger", &[("GitWebHookIpAddress", "192.0.2.0/24")]).await?;
        assert_eq!(push(stranger.deployed.output("CodePipelineWebHookUrl")?, "main", &[]).await?, 403);
        assert_eq!(executions(&stranger).await?, 0);
        Ok(())
    });
}

#[test]
fn the_webhook_checks_the_signature_when_there_is_a_secret() {
    run(async {
        let fixture =
            SourceFixture::deploy("webhook-hmac", &[("WebhookSecret", "correct-horse-battery-staple")])
                .await?;
        let url = fixture.deployed.output("CodePipelineWebHookUrl")?;
        let body = r#"{"ref":"refs/heads/main"}"#;
        // openssl dgst -sha256 -hmac 'correct-horse-battery-staple' over the body.
        let good = "sha256=b00f91f94921209ce426c4a132d54537b8c88e3ccac622a48a8de579235da060";
        assert_eq!(post(url, body, &[("X-Hub-Signature-256", good)]).await?, 200);
        assert_eq!(executions(&fixture).await?, 1);
        for headers in
            [&[][..], &[("X-Hub-Signature-256", "sha256=00")], &[("X-Hub-Signature-256", "nonsense")]]
        {
            assert_eq!(post(url, body, headers).await?, 403, "{headers:?}");
        }
        assert_eq!(executions(&fixture).await?, 1);
        Ok(())
    });
}
