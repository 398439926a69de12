//! AWS `CodeCommit` for one machine: repositories that are real ones of git, with branches, commits and files through the API and
//! through git over SSH, events of references, and archives for pipelines.

mod api;
mod change;
mod events;
mod failure;
mod git;
mod ssh;
mod store;

use emulator_core::{Call, Failure, Operation, Permission, Service, ServiceContext, Shapes};
pub use ssh::Ssh;
use std::sync::{Arc, MutexGuard, PoisonError};
use store::{Place, Repository, Shared, Store};

/// The service in one account and Region. Cheap to clone. All share one state: git over SSH enters it from outside.
#[derive(Clone)]
pub struct CodeCommit {
    context: ServiceContext,
    shared: Arc<Shared>,
}

impl CodeCommit {
    /// Says on which port of the loopback repositories are served over SSH. Until then their URLs name AWS's hosts.
    pub fn serve_ssh(context: &ServiceContext, port: u16) {
        let shared: Arc<Shared> = context.common();
        // Set already: the first host stays.
        let _ = shared.ssh_port.set(port);
    }

    /// The state as of now; never held across an `await`. The lock of a panicked call holds a state that is whole: each change is
    /// made after everything that can fail.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> Place {
        Place { account: self.context.account.clone(), region: self.context.region.clone() }
    }

    /// The repository as of now.
    fn repository(&self, name: &str) -> Result<Repository, Failure> {
        self.store().find(&self.place(), name).cloned().ok_or_else(|| failure::no_repository(name))
    }

    /// Changes what is known of a repository, which may have another name meanwhile.
    fn edit(&self, id: &str, edit: impl FnOnce(&mut Repository)) {
        if let Some(repository) = self.store().by_id(&self.place(), id) {
            edit(repository);
            repository.modified = self.now();
        }
    }

    fn arn(&self, name: &str) -> String {
        self.context.arn("codecommit", name)
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.context.clock.now().as_millisecond()
    }
}

impl Service for CodeCommit {
    const ID: &'static str = "codecommit";
    const TARGET: &'static str = "CodeCommit_20150413";
    const TIMESTAMPS: &'static [&'static str] = &["creationDate", "lastModifiedDate"];
    const EVENTS: &'static [&'static str] = &[events::STATE_CHANGE];
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        let shared = context.common();
        Self { context, shared }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    fn add_conditions(&self, call: &Call, permissions: &mut [Permission]) {
        api::conditions::add(self, call, permissions);
    }
}
