//! A `CodeBuild` for one machine: AWS's API, and builds that really run, each in a scratch directory with a clean
//! environment and its service role's credentials. It isolates builds from the caller's environment, not from the
//! machine: a build runs as the user who started the emulator.

mod api;
mod buildspec;
mod events;
mod logs;
mod model;
mod run;
mod store;

use emulator_core::{BoxFuture, Operation, Service, ServiceContext, Shapes};
use model::Moment;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;
use tokio::sync::Semaphore;

/// How many builds run at once; the others wait in QUEUED, as they do on AWS above an account's quota.
const CONCURRENT_BUILDS: usize = 8;

/// The service in one account and Region. Cheap to clone; clones share their state. Builds find their programs in the `PATH`
/// of the context; their scratch directories and logs are in its folder.
#[derive(Clone)]
pub struct CodeBuild {
    context: ServiceContext,
    slots: Arc<Semaphore>,
    store: Arc<Mutex<Store>>,
}

impl CodeBuild {
    /// The state; never held across an `await`.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        self.context.clock.now().into()
    }

    /// The log of a build (`project:uuid` or its ARN) as a file for people.
    #[must_use]
    pub fn log_path(&self, build_id: &str) -> PathBuf {
        let id = api::build_id(build_id);
        let (project, run) = id.split_once(':').unwrap_or((id, ""));
        self.context.folder.join(project).join(format!("{run}.log"))
    }
}

impl Service for CodeBuild {
    const ID: &'static str = "codebuild";
    const TARGET: &'static str = "CodeBuild_20161006";
    const TIMESTAMPS: &'static [&'static str] =
        &["created", "endTime", "lastModified", "lastModifiedSecret", "startTime"];
    const EVENTS: &'static [&'static str] = &[events::STATE, events::PHASE];
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, slots: Arc::new(Semaphore::new(CONCURRENT_BUILDS)), store: Arc::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    /// Ends every running build, with everything it started, and returns when all have ended.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let running = self.store().running();
            for control in &running {
                control.stop();
            }
            for control in running {
                control.ended().await;
            }
        })
    }
}
