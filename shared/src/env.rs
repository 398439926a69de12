//! Reads environment variables: the only place that does, and the names of those that Lambda sets. A missing variable stops a
//! function at start-up and is named. The names of a function's own variables are in its `settings.rs`.

use serde::de::DeserializeOwned;

/// The Region whose services are called. Lambda sets it.
pub const REGION: &str = "AWS_REGION";
/// The name of the function. Lambda sets it; it is the dimension of our metrics.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// `WARN` or `ERROR` for a quieter log. Lambda sets it from the function's `ApplicationLogLevel`.
pub const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// The settings of a function, a JSON object: `infra/functions/function.yaml` sets it. `external-repo-access.yaml`, which nests no
/// template, has a variable for each setting instead.
pub const SETTINGS: &str = "SETTINGS";

/// A variable the function cannot work without.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} is missing or empty: set it on the function")]
pub struct Missing {
    /// The name of the variable.
    pub variable: &'static str,
}

/// The value of a variable that must be there.
///
/// # Errors
/// [`Missing`] when it is unset, empty or not Unicode.
pub fn required(variable: &'static str) -> Result<String, Missing> {
    optional(variable).ok_or(Missing { variable })
}

/// The value of a variable that may be absent. Empty counts as absent: a template cannot leave a variable out as
/// easily as it can leave it empty.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
pub fn optional(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// [`SETTINGS`] is not what the function expects.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {SETTINGS} is wrong: {0}")]
pub struct WrongSettings(#[source] serde_json::Error);

/// The settings of the function. Without the variable, those of an empty object.
///
/// # Errors
/// [`WrongSettings`], which names the key or the value that is wrong.
pub fn settings<T: DeserializeOwned>() -> Result<T, WrongSettings> {
    parse_settings(optional(SETTINGS).as_deref().unwrap_or("{}"))
}

/// [`settings`] of a text.
///
/// # Errors
/// As [`settings`].
pub fn parse_settings<T: DeserializeOwned>(text: &str) -> Result<T, WrongSettings> {
    serde_json::from_str(text).map_err(WrongSettings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_names_itself() {
        let missing = required("NO_SUCH_VARIABLE").unwrap_err();
        assert!(missing.to_string().contains("NO_SUCH_VARIABLE"));
        assert!(format!("{missing:?}").contains("NO_SUCH_VARIABLE"), "start-up prints the error with Debug");
    }
}
