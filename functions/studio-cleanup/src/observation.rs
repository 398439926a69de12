//! What is in a domain, in our own words.

use shared::removal::Reason;
use std::fmt;
use std::time::Duration;

/// How long a failed deletion counts as recent. A run that meets one stops and tells SageMaker's reason; a later one
/// tries again, because by then somebody may have removed the cause.
pub const RECENT: Duration = Duration::from_mins(10);

/// All that is known of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Why the domain stays, when a stack asked; then nothing else is filled in.
    pub stays: Option<Reason>,
    /// The domain; nothing when it does not exist, and then nothing else is filled in either.
    pub domain: Option<Domain>,
    /// Its apps, without those that are deleted already: SageMaker lists them for another day.
    pub apps: Vec<App>,
    /// Its spaces. Not looked at while there are many apps, unless their volumes have to be known.
    pub spaces: Vec<Space>,
    /// Its user profiles. Not looked at while many apps or spaces remain.
    pub profiles: Vec<Profile>,
    /// What goes on without the domain; looked at only when nothing else is left to do, or when the spec asks for the
    /// whole picture.
    pub reports: Option<Reports>,
}

/// The domain itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its ARN.
    pub arn: String,
    /// The id of the file system with the home directories, which outlives it.
    pub file_system: Option<String>,
    /// The project of SageMaker Unified Studio that it was made for.
    pub project: Option<Project>,
    /// Whether it can go.
    pub state: State,
}

/// A project of SageMaker Unified Studio, which is Amazon `DataZone`. It makes a SageMaker domain for itself, and deletes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id; empty where only the domain of Unified Studio is known.
    pub id: String,
    /// The id of the domain of Unified Studio: `dzd_...`.
    pub domain: String,
}

/// An app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// What it is called, and whose it is.
    pub id: AppId,
    /// Whether it can go.
    pub state: AppState,
}

/// The name of an app: only all parts together are unique in a domain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppId {
    /// SageMaker's word for its type: `JupyterLab`, `Canvas`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
}

/// `JupyterLab app default of space draft`.
impl fmt::Display for AppId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, owner) = match &self.owner {
            Owner::Space(name) => ("space", name),
            Owner::Profile(name) => ("user profile", name),
        };
        write!(out, "{} app {} of {what} {owner}", self.kind, self.name)
    }
}

/// Whose an app is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A space's.
    Space(String),
    /// A user profile's.
    Profile(String),
}

/// What an app is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppState {
    /// `InService`.
    Running,
    /// `Pending`: only an app in service can be deleted.
    Starting,
    /// `Deleting`.
    Leaving,
    /// `Failed`: it cannot be deleted, and does not block the deletion of anything else.
    Failed,
    /// A status that is newer than this program.
    Unknown(String),
}

/// A space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its name.
    pub name: String,
    /// The user profile that owns it, if any.
    pub owner: Option<String>,
    /// The size of its EBS volume in GB, if it has one: it is deleted with the space.
    pub volume: Option<i32>,
    /// Whether it can go.
    pub state: State,
}

/// A user profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Whether it can go.
    pub state: State,
}

/// What a space, a user profile or a domain is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// `InService`, `Failed` or `Update_Failed`: it can be deleted.
    Standing,
    /// `Pending` or `Updating`.
    Changing,
    /// `Deleting`.
    Leaving,
    /// `Delete_Failed`.
    Refused {
        /// Within the last ten minutes ([`RECENT`]).
        recently: bool,
        /// What SageMaker says about it, where it was asked.
        why: Option<String>,
    },
    /// A status that is newer than this program.
    Unknown(String),
}

/// What goes on without the domain. Each list is its names, or why they could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// `MLflow` tracking servers of the domain: they go on costing money, and the console shows them nowhere.
    pub tracking_servers: Result<Vec<String>, String>,
    /// Running executions of pipelines of the domain, as `pipeline/execution`.
    pub running_pipelines: Result<Vec<String>, String>,
}
