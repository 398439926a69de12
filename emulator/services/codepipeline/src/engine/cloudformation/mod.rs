//! Works on an action of provider `CloudFormation`: creates, updates or deletes a stack, or makes or executes a change set, as
//! the action's role, and ends the action when the operation has ended.

mod inputs;
mod parameters;
mod request;
mod stack;

#[cfg(test)]
mod tests;

pub(crate) use request::check_deployment;

use super::{CodePipeline, Outcome, replicate};
use crate::model::EncryptionKey;
use crate::state::{Artifact, Progress, RunId};
use emulator_core::ServiceContext;
use emulator_stacks::Template;
use inputs::Inputs;
use parameters::merge;
use request::{DeployRequest, Mode};
use stack::StackOperator;
use std::collections::BTreeMap;

/// The longest template that `CloudFormation` takes in a call; a longer one goes by way of the artifact store.
const LONGEST_BODY: usize = 51_200;

/// What the engine knows of the action.
struct Task {
    request: DeployRequest,
    inputs: Vec<Artifact>,
    output: Option<Artifact>,
    encryption: Option<EncryptionKey>,
}

/// Carries one action from its start to its end.
pub(crate) async fn work(service: CodePipeline, id: RunId) {
    let (Ok(outcome) | Err(outcome)) = run(&service, &id).await;
    service.change(|transaction| transaction.finish(&id, outcome));
}

async fn run(service: &CodePipeline, id: &RunId) -> Result<Outcome, Outcome> {
    let credentials = service.credentials(id).await;
    let credentials =
        credentials.map_err(|failure| Outcome::failed("PermissionError", failure.to_string()))?;
    replicate::inputs(service, id, &credentials).await?;
    let task = service.look(|state| {
        let (_, run) = state.run(id)?;
        let request = DeployRequest::parse(&run.configuration);
        Some(request.map(|request| Task {
            request,
            inputs: run.inputs.clone(),
            output: run.outputs.first().cloned(),
            encryption: run.encryption_key().cloned(),
        }))
    });
    // Nobody waits for the action of a pipeline that is deleted.
    let task = task.ok_or(Outcome::Abandoned)?.map_err(configuration)?;
    let context = service.context_of(id);
    let s3 = replicate::client(&context, &credentials).await;
    let inputs = read(&s3, &task).await?;
    let operator = StackOperator::new(&context, &credentials, &task.request).await;
    let tell = |stack: &str| {
        let progress = Progress { external_id: Some(stack.to_owned()), ..Progress::default() };
        service.change(|transaction| transaction.report(id, progress));
    };
    match task.request.mode {
        Mode::DeleteOnly => {
            operator.delete().await?;
            return Ok(Outcome::Succeeded { revision: None, variables: BTreeMap::new() });
        }
        Mode::ChangeSetExecute => operator.execute(tell).await?,
        mode => {
            let file =
                task.request.template.as_ref().ok_or_else(|| configuration("TemplatePath is missing"))?;
            let body = inputs.text(file).map_err(configuration)?;
            let template = template(&s3, &context, &task, body).await?;
            let file = task.request.configuration.as_ref();
            let given = file.map(|file| inputs.json(file)).transpose().map_err(configuration)?;
            let input = merge(given, &task.request.overrides, &inputs).map_err(configuration)?;
            match mode {
                Mode::ChangeSetReplace => operator.replace_change_set(&template, &input, tell).await?,
                _ => operator.apply(&template, &input, tell).await?,
            }
        }
    }
    let outputs = operator.outputs().await?;
    if let (Some(name), Some(output)) = (&task.request.output_file, &task.output) {
        let bytes = inputs::outputs_file(name, &outputs);
        let bytes = bytes.map_err(|error| Outcome::failed("JobFailed", error.to_string()))?;
        replicate::put(&s3, output, task.encryption.as_ref(), bytes).await?;
    }
    Ok(Outcome::Succeeded { revision: None, variables: outputs })
}

/// The template for a call. One that is too long for it is uploaded to the folder of the artifacts, because nothing else is
/// certain to be readable by the action's role.
async fn template(
    s3: &aws_sdk_s3::Client,
    context: &ServiceContext,
    task: &Task,
    body: String,
) -> Result<Template, Outcome> {
    let Some(artifact) = task.inputs.first().filter(|_| body.len() > LONGEST_BODY) else {
        return Ok(Template::Body(body));
    };
    let place = Artifact { key: format!("{}.template", artifact.key), ..artifact.clone() };
    replicate::put(s3, &place, task.encryption.as_ref(), body.into_bytes()).await?;
    Ok(Template::Url(format!("https://s3.{}.amazonaws.com/{}/{}", context.region, place.bucket, place.key)))
}

/// The input artifacts; the bytes of those whose files are read.
async fn read(s3: &aws_sdk_s3::Client, task: &Task) -> Result<Inputs, Outcome> {
    let needed = task.request.artifacts();
    let mut inputs = Inputs::default();
    for artifact in &task.inputs {
        let bytes = if needed.contains(artifact.name.as_str()) {
            replicate::get(s3, artifact).await?
        } else {
            Vec::new()
        };
        inputs.add(artifact.clone(), bytes);
    }
    Ok(inputs)
}

/// A configuration that makes no sense, or files that do not fit it.
fn configuration(text: impl Into<String>) -> Outcome {
    Outcome::failed("ConfigurationError", text)
}
