//! How executions begin, stop and try again.

use super::{Outcome, Transaction};
use crate::events::EventKind;
use crate::model::ExecutionMode;
use crate::state::{
    ActionStatus, Execution, ExecutionStatus, Pipeline, Position, RunId, StageRun, StageStatus, State, Stop,
    Trigger,
};
use emulator_core::Failure;
use std::collections::BTreeMap;
use uuid::Uuid;

/// AWS's limits on executions that are in progress at once.
const MOST_QUEUED: usize = 50;
const MOST_PARALLEL: usize = 300;

impl Transaction<'_> {
    /// Starts the newest version of a pipeline; the new execution's id.
    pub(crate) fn start(
        &mut self,
        name: &str,
        trigger: Trigger,
        given: &BTreeMap<String, String>,
    ) -> Result<String, Failure> {
        let now = self.now;
        let missing = no_pipeline(self.state, name);
        let pipeline = self.state.pipelines.get_mut(name).ok_or(missing)?;
        check_room(pipeline)?;
        let declaration = pipeline.current().clone();
        let mut variables = BTreeMap::new();
        for declared in &declaration.variables {
            let value = given.get(&declared.name).or(declared.default_value.as_ref()).ok_or_else(|| {
                let text =
                    format!("Pipeline variable '{}' has no default and no value was given", declared.name);
                Failure::new("ValidationException", text)
            })?;
            variables.insert(declared.name.clone(), value.clone());
        }
        if let Some(unknown) = given.keys().find(|name| !variables.contains_key(*name)) {
            let text = format!("The pipeline has no variable '{unknown}'");
            return Err(Failure::new("ValidationException", text));
        }
        let id = Uuid::new_v4().to_string();
        let stages = declaration.stages.iter().map(|_| StageRun::default()).collect();
        pipeline.executions.push(Execution {
            id: id.clone(),
            declaration,
            trigger,
            attempt: 1,
            status: ExecutionStatus::InProgress,
            started: now,
            updated: now,
            variables,
            stop: None,
            place: Position::Waiting(0),
            stages,
            runs: Vec::new(),
        });
        let index = pipeline.executions.len() - 1;
        self.tell(name, index, EventKind::Pipeline { became: "STARTED" });
        self.advance(name);
        Ok(id)
    }

    /// Stops an execution: now, or when the actions that run have ended.
    pub(crate) fn stop(&mut self, name: &str, id: &str, stop: Stop) -> Result<(), Failure> {
        let index = self.find(name, id, "PipelineExecutionNotStoppableException")?;
        let Some(execution) = self.execution_at(name, index) else {
            return Err(no_pipeline(self.state, name));
        };
        let abandon = stop.abandon;
        match execution.status {
            ExecutionStatus::InProgress => {}
            ExecutionStatus::Stopping if abandon && !execution.stop.as_ref().is_some_and(|s| s.abandon) => {}
            ExecutionStatus::Stopping => {
                return Err(Failure::new(
                    "DuplicatedStopRequestException",
                    "The execution is already being stopped",
                ));
            }
            _ => {
                return Err(Failure::new(
                    "PipelineExecutionNotStoppableException",
                    "The execution is not in progress",
                ));
            }
        }
        let fresh = execution.status == ExecutionStatus::InProgress;
        execution.stop = Some(stop);
        let place = execution.place;
        if fresh {
            self.close_execution(name, index, ExecutionStatus::Stopping);
        }
        match place {
            Position::Inside(stage) => {
                if fresh {
                    self.close_stage(name, index, stage, StageStatus::Stopping);
                }
                if abandon {
                    self.abandon(name, index);
                }
            }
            Position::Waiting(_) | Position::Over => {
                self.close_execution(name, index, ExecutionStatus::Stopped);
            }
        }
        self.advance(name);
        Ok(())
    }

    fn abandon(&mut self, name: &str, index: usize) {
        let Some(execution) = self.execution_at(name, index) else {
            return;
        };
        let running = execution.runs.iter().filter(|run| run.status == ActionStatus::InProgress);
        let open: Vec<RunId> = running
            .map(|run| RunId { pipeline: name.into(), execution: execution.id.clone(), run: run.id.clone() })
            .collect();
        for id in open {
            self.end(&id, Outcome::Abandoned);
        }
    }

    /// Runs a failed stage again: all of it, or what has not succeeded.
    pub(crate) fn retry(&mut self, name: &str, id: &str, stage_name: &str, all: bool) -> Result<(), Failure> {
        let now = self.now;
        let index = self.find(name, id, "NotLatestPipelineExecutionException")?;
        let missing = no_pipeline(self.state, name);
        let Some(pipeline) = self.state.pipelines.get_mut(name) else {
            return Err(missing);
        };
        check_room(pipeline)?;
        let (before, rest) = pipeline.executions.split_at_mut(index);
        let Some((execution, after)) = rest.split_first_mut() else {
            return Err(missing);
        };
        let Some(stage) = execution.declaration.stages.iter().position(|stage| stage.name == stage_name)
        else {
            let text = format!("The pipeline has no stage '{stage_name}'");
            return Err(Failure::new("StageNotFoundException", text));
        };
        let stopped =
            matches!(execution.stages[stage].status, Some(StageStatus::Failed | StageStatus::Stopped));
        if !stopped || execution.place != Position::Over {
            let text = format!("Stage '{stage_name}' of this execution has not failed");
            return Err(Failure::new("StageNotRetryableException", text));
        }
        let parallel = execution.declaration.execution_mode == ExecutionMode::Parallel;
        let entered = execution.stages[stage].entered;
        let others = before.iter().chain(after.iter());
        let later = |e: &Execution| e.stages.get(stage).is_some_and(|other| other.entered > entered);
        if !parallel && others.into_iter().any(later) {
            let text = "A later execution has been in this stage since";
            return Err(Failure::new("NotLatestPipelineExecutionException", text));
        }
        let runs = &execution.runs;
        let run = &mut execution.stages[stage];
        for current in &mut run.current {
            if all || current.is_some_and(|at| runs[at].status != ActionStatus::Succeeded) {
                *current = None;
            }
        }
        run.status = Some(StageStatus::InProgress);
        run.retries += 1;
        execution.place = Position::Inside(stage);
        execution.status = ExecutionStatus::InProgress;
        execution.stop = None;
        execution.attempt += 1;
        execution.updated = now;
        self.tell(name, index, EventKind::Pipeline { became: "RESUMED" });
        self.tell(name, index, EventKind::Stage { stage, became: "RESUMED" });
        self.advance(name);
        Ok(())
    }

    fn find(&self, name: &str, id: &str, missing: &str) -> Result<usize, Failure> {
        let pipeline = self.state.pipelines.get(name).ok_or_else(|| no_pipeline(self.state, name))?;
        let found = pipeline.executions.iter().position(|execution| execution.id == id);
        found.ok_or_else(|| Failure::new(missing, format!("The pipeline has no execution '{id}'")))
    }
}

fn check_room(pipeline: &Pipeline) -> Result<(), Failure> {
    let most = match pipeline.current().execution_mode {
        ExecutionMode::Superseded => return Ok(()),
        ExecutionMode::Queued => MOST_QUEUED,
        ExecutionMode::Parallel => MOST_PARALLEL,
    };
    if pipeline.executions.iter().filter(|execution| execution.place != Position::Over).count() < most {
        return Ok(());
    }
    let text = format!("The pipeline already has {most} executions in progress");
    Err(Failure::new("ConcurrentPipelineExecutionsLimitExceededException", text))
}

/// The answer for a pipeline that does not exist.
pub(crate) fn no_pipeline(state: &State, name: &str) -> Failure {
    let text = format!("Account '{}' does not have a pipeline with name '{name}'", state.account);
    Failure::new("PipelineNotFoundException", text)
}
