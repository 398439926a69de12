//! Everything that exists: one table of resources of all kinds, each with the members its Describe operation shows.

use crate::life::{Life, Moment};
use crate::storage::DomainStorage;
use emulator_core::epoch_seconds;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Domain,
    UserProfile,
    Space,
    App,
    TrackingServer,
    Pipeline,
    Execution,
    Project,
    StudioLifecycleConfig,
    NotebookInstance,
    NotebookInstanceLifecycleConfig,
    CodeRepository,
}

impl Kind {
    /// What AWS's messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Domain => "Domain",
            Self::UserProfile => "UserProfile",
            Self::Space => "Space",
            Self::App => "App",
            Self::TrackingServer => "TrackingServer",
            Self::Pipeline => "Pipeline",
            Self::Execution => "PipelineExecution",
            Self::Project => "Project",
            Self::StudioLifecycleConfig => "StudioLifecycleConfig",
            Self::NotebookInstance => "NotebookInstance",
            Self::NotebookInstanceLifecycleConfig => "NotebookInstanceLifecycleConfig",
            Self::CodeRepository => "CodeRepository",
        }
    }

    /// The member with the status; none if it has no status.
    fn status_member(self) -> Option<&'static str> {
        match self {
            Self::TrackingServer => Some("TrackingServerStatus"),
            Self::Pipeline => Some("PipelineStatus"),
            Self::Execution => Some("PipelineExecutionStatus"),
            Self::Project => Some("ProjectStatus"),
            Self::NotebookInstance => Some("NotebookInstanceStatus"),
            Self::StudioLifecycleConfig | Self::NotebookInstanceLifecycleConfig | Self::CodeRepository => {
                None
            }
            Self::Domain | Self::UserProfile | Self::Space | Self::App => Some("Status"),
        }
    }
}

pub(crate) type Tags = BTreeMap<String, String>;

/// A resource. Its key in the store tells it from all others of its kind, which an app's ARN does not: a profile and a
/// space may have one name.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) arn: String,
    pub(crate) tags: Tags,
    pub(crate) life: Life,
    /// Members as Describe shows them, without status and times.
    pub(crate) members: Map<String, Value>,
}

impl Resource {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.members.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// All that Describe tells of it.
    pub(crate) fn describe(&self, kind: Kind) -> Value {
        let mut members = self.members.clone();
        // Kept to know a call that is made twice; nobody is told.
        members.remove("ClientRequestToken");
        if let Some(member) = kind.status_member() {
            members.insert(member.into(), self.life.status.clone().into());
        }
        members.insert("CreationTime".into(), seconds(self.life.created));
        if kind == Kind::App {
            // Nobody works in an app here: what AWS last saw of its user is that it was made.
            members.insert("LastUserActivityTimestamp".into(), seconds(self.life.created));
        } else {
            members.insert("LastModifiedTime".into(), seconds(self.life.modified));
        }
        if let Some(reason) = &self.life.reason {
            members.insert("FailureReason".into(), reason.clone().into());
        }
        members.into()
    }
}

#[derive(Default)]
pub(crate) struct Store {
    resources: BTreeMap<(Kind, String), Resource>,
    /// What was made for domains, by their ids.
    pub(crate) storage: BTreeMap<String, DomainStorage>,
    /// Whether the account uses SageMaker's portfolio in Service Catalog.
    pub(crate) catalog_enabled: bool,
    profiles_ever: u32,
}

impl Store {
    /// Brings everything up to `now` and forgets what has ended.
    pub(crate) fn settle(&mut self, now: Moment) {
        self.resources.retain(|_, resource| resource.life.settle(now));
    }

    pub(crate) fn get(&self, kind: Kind, key: &str) -> Option<&Resource> {
        self.resources.get(&(kind, key.to_owned()))
    }

    pub(crate) fn get_mut(&mut self, kind: Kind, key: &str) -> Option<&mut Resource> {
        self.resources.get_mut(&(kind, key.to_owned()))
    }

    pub(crate) fn put(&mut self, kind: Kind, key: String, resource: Resource) {
        self.resources.insert((kind, key), resource);
    }

    pub(crate) fn remove(&mut self, kind: Kind, key: &str) {
        self.resources.remove(&(kind, key.to_owned()));
    }

    /// All of a kind, with their keys.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, &Resource)> {
        let from = (kind, String::new());
        let of_kind = self.resources.range(from..).take_while(move |((other, _), _)| *other == kind);
        of_kind.map(|((_, key), resource)| (key.as_str(), resource))
    }

    pub(crate) fn everything(&mut self) -> impl Iterator<Item = (Kind, &mut Resource)> {
        self.resources.iter_mut().map(|((kind, _), resource)| (*kind, resource))
    }

    /// The tags of the resource with this ARN.
    pub(crate) fn tags_of(&self, arn: &str) -> Option<&Tags> {
        self.resources.values().find(|resource| resource.arn == arn).map(|resource| &resource.tags)
    }

    /// The POSIX user id of the next profile or space on its domain's file system.
    pub(crate) fn next_user_id(&mut self) -> u32 {
        self.profiles_ever += 1;
        200_000 + 5 * self.profiles_ever
    }
}

/// A moment as AWS's JSON writes it: seconds since 1970.
pub(crate) fn seconds(moment: Moment) -> Value {
    json!(jiff::Timestamp::from_millisecond(moment).map_or(0.0, epoch_seconds))
}
