//! Amazon SageMaker's control plane for one machine, to the extent that Studio uses it: domains with the storage that AWS makes
//! for them, user profiles, spaces, apps, tags, `MLflow` tracking servers, pipelines and their executions, projects, and what is
//! beside Studio: notebook instances, lifecycle configurations, code repositories. Nothing is computed: an app is a record that goes through AWS's statuses in AWS's time, or faster.

mod api;
mod aws;
mod inject_state;
mod life;
mod project;
mod storage;
mod store;

use emulator_core::{
    BoxFuture, Call, Failure, InjectedState, Operation, Permission, Service, ServiceContext, Shapes, Tasks,
};
use life::Moment;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;

/// The service in one account and Region. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct SageMaker {
    context: ServiceContext,
    store: Arc<Mutex<Store>>,
    /// What follows the products and stacks of projects.
    tasks: Tasks,
}

impl SageMaker {
    /// The state as of now; never held across an `await`.
    fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.settle(self.now());
        store
    }

    fn now(&self) -> Moment {
        self.context.clock.now().as_millisecond()
    }

    /// The moment at which something is over that begins at `start` and takes this long on AWS.
    fn end_of(&self, start: Moment, on_aws: Duration) -> Moment {
        let here = self.context.clock.scaled(on_aws).as_millis();
        start.saturating_add(i64::try_from(here).unwrap_or(i64::MAX))
    }
}

impl Service for SageMaker {
    const ID: &'static str = "sagemaker";
    const TARGET: &'static str = "SageMaker";
    const TIMESTAMPS: &'static [&'static str] = &[
        "CreationTime",
        "EndTime",
        "LastExecutionTime",
        "LastHealthCheckTimestamp",
        "LastModifiedTime",
        "LastRunTime",
        "LastUserActivityTimestamp",
        "StartTime",
    ];
    /// Its own events are not emitted; its calls are, as CloudTrail reports them.
    const EVENTS: &'static [&'static str] = &[];
    /// None of the operations served here takes or returns a secret.
    const TRAIL: bool = true;
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, store: Arc::default(), tasks: Tasks::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    fn add_conditions(&self, call: &Call, permissions: &mut [Permission]) {
        api::conditions::add(&self.context, &self.store(), call, permissions);
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tasks.stop())
    }

    fn inject_state(&self, state: &InjectedState) -> Result<(), Failure> {
        self.force(state)
    }
}
