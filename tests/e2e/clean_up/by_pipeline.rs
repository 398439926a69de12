//! The action of the original guide, unchanged: a Lambda Invoke action whose `UserParameters` name a file of the input
//! artifact, which says what the domain is.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::pipeline::CleanupPipeline;
use super::population::{AppType, Owner};
use super::record::calls;
use crate::harness::{run, until};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// As the guide has it, with the loss of the volumes of spaces accepted.
const PARAMETERS: &str =
    r#"{"VPC": "delete", "FileName": "env-main-output.json", "DeleteSpaceStorage": "true"}"#;
const FILE: &str = "env-main-output.json";

#[test]
fn the_guides_own_action_cleans_up_and_a_long_run_goes_on_by_a_constant_token() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "pipeline").await?;
        fixture.populate_with_few().await?;
        let line = CleanupPipeline::new(&fixture).await?;
        let file = json!({"SageMakerDomainId": fixture.domain, "Other": 1}).to_string();
        let from = fixture.cloud.recorder().len();

        let [studio, storage] = fixture.functions.names();
        let slow = (Owner::Space("lab"), AppType::JupyterLab, "default");
        fixture.force(&slow, "Deleting")?;
        let release = async {
            until("one turn of the function was not enough", async || {
                let made = calls(fixture.cloud, studio, from);
                Ok(made.iter().any(|call| call.request.contains("continuationToken")))
            })
            .await?;
            fixture.force(&slow, "Deleted")
        };
        let files = [(FILE, file.as_str()), ("README", "x")];
        let (ending, ()) = tokio::try_join!(line.run("studio", studio, PARAMETERS, &files), release)?;
        assert_eq!(ending.status, "Succeeded", "{ending:?}");
        assert_eq!(ending.variables.get("DomainId"), Some(&fixture.domain), "{ending:?}");
        let left = fixture.clients.in_domain(&fixture.domain).await?;
        assert_eq!(left, counts([("domains", 1)]));

        fixture.clients.drop_domain(&fixture.domain).await?;
        let with_storage = PARAMETERS.replace('}', r#", "Storage": "delete"}"#);
        let ending = line.run("storage", storage, &with_storage, &[(FILE, &file)]).await?;
        assert_eq!(ending.status, "Succeeded", "{ending:?}");
        assert_eq!(fixture.left().await?, counts([]));

        for function in [studio, storage] {
            let made = calls(fixture.cloud, function, from);
            let reports = made.iter().filter(|call| call.operation == "PutJobSuccessResult");
            let reports: Vec<Value> =
                reports.map(|call| serde_json::from_str(&call.request)).collect::<Result<_, _>>()?;
            let jobs: BTreeSet<_> = reports.iter().map(|report| report["jobId"].to_string()).collect();
            assert_eq!(jobs.len(), reports.len(), "a job was answered twice: {reports:?}");
            let tokens: Vec<_> = reports.iter().filter_map(|it| it["continuationToken"].as_str()).collect();
            assert!(function != studio || !tokens.is_empty(), "no job went on by a token");
            let different: BTreeSet<_> = tokens.iter().collect();
            assert!(different.len() <= 1, "the token says something: {different:?}");
            assert!(!tokens.iter().any(|token| token.contains(&fixture.domain)), "{tokens:?}");
        }
        Ok(())
    });
}

/// Name, function, parameters, files of the artifact, words of the sentence.
type Case<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn what_is_wrong_with_the_artifact_or_the_parameters_fails_the_job_with_a_sentence() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "pipeline-bad").await?;
        let line = CleanupPipeline::new(&fixture).await?;
        let [studio, storage] = fixture.functions.names();
        let good = json!({"SageMakerDomainId": fixture.domain}).to_string();
        let bad_vpc = r#"{"VPC": "burn", "FileName": "env-main-output.json"}"#;
        let not_text = r#"{"SageMakerDomainId": 7}"#;
        let (right, no_key) = ((FILE, good.as_str()), (FILE, r#"{"DomainId": "d-1"}"#));
        let cases: [Case; 9] = [
            ("missing-file", studio, PARAMETERS, &[("other.json", &good)], &[FILE]),
            ("missing-file-2", storage, PARAMETERS, &[("other.json", &good)], &[FILE]),
            ("missing-key", studio, PARAMETERS, &[no_key], &[FILE, "SageMakerDomainId"]),
            ("missing-key-2", storage, PARAMETERS, &[no_key], &[FILE, "SageMakerDomainId"]),
            ("invalid-json", storage, PARAMETERS, &[(FILE, "{'SageMakerDomainId'")], &[FILE, "JSON"]),
            ("not-text", storage, PARAMETERS, &[(FILE, not_text)], &["SageMakerDomainId"]),
            ("bad-vpc", storage, bad_vpc, &[right], &["VPC", "burn", "keep or delete"]),
            ("no-file-name", storage, r#"{"VPC": "delete"}"#, &[right], &["FileName"]),
            ("not-json", studio, "delete", &[right], &["UserParameters"]),
        ];
        let before = fixture.left().await?;
        for (case, function, parameters, files, words) in cases {
            let ending = line.run(case, function, parameters, files).await?;
            assert_eq!(ending.status, "Failed", "{case}: {ending:?}");
            for word in words {
                assert!(ending.message.contains(word), "{case}: no {word:?} in {:?}", ending.message);
            }
        }
        assert_eq!(fixture.left().await?, before);
        Ok(())
    });
}
