//! How executions move: who may enter a stage, which actions start next, when a stage and a pipeline are over. The
//! decisions are pure functions; the turn applies them until nothing moves any more.

use super::Transaction;
use crate::events::EventKind;
use crate::model::ExecutionMode;
use crate::state::{ActionStatus, Execution, ExecutionStatus, Pipeline, Position, StageRun, StageStatus};

/// What to do with the executions that wait before a stage, given as positions oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Admission {
    pub enter: Option<usize>,
    pub supersede: Vec<usize>,
}

/// SUPERSEDED lets the newest through and drops the others; QUEUED keeps the order. A stage that is locked by an execution
/// inside it admits nobody, but waiting ones still supersede each other.
pub(crate) fn admit(mode: ExecutionMode, locked: bool, waiting: &[usize]) -> Admission {
    let Some((newest, older)) = waiting.split_last() else {
        return Admission::default();
    };
    match mode {
        ExecutionMode::Superseded => {
            Admission { enter: (!locked).then_some(*newest), supersede: older.to_vec() }
        }
        ExecutionMode::Queued | ExecutionMode::Parallel => {
            Admission { enter: waiting.first().copied().filter(|_| !locked), supersede: Vec::new() }
        }
    }
}

/// What a stage does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Start(Vec<usize>),
    Wait,
    Failed,
    Succeeded,
    Stopped,
}

/// Actions with the same run order run together; the next order starts when all of them have succeeded. After a failure or
/// a stop nothing new starts, but what runs is waited for.
pub(crate) fn next(actions: &[(u32, Option<ActionStatus>)], stopping: bool) -> Next {
    let any = |wanted: ActionStatus| actions.iter().any(|(_, status)| *status == Some(wanted));
    if any(ActionStatus::InProgress) && (stopping || any(ActionStatus::Failed)) {
        return Next::Wait;
    }
    if any(ActionStatus::Failed) {
        return Next::Failed;
    }
    let open = |&&(_, status): &&(u32, Option<ActionStatus>)| status != Some(ActionStatus::Succeeded);
    let Some(order) = actions.iter().filter(open).map(|(order, _)| *order).min() else {
        return Next::Succeeded;
    };
    if stopping || any(ActionStatus::Abandoned) {
        return Next::Stopped;
    }
    let fresh: Vec<usize> = actions
        .iter()
        .enumerate()
        .filter(|(_, (of, status))| *of == order && status.is_none())
        .map(|(index, _)| index)
        .collect();
    if fresh.is_empty() { Next::Wait } else { Next::Start(fresh) }
}

impl Transaction<'_> {
    /// Advances every execution of a pipeline until it has to wait.
    pub(crate) fn advance(&mut self, pipeline: &str) {
        while self.move_inside(pipeline) || self.move_between(pipeline) {}
    }

    /// One step of one execution that is inside a stage.
    fn move_inside(&mut self, name: &str) -> bool {
        let Some(pipeline) = self.state.pipelines.get(name) else {
            return false;
        };
        let inside = pipeline.executions.iter().enumerate().filter_map(|(index, execution)| {
            let Position::Inside(stage) = execution.place else {
                return None;
            };
            let stopping = execution.status == ExecutionStatus::Stopping;
            match next(&standing(execution, stage), stopping) {
                Next::Wait => None,
                next => Some((index, stage, next)),
            }
        });
        let Some((index, stage, next)) = inside.into_iter().next() else {
            return false;
        };
        match next {
            Next::Wait => return false,
            Next::Start(actions) => {
                for action in actions {
                    self.start_action(name, index, stage, action);
                }
            }
            Next::Succeeded => self.leave_stage(name, index, stage),
            Next::Failed => {
                self.close_stage(name, index, stage, StageStatus::Failed);
                self.close_execution(name, index, ExecutionStatus::Failed);
            }
            Next::Stopped => {
                self.close_stage(name, index, stage, StageStatus::Stopped);
                self.close_execution(name, index, ExecutionStatus::Stopped);
            }
        }
        true
    }

    fn leave_stage(&mut self, name: &str, index: usize, stage: usize) {
        self.close_stage(name, index, stage, StageStatus::Succeeded);
        let Some(execution) = self.execution_at(name, index) else {
            return;
        };
        if execution.status == ExecutionStatus::Stopping {
            self.close_execution(name, index, ExecutionStatus::Stopped);
        } else if stage + 1 == execution.declaration.stages.len() {
            self.close_execution(name, index, ExecutionStatus::Succeeded);
        } else {
            execution.place = Position::Waiting(stage + 1);
        }
    }

    /// Lets waiting executions into one stage.
    fn move_between(&mut self, name: &str) -> bool {
        let Some(pipeline) = self.state.pipelines.get(name) else {
            return false;
        };
        let alone = pipeline
            .executions
            .iter()
            .position(|e| is_parallel(e) && matches!(e.place, Position::Waiting(_)));
        if let Some(index) = alone {
            self.enter_stage(name, index);
            return true;
        }
        let stages = pipeline.executions.iter().map(|e| e.stages.len()).max().unwrap_or(0);
        let moves = (0..stages).rev().map(|stage| admission(pipeline, stage));
        let Some(admission) = moves.into_iter().find(|admission| *admission != Admission::default()) else {
            return false;
        };
        for index in admission.supersede {
            self.close_execution(name, index, ExecutionStatus::Superseded);
        }
        if let Some(index) = admission.enter {
            self.enter_stage(name, index);
        }
        true
    }

    fn enter_stage(&mut self, name: &str, index: usize) {
        let now = self.now;
        let Some(execution) = self.execution_at(name, index) else {
            return;
        };
        let Position::Waiting(stage) = execution.place else {
            return;
        };
        execution.place = Position::Inside(stage);
        let actions = execution.declaration.stages[stage].actions.len();
        execution.stages[stage] = StageRun {
            status: Some(StageStatus::InProgress),
            entered: Some(now),
            current: vec![None; actions],
            retries: 0,
        };
        self.tell(name, index, EventKind::Stage { stage, became: "STARTED" });
    }

    pub(crate) fn close_stage(&mut self, name: &str, index: usize, stage: usize, status: StageStatus) {
        let Some(execution) = self.execution_at(name, index) else {
            return;
        };
        execution.stages[stage].status = Some(status);
        let became = match status {
            StageStatus::InProgress => return,
            StageStatus::Stopping => "STOPPING",
            StageStatus::Stopped => "STOPPED",
            StageStatus::Succeeded => "SUCCEEDED",
            StageStatus::Failed => "FAILED",
        };
        self.tell(name, index, EventKind::Stage { stage, became });
    }

    pub(crate) fn close_execution(&mut self, name: &str, index: usize, status: ExecutionStatus) {
        let now = self.now;
        let Some(execution) = self.execution_at(name, index) else {
            return;
        };
        execution.status = status;
        execution.updated = now;
        let became = match status {
            ExecutionStatus::InProgress => return,
            ExecutionStatus::Stopping => "STOPPING",
            ExecutionStatus::Stopped => "STOPPED",
            ExecutionStatus::Succeeded => "SUCCEEDED",
            ExecutionStatus::Superseded => "SUPERSEDED",
            ExecutionStatus::Failed => "FAILED",
        };
        if status != ExecutionStatus::Stopping {
            execution.place = Position::Over;
        }
        self.tell(name, index, EventKind::Pipeline { became });
    }

    pub(crate) fn execution_at(&mut self, name: &str, index: usize) -> Option<&mut Execution> {
        self.state.pipelines.get_mut(name)?.executions.get_mut(index)
    }
}

fn is_parallel(execution: &Execution) -> bool {
    execution.declaration.execution_mode == ExecutionMode::Parallel
}

/// Parallel executions neither lock a stage nor wait for one.
fn admission(pipeline: &Pipeline, stage: usize) -> Admission {
    let orderly = || pipeline.executions.iter().enumerate().filter(|(_, e)| !is_parallel(e));
    let locked = orderly().any(|(_, e)| e.place == Position::Inside(stage));
    let waiting: Vec<usize> =
        orderly().filter(|(_, e)| e.place == Position::Waiting(stage)).map(|(index, _)| index).collect();
    admit(pipeline.current().execution_mode, locked, &waiting)
}

/// Run order and status of each action of a stage.
fn standing(execution: &Execution, stage: usize) -> Vec<(u32, Option<ActionStatus>)> {
    let current = &execution.stages[stage].current;
    let actions = execution.declaration.stages[stage].actions.iter().zip(current);
    actions.map(|(action, run)| (action.run_order, run.map(|run| execution.runs[run].status))).collect()
}
