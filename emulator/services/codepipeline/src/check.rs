//! What makes a pipeline declaration valid beyond the shape of its members. Whatever this service could not honour is
//! refused here with a sentence, so that nothing in a declaration is silently ignored.

use crate::builtin::{self, Worker, worker};
use crate::engine::check_commit_source;
use crate::engine::check_deployment;
use crate::model::{Action, ActionType, Count, Declaration, ExecutionMode, PipelineType, Stage};
use crate::state::State;
use crate::variables;
use emulator_core::Failure;
use std::collections::BTreeSet;

/// Refuses a declaration that AWS or this service could not run.
pub(crate) fn check(declaration: &Declaration, state: &State, region: &str) -> Result<(), Failure> {
    check_pipeline(declaration, region)?;
    let mut names = Names::default();
    for (index, stage) in declaration.stages.iter().enumerate() {
        check_stage(stage, index == 0)?;
        names.unique("InvalidStageDeclarationException", "stage", &stage.name)?;
        let mut actions = Names::default();
        let mut sorted: Vec<&Action> = stage.actions.iter().collect();
        sorted.sort_by_key(|action| action.run_order);
        for group in sorted.chunk_by(|one, other| one.run_order == other.run_order) {
            for action in group {
                actions.unique("InvalidActionDeclarationException", "action", &action.name)?;
                check_action(action, state).map_err(|text| action_failure(action, &text))?;
                check_region(action, declaration, region).map_err(|text| action_failure(action, &text))?;
                names.check_inputs(action)?;
            }
            for action in group {
                names.add_outputs(action)?;
            }
        }
    }
    Ok(())
}

fn check_pipeline(declaration: &Declaration, region: &str) -> Result<(), Failure> {
    let structure = |text: &str| Err(Failure::new("InvalidStructureException", text));
    match (&declaration.artifact_store, &declaration.artifact_stores) {
        (Some(_), None) => {}
        (None, Some(stores)) if stores.contains_key(region) => {}
        (None, Some(_)) => {
            return structure(&format!("artifactStores must have the Region of the pipeline, {region}"));
        }
        _ => return structure("Exactly one of artifactStore and artifactStores must be given"),
    }
    if declaration.stages.len() < 2 {
        let stages = declaration.stages.len();
        return structure(&format!(
            "Pipeline has only {stages} stage(s). There should be a minimum of 2 stages in a pipeline"
        ));
    }
    if !declaration.triggers.is_empty() {
        return structure(
            "Triggers work for CodeStarSourceConnection only, which this service does not have",
        );
    }
    let v2 = declaration.pipeline_type == PipelineType::V2;
    if !v2 && declaration.execution_mode != ExecutionMode::Superseded {
        return structure("Execution modes other than SUPERSEDED need a pipeline of type V2");
    }
    if !v2 && !declaration.variables.is_empty() {
        return structure("Pipeline variables need a pipeline of type V2");
    }
    let names: BTreeSet<_> = declaration.variables.iter().map(|variable| &variable.name).collect();
    if names.len() != declaration.variables.len() {
        return structure("Pipeline variables must have different names");
    }
    Ok(())
}

fn check_stage(stage: &Stage, first: bool) -> Result<(), Failure> {
    let refuse = |text: &str| {
        Err(Failure::new("InvalidStageDeclarationException", format!("Stage {}: {text}", stage.name)))
    };
    if !stage.blockers.is_empty() {
        return Err(Failure::new(
            "InvalidBlockerDeclarationException",
            "Blockers are reserved for future use",
        ));
    }
    for (set, name) in [
        (stage.on_failure.is_some(), "onFailure"),
        (stage.on_success.is_some(), "onSuccess"),
        (stage.before_entry.is_some(), "beforeEntry"),
    ] {
        if set {
            return refuse(&format!("{name} is not supported by this service"));
        }
    }
    if stage.actions.is_empty() {
        return refuse("a stage needs at least one action");
    }
    match stage.actions.iter().find(|action| (action.action_type_id.category == "Source") != first) {
        Some(_) if first => refuse("the first stage may have source actions only"),
        Some(action) => refuse(&format!("source action {} must be in the first stage", action.name)),
        None => Ok(()),
    }
}

/// AWS has no sources and approvals in another Region, and custom workers poll in one.
fn check_region(action: &Action, declaration: &Declaration, home: &str) -> Result<(), String> {
    let Some(region) = action.region.as_deref().filter(|region| *region != home) else {
        return Ok(());
    };
    let stores = declaration.artifact_stores.as_ref();
    if !stores.is_some_and(|stores| stores.contains_key(region)) {
        return Err(format!("it is in {region}, a Region that artifactStores does not have"));
    }
    match worker(&action.action_type_id) {
        Some(Worker::CodeBuild | Worker::Lambda | Worker::CloudFormation) => Ok(()),
        _ => Err(format!("an action of this type cannot be in another Region than {home}")),
    }
}

fn check_action(action: &Action, state: &State) -> Result<(), String> {
    let id = &action.action_type_id;
    let Some(worker) = worker(id) else {
        return Err(format!(
            "this service runs actions of owner Custom and of AWS CodeCommit and S3 sources, CodeBuild, Lambda, CloudFormation and Manual approval, not {id}"
        ));
    };
    let Some(kind) = builtin::find(state, id) else {
        return Err(format!("ActionType ({id}) is not available"));
    };
    if !action.commands.is_empty() || !action.output_variables.is_empty() {
        return Err("commands and outputVariables belong to the Commands action".into());
    }
    if !action.environment_variables.is_empty() {
        return Err("environmentVariables of an action are not supported by this service".into());
    }
    if action.timeout_in_minutes.is_some() && worker != Worker::Approver {
        return Err("timeoutInMinutes is available to the manual approval action only".into());
    }
    check_count("input", action.input_artifacts.len(), kind.input_artifact_details)?;
    check_count("output", action.output_artifacts.len(), kind.output_artifact_details)?;
    check_configuration(action, &kind)?;
    match worker {
        Worker::CodeBuild => check_primary(action),
        Worker::CodeCommit => check_commit_source(action),
        Worker::CloudFormation => check_deployment(action),
        _ => Ok(()),
    }
}

fn check_count(what: &str, have: usize, count: Count) -> Result<(), String> {
    let Count { minimum_count: min, maximum_count: max } = count;
    if (min..=max).contains(&have) {
        return Ok(());
    }
    Err(format!("it has {have} {what} artifacts; its type takes {min} to {max}"))
}

fn check_configuration(action: &Action, kind: &ActionType) -> Result<(), String> {
    let properties = &kind.action_configuration_properties;
    for property in properties {
        let value = action.configuration.get(&property.name);
        if property.required && value.is_none() {
            return Err(format!("configuration property '{}' is required", property.name));
        }
        let Some(value) = value.filter(|value| !value.contains("#{")) else {
            continue;
        };
        let fits = match property.kind.as_deref() {
            Some("Number") => value.parse::<f64>().is_ok(),
            Some("Boolean") => matches!(value.to_ascii_lowercase().as_str(), "true" | "false"),
            _ => true,
        };
        if !fits {
            return Err(format!(
                "the value of configuration property '{}' has the wrong type",
                property.name
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if property.queryable && (value.len() > 20 || !value.chars().all(plain)) {
            return Err(format!(
                "the value of queryable property '{}' must be at most 20 letters, digits, '_' or '-'",
                property.name
            ));
        }
    }
    for (name, value) in &action.configuration {
        if !properties.iter().any(|property| property.name == *name) {
            return Err(format!("action configuration has unknown property '{name}'"));
        }
        variables::parse(value).map_err(|text| format!("configuration property '{name}': {text}"))?;
    }
    Ok(())
}

fn check_primary(action: &Action) -> Result<(), String> {
    let primary = action.configuration.get("PrimarySource");
    let known = |name: &String| action.input_artifacts.iter().any(|artifact| artifact.name == *name);
    match primary {
        None if action.input_artifacts.len() > 1 => {
            Err("PrimarySource is required with several input artifacts".into())
        }
        Some(name) if !known(name) => Err(format!("PrimarySource '{name}' is not an input artifact")),
        _ => Ok(()),
    }
}

/// Names that must be unique, or known, across a pipeline.
#[derive(Default)]
struct Names {
    seen: BTreeSet<String>,
    artifacts: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl Names {
    fn unique(&mut self, code: &str, what: &str, name: &str) -> Result<(), Failure> {
        if self.seen.insert(name.into()) {
            return Ok(());
        }
        Err(Failure::new(code, format!("Two {what}s have the name '{name}'")))
    }

    fn check_inputs(&self, action: &Action) -> Result<(), Failure> {
        match action.input_artifacts.iter().find(|input| !self.artifacts.contains(&input.name)) {
            None => Ok(()),
            Some(input) => {
                let text = format!("input artifact '{}' is not the output of an earlier action", input.name);
                Err(action_failure(action, &text))
            }
        }
    }

    fn add_outputs(&mut self, action: &Action) -> Result<(), Failure> {
        for output in &action.output_artifacts {
            if !self.artifacts.insert(output.name.clone()) {
                let text = format!("output artifact '{}' is made by two actions", output.name);
                return Err(action_failure(action, &text));
            }
        }
        let Some(namespace) = &action.namespace else {
            return Ok(());
        };
        if variables::RESERVED.contains(&namespace.as_str()) || !self.namespaces.insert(namespace.clone()) {
            return Err(action_failure(action, &format!("namespace '{namespace}' is taken")));
        }
        Ok(())
    }
}

fn action_failure(action: &Action, text: &str) -> Failure {
    Failure::new("InvalidActionDeclarationException", format!("Action {}: {text}", action.name))
}
