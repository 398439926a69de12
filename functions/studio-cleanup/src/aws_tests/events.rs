//! Every kind of event, as AWS sends it, leads to the spec that it asks for.

use super::{DOMAIN, later, spec};
use crate::{Parameters, Properties, Spec, StudioCleanup};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;
use shared::drivers::{Clients, Context};
use shared::lambda::dispatch::handle;
use shared::reconcile::step::{Plan, Reconcile};
use testing::event;
use testing::sagemaker::{Domains, SageMaker};

const FUNCTION: &str = "arn:aws:lambda:eu-central-1:111122223333:function:studio-cleanup";

/// What a request of CloudFormation asks for, and the physical id it speaks of.
fn asked(request: &Value) -> Result<(Spec, String), String> {
    let mut properties = request["ResourceProperties"].clone();
    properties.as_object_mut().unwrap().retain(|key, _| !key.starts_with("Service"));
    let properties: Properties = serde_json::from_value(properties).map_err(|error| error.to_string())?;
    let kind: RequestType = serde_json::from_value(request["RequestType"].clone()).unwrap();
    let id = StudioCleanup::physical_id(&properties);
    Ok((<StudioCleanup as Resource>::spec(&Origin::new(kind, None), properties)?, id))
}

/// One event, through the real driver.
async fn handled(service: &SageMaker, event: Value) -> Result<Value, String> {
    let config = super::config(service).await;
    let (context, clients) = (Context::new(FUNCTION, later()), Clients::new(&config));
    let outcome = handle(&StudioCleanup::new(&config), event, &context, &clients).await;
    outcome.map_err(|error| format!("{}: {}", error.kind, error.sentence))
}

#[test]
fn a_stack_that_is_made_or_changed_asks_for_nothing_yet() {
    let (created, id) = asked(&event("studio-cleanup-stack-create")).unwrap();
    assert!(created.idle && created.keeps_profile("alice"));
    let (updated, same) = asked(&event("studio-cleanup-stack-update")).unwrap();
    assert!(updated.idle && updated.keeps_profile("bob") && updated.keeps_space("team-notes"));
    assert_eq!(id, same);
    assert_eq!(event("studio-cleanup-stack-update")["PhysicalResourceId"], id);
}

#[test]
fn a_stack_that_is_deleted_asks_for_an_empty_domain() {
    let (deleted, id) = asked(&event("studio-cleanup-stack-delete")).unwrap();
    assert_eq!(deleted, Spec { keep_profiles: ["alice".to_owned()].into(), ..spec() });
    assert_eq!(event("studio-cleanup-stack-delete")["PhysicalResourceId"], id);
}

#[test]
fn a_mistake_in_a_template_is_refused_when_the_stack_is_made() {
    for (case, says) in [
        ("studio-cleanup-stack-create-bad-domain", "DomainId: \"studio\""),
        ("studio-cleanup-stack-create-list-as-string", "KeepUserProfiles is \"alice, bob\""),
        ("studio-cleanup-stack-create-unknown-property", "KeepUsers"),
    ] {
        let sentence = asked(&event(case)).unwrap_err();
        assert!(sentence.contains(says), "{case}: {sentence}");
    }
    // CloudFormation deletes what it failed to make: its driver asks nothing of us then.
    let undone = event("studio-cleanup-stack-delete-never-created");
    assert_eq!(undone["PhysicalResourceId"], "never-created");
    assert!(asked(&undone).is_err());
}

#[test]
fn a_pipeline_asks_for_the_domain_in_its_artifact() {
    for case in ["studio-cleanup-pipeline", "studio-cleanup-pipeline-continued"] {
        let configuration =
            event(case)["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"].take();
        let parameters = configuration["UserParameters"].as_str().unwrap();
        let parameters: Parameters = serde_json::from_str(parameters).unwrap();
        assert_eq!(StudioCleanup::file(&parameters), Some("env-main-output.json"));
        let file = json!({"SageMakerDomainId": DOMAIN});
        assert_eq!(
            <StudioCleanup as PipelineAction>::spec(parameters, file.as_object()),
            Ok(spec()),
            "{case}"
        );
    }
}

#[tokio::test]
async fn a_step_of_the_state_machine_makes_one_action() {
    let fake_aws =
        || Domains::new(DOMAIN).app("draft", "a", "InService").space("team-notes", "alice", "InService", 0);
    for case in ["studio-cleanup-step", "studio-cleanup-step-later", "studio-cleanup-step-by-hand"] {
        let service = SageMaker::with(fake_aws());
        let mut sample = event(case);
        // Whatever its sample says, the run began a moment ago.
        if let Some(tracker) = sample["ProgressTracker"].as_object_mut() {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            tracker.insert("Started".to_owned(), json!(now - 60));
            tracker.insert("Since".to_owned(), json!(now - 15));
        }
        let result = handled(&service, sample).await.unwrap();
        assert_eq!(result["Status"], "Waiting", "{case}: {result}");
        assert_eq!(service.inputs("DeleteApp").len(), 1, "{case}");
        // By hand, the space is kept.
        let remaining = if case == "studio-cleanup-step-by-hand" { 1 } else { 2 };
        assert_eq!(result["Remaining"], remaining, "{case}: {result}");
    }
}

#[tokio::test]
async fn the_last_step_hands_its_answer_to_the_end_of_the_state_machine() {
    let service = SageMaker::with(Domains::new(DOMAIN));
    let result = handled(&service, event("studio-cleanup-step")).await.unwrap();
    assert_eq!(result["Status"], "Done");
    let (answer, refused) = (event("studio-cleanup-answer"), event("studio-cleanup-answer-refused"));
    assert_eq!(result["Output"], answer["Output"]);
    // Both speak of the same request as the step did.
    assert_eq!(answer["Answer"], event("studio-cleanup-step")["Step"]);
    assert_eq!(refused["Answer"], answer["Answer"]);
    let (asked, _) = asked(&answer["Answer"]["Request"]).unwrap();
    assert!(matches!(StudioCleanup::plan(&asked, &crate::Observation::default()), Plan::Done(_)));
    assert!(refused["Error"]["Cause"].as_str().unwrap().contains("ten minutes after the failure"));
}
