//! Changed branches, as services tell each other of them: a pipeline that polls its source learns of a change here.

use std::sync::{Mutex, PoisonError};

/// A branch of a repository that names another commit than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchChange {
    pub account: String,
    pub region: String,
    /// The name of the repository.
    pub repository: String,
    pub branch: String,
}

type Watcher = Box<dyn Fn(&BranchChange) + Send + Sync>;

/// All that want to know: a value that the services of a cloud have in common.
#[derive(Default)]
pub struct Branches(Mutex<Vec<Watcher>>);

impl Branches {
    /// Calls this for each change from now on. It must not wait.
    pub fn watch(&self, watcher: impl Fn(&BranchChange) + Send + Sync + 'static) {
        self.watchers().push(Box::new(watcher));
    }

    pub fn changed(&self, change: &BranchChange) {
        for watcher in self.watchers().iter() {
            watcher(change);
        }
    }

    /// A poisoned lock holds a list that is whole: it only grows.
    fn watchers(&self) -> std::sync::MutexGuard<'_, Vec<Watcher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
