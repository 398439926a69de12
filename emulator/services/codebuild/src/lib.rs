//! A `CodeBuild` for one machine: AWS's API, and builds that really run, each in a scratch directory with a clean
//! environment and its service role's credentials. It isolates builds from the caller's environment, not from the
//! machine: a build runs as the user who started the emulator.

mod api;
mod buildspec;
mod check;
mod events;
mod logs;
mod model;
mod run;
mod store;

use emulator_core::{Answer, Call, Failure, Permission, ServiceContext};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;
use tokio::sync::Semaphore;

/// Output members that are timestamps.
pub const TIMESTAMPS: &[&str] = &["created", "endTime", "lastModified", "lastModifiedSecret", "startTime"];

/// How many builds run at once; the others wait in QUEUED, as they do on AWS above an account's quota.
const CONCURRENT_BUILDS: usize = 8;

/// Where and with what builds run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `PATH` of the builds: where they find bash, git and whatever else a build image would hold.
    pub path: String,
    /// Directory that holds the scratch directories and the logs of builds.
    pub scratch: PathBuf,
}

/// The service. Clones share one state.
#[derive(Clone)]
pub struct CodeBuild(Arc<Service>);

/// What every build and every call needs.
pub(crate) struct Service {
    pub(crate) context: ServiceContext,
    pub(crate) settings: Settings,
    pub(crate) slots: Semaphore,
    store: Mutex<Store>,
}

impl Service {
    /// The state; never held across an `await`.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file with the log of a build, given by id or ARN.
    pub(crate) fn log_path(&self, build_id: &str) -> PathBuf {
        let id = api::build_id(build_id);
        let (project, run) = id.split_once(':').unwrap_or((id, ""));
        self.settings.scratch.join(project).join(format!("{run}.log"))
    }
}

impl CodeBuild {
    #[must_use]
    pub fn new(context: ServiceContext, settings: Settings) -> Self {
        let slots = Semaphore::new(CONCURRENT_BUILDS);
        Self(Arc::new(Service { context, settings, slots, store: Mutex::default() }))
    }

    /// The IAM actions and resources that a call needs.
    #[must_use]
    pub fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        api::required_permissions(&self.0.context, call)
    }

    /// Serves one call whose caller has been authorized.
    ///
    /// # Errors
    /// What AWS would answer: a validation error, a resource that does not exist, an operation not served here.
    pub async fn answer(&self, call: Call) -> Answer {
        match call.operation.as_str() {
            "CreateProject" => api::create_project(&self.0, &call).await,
            "UpdateProject" => api::update_project(&self.0, &call).await,
            "DeleteProject" => api::delete_project(&self.0, &call),
            "BatchGetProjects" => api::batch_get_projects(&self.0, &call),
            "ListProjects" => api::list_projects(&self.0, &call),
            "StartBuild" => api::start_build(&self.0, &call),
            "RetryBuild" => api::retry_build(&self.0, &call),
            "StopBuild" => api::stop_build(&self.0, &call).await,
            "BatchGetBuilds" => api::batch_get_builds(&self.0, &call),
            "BatchDeleteBuilds" => api::batch_delete_builds(&self.0, &call),
            "ListBuilds" => api::list_builds(&self.0, &call),
            "ListBuildsForProject" => api::list_builds_for_project(&self.0, &call),
            other => Err(Failure::new(
                "UnknownOperationException",
                format!("The emulated CodeBuild does not serve {other}"),
            )),
        }
    }

    /// Ends every running build, with everything it started, and returns when all have ended.
    pub async fn stop_all(&self) {
        let running = self.0.store().running();
        for control in &running {
            control.stop();
        }
        for control in running {
            control.ended().await;
        }
    }

    /// The log of a build (`project:uuid` or its ARN) as a file for people.
    #[must_use]
    pub fn log_path(&self, build_id: &str) -> PathBuf {
        self.0.log_path(build_id)
    }
}
