//! The events `CodePipeline` sends to the event bus, in AWS's shapes.

use crate::engine::{Effect, Transaction};
use crate::state::{ActionRun, Artifact, Execution};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The detail types.
pub(crate) const PIPELINE: &str = "CodePipeline Pipeline Execution State Change";
pub(crate) const STAGE: &str = "CodePipeline Stage Execution State Change";
pub(crate) const ACTION: &str = "CodePipeline Action Execution State Change";

/// An event on its way to the bus.
#[derive(Debug)]
pub(crate) struct Event {
    pub pipeline: String,
    pub detail_type: &'static str,
    pub detail: Value,
}

/// What happened to an execution.
#[derive(Clone, Copy)]
pub(crate) enum EventKind {
    Pipeline {
        became: &'static str,
    },
    Stage {
        stage: usize,
        became: &'static str,
    },
    /// The index is that of the run.
    Action {
        run: usize,
        became: &'static str,
    },
}

impl Transaction<'_> {
    /// Emits what happened when this turn is over, as things stand now.
    pub(crate) fn tell(&mut self, pipeline: &str, index: usize, kind: EventKind) {
        let region = self.state.region.clone();
        let now = self.now;
        let Some(execution) = self.execution_at(pipeline, index) else {
            return;
        };
        let (detail_type, detail) = match kind {
            EventKind::Pipeline { became } => (PIPELINE, {
                let mut detail = base(pipeline, execution, became);
                let trigger = &execution.trigger;
                detail.insert(
                    "execution-trigger".into(),
                    json!({"trigger-type": trigger.kind, "trigger-detail": trigger.detail}),
                );
                detail
            }),
            EventKind::Stage { stage, became } => (STAGE, {
                let mut detail = base(pipeline, execution, became);
                let entered = execution.stages[stage].entered.unwrap_or(now);
                detail.insert("stage".into(), json!(execution.declaration.stages[stage].name));
                detail.insert("start-time".into(), json!(time(entered)));
                detail
            }),
            EventKind::Action { run, became } => {
                (ACTION, { action_detail(pipeline, execution, &execution.runs[run], became, &region) })
            }
        };
        let event = Event { pipeline: pipeline.into(), detail_type, detail: Value::Object(detail) };
        self.effects.push(Effect::Emit(event));
    }
}

/// What all three kinds have. AWS sends the two counters as decimals.
fn base(pipeline: &str, execution: &Execution, became: &str) -> Map<String, Value> {
    let members = [
        ("pipeline", json!(pipeline)),
        ("execution-id", json!(execution.id)),
        ("state", json!(became)),
        ("version", json!(f64::from(execution.declaration.version))),
        ("pipeline-execution-attempt", json!(f64::from(execution.attempt))),
    ];
    members.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn action_detail(
    pipeline: &str,
    execution: &Execution,
    run: &ActionRun,
    became: &str,
    region: &str,
) -> Map<String, Value> {
    let action = execution.action(run);
    let kind = &action.action_type_id;
    let mut detail = base(pipeline, execution, became);
    let mut add = |name: &str, value: Value| detail.insert(name.into(), value);
    add("stage", json!(execution.declaration.stages[run.stage].name));
    add("action", json!(action.name));
    add("action-execution-id", json!(run.id));
    add("start-time", json!(time(run.started)));
    add("region", json!(region));
    add(
        "type",
        json!({"owner": kind.owner, "category": kind.category, "provider": kind.provider, "version": kind.version}),
    );
    if !run.inputs.is_empty() {
        add("input-artifacts", artifacts(&run.inputs));
    }
    if became == "SUCCEEDED" && !run.outputs.is_empty() {
        add("output-artifacts", artifacts(&run.outputs));
    }
    if became != "STARTED" {
        add("execution-result", execution_result(run));
    }
    detail
}

fn execution_result(run: &ActionRun) -> Value {
    let revision = run.revision.as_ref();
    let summary = run.error.as_ref().map(|error| &error.message).or(run.progress.summary.as_ref());
    let summary = summary.or_else(|| revision?.summary.as_ref());
    let id = run.progress.external_id.as_ref().or_else(|| Some(&revision?.id));
    let members = [
        ("external-execution-url", run.progress.external_url.as_ref()),
        ("external-execution-summary", summary),
        ("external-execution-id", id),
        ("error-code", run.error.as_ref().map(|error| &error.code)),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
    Value::Object(present.collect())
}

fn artifacts(list: &[Artifact]) -> Value {
    let one = |artifact: &Artifact| json!({"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}});
    list.iter().map(one).collect()
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}
