//! The SSH public keys of IAM users for one machine: their holders clone from `CodeCommit` and push to it. Other operations of
//! IAM are ministack's.

mod api;
mod key;
mod users;

use emulator_core::{Operation, Service, ServiceContext, Shapes};
use jiff::Timestamp;
use key::Key;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A key of a user.
#[derive(Clone, Debug)]
struct SshKey {
    account: String,
    user: String,
    key: Key,
    body: String,
    active: bool,
    uploaded: Timestamp,
}

/// A user who logs in with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub account: String,
    /// The name of the user.
    pub user: String,
}

/// All keys by their ids, which are the names of users in SSH.
#[derive(Debug, Default)]
pub struct Keys(Mutex<BTreeMap<String, SshKey>>);

impl Keys {
    /// Whose key this id names, if it is active.
    #[must_use]
    pub fn holder(&self, id: &str) -> Option<Holder> {
        let keys = self.lock();
        let found = keys.get(id).filter(|found| found.active)?;
        Some(Holder { account: found.account.clone(), user: found.user.clone() })
    }

    /// Whether the id names this key, a line as in `id_rsa.pub`, and the key is active.
    #[must_use]
    pub fn admits(&self, id: &str, line: &str) -> bool {
        let keys = self.lock();
        let found = keys.get(id).filter(|found| found.active);
        found.is_some_and(|found| Key::read(line).is_ok_and(|key| key == found.key))
    }

    /// A poisoned lock holds a map that is whole: each change is one call of it.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, SshKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys as an account sees them. Cheap to clone. IAM has no Regions: all instances share one state.
#[derive(Clone)]
pub struct SshKeys {
    context: ServiceContext,
    keys: Arc<Keys>,
}

impl Service for SshKeys {
    const ID: &'static str = "iam";
    const TARGET: &'static str = "";
    const TIMESTAMPS: &'static [&'static str] = &["UploadDate"];
    const EVENTS: &'static [&'static str] = &[];
    const SHARED: bool = true;
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(context: ServiceContext) -> Self {
        let keys = context.common();
        Self { context, keys }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }
}
