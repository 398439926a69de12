//! A pipeline makes a change set in one action and executes it in another.

use super::executions::{action, ended, newest, start};
use super::fixture::{PipelineFixture, parameter};
use crate::cli::aws;
use crate::harness::run;
use anyhow::ensure;
use serde_json::json;

#[test]
fn a_change_set_is_made_anew_and_executed_and_one_without_changes_is_a_success() {
    run(async {
        let fixture = PipelineFixture::new("ppl-change").await?;
        let stack = "ppl-change-stack";
        let given = |text: &str| {
            let overrides = json!({"Name": stack, "Text": text}).to_string();
            json!({"ParameterOverrides": overrides, "ChangeSetName": "prepared"})
        };
        let stages = |text: &str| {
            let prepare = fixture.action("Prepare", "CHANGE_SET_REPLACE", stack, &given(text));
            let execute = json!({"ChangeSetName": "prepared"});
            let mut execute = fixture.action("Execute", "CHANGE_SET_EXECUTE", stack, &execute);
            execute["runOrder"] = 2.into();
            vec![("Deploy", vec![prepare, execute])]
        };
        let first = fixture.pipeline("first", &stages("one")).await?;
        let execution = newest(&first).await?;
        let (status, message) = ended(&first, &execution).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));
        assert_eq!(parameter(stack).await?.as_deref(), Some("one none"));
        let done = action(&first, &execution, "Execute").await?;
        assert_eq!(done["output"]["outputVariables"]["Value"], "one none");

        let (status, message) = ended(&first, &start(&first).await?).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));

        let second = fixture.pipeline("second", &stages("two")).await?;
        let (status, message) = ended(&second, &newest(&second).await?).await?;
        assert_eq!((status.as_str(), message.as_str()), ("Succeeded", ""));
        assert_eq!(parameter(stack).await?.as_deref(), Some("two none"));

        let execute = json!({"ChangeSetName": "missing"});
        let execute = fixture.action("Execute", "CHANGE_SET_EXECUTE", stack, &execute);
        let third = fixture.pipeline("third", &[("Deploy", vec![execute])]).await?;
        let (status, message) = ended(&third, &newest(&third).await?).await?;
        assert_eq!(status, "Failed");
        ensure!(message.contains("missing") && message.contains("does not exist"), "{message}");
        aws(&["cloudformation", "delete-stack", "--stack-name", stack]).await.map(drop)
    });
}
