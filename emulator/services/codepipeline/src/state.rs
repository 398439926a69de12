//! What the service remembers: action types, pipelines with their executions, jobs and webhooks. Plain data behind one
//! lock; how it changes is in `engine`.

use crate::model::{
    Action, ActionType, ActionTypeId, ArtifactStore, Configuration, Declaration, EncryptionKey, Tags,
    WebhookDefinition,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct State {
    pub types: BTreeMap<ActionTypeId, CustomType>,
    pub pipelines: BTreeMap<String, Pipeline>,
    /// By job id. Jobs outlive their actions, so that a late result is told apart from an unknown job.
    pub jobs: BTreeMap<String, Job>,
    /// By name.
    pub webhooks: BTreeMap<String, Webhook>,
    /// Where all this happens; events and action details name it.
    pub account: String,
    pub region: String,
    /// How long a new job stays hidden from polls.
    pub job_delay: Duration,
}

/// A custom action type. A deleted one is kept: AWS lets its version come back only with the same definition.
pub(crate) struct CustomType {
    pub definition: ActionType,
    pub tags: Tags,
    pub deleted: bool,
}

pub(crate) struct Pipeline {
    /// Version n is at index n - 1.
    pub versions: Vec<Arc<Declaration>>,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub tags: Tags,
    /// Oldest first.
    pub executions: Vec<Execution>,
    /// Execution ids by client request token.
    pub tokens: BTreeMap<String, String>,
}

impl Pipeline {
    pub(crate) fn current(&self) -> &Arc<Declaration> {
        self.versions.last().expect("a pipeline is made with its first version and versions are only added")
    }

    pub(crate) fn execution(&self, id: &str) -> Option<&Execution> {
        self.executions.iter().rev().find(|execution| execution.id == id)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub kind: &'static str,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Superseded,
    Failed,
}

/// Where an execution is. A failed or stopped one stays over until a stage is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Before the stage with this index.
    Waiting(usize),
    Inside(usize),
    Over,
}

pub(crate) struct Stop {
    pub abandon: bool,
    pub reason: Option<String>,
}

pub(crate) struct Execution {
    pub id: String,
    /// The version it was started with; later updates do not touch it.
    pub declaration: Arc<Declaration>,
    pub trigger: Trigger,
    pub attempt: u32,
    pub status: ExecutionStatus,
    pub started: Timestamp,
    pub updated: Timestamp,
    pub variables: BTreeMap<String, String>,
    pub stop: Option<Stop>,
    pub place: Position,
    /// One per stage of the declaration.
    pub stages: Vec<StageRun>,
    /// Every run of every action, oldest first.
    pub runs: Vec<ActionRun>,
}

impl Execution {
    pub(crate) fn action(&self, run: &ActionRun) -> &Action {
        &self.declaration.stages[run.stage].actions[run.action]
    }

    /// Where the newest successful run put this artifact.
    pub(crate) fn artifact(&self, name: &str) -> Option<&Artifact> {
        let done = self.runs.iter().rev().filter(|run| run.status == ActionStatus::Succeeded);
        done.flat_map(|run| &run.outputs).find(|artifact| artifact.name == name)
    }

    /// What the action that made this artifact says of its revision; none for one that is yet to be made.
    pub(crate) fn revision(&self, artifact: &Artifact) -> Option<&Revision> {
        let mut done = self.runs.iter().filter(|run| run.status == ActionStatus::Succeeded);
        done.find(|run| run.outputs.contains(artifact))?.revision.as_ref()
    }

    /// The value of a variable that configurations may refer to.
    pub(crate) fn variable(&self, namespace: &str, key: &str) -> Option<String> {
        match namespace {
            "codepipeline" => (key == "PipelineExecutionId").then(|| self.id.clone()),
            "variables" => self.variables.get(key).cloned(),
            _ => self
                .runs
                .iter()
                .rev()
                .filter(|run| run.status == ActionStatus::Succeeded)
                .find(|run| self.action(run).namespace.as_deref() == Some(namespace))
                .and_then(|run| run.variables.get(key).cloned()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StageStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
}

/// One execution's way through one stage.
#[derive(Default)]
pub(crate) struct StageRun {
    /// None until the execution has entered.
    pub status: Option<StageStatus>,
    pub entered: Option<Timestamp>,
    /// Per action of the stage: the index of the run that counts.
    pub current: Vec<Option<usize>>,
    pub retries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionStatus {
    InProgress,
    Succeeded,
    Failed,
    Abandoned,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub name: String,
    pub bucket: String,
    pub key: String,
}

/// What a source action says about the revision it found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Revision {
    pub id: String,
    pub change: String,
    pub summary: Option<String>,
    pub created: Option<f64>,
}

/// What somebody outside reports about an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    pub summary: Option<String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub percent: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorDetails {
    pub code: String,
    pub message: String,
}

/// One run of one action.
pub(crate) struct ActionRun {
    pub id: String,
    /// Indices into the execution's declaration.
    pub stage: usize,
    pub action: usize,
    pub status: ActionStatus,
    pub started: Timestamp,
    pub updated: Timestamp,
    /// Configuration with variables resolved; holds secrets, so it is masked before it is shown.
    pub configuration: Configuration,
    /// The Region it acts in, and the artifact store there.
    pub region: String,
    pub store: Option<ArtifactStore>,
    pub inputs: Vec<Artifact>,
    pub outputs: Vec<Artifact>,
    pub variables: BTreeMap<String, String>,
    pub revision: Option<Revision>,
    pub progress: Progress,
    pub error: Option<ErrorDetails>,
    /// Of an open approval.
    pub approval: Option<String>,
    pub updated_by: Option<String>,
}

impl ActionRun {
    pub(crate) fn has_ended(&self) -> bool {
        self.status != ActionStatus::InProgress
    }

    /// The key that encrypts its artifacts, if the store has one of its own.
    pub(crate) fn encryption_key(&self) -> Option<&EncryptionKey> {
        self.store.as_ref()?.encryption_key.as_ref()
    }
}

/// Which run of which action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunId {
    pub pipeline: String,
    pub execution: String,
    pub run: String,
}

impl State {
    /// The execution and the run, if the pipeline has not been deleted since.
    pub(crate) fn run(&self, id: &RunId) -> Option<(&Execution, &ActionRun)> {
        let execution = self.pipelines.get(&id.pipeline)?.execution(&id.execution)?;
        Some((execution, execution.runs.iter().find(|run| run.id == id.run)?))
    }

    pub(crate) fn execution_mut(&mut self, pipeline: &str, id: &str) -> Option<&mut Execution> {
        self.pipelines.get_mut(pipeline)?.executions.iter_mut().rev().find(|execution| execution.id == id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobStatus {
    Queued,
    Dispatched,
    InProgress,
    TimedOut,
    Succeeded,
    Failed,
}

/// One request to the worker of a custom action, or to a function.
pub(crate) struct Job {
    pub id: String,
    pub run: RunId,
    pub kind: ActionTypeId,
    pub status: JobStatus,
    /// Set each time the job is handed out.
    pub nonce: Option<String>,
    /// Not handed out before this.
    pub hidden_until: Timestamp,
    /// From the previous job of the same action.
    pub continuation: Option<String>,
}

pub(crate) struct Webhook {
    pub definition: WebhookDefinition,
    /// The part of the URL that cannot be guessed.
    pub token: String,
    pub tags: Tags,
    pub triggered: Option<Timestamp>,
}
