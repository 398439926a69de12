//! A pipeline creates a stack, hands its outputs on, waits for an approval and deletes it.

use super::executions::{action, approve, ended, newest, start};
use super::fixture::{PipelineFixture, parameter, stack_status};
use crate::cli::aws;
use crate::harness::run;
use anyhow::ensure;
use serde_json::{Value, json};
use std::time::Duration;

/// How long it takes at most until an approval is asked for.
const LIMIT: Duration = Duration::from_mins(2);

fn approval() -> Value {
    json!({
        "name": "Approve",
        "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    })
}

#[test]
fn a_pipeline_creates_a_stack_hands_its_outputs_on_and_deletes_it_after_an_approval() {
    run(async {
        let fixture = PipelineFixture::new("ppl-life").await?;
        let overrides = json!({"Name": "ppl-life-first"}).to_string();
        let given = json!({
            "TemplateConfiguration": "Source::conf/stack.json",
            "ParameterOverrides": overrides,
            "OutputFileName": "first.json",
        });
        let mut first = fixture.action("First", "CREATE_UPDATE", "ppl-life-first", &given);
        first["namespace"] = "First".into();
        first["outputArtifacts"] = json!([{"name": "FirstOutputs"}]);
        let overrides = json!({
            "Name": "/ppl-life/second",
            "Text": {"Fn::GetParam": ["FirstOutputs", "first.json", "Value"]},
            "Bucket": {"Fn::GetArtifactAtt": ["Source", "BucketName"]},
        });
        let given = json!({"ParameterOverrides": overrides.to_string()});
        let mut second = fixture.action("Second", "REPLACE_ON_FAILURE", "#{First.Name}-second", &given);
        second["runOrder"] = 2.into();
        second["inputArtifacts"] = json!([{"name": "Source"}, {"name": "FirstOutputs"}]);
        let delete = |name: &str, stack: &str| fixture.action(name, "DELETE_ONLY", stack, &json!({}));
        let stages = [
            ("Deploy", vec![first, second]),
            ("Approve", vec![approval()]),
            (
                "Delete",
                vec![
                    delete("DeleteSecond", "ppl-life-first-second"),
                    delete("DeleteFirst", "ppl-life-first"),
                ],
            ),
        ];
        let pipeline = fixture.pipeline("pipeline", &stages).await?;
        approve(LIMIT, &pipeline, "Approve").await?;
        let execution = newest(&pipeline).await?;
        let (status, failures) = ended(&pipeline, &execution).await?;
        assert_eq!((status.as_str(), failures.as_str()), ("Succeeded", ""));
        let first = action(&pipeline, &execution, "First").await?;
        let output = &first["output"];
        assert_eq!(output["outputVariables"], json!({"Name": "ppl-life-first", "Value": "configured none"}));
        let id = output["executionResult"]["externalExecutionId"].as_str().unwrap_or_default();
        ensure!(id.contains(":stack/ppl-life-first/"), "{first}");
        let second = action(&pipeline, &execution, "Second").await?;
        assert_eq!(
            second["output"]["outputVariables"],
            json!({"Name": "/ppl-life/second", "Value": "configured none ppl-life-artifacts"})
        );
        for name in ["ppl-life-first", "/ppl-life/second"] {
            assert_eq!(parameter(name).await?, None, "{name}");
        }

        // Stacks that are not there are deleted.
        approve(LIMIT, &again(&pipeline).await?, "Approve").await
    });
}

/// Starts a pipeline again.
async fn again(pipeline: &str) -> anyhow::Result<String> {
    start(pipeline).await?;
    Ok(pipeline.to_owned())
}

#[test]
fn a_stack_that_fails_tells_why_and_is_replaced_if_the_action_says_so() {
    run(async {
        let fixture = PipelineFixture::new("ppl-fail").await?;
        fixture.deny(Some("ssm:PutParameter")).await?;
        let stack = "ppl-fail-stack";
        let given = json!({"ParameterOverrides": json!({"Name": stack, "Text": "t"}).to_string()});
        let deploy = |mode: &str| vec![("Deploy", vec![fixture.action("Deploy", mode, stack, &given)])];
        let create = fixture.pipeline("create", &deploy("CREATE_UPDATE")).await?;
        let (status, message) = ended(&create, &newest(&create).await?).await?;
        assert_eq!(status, "Failed");
        for words in ["ROLLBACK_COMPLETE", "AWS::SSM::Parameter Entry", "ssm:PutParameter"] {
            ensure!(message.contains(words), "no {words:?} in {message}");
        }
        fixture.deny(None).await?;
        let (status, message) = ended(&create, &start(&create).await?).await?;
        assert_eq!(status, "Failed", "a stack that was rolled back is not updated");
        ensure!(message.contains("can not be updated"), "{message}");
        let replace = fixture.pipeline("replace", &deploy("REPLACE_ON_FAILURE")).await?;
        let (status, message) = ended(&replace, &newest(&replace).await?).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));
        assert_eq!(parameter(stack).await?.as_deref(), Some("t none"));
        // Nothing to update is a success.
        let (status, message) = ended(&create, &start(&create).await?).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));

        let iam = ["iam", "delete-role-policy", "--role-name", "ppl-fail-pipeline", "--policy-name", "pass"];
        aws(&iam).await?;
        let delete = fixture.action("Delete", "DELETE_ONLY", stack, &json!({}));
        let delete = fixture.pipeline("delete", &[("Delete", vec![delete])]).await?;
        let (status, message) = ended(&delete, &newest(&delete).await?).await?;
        assert_eq!(status, "Failed", "the role of the pipeline may not pass the role of the deployment");
        ensure!(message.contains("iam:PassRole"), "{message}");
        assert_eq!(stack_status(stack).await.as_deref(), Some("CREATE_COMPLETE"));
        aws(&["cloudformation", "delete-stack", "--stack-name", stack]).await.map(drop)
    });
}

#[test]
fn an_action_in_another_region_deploys_there_and_its_artifacts_travel_both_ways() {
    run(async {
        let fixture = PipelineFixture::new("ppl-region").await?;
        let there = "eu-west-1";
        let given = |overrides: &Value| json!({"ParameterOverrides": overrides.to_string()});
        let mut far = given(&json!({"Name": "ppl-region-far", "Text": "far"}));
        far["OutputFileName"] = "far.json".into();
        let mut far = fixture.action("Far", "CREATE_UPDATE", "ppl-region-far", &far);
        far["region"] = there.into();
        far["outputArtifacts"] = json!([{"name": "FarOutputs"}]);
        let near =
            json!({"Name": "ppl-region-near", "Text": {"Fn::GetParam": ["FarOutputs", "far.json", "Value"]}});
        let mut near = fixture.action("Near", "CREATE_UPDATE", "ppl-region-near", &given(&near));
        near["runOrder"] = 2.into();
        near["inputArtifacts"] = json!([{"name": "Source"}, {"name": "FarOutputs"}]);
        let pipeline = fixture.pipeline("pipeline", &[("Deploy", vec![far, near])]).await?;
        let (status, message) = ended(&pipeline, &newest(&pipeline).await?).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));
        let list = ["ssm", "get-parameters", "--names", "ppl-region-far", "--region", there];
        assert_eq!(aws(&list).await?["Parameters"][0]["Value"], "far none");
        assert_eq!(parameter("ppl-region-far").await?, None, "the stack is in the Region of the pipeline");
        assert_eq!(parameter("ppl-region-near").await?.as_deref(), Some("far none none"));
        let delete = ["cloudformation", "delete-stack", "--stack-name"];
        aws(&[&delete[..], &["ppl-region-far", "--region", there]].concat()).await?;
        aws(&[&delete[..], &["ppl-region-near"]].concat()).await.map(drop)
    });
}
