//! The engine: every change to the state happens in one short turn under the lock, which also carries every pipeline it
//! touched as far as it can go. What must happen outside (events, builds, clocks) is collected and done after the turn.

mod actions;
pub(crate) mod advance;
mod build;
mod build_request;
pub(crate) mod executions;
mod invoke;
mod invoke_event;
pub(crate) mod jobs;

pub(crate) use actions::Outcome;

use crate::events::Event;
use crate::state::{RunId, State};
use emulator_core::{Credentials, Failure, ServiceContext};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Something to do when the lock is free again.
#[derive(Debug)]
pub(crate) enum Effect {
    Emit(Event),
    /// Start the action's build and watch it.
    Build(RunId),
    /// Invoke the action's function, after a pause if it is to continue from this token.
    Invoke(RunId, Option<String>),
    /// Fail the action if it is still running after this long on AWS.
    Expire(RunId, Duration),
}

/// One change in progress.
pub(crate) struct Transaction<'a> {
    pub state: &'a mut State,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
}

/// The shared state and the world around it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    pub context: ServiceContext,
    state: Arc<Mutex<State>>,
    /// How many times faster than on AWS the clocks of actions run.
    speed: f64,
}

impl Engine {
    pub(crate) fn new(context: ServiceContext, speed: f64) -> Self {
        let state = State { region: context.region.clone(), ..State::default() };
        Self { context, state: Arc::new(Mutex::new(state)), speed }
    }

    /// How long a duration of AWS takes here: for ever if the speed is not a positive number.
    pub(crate) fn scaled(&self, time: Duration) -> Duration {
        Duration::try_from_secs_f64(time.as_secs_f64() / self.speed).unwrap_or(Duration::MAX)
    }

    /// Reads the state.
    pub(crate) fn look<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, then does what follows from the change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Transaction) -> T) -> T {
        let (answer, effects) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let mut transaction =
                Transaction { state: &mut state, now: Timestamp::now(), effects: Vec::new() };
            (change(&mut transaction), transaction.effects)
        };
        for effect in effects {
            self.perform(effect);
        }
        answer
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Emit(event) => {
                let resources = [self.context.arn("codepipeline", &event.pipeline)];
                self.context.emit("aws.codepipeline", event.detail_type, &resources, &event.detail);
            }
            Effect::Build(run) => {
                tokio::spawn(build::work(self.clone(), run));
            }
            Effect::Invoke(run, continuation) => {
                tokio::spawn(invoke::work(self.clone(), run, continuation));
            }
            Effect::Expire(run, after) => {
                let engine = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(engine.scaled(after)).await;
                    engine.change(|transaction| transaction.expire(&run));
                });
            }
        }
    }

    /// Credentials of the role an action runs with: its own, or the pipeline's.
    pub(crate) async fn credentials(&self, id: &RunId) -> Result<Credentials, Failure> {
        let role = self.look(|state| {
            let (execution, run) = state.run(id)?;
            let own = execution.action(run).role_arn.as_ref();
            Some(own.unwrap_or(&execution.declaration.role_arn).clone())
        });
        let role = role.ok_or_else(|| Failure::new("JobNotFoundException", "The job's pipeline is gone"))?;
        let source = self.context.arn("codepipeline", &id.pipeline);
        self.context.bridge.assume(&role, "codepipeline.amazonaws.com", &source, &id.run).await
    }
}
