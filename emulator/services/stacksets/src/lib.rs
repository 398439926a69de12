//! Stack sets of AWS CloudFormation for one machine: one template as a stack in each of several accounts and Regions. The stacks are
//! real ones of CloudFormation, made with the administration role and the execution roles of the set, or in an organization by
//! the service. Other operations of CloudFormation are ministack's.

mod api;
mod definition;
mod failure;
mod operation;
mod organization;
mod permissions;
mod preferences;
mod roles;
mod run;
mod store;
mod targets;
mod template;
mod work;

use emulator_core::{BoxFuture, Call, Operation, Permission, Service, ServiceContext, Shapes, Tasks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// The service in one account and Region. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct StackSets {
    context: ServiceContext,
    store: Arc<Mutex<Store>>,
    /// Operations that run.
    tasks: Tasks,
}

impl StackSets {
    /// The state as of now; never held across an `await`. The lock of a panicked call holds a state that is whole: each change is
    /// made after everything that can fail.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.context.clock.now().as_millisecond()
    }
}

impl Service for StackSets {
    const ID: &'static str = "cloudformation";
    const TARGET: &'static str = "CloudFormation";
    const TIMESTAMPS: &'static [&'static str] = &["CreationTimestamp", "EndTimestamp"];
    const EVENTS: &'static [&'static str] = &[];
    const SHARED: bool = true;
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, store: Arc::default(), tasks: Tasks::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    /// ARNs hold ids of stack sets, which the table of operations does not know.
    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        permissions::required(&self.context, &self.store(), call)
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tasks.stop())
    }
}
