//! The operations of a job worker. The engine owns the life of a job; here its data is put together and results are read.

use crate::CodePipeline;
use crate::builtin;
use crate::engine::jobs::{Success, no_job};
use crate::engine::{Outcome, artifact_credentials};
use crate::model::ActionTypeId;
use crate::state::{Artifact, ErrorDetails, Progress, Revision, RunId, State};
use emulator_core::{Answer, Call, Credentials, Failure, present};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// AWS's limit on the output variables of one action, names and values together.
const MOST_VARIABLE_BYTES: usize = 122_880;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Poll {
    action_type_id: ActionTypeId,
    /// AWS does not say what it takes when this is left out; one makes a worker that relies on more fail here.
    max_batch_size: Option<usize>,
    #[serde(default)]
    query_param: BTreeMap<String, String>,
}

pub(super) async fn poll(service: &CodePipeline, call: &Call) -> Answer {
    let input: Poll = call.read()?;
    let id = &input.action_type_id;
    if id.owner != "Custom" {
        return Err(invalid("Jobs can be polled for action types of owner Custom only"));
    }
    let offered = service.change(|transaction| {
        let kind = builtin::find(transaction.state, id).ok_or_else(|| {
            Failure::new("ActionTypeNotFoundException", format!("ActionType ({id}) is not available"))
        })?;
        let properties = &kind.action_configuration_properties;
        let queryable = |name: &String| properties.iter().any(|p| p.queryable && p.name == *name);
        if let Some(name) = input.query_param.keys().find(|name| !queryable(name)) {
            return Err(invalid(&format!("'{name}' is not a queryable property of this action type")));
        }
        Ok(transaction.offer_jobs(id, &input.query_param, input.max_batch_size.unwrap_or(1)))
    })?;
    let mut jobs = Vec::new();
    for job in offered {
        match data(service, &job).await {
            Ok(found) => jobs.push(found),
            // Nobody's fault: the job is offered again when its lease is over.
            Err(failure) if failure.status >= 500 => return Err(failure),
            Err(failure) => refuse(service, &job, &failure),
        }
    }
    Ok(json!({"jobs": jobs}))
}

/// Without credentials there is no job: AWS fails the action when the pipeline's role cannot be assumed.
fn refuse(service: &CodePipeline, job: &str, failure: &Failure) {
    service.change(|transaction| {
        if let Some(run) = transaction.state.jobs.get(job).map(|job| job.run.clone()) {
            transaction.finish(&run, Outcome::failed("PermissionError", failure.to_string()));
        }
    });
}

pub(super) fn acknowledge(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        job_id: String,
        nonce: String,
    }
    let Input { job_id, nonce } = call.read()?;
    let status = service.change(|transaction| transaction.job(&job_id)?.acknowledge(&nonce))?;
    Ok(json!({"status": format!("{status:?}")}))
}

pub(super) async fn details(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        job_id: String,
    }
    let Input { job_id } = call.read()?;
    let job = data(service, &job_id).await;
    let mut job = job.map_err(|failure| match failure.code.as_str() {
        // STS's code, of the role that cannot be assumed.
        "AccessDenied" => Failure { code: "AccessDeniedException".into(), ..failure },
        _ => failure,
    })?;
    if let Some(members) = job.as_object_mut() {
        members.remove("nonce");
    }
    Ok(json!({"jobDetails": job}))
}

/// A job as `PollForJobs` answers it, with fresh credentials of the action's role. A job that has ended is not found: it
/// must not give out credentials any more. Nor is the job of a function, which got everything with its event: AWS
/// documents `GetJobDetails` for custom actions only.
async fn data(service: &CodePipeline, id: &str) -> Result<Value, Failure> {
    let run = service.look(|state| {
        let job = state.jobs.get(id).filter(|job| job.is_open() && job.kind.owner == "Custom")?;
        Some(job.run.clone())
    });
    let run = run.ok_or_else(|| no_job(id))?;
    let credentials = service.credentials(&run).await?;
    service.look(|state| {
        let mut job = shape(state, id, &run, &credentials).ok_or_else(|| no_job(id))?;
        job["accountId"] = json!(service.context.account);
        job["data"]["pipelineContext"]["pipelineArn"] =
            json!(service.context.arn("codepipeline", &run.pipeline));
        Ok(job)
    })
}

fn shape(state: &State, id: &str, run_id: &RunId, credentials: &Credentials) -> Option<Value> {
    let job = state.jobs.get(id)?;
    let (execution, run) = state.run(run_id)?;
    let declaration = &execution.declaration;
    let artifacts = |list: &[Artifact]| list.iter().map(artifact).collect::<Vec<Value>>();
    let data = present(json!({
        "actionTypeId": job.kind,
        "actionConfiguration": {"configuration": run.configuration},
        "pipelineContext": {
            "pipelineName": run_id.pipeline,
            "stage": {"name": declaration.stages[run.stage].name},
            "action": {"name": execution.action(run).name, "actionExecutionId": run.id},
            "pipelineExecutionId": execution.id,
        },
        "inputArtifacts": artifacts(&run.inputs),
        "outputArtifacts": artifacts(&run.outputs),
        "artifactCredentials": artifact_credentials(credentials),
        "continuationToken": job.continuation,
        "encryptionKey": run.encryption_key(),
    }));
    Some(json!({"id": id, "nonce": job.nonce, "data": data}))
}

fn artifact(artifact: &Artifact) -> Value {
    let place = json!({"bucketName": artifact.bucket, "objectKey": artifact.key});
    json!({"name": artifact.name, "location": {"type": "S3", "s3Location": place}})
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    summary: Option<String>,
    external_execution_id: Option<String>,
    percent_complete: Option<i64>,
}

pub(super) fn succeed(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Current {
        revision: String,
        change_identifier: String,
        created: Option<f64>,
        revision_summary: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        job_id: String,
        current_revision: Option<Current>,
        continuation_token: Option<String>,
        #[serde(default)]
        execution_details: Details,
        #[serde(default)]
        output_variables: BTreeMap<String, String>,
    }
    let input: Input = call.read()?;
    if input.continuation_token.is_some() && !input.output_variables.is_empty() {
        return Err(invalid("outputVariables cannot be set together with a continuationToken"));
    }
    let size: usize = input.output_variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MOST_VARIABLE_BYTES {
        let text = format!("The output variables of an action are at most {MOST_VARIABLE_BYTES} bytes");
        return Err(Failure::new("OutputVariablesSizeExceededException", text));
    }
    let Details { summary, external_execution_id, percent_complete } = input.execution_details;
    let success = Success {
        revision: input.current_revision.map(|current| Revision {
            id: current.revision,
            change: current.change_identifier,
            summary: current.revision_summary,
            created: current.created,
        }),
        progress: Progress {
            summary,
            external_id: external_execution_id,
            external_url: None,
            percent: percent_complete,
        },
        variables: input.output_variables,
        continuation: input.continuation_token,
    };
    service.change(|transaction| transaction.succeed_job(&input.job_id, success))?;
    Ok(json!({}))
}

pub(super) fn fail(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct FailureDetails {
        #[serde(rename = "type")]
        kind: String,
        message: String,
        external_execution_id: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        job_id: String,
        failure_details: FailureDetails,
    }
    let Input { job_id, failure_details: FailureDetails { kind, message, external_execution_id } } =
        call.read()?;
    let error = ErrorDetails { code: kind, message };
    let progress = Progress { external_id: external_execution_id, ..Progress::default() };
    service.change(|transaction| transaction.fail_job(&job_id, error, progress))?;
    Ok(json!({}))
}

fn invalid(text: &str) -> Failure {
    Failure::new("ValidationException", text)
}
