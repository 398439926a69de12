//! How one action starts, and how it ends.

use super::{Effect, Transaction};
use crate::builtin::{self, Worker};
use crate::events::EventKind;
use crate::model::{ArtifactStore, Configuration};
use crate::state::{
    ActionRun, ActionStatus, Artifact, ErrorDetails, Execution, JobStatus, Progress, Revision, RunId,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// AWS gives custom actions and functions a day and approvals a week.
const CUSTOM_TIMEOUT: Duration = Duration::from_hours(24);
const LAMBDA_TIMEOUT: Duration = Duration::from_hours(24);
const APPROVAL_TIMEOUT: Duration = Duration::from_hours(7 * 24);

/// How an action ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Succeeded { revision: Option<Revision>, variables: BTreeMap<String, String> },
    Failed(ErrorDetails),
    Abandoned,
}

impl Outcome {
    pub(crate) fn failed(code: &str, message: impl Into<String>) -> Self {
        Self::Failed(ErrorDetails { code: code.into(), message: message.into() })
    }
}

impl Transaction<'_> {
    pub(crate) fn start_action(&mut self, pipeline: &str, index: usize, stage: usize, action: usize) {
        let now = self.now;
        let home = self.state.region.clone();
        let Some(execution) = self.execution_at(pipeline, index) else {
            return;
        };
        let declared = execution.declaration.stages[stage].actions[action].clone();
        let (run, unresolved) = prepare(execution, &home, (stage, action), now);
        let id = RunId { pipeline: pipeline.into(), execution: execution.id.clone(), run: run.id.clone() };
        let position = execution.runs.len();
        execution.runs.push(run);
        execution.stages[stage].current[action] = Some(position);
        execution.updated = now;
        self.tell(pipeline, index, EventKind::Action { run: position, became: "STARTED" });
        if let Some(text) = unresolved {
            self.end(&id, Outcome::failed("ConfigurationError", text));
            return;
        }
        let kind = declared.action_type_id;
        if builtin::find(self.state, &kind).is_none() {
            let text = format!("ActionType ({kind}) is not available");
            self.end(&id, Outcome::failed("ConfigurationError", text));
            return;
        }
        match builtin::worker(&kind) {
            Some(Worker::Custom) => {
                self.queue_job(id.clone(), kind, None);
                self.effects.push(Effect::Expire(id, CUSTOM_TIMEOUT));
            }
            Some(Worker::CodeBuild) => self.effects.push(Effect::Build(id)),
            Some(Worker::CodeCommit) => self.effects.push(Effect::Commit(id)),
            Some(Worker::S3) => self.effects.push(Effect::Fetch(id)),
            Some(Worker::Lambda) => {
                self.effects.push(Effect::Invoke(id.clone(), None));
                self.effects.push(Effect::Expire(id, LAMBDA_TIMEOUT));
            }
            Some(Worker::CloudFormation) => self.effects.push(Effect::Deploy(id)),
            Some(Worker::Approver) => {
                if let Some(run) = self.run_mut(&id) {
                    run.approval = Some(Uuid::new_v4().to_string());
                }
                let minutes = declared.timeout_in_minutes;
                let after = minutes.map_or(APPROVAL_TIMEOUT, |minutes| Duration::from_secs(minutes * 60));
                self.effects.push(Effect::Expire(id, after));
            }
            None => self.end(&id, Outcome::failed("ConfigurationError", "Nobody runs this action type")),
        }
    }

    /// Ends an action and carries the pipeline on. An action that has already ended stays as it is.
    pub(crate) fn finish(&mut self, id: &RunId, outcome: Outcome) {
        self.end(id, outcome);
        self.advance(&id.pipeline);
    }

    /// Notes what is known of a running action.
    pub(crate) fn report(&mut self, id: &RunId, progress: Progress) {
        let now = self.now;
        let Some(run) = self.run_mut(id).filter(|run| run.status == ActionStatus::InProgress) else {
            return;
        };
        let Progress { summary, external_id, external_url, percent } = progress;
        let known = &mut run.progress;
        known.summary = summary.or(known.summary.take());
        known.external_id = external_id.or(known.external_id.take());
        known.external_url = external_url.or(known.external_url.take());
        known.percent = percent.or(known.percent);
        run.updated = now;
    }

    /// The action took too long.
    pub(crate) fn expire(&mut self, id: &RunId) {
        for job in self.state.jobs.values_mut().filter(|job| job.run == *id && job.is_open()) {
            job.status = JobStatus::TimedOut;
        }
        self.finish(id, Outcome::failed("JobFailed", "The action failed because no result came in time"));
    }

    /// Ends an action without moving the pipeline, for callers that are moving it already.
    pub(crate) fn end(&mut self, id: &RunId, outcome: Outcome) {
        let now = self.now;
        let Some(pipeline) = self.state.pipelines.get_mut(&id.pipeline) else {
            return;
        };
        let Some(index) = pipeline.executions.iter().position(|execution| execution.id == id.execution)
        else {
            return;
        };
        let execution = &mut pipeline.executions[index];
        let Some(position) = execution.runs.iter().position(|run| run.id == id.run) else {
            return;
        };
        let run = &mut execution.runs[position];
        if run.status != ActionStatus::InProgress {
            return;
        }
        run.updated = now;
        execution.updated = now;
        let became = match outcome {
            Outcome::Succeeded { revision, variables } => {
                run.status = ActionStatus::Succeeded;
                run.variables = variables;
                run.revision = revision;
                "SUCCEEDED"
            }
            Outcome::Failed(error) => {
                run.status = ActionStatus::Failed;
                run.error = Some(error);
                "FAILED"
            }
            Outcome::Abandoned => {
                run.status = ActionStatus::Abandoned;
                "ABANDONED"
            }
        };
        for job in self.state.jobs.values_mut().filter(|job| job.run == *id && job.is_open()) {
            job.status = if became == "SUCCEEDED" { JobStatus::Succeeded } else { JobStatus::Failed };
        }
        self.tell(&id.pipeline, index, EventKind::Action { run: position, became });
    }

    pub(crate) fn run_mut(&mut self, id: &RunId) -> Option<&mut ActionRun> {
        let execution = self.state.execution_mut(&id.pipeline, &id.execution)?;
        execution.runs.iter_mut().find(|run| run.id == id.run)
    }
}

/// The new run, and a sentence if a variable of its configuration is unknown.
fn prepare(
    execution: &Execution,
    home: &str,
    (stage, action): (usize, usize),
    now: Timestamp,
) -> (ActionRun, Option<String>) {
    let declared = &execution.declaration.stages[stage].actions[action];
    let region = declared.region.as_deref().unwrap_or(home);
    let store = execution.declaration.store(region);
    let resolved: Result<Configuration, String> = declared
        .configuration
        .iter()
        .map(|(name, value)| {
            let value = crate::variables::resolve(value, |space, key| execution.variable(space, key))?;
            if value.chars().count() > 1000 {
                return Err(format!("The resolved value of {name} is longer than 1000 characters"));
            }
            Ok((name.clone(), value))
        })
        .collect();
    let inputs = declared.input_artifacts.iter().filter_map(|input| execution.artifact(&input.name).cloned());
    let outputs = declared.output_artifacts.iter().map(|output| place(execution, store, &output.name));
    let mut run = ActionRun {
        id: Uuid::new_v4().to_string(),
        stage,
        action,
        status: ActionStatus::InProgress,
        started: now,
        updated: now,
        configuration: Configuration::new(),
        region: region.to_owned(),
        store: store.cloned(),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        variables: BTreeMap::new(),
        revision: None,
        progress: Progress::default(),
        error: None,
        approval: None,
        updated_by: None,
    };
    match resolved {
        Ok(configuration) => {
            run.configuration = configuration;
            (run, None)
        }
        Err(text) => (run, Some(text)),
    }
}

/// AWS's layout: twenty characters of the pipeline, ten of the artifact, seven random ones.
fn place(execution: &Execution, store: Option<&ArtifactStore>, artifact: &str) -> Artifact {
    let cut = |text: &str, length| text.chars().take(length).collect::<String>();
    let random = cut(&Uuid::new_v4().simple().to_string(), 7);
    let bucket = store.map(|store| store.location.clone()).unwrap_or_default();
    let key = format!("{}/{}/{random}", cut(&execution.declaration.name, 20), cut(artifact, 10));
    Artifact { name: artifact.into(), bucket, key }
}
