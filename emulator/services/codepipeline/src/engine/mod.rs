//! The engine: every change to the state happens in one short transaction under the lock, which also carries every pipeline it
//! touched until it has to wait. What must happen outside (events, builds, clocks) is collected and done after it.

mod actions;
pub(crate) mod advance;
mod build;
mod build_request;
mod cloudformation;
mod codecommit_source;
pub(crate) mod executions;
mod invoke;
mod invoke_event;
pub(crate) mod jobs;
mod replicate;
mod s3_source;

pub(crate) use actions::Outcome;
pub(crate) use cloudformation::check_deployment;
pub(crate) use codecommit_source::check as check_commit_source;
pub(crate) use invoke_event::artifact_credentials;

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
    /// Have the newest commit of the action's branch put into the artifact store.
    Commit(RunId),
    /// Copy the object of the action into the artifact store.
    Fetch(RunId),
    /// Invoke the action's function, after a pause if it is to continue from this token.
    Invoke(RunId, Option<String>),
    /// Do what the action says to a stack, and watch it.
    Deploy(RunId),
    /// Fail the action if it is still running after this long on AWS.
    Expire(RunId, Duration),
}

/// One change in progress.
pub(crate) struct Transaction<'a> {
    pub state: &'a mut State,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
}

/// The service in one account and Region. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct CodePipeline {
    pub(crate) context: ServiceContext,
    state: Arc<Mutex<State>>,
}

impl CodePipeline {
    /// A service without pipelines. The time limits of actions, and the pause before a function is asked again, are shortened
    /// by the speed of the context's clock.
    #[must_use]
    pub fn new(context: ServiceContext) -> Self {
        let (account, region) = (context.account.clone(), context.region.clone());
        let state = State { account, region, ..State::default() };
        Self { context, state: Arc::new(Mutex::new(state)) }
    }

    /// Hides new jobs from polls for this long, so that the event of an action comes before its job is available.
    pub fn set_job_delay(&self, delay: Duration) {
        self.change(|transaction| transaction.state.job_delay = delay);
    }

    /// How long something takes here that takes this long on AWS.
    pub(crate) fn scaled(&self, on_aws: Duration) -> Duration {
        self.context.clock.scaled(on_aws)
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
                Transaction { state: &mut state, now: self.context.clock.now(), effects: Vec::new() };
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
            Effect::Commit(run) => {
                tokio::spawn(codecommit_source::work(self.clone(), run));
            }
            Effect::Fetch(run) => {
                tokio::spawn(s3_source::work(self.clone(), run));
            }
            Effect::Invoke(run, continuation) => {
                tokio::spawn(invoke::work(self.clone(), run, continuation));
            }
            Effect::Deploy(run) => {
                tokio::spawn(cloudformation::work(self.clone(), run));
            }
            Effect::Expire(run, after) => {
                let service = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(service.scaled(after)).await;
                    service.change(|transaction| transaction.expire(&run));
                });
            }
        }
    }

    /// The cloud as seen from the Region an action is in.
    pub(crate) fn context_of(&self, id: &RunId) -> ServiceContext {
        let region = self.look(|state| state.run(id).map(|(_, run)| run.region.clone()));
        let region = region.as_ref().unwrap_or(&self.context.region);
        self.context.at(&self.context.account, region)
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
