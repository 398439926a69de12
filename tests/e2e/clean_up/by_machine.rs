//! The state machine started by hand, which is how a person repeats a clean-up that CloudFormation gave up on.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use crate::harness::{run, until};
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

impl DomainFixture {
    /// Runs a state machine to its end; returns its status and its output, or the cause of its failure.
    pub(crate) async fn walk(&self, machine: &str, input: &Value) -> anyhow::Result<(String, String)> {
        let api = &self.clients.machines;
        let started =
            api.start_execution().state_machine_arn(machine).input(input.to_string()).send().await?;
        let arn = started.execution_arn;
        until(&format!("{arn} ended"), async || {
            let found = api.describe_execution().execution_arn(&arn).send().await?;
            Ok(found.status != ExecutionStatus::Running)
        })
        .await?;
        let found = api.describe_execution().execution_arn(&arn).send().await?;
        let text = found.output.or(found.cause).unwrap_or_default();
        Ok((found.status.as_str().to_owned(), text))
    }
}

#[test]
fn both_state_machines_clean_up_by_themselves() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "machine").await?;
        fixture.populate_with_few().await?;
        let [studio, storage] = fixture.functions.state_machines();

        let (status, output) =
            fixture.walk(studio, &json!({"DomainId": fixture.domain, "DeleteSpaceStorage": true})).await?;
        assert_eq!(status, "SUCCEEDED", "{output}");
        assert!(output.contains(&fixture.domain), "{output}");
        let left = fixture.left().await?;
        assert_eq!(left.get("apps").or(left.get("spaces")).or(left.get("user profiles")), None, "{left:?}");

        // While the domain is there, its storage is not to be touched.
        let before = fixture.left().await?;
        let (status, cause) = fixture.walk(storage, &json!({"DomainId": fixture.domain})).await?;
        assert_eq!(status, "FAILED", "{cause}");
        assert!(cause.contains(&fixture.domain), "{cause}");
        assert_eq!(fixture.left().await?, before);

        fixture.clients.drop_domain(&fixture.domain).await?;
        let spec = json!({"DomainId": fixture.domain, "Storage": "delete", "Vpc": "delete"});
        let (status, output) = fixture.walk(storage, &spec).await?;
        assert_eq!(status, "SUCCEEDED", "{output}");
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}

#[test]
fn an_input_that_makes_no_sense_fails_with_a_sentence() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "machine-bad-input").await?;
        let [studio, storage] = fixture.functions.state_machines();
        let cases = [
            (studio, json!({"DomainId": "vpc-1"}), "DomainId"),
            (studio, json!({}), "DomainId"),
            (storage, json!({"DomainId": fixture.domain, "VpcId": fixture.vpc}), "VpcId"),
            (storage, json!({"DomainId": fixture.domain, "Storage": "burn"}), "Storage"),
        ];
        let before = fixture.left().await?;
        for (machine, input, word) in cases {
            let (status, cause) = fixture.walk(machine, &input).await?;
            assert_eq!(status, "FAILED", "{input}: {cause}");
            assert!(cause.contains(word), "{input}: {cause}");
        }
        assert_eq!(fixture.left().await?, before);
        Ok(())
    });
}
