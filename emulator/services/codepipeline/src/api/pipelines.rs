//! Pipelines: created (and started, as AWS does), read, updated, deleted, listed.

use super::page;
use super::tags::{Tag, listed, merged, not_included};
use crate::CodePipeline;
use crate::builtin;
use crate::check::check;
use crate::engine::executions::no_pipeline;
use crate::model::{Action, Declaration, MASK, Tags};
use crate::state::{Pipeline, State, Trigger};
use emulator_core::{Answer, Call, Failure, Order, epoch_seconds, present};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the session in which a role is tried.
const CHECK: &str = "AWSCodePipeline";

#[derive(Deserialize)]
struct Declared {
    pipeline: Declaration,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) async fn create(service: &CodePipeline, call: &Call) -> Answer {
    let Declared { pipeline, tags } = call.read()?;
    can_assume(service, &pipeline).await?;
    service.look(|state| check(&pipeline, state, &service.context.region))?;
    insert(service, call, pipeline, &tags)
}

fn insert(service: &CodePipeline, call: &Call, mut pipeline: Declaration, tags: &[Tag]) -> Answer {
    let tags = merged(Tags::new(), tags, &service.context.arn("codepipeline", &pipeline.name))?;
    pipeline.version = 1;
    let trigger = Trigger { kind: "CreatePipeline", detail: call.caller.arn.clone() };
    service.change(|transaction| {
        if transaction.state.pipelines.contains_key(&pipeline.name) {
            let State { account, .. } = &transaction.state;
            let text =
                format!("A pipeline with the name '{}' already exists in account '{account}'", pipeline.name);
            return Err(Failure::new("PipelineNameInUseException", text));
        }
        check(&pipeline, transaction.state, &service.context.region)?;
        let answer = json!({"pipeline": masked(transaction.state, &pipeline), "tags": listed(&tags)});
        let name = pipeline.name.clone();
        let entry = Pipeline {
            versions: vec![Arc::new(pipeline)],
            created: transaction.now,
            updated: transaction.now,
            tags,
            executions: Vec::new(),
            tokens: BTreeMap::new(),
        };
        transaction.state.pipelines.insert(name.clone(), entry);
        if let Err(failure) = transaction.start(&name, trigger, &BTreeMap::new()) {
            // A variable without a default: the pipeline exists and waits for somebody to start it.
            tracing::info!("pipeline {name} did not start on creation: {failure}");
        }
        Ok(answer)
    })
}

pub(super) async fn update(service: &CodePipeline, call: &Call) -> Answer {
    let Declared { pipeline, .. } = call.read()?;
    service.look(|state| {
        let known = state.pipelines.contains_key(&pipeline.name);
        if known { Ok(()) } else { Err(no_structure_of(state, &pipeline.name)) }
    })?;
    can_assume(service, &pipeline).await?;
    replace(service, pipeline)
}

/// `UpdatePipeline` declares no error for a pipeline that does not exist.
fn no_structure_of(state: &State, name: &str) -> Failure {
    Failure::new("InvalidStructureException", not_included(&state.account, name))
}

/// AWS assumes the pipeline's role and those of its actions when they are declared, so that a trust policy without
/// `CodePipeline` shows at once.
async fn can_assume(service: &CodePipeline, pipeline: &Declaration) -> Result<(), Failure> {
    let actions = pipeline.stages.iter().flat_map(|stage| &stage.actions);
    let mut roles: Vec<&String> = actions.filter_map(|action| action.role_arn.as_ref()).collect();
    roles.push(&pipeline.role_arn);
    roles.sort();
    roles.dedup();
    let source = service.context.arn("codepipeline", &pipeline.name);
    for role in roles {
        let bridge = &service.context.bridge;
        if !bridge.can_assume(role, "codepipeline.amazonaws.com", &source, CHECK).await? {
            let text = format!("CodePipeline is not authorized to perform AssumeRole on role {role}");
            return Err(Failure::new("InvalidStructureException", text));
        }
    }
    Ok(())
}

fn replace(service: &CodePipeline, mut pipeline: Declaration) -> Answer {
    service.change(|transaction| {
        let state = &*transaction.state;
        let known = state.pipelines.get(&pipeline.name);
        let known = known.ok_or_else(|| no_structure_of(state, &pipeline.name))?;
        let old = known.current().clone();
        pipeline.version = old.version + 1;
        keep_secrets(transaction.state, &mut pipeline, &old);
        check(&pipeline, transaction.state, &service.context.region)?;
        let answer = json!({"pipeline": masked(transaction.state, &pipeline)});
        let now = transaction.now;
        if let Some(known) = transaction.state.pipelines.get_mut(&pipeline.name) {
            known.versions.push(Arc::new(pipeline));
            known.updated = now;
        }
        Ok(answer)
    })
}

pub(super) fn get(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        name: String,
        version: Option<usize>,
    }
    let Input { name, version } = call.read()?;
    service.look(|state| {
        let pipeline = state.pipelines.get(&name).ok_or_else(|| no_pipeline(state, &name))?;
        let declaration = match version {
            None => Some(pipeline.current()),
            Some(version) => pipeline.versions.get(version.saturating_sub(1)),
        };
        let declaration = declaration.ok_or_else(|| {
            Failure::new("PipelineVersionNotFoundException", "The pipeline has no such version")
        })?;
        Ok(json!({
            "pipeline": masked(state, declaration),
            "metadata": {
                "pipelineArn": service.context.arn("codepipeline", &name),
                "created": epoch_seconds(pipeline.created),
                "updated": epoch_seconds(pipeline.updated),
            },
        }))
    })
}

/// Executions and jobs go with the pipeline. Deleting what is not there succeeds.
pub(super) fn delete(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        name: String,
    }
    let Input { name } = call.read()?;
    service.change(|transaction| {
        transaction.state.pipelines.remove(&name);
        transaction.state.jobs.retain(|_, job| job.run.pipeline != name);
    });
    Ok(json!({}))
}

pub(super) fn list(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        next_token: Option<String>,
        max_results: Option<usize>,
    }
    let input: Input = call.read()?;
    service.look(|state| {
        let most = input.max_results.unwrap_or(1000);
        let items = state.pipelines.iter().map(|(name, pipeline)| (name.clone(), (name, pipeline)));
        let (page, next) = page(items, Order::Ascending, input.next_token.as_deref(), most)?;
        let pipelines: Vec<Value> = page
            .into_iter()
            .map(|(name, pipeline)| {
                let current = pipeline.current();
                json!({
                    "name": name,
                    "version": current.version,
                    "pipelineType": current.pipeline_type,
                    "executionMode": current.execution_mode,
                    "created": epoch_seconds(pipeline.created),
                    "updated": epoch_seconds(pipeline.updated),
                })
            })
            .collect();
        Ok(present(json!({"pipelines": pipelines, "nextToken": next})))
    })
}

/// The declaration with the values of secret properties hidden.
fn masked(state: &State, declaration: &Declaration) -> Declaration {
    let mut shown = declaration.clone();
    for action in shown.stages.iter_mut().flat_map(|stage| &mut stage.actions) {
        mask(state, action);
    }
    shown
}

fn mask(state: &State, action: &mut Action) {
    for name in secrets(state, action) {
        if let Some(value) = action.configuration.get_mut(&name) {
            MASK.clone_into(value);
        }
    }
}

/// Names of the secret properties of an action's type.
pub(super) fn secrets(state: &State, action: &Action) -> Vec<String> {
    let properties = builtin::find(state, &action.action_type_id)
        .map(|kind| kind.action_configuration_properties)
        .unwrap_or_default();
    properties.into_iter().filter(|property| property.secret).map(|property| property.name).collect()
}

/// A masked secret in an update stands for the value it had.
fn keep_secrets(state: &State, new: &mut Declaration, old: &Declaration) {
    for stage in &mut new.stages {
        let before = old.stages.iter().find(|other| other.name == stage.name);
        for action in &mut stage.actions {
            let before =
                before.and_then(|stage| stage.actions.iter().find(|other| other.name == action.name));
            for name in secrets(state, action) {
                let old = before.and_then(|action| action.configuration.get(&name));
                if let (Some(value), Some(old)) = (action.configuration.get_mut(&name), old)
                    && value == MASK
                {
                    old.clone_into(value);
                }
            }
        }
    }
}
