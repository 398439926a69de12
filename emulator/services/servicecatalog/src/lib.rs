//! AWS Service Catalog for one machine: portfolios, products with versions, principals, constraints and shares, and provisioned
//! products, which are real stacks of CloudFormation, made with the launch role of the product or by their caller.

mod access;
mod api;
mod constraint;
mod failure;
mod permissions;
mod provisioned;
mod run;
mod store;
mod template;
mod tokens;

use emulator_core::{BoxFuture, Call, Operation, Permission, Service, ServiceContext, Shapes, Tasks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// The service in one account and Region. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct ServiceCatalog {
    context: ServiceContext,
    store: Arc<Mutex<Store>>,
    /// What follows the stacks of provisioned products.
    tasks: Tasks,
}

impl ServiceCatalog {
    /// The state as of now; never held across an `await`. The lock of a panicked call holds a state that is whole: each change is
    /// made after everything that can fail.
    fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.settle(self.now());
        store
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.context.clock.now().as_millisecond()
    }
}

impl Service for ServiceCatalog {
    const ID: &'static str = "servicecatalog";
    const TARGET: &'static str = "AWS242ServiceCatalogService";
    const TIMESTAMPS: &'static [&'static str] = &["CreatedTime", "UpdatedTime"];
    const EVENTS: &'static [&'static str] = &[];
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, store: Arc::default(), tasks: Tasks::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    /// Condition keys tell who made the provisioned product of a call, which the table of operations does not know.
    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        permissions::required(&self.context, &self.store(), call)
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tasks.stop())
    }
}
