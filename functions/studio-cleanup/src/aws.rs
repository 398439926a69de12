//! The calls to SageMaker, each with its harmless refusals written out. The only file, with those below it, that knows the
//! API; what leaves it is plain data.

mod error;
mod read;
mod report;
mod search;

pub use error::Error;

use crate::observation::{App, AppId, Domain, Observation, Owner, Profile, Space, State};
use crate::plan::{self, Batch, CleanupAction};
use crate::spec::{OneProfile, Spec};
use serde_json::json;
use shared::aws::SdkConfig;
use shared::aws::sagemaker::{List, SageMaker, Tag};
use shared::error::{Cause, Class, chain};
use shared::reconcile::batch::{self, Ended, Postponed};
use shared::removal::{CloudFormation, Removal};
use tokio::time::Instant;

/// What the caller must be allowed to do. The last one is needed only when the domain goes too, the two before it only
/// for what is reported. A function that a stack asks also needs [`shared::removal::PERMISSIONS`].
pub const PERMISSIONS: &[&str] = &[
    "sagemaker:DescribeDomain",
    "sagemaker:DescribeSpace",
    "sagemaker:DescribeUserProfile",
    "sagemaker:ListApps",
    "sagemaker:ListSpaces",
    "sagemaker:ListUserProfiles",
    "sagemaker:DeleteApp",
    "sagemaker:DeleteSpace",
    "sagemaker:DeleteUserProfile",
    "sagemaker:ListTags",
    "sagemaker:ListMlflowTrackingServers",
    "sagemaker:Search",
    "sagemaker:DeleteDomain",
];

/// The service.
#[derive(Clone, Debug)]
pub struct Aws {
    sagemaker: SageMaker,
    stacks: CloudFormation,
}

/// What is listed, in full, and whether one page held it all.
struct Listed<T> {
    things: Vec<T>,
    short: bool,
}

impl<T> Listed<T> {
    /// The things of a list in our own words.
    fn read<L>(list: List<L>, read: impl Fn(L) -> Option<T>) -> Self {
        Self { things: list.items.into_iter().filter_map(read).collect(), short: list.pages <= 1 }
    }
}

impl Aws {
    /// A client for the account and Region of the configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { sagemaker: SageMaker::new(config), stacks: CloudFormation::new(config) }
    }

    /// Looks at the domain. Each step pays for its calls, so what cannot be touched yet is looked at only when that is cheap:
    /// spaces while apps fill no more than a page or while the loss of their volumes is not acknowledged, user profiles while
    /// spaces do not either.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        if spec.idle {
            return Ok(Observation::default());
        }
        if let Some(stack) = &spec.stack
            && let Removal::Stays(reason) = self.stacks.removal(stack, spec.resource()).await?
        {
            tracing::info!(resource = spec.resource(), %reason, "nothing is deleted, because it stays");
            return Ok(Observation { stays: Some(reason), ..Observation::default() });
        }
        if let Some(profile) = &spec.profile {
            return self.observe_profile(spec, profile).await;
        }
        let (domain, apps) = tokio::join!(self.domain(&spec.domain), self.apps(&spec.domain));
        let Some(domain) = domain? else {
            return Ok(Observation::default());
        };
        let apps = apps?;
        let mut observed = Observation { domain: Some(domain), apps: apps.things, ..Observation::default() };
        let all = spec.whole || apps.short;
        if all {
            let (spaces, profiles) = tokio::join!(self.spaces(&spec.domain), self.profiles(&spec.domain));
            (observed.spaces, observed.profiles) = (spaces?.things, profiles?.things);
        } else if !spec.delete_space_storage || !plan::apps_remain(spec, &observed) {
            let spaces = self.spaces(&spec.domain).await?;
            observed.spaces = spaces.things;
            let free = !plan::apps_remain(spec, &observed);
            if free && (spaces.short || !plan::spaces_remain(spec, &observed)) {
                observed.profiles = self.profiles(&spec.domain).await?.things;
            }
        }
        self.ask_why(spec, &mut observed).await;
        if let Some(domain) = &observed.domain
            && (spec.whole || plan::next(spec, &observed).is_none())
        {
            observed.reports = Some(self.reports(&spec.domain, &domain.arn).await);
        }
        Ok(observed)
    }

    /// Looks at what one user profile owns: its spaces, and the apps of both. Whose the app of a space is, only the spaces tell.
    async fn observe_profile(&self, spec: &Spec, profile: &OneProfile) -> Result<Observation, Error> {
        let (domain, apps, spaces) =
            tokio::join!(self.domain(&spec.domain), self.apps(&spec.domain), self.spaces(&spec.domain));
        let Some(domain) = domain? else {
            return Ok(Observation::default());
        };
        let mut spaces = spaces?.things;
        spaces.retain(|space| space.owner.as_deref().is_some_and(|owner| profile.is(owner)));
        let mut apps = apps?.things;
        apps.retain(|app| match &app.id.owner {
            Owner::Profile(name) => profile.is(name),
            Owner::Space(name) => spaces.iter().any(|space| space.name.eq_ignore_ascii_case(name)),
        });
        let mut observed = Observation { domain: Some(domain), apps, spaces, ..Observation::default() };
        self.ask_why(spec, &mut observed).await;
        Ok(observed)
    }

    /// Makes an action. What another run deleted first is deleted; what became used again since it was looked at counts as
    /// postponed, and the next step sees why.
    pub(crate) async fn act(&self, next: &CleanupAction, until: Instant) -> Result<Postponed, Error> {
        let domain = &next.domain;
        let batch = match &next.batch {
            Batch::Apps(apps) => batch::each(apps, until, |app| self.delete_app(domain, app)).await,
            Batch::Spaces(names) => batch::each(names, until, |name| self.delete_space(domain, name)).await,
            Batch::Profiles(names) => {
                batch::each(names, until, |name| self.delete_profile(domain, name)).await
            }
            Batch::Domain => {
                let one = std::slice::from_ref(domain);
                batch::each(one, until, |domain| self.delete_domain(domain)).await
            }
        };
        batch.finish()
    }

    async fn domain(&self, id: &str) -> Result<Option<Domain>, Error> {
        match self.sagemaker.domain(id).await {
            Ok(found) => {
                let tags = self.tags(found.domain_arn.as_deref().unwrap_or_default()).await?;
                Ok(Some(read::domain(found, &tags)))
            }
            // Gone, with all that was in it: done.
            Err(cause) if cause.class() == Class::NotFound => Ok(None),
            Err(source) => Err(Error::Describe { what: format!("domain {id}"), source }),
        }
    }

    /// All tags of a resource.
    async fn tags(&self, resource: &str) -> Result<Vec<Tag>, Error> {
        let listed = self.sagemaker.tags(resource).await;
        listed.map_err(|source| Error::ListTags { resource: resource.to_owned(), source })
    }

    async fn apps(&self, domain: &str) -> Result<Listed<App>, Error> {
        let failed = |source| Error::List { what: format!("the apps of domain {domain}"), source };
        Ok(Listed::read(self.sagemaker.apps(domain).await.map_err(failed)?, read::app))
    }

    async fn spaces(&self, domain: &str) -> Result<Listed<Space>, Error> {
        let failed = |source| Error::List { what: format!("the spaces of domain {domain}"), source };
        Ok(Listed::read(self.sagemaker.spaces(domain).await.map_err(failed)?, read::space))
    }

    async fn profiles(&self, domain: &str) -> Result<Listed<Profile>, Error> {
        let failed = |source| Error::List { what: format!("the user profiles of domain {domain}"), source };
        Ok(Listed::read(self.sagemaker.user_profiles(domain).await.map_err(failed)?, read::profile))
    }

    /// Why the first space and the first user profile with a recently failed deletion could not be deleted: lists do not
    /// say. An answer that does not come leaves the reason out; the run stops all the same.
    async fn ask_why(&self, spec: &Spec, observed: &mut Observation) {
        let domain = &spec.domain;
        let spaces = observed.spaces.iter_mut().filter(|space| !spec.keeps_space(&space.name));
        for (name, reason) in spaces.filter_map(|space| unexplained(&space.name, &mut space.state)).take(1) {
            let asked = self.sagemaker.space(domain, name).await;
            *reason = asked.ok().and_then(|space| space.failure_reason);
        }
        let profiles = observed.profiles.iter_mut().filter(|profile| !spec.keeps_profile(&profile.name));
        for (name, reason) in profiles.filter_map(|it| unexplained(&it.name, &mut it.state)).take(1) {
            let asked = self.sagemaker.user_profile(domain, name).await;
            *reason = asked.ok().and_then(|profile| profile.failure_reason);
        }
    }

    async fn delete_app(&self, domain: &str, app: &AppId) -> Result<Ended, Error> {
        let mut input = json!({"DomainId": domain, "AppType": app.kind, "AppName": app.name});
        match &app.owner {
            Owner::Space(name) => input["SpaceName"] = name.as_str().into(),
            Owner::Profile(name) => input["UserProfileName"] = name.as_str().into(),
        }
        let failed = |source| Error::Delete { what: app.to_string(), source };
        ended(self.sagemaker.run("DeleteApp", &input).await, failed)
    }

    async fn delete_space(&self, domain: &str, name: &str) -> Result<Ended, Error> {
        let input = json!({"DomainId": domain, "SpaceName": name});
        let failed = |source| Error::Delete { what: format!("space {name}"), source };
        ended(self.sagemaker.run("DeleteSpace", &input).await, failed)
    }

    async fn delete_profile(&self, domain: &str, name: &str) -> Result<Ended, Error> {
        let input = json!({"DomainId": domain, "UserProfileName": name});
        let failed = |source| Error::Delete { what: format!("user profile {name}"), source };
        ended(self.sagemaker.run("DeleteUserProfile", &input).await, failed)
    }

    /// The file system is kept by name: deleting it is the task of `storage-cleanup`.
    async fn delete_domain(&self, domain: &str) -> Result<Ended, Error> {
        let input = json!({"DomainId": domain, "RetentionPolicy": {"HomeEfsFileSystem": "Retain"}});
        let failed = |source| Error::Delete { what: format!("domain {domain}"), source };
        ended(self.sagemaker.run("DeleteDomain", &input).await, failed)
    }
}

/// The answer of a call that deletes.
fn ended(sent: Result<(), Cause>, failed: impl FnOnce(Cause) -> Error) -> Result<Ended, Error> {
    let Err(cause) = sent else {
        return Ok(Ended::Done);
    };
    if cause.class() == Class::NotFound || is_gone(&cause) {
        return Ok(Ended::Done);
    }
    let held = cause.class() == Class::InUse || is_changing(&cause);
    let error = failed(cause);
    if held { Ok(Ended::Held(chain(&error))) } else { Err(error) }
}

/// Whether an app is gone in a way for which SageMaker has no code but that of a wrong request. The messages are those that
/// Terraform's provider goes by.
fn is_gone(cause: &Cause) -> bool {
    let messages = ["has already been deleted", "previously failed and was automatically deleted"];
    messages.iter().any(|message| cause.message().contains(message))
}

/// Whether another run, or a person, deleted or changed it since it was read. SageMaker has no code for that either.
fn is_changing(cause: &Cause) -> bool {
    cause.message().contains("because it is in [")
}

/// The name of a thing whose deletion failed lately, and the place for the reason.
fn unexplained<'a>(name: &'a str, state: &'a mut State) -> Option<(&'a str, &'a mut Option<String>)> {
    match state {
        State::Refused { recently: true, why } => Some((name, why)),
        _ => None,
    }
}
