//! What the template tells the function, read once at start.

use crate::config::AllowedHosts;
use shared::env::required;

/// The provider of the custom source action that the function serves.
const ACTION_PROVIDER: &str = "ACTION_PROVIDER";
/// The version of that action type.
const ACTION_VERSION: &str = "ACTION_VERSION";
/// The name of the `CodeBuild` project that clones repositories.
const CLONE_PROJECT: &str = "CLONE_PROJECT";
/// The git hosts a pipeline may clone from: names separated by commas, `:port` where it is not 22. The clone reads it too.
pub(crate) const ALLOWED_GIT_HOSTS: &str = "ALLOWED_GIT_HOSTS";

/// What the stack tells the function.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The provider of the action type.
    pub provider: String,
    /// The version of the action type.
    pub version: String,
    /// The project whose builds clone.
    pub project: String,
    /// The hosts a pipeline may clone from.
    pub hosts: AllowedHosts,
}

impl Settings {
    /// The settings of this function's environment.
    ///
    /// # Errors
    /// When one is missing or wrong; the error names it.
    pub fn from_environment() -> Result<Self, shared::lambda::Error> {
        let hosts = AllowedHosts::read(&required(ALLOWED_GIT_HOSTS)?);
        Ok(Self {
            provider: required(ACTION_PROVIDER)?,
            version: required(ACTION_VERSION)?,
            project: required(CLONE_PROJECT)?,
            hosts: hosts.map_err(|error| format!("{ALLOWED_GIT_HOSTS}: {error}"))?,
        })
    }
}
