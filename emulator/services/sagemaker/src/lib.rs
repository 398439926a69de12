//! Amazon SageMaker's control plane for one machine, as far as Studio needs it: domains with the storage that AWS makes
//! for them, user profiles, spaces, apps, tags, `MLflow` tracking servers, pipelines and their executions. Nothing is
//! really computed: an app is a record that goes through AWS's statuses in AWS's time, or faster.

mod api;
mod aws;
mod clock;
mod inject_state;
mod life;
mod storage;
mod store;

pub use inject_state::InjectedState;

use clock::Clock;
use emulator_core::{Answer, Call, Permission, ServiceContext};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// Output members that are timestamps.
pub const TIMESTAMPS: &[&str] = &[
    "CreationTime",
    "LastHealthCheckTimestamp",
    "LastModifiedTime",
    "LastRunTime",
    "LastUserActivityTimestamp",
    "StartTime",
];

/// How the simulated service behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many simulated seconds pass in a real one; above zero. What takes a minute on AWS takes 3 s at 20.
    pub speed: f64,
}

/// The service. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct SageMaker(Arc<Service>);

/// What every call needs.
pub(crate) struct Service {
    pub(crate) context: ServiceContext,
    pub(crate) clock: Arc<Clock>,
    store: Mutex<Store>,
}

impl Service {
    /// The state as of now; never held across an `await`.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.settle(self.clock.now());
        store
    }
}

impl SageMaker {
    /// A service without domains.
    #[must_use]
    pub fn new(context: ServiceContext, settings: Settings) -> Self {
        let clock = Arc::new(Clock::start(settings.speed));
        Self(Arc::new(Service { context, clock, store: Mutex::default() }))
    }

    /// The service of another account or Region: nothing exists there yet, and it is the same time.
    #[must_use]
    pub fn at(&self, context: ServiceContext) -> Self {
        let clock = self.0.clock.clone();
        Self(Arc::new(Service { context, clock, store: Mutex::default() }))
    }

    /// The IAM actions and resources that a call needs.
    #[must_use]
    pub fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        api::required_permissions(&self.0.context, call)
    }

    /// Serves one call whose caller has been authorized.
    ///
    /// # Errors
    /// What AWS would answer: a validation error, a resource that does not exist or is in use, an operation not served
    /// here.
    #[expect(clippy::unused_async, reason = "the gateway awaits every service alike")]
    pub async fn answer(&self, call: Call) -> Answer {
        api::answer(&self.0, &call)
    }
}
