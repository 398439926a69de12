//! AWS `CodeArtifact` for one machine, without its packages: domains with their keys, repositories with upstreams and external
//! connections, package groups with origin restrictions, policies of domains and repositories that other accounts are asked by,
//! tags, endpoints and authorization tokens.

mod api;
mod failure;
mod names;
mod pattern;
mod store;

use emulator_core::{Call, Operation, Permission, Service, ServiceContext, Shapes};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// The service as an account sees it in a Region. Cheap to clone. All accounts share one state: a domain may let others in.
#[derive(Clone)]
pub struct CodeArtifact {
    context: ServiceContext,
    store: Arc<Mutex<Store>>,
}

impl CodeArtifact {
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

impl Service for CodeArtifact {
    const ID: &'static str = "codeartifact";
    const TARGET: &'static str = "";
    const TIMESTAMPS: &'static [&'static str] = &["createdTime", "expiration"];
    /// Its own events are of package versions.
    const EVENTS: &'static [&'static str] = &[];
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        let store = context.common();
        Self { context, store }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    fn add_conditions(&self, call: &Call, permissions: &mut [Permission]) {
        api::conditions::add(&self.context, &self.store(), call, permissions);
    }
}
