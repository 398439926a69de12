//! AWS Organizations for one machine: organizations of a management account and its members, which all see the same one; units in a
//! tree, delegated administrators and trusted access. An account that is created here has the role that AWS makes in it, so that
//! the management account can act there.

mod access;
mod api;
mod membership;
mod store;

use emulator_core::{Call, Failure, Operation, Permission, Service, ServiceContext, Shapes};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// The service, one for all accounts and Regions. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Organizations {
    context: ServiceContext,
    store: Arc<Mutex<Store>>,
}

impl Organizations {
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

impl Service for Organizations {
    const ID: &'static str = "organizations";
    const TARGET: &'static str = "AWSOrganizationsV20161128";
    const TIMESTAMPS: &'static [&'static str] = &[
        "CompletedTimestamp",
        "DateEnabled",
        "DelegationEnabledDate",
        "JoinedTimestamp",
        "RequestedTimestamp",
    ];
    const EVENTS: &'static [&'static str] = &[];
    const GLOBAL: bool = true;
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, store: Arc::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    /// The ARNs of what a call names hold ids of the organization, which the table of operations does not know.
    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        access::permissions(&self.store(), call)
    }
}

/// An error with a message of its own.
fn failure(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(code, message)
}
