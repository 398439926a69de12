//! Works on an action of provider `CodeBuild`: starts the build as the pipeline's role, watches it, ends the action.

use super::build_request::BuildRequest;
use super::{CodePipeline, Outcome, replicate};
use crate::state::{Progress, RunId};
use aws_sdk_codebuild::Client;
use aws_sdk_codebuild::types::{Build, StatusType};
use emulator_core::Initiator;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a build is looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// How many looks in a row may fail before the action does.
const PATIENCE: u32 = 40;

/// Carries one action from its start to its end.
pub(crate) async fn work(service: CodePipeline, id: RunId) {
    let (Ok(Some(outcome)) | Err(outcome)) = run(&service, &id).await else {
        return;
    };
    service.change(|transaction| transaction.finish(&id, outcome));
}

/// None if the action ended in another way meanwhile, because it was abandoned or its pipeline deleted.
async fn run(service: &CodePipeline, id: &RunId) -> Result<Option<Outcome>, Outcome> {
    let credentials = service.credentials(id).await;
    let credentials =
        credentials.map_err(|failure| Outcome::failed("PermissionError", failure.to_string()))?;
    replicate::inputs(service, id, &credentials).await?;
    let request = service.look(|state| {
        let (execution, run) = state.run(id)?;
        Some(BuildRequest::new(execution, run))
    });
    let Some(request) = request else { return Ok(None) };
    let request = request.map_err(|text| Outcome::failed("ConfigurationError", text))?;
    let name = format!("codepipeline/{}", id.pipeline);
    let initiator = Initiator { name, revision: request.revision.clone() };
    let introduction = service.context.bridge.introduce(&credentials, initiator);
    let client = Client::new(&service.context_of(id).sdk(&credentials).await);
    let call = request
        .fill(client.start_build())
        .map_err(|error| Outcome::failed("ConfigurationError", error.to_string()))?;
    let started =
        call.send().await.map_err(|error| replicate::refused("CodeBuild did not start the build", &error))?;
    drop(introduction);
    let build = started.build_value.unwrap_or_else(|| Build::builder().build());
    let name = build.id().unwrap_or_default().to_owned();
    let url = build.logs().and_then(|logs| logs.deep_link()).map(str::to_owned);
    let progress = Progress { external_id: Some(name.clone()), external_url: url, ..Progress::default() };
    service.change(|transaction| transaction.report(id, progress));
    watch(service, id, &client, &name).await
}

async fn watch(
    service: &CodePipeline,
    id: &RunId,
    client: &Client,
    build: &str,
) -> Result<Option<Outcome>, Outcome> {
    let mut failures = 0;
    loop {
        tokio::time::sleep(PAUSE).await;
        if service.look(|state| state.run(id).is_none_or(|(_, run)| run.has_ended())) {
            return Ok(None);
        }
        match client.batch_get_builds().ids(build).send().await {
            Ok(answer) => {
                failures = 0;
                let found = answer.builds().first();
                let found = found.ok_or_else(|| Outcome::failed("JobFailed", "The build is gone"))?;
                if found.build_status().is_some_and(|status| *status != StatusType::InProgress) {
                    return Ok(Some(outcome(found)));
                }
            }
            Err(error) if failures >= PATIENCE => {
                return Err(replicate::refused("CodeBuild does not tell how the build goes", &error));
            }
            Err(_) => failures += 1,
        }
    }
}

/// How the build's end ends the action: exported variables become output variables.
fn outcome(build: &Build) -> Outcome {
    if build.build_status() == Some(&StatusType::Succeeded) {
        let exported = build.exported_environment_variables().iter();
        let variables: BTreeMap<String, String> = exported
            .filter_map(|variable| Some((variable.name()?.to_owned(), variable.value()?.to_owned())))
            .collect();
        return Outcome::Succeeded { revision: None, variables };
    }
    let status = build.build_status().map_or("UNKNOWN", StatusType::as_str);
    let contexts = build.phases().iter().flat_map(|phase| {
        let name = phase.phase_type().map_or("UNKNOWN", |kind| kind.as_str());
        phase.contexts().iter().map(move |context| (name, context))
    });
    let blamed = contexts.filter_map(|(phase, context)| {
        let text = context.message().filter(|text| !text.is_empty())?;
        let code = context.status_code().unwrap_or("UNKNOWN");
        Some(format!(", phase: {phase}, code: {code}, message: {text}"))
    });
    let cause: String = blamed.take(1).collect();
    Outcome::failed("JobFailed", format!("Build terminated with state: {status}{cause}"))
}
