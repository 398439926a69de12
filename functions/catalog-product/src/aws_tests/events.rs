//! Every event, as AWS sends it, leads to the spec that it asks for, and every job gets its report.

use super::fake::Fake;
use super::{NAME, PORTFOLIO, PRODUCT};
use crate::CatalogProduct;
use crate::spec::{Parameters, Spec};
use serde_json::{Value, json};
use shared::drivers::codepipeline::PipelineAction;
use shared::drivers::{Clients, Context};
use shared::lambda::dispatch::handle_job;
use testing::{ScriptedAws, event};
use tokio::time::Instant;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:catalog-product";

/// What a job asks for.
fn asked(case: &str) -> Result<Spec, String> {
    let configuration =
        event(case)["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"].take();
    let parameters: Parameters =
        serde_json::from_str(configuration["UserParameters"].as_str().unwrap()).unwrap();
    assert_eq!(CatalogProduct::file(&parameters), Some("core-main-output.json"));
    let file = json!({
        "PortfolioId": PORTFOLIO, "ProductId": PRODUCT, "ProductName": "Data science environment",
        "ProvisioningArtifactIds": "pa-abcdefghijklm",
    });
    <CatalogProduct as PipelineAction>::spec(parameters, file.as_object())
}

#[test]
fn a_pipeline_asks_for_one_of_three_things() {
    assert_eq!(
        asked("catalog-product-pipeline-associate"),
        Ok(Spec::Associate { portfolio: PORTFOLIO.to_owned() })
    );
    let (first, continued) =
        (asked("catalog-product-pipeline-provision"), asked("catalog-product-pipeline-provision-continued"));
    assert_eq!(first, continued);
    assert!(
        matches!(first, Ok(Spec::Provision(launch)) if launch.name == NAME && launch.parameters.len() == 5)
    );
    assert!(
        matches!(asked("catalog-product-pipeline-terminate"), Ok(Spec::Terminate(it)) if it.name == NAME)
    );
    let told = asked("catalog-product-pipeline-without-operation").unwrap_err();
    assert!(told.starts_with("Operation is missing"), "{told}");
}

async fn handled(aws: &ScriptedAws, event: Value) -> Result<Value, String> {
    let config = aws.config("eu-west-1", 2).await;
    let context = Context::new(FUNCTION, Instant::now() + std::time::Duration::from_mins(2));
    let function = CatalogProduct::new(&config, "r".to_owned());
    let outcome = handle_job(&function, event, &context, &Clients::new(&config)).await;
    outcome.map_err(|error| format!("{}: {}", error.kind, error.sentence))
}

#[tokio::test]
async fn a_job_that_cannot_be_done_is_reported() {
    let aws = ScriptedAws::default();
    let mut sample = event("catalog-product-pipeline-associate");
    sample["CodePipeline.job"]["data"]["inputArtifacts"] = json!([]);
    handled(&aws, sample).await.unwrap();
    let reports = aws.inputs("PutJobFailureResult");
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0]["failureDetails"]["type"], "ConfigurationError");
    let message = reports[0]["failureDetails"]["message"].as_str().unwrap();
    assert!(message.contains("no input artifact"), "{message}");
}

#[tokio::test]
async fn what_is_no_job_is_refused() {
    for event in [json!({}), json!({"RequestType": "Create"}), json!([])] {
        let told = handled(&Fake::default().aws(), event).await.unwrap_err();
        assert_eq!(told, "Unreadable: the event is not a job of CodePipeline (CodePipeline.job)");
    }
}
