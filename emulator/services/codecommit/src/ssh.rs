//! Git over SSH: who logs in is a user of IAM with an uploaded key, or `git`, for whom the git host itself keeps keys and who is
//! the root of the home account. IAM is asked for `GitPull` or `GitPush`, and for each reference of a push.

use crate::CodeCommit;
use crate::events::Change;
use crate::git::NOTHING;
use crate::store::Repository;
use emulator_core::{Permission, Secrets, Service, ServiceContext};
use emulator_git_host::{Opened, Pending, Reason, Repositories, Update};
use emulator_sshkeys::Keys;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The user of the git host whose keys stand for the root of the home account.
const ROOT: &str = "git";

/// The repositories of all accounts and Regions, for a git host.
pub struct Ssh {
    /// Of the home account.
    context: ServiceContext,
    keys: Arc<Keys>,
}

/// A user who has logged in.
struct Identity {
    account: String,
    access_key: String,
    session_token: Option<String>,
}

/// A repository that a user has opened.
struct Session {
    service: CodeCommit,
    identity: Identity,
    repository: Repository,
    /// ARN of the user.
    caller: String,
    /// Of the push that IAM lets through.
    updates: Mutex<Vec<Update>>,
}

impl Ssh {
    #[must_use]
    pub fn new(context: &ServiceContext) -> Self {
        Self { context: context.clone(), keys: context.common() }
    }

    async fn identify(&self, user: &str) -> Result<Identity, Reason> {
        if user == ROOT {
            let account = self.context.account.clone();
            return Ok(Identity { account, access_key: Secrets::ROOT_KEY_ID.into(), session_token: None });
        }
        let holder = self.keys.holder(user).ok_or("the SSH key is not active any more")?;
        let session = self.context.bridge.sign_in(&holder.account, &holder.user).await;
        let session = session.map_err(|failure| failure.to_string())?;
        let session = session.ok_or_else(|| format!("the user {} does not exist any more", holder.user))?;
        Ok(Identity {
            account: holder.account,
            access_key: session.access_key_id,
            session_token: Some(session.session_token),
        })
    }

    async fn session(
        &self,
        user: &str,
        region: &str,
        name: &str,
        push: bool,
    ) -> Result<Arc<dyn Opened>, Reason> {
        let identity = self.identify(user).await?;
        let context = self.context.at(&identity.account, region).of_service(CodeCommit::ID);
        let service = CodeCommit::start(context);
        let action = if push { "codecommit:GitPush" } else { "codecommit:GitPull" };
        let needed = service.git_permission(action, name, None);
        let caller = authorize(&service, &identity, &[needed]).await?;
        let repository = service.repository(name).map_err(|failure| failure.message)?;
        Ok(Arc::new(Session { service, identity, repository, caller, updates: Mutex::default() }))
    }
}

impl Repositories for Ssh {
    fn admits(&self, user: &str, key: &str) -> bool {
        self.keys.admits(user, key)
    }

    fn open<'a>(
        &'a self,
        user: &'a str,
        path: &'a str,
        push: bool,
    ) -> Pending<'a, Option<Result<Arc<dyn Opened>, Reason>>> {
        Box::pin(async move {
            let (region, name) = read_path(path)?;
            Some(self.session(user, region, name, push).await)
        })
    }
}

/// Region and name in `REGION/v1/repos/NAME`. On AWS the host has the Region.
fn read_path(path: &str) -> Option<(&str, &str)> {
    let (region, name) = path.trim_matches('/').split_once("/v1/repos/")?;
    let valid = !region.contains('/') && !name.contains('/') && !name.is_empty();
    valid.then(|| (region, name.strip_suffix(".git").unwrap_or(name)))
}

impl CodeCommit {
    /// The permission of one of git's operations, on a reference that it names.
    pub(crate) fn git_permission(&self, action: &str, name: &str, reference: Option<&str>) -> Permission {
        let mut needed = Permission::new(action, self.arn(name));
        if let Some(reference) = reference {
            needed.context.insert("codecommit:References".into(), reference.into());
        }
        let tags = self.store().find(&self.place(), name).map(|known| known.tags.clone());
        for (key, value) in tags.into_iter().flatten() {
            needed.context.insert(format!("aws:ResourceTag/{key}"), value.into());
        }
        needed
    }
}

/// ARN of the user, if IAM grants all of this.
async fn authorize(
    service: &CodeCommit,
    identity: &Identity,
    needed: &[Permission],
) -> Result<String, Reason> {
    let Identity { access_key, session_token, .. } = identity;
    let bridge = &service.context.bridge;
    let decision = bridge.authorize(access_key, session_token.as_deref(), needed, None).await;
    let decision = decision.map_err(|failure| failure.to_string())?;
    match decision.code {
        None => Ok(decision.principal),
        Some(code) => Err(decision.message.unwrap_or(code)),
    }
}

impl Opened for Session {
    fn folder(&self) -> &Path {
        self.repository.git.folder()
    }

    fn check(&self, updates: Vec<Update>) -> Pending<'_, Result<(), Reason>> {
        Box::pin(async move {
            let default = self.repository.default_branch.as_ref();
            let default = default.map(|branch| format!("refs/heads/{branch}"));
            let deleted =
                |update: &Update| update.new == NOTHING && Some(&update.reference) == default.as_ref();
            if updates.iter().any(deleted) {
                return Err("the default branch cannot be deleted".into());
            }
            let name = &self.repository.name;
            let needed = updates.iter().map(|update| {
                self.service.git_permission("codecommit:GitPush", name, Some(&update.reference))
            });
            let needed: Vec<_> = needed.collect();
            authorize(&self.service, &self.identity, &needed).await?;
            *self.updates.lock().unwrap_or_else(PoisonError::into_inner) = updates;
            Ok(())
        })
    }

    fn closed(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let updates = std::mem::take(&mut *self.updates.lock().unwrap_or_else(PoisonError::into_inner));
            let Ok(now) = self.repository.git.references().await else { return };
            // Git may have refused some of them.
            let made = |update: &Update| {
                let there = now.get(&update.reference).map_or(NOTHING, String::as_str);
                there == update.new && update.old != update.new
            };
            let changes: Vec<_> = updates.into_iter().filter(made).map(Change::from).collect();
            // The repository as of now: another push may have given it its default branch.
            let Ok(repository) = self.service.repository(&self.repository.name) else { return };
            if let Err(error) = self.service.announce(&repository, &self.caller, &changes).await {
                tracing::warn!("a push to {} is not announced: {error}", repository.name);
            }
        })
    }
}

impl From<Update> for Change {
    fn from(update: Update) -> Self {
        let Update { reference, old, new } = update;
        Self { reference, old, new }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_region_and_repository() {
        for (path, expected) in [
            ("us-east-1/v1/repos/app", Some(("us-east-1", "app"))),
            ("eu-west-1/v1/repos/app.git", Some(("eu-west-1", "app"))),
            ("us-east-1/v1/repos/", None),
            ("us-east-1/v1/repos/a/b", None),
            ("a/us-east-1/v1/repos/app", None),
            ("app.git", None),
        ] {
            assert_eq!(read_path(path), expected, "{path}");
        }
    }
}
