//! Every environment variable a function reads, and the only place that reads them. What is missing stops the function
//! at start-up, by name, instead of in the middle of a job.

/// The Region whose services are called. Lambda sets it.
pub const REGION: &str = "AWS_REGION";
/// The name of the function. Lambda sets it; it is the dimension of our metrics.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// `WARN` or `ERROR` for a quieter log. Lambda sets it from the function's `ApplicationLogLevel`.
pub const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
/// The provider of the custom source action that `git-source` serves.
pub const ACTION_PROVIDER: &str = "ACTION_PROVIDER";
/// The version of that action type.
pub const ACTION_VERSION: &str = "ACTION_VERSION";
/// The name of the `CodeBuild` project that clones repositories.
pub const CLONE_PROJECT: &str = "CLONE_PROJECT";
/// The git hosts a pipeline may clone from: names separated by commas, `:port` where it is not 22.
pub const ALLOWED_GIT_HOSTS: &str = "ALLOWED_GIT_HOSTS";
/// The vault in which `storage-cleanup` makes recovery points; `Default` without it.
pub const BACKUP_VAULT: &str = "BACKUP_VAULT";
/// The role that AWS Backup takes for them; the default role of AWS Backup in the account without it.
pub const BACKUP_ROLE_ARN: &str = "BACKUP_ROLE_ARN";
/// The state machine whose runs events start, by its ARN; without it a function serves no events.
pub const LOOP_ARN: &str = "LOOP_ARN";
/// The SNS topic that is told what events find and start; without it only the log is.
pub const NOTICE_TOPIC_ARN: &str = "NOTICE_TOPIC_ARN";
/// What events may free: `never`, `tagged` or `always`.
pub const FREE_NETWORK: &str = "FREE_NETWORK";
/// Hours between an event and the first deletion of the run that it starts.
pub const GRACE_PERIOD_IN_HOURS: &str = "GRACE_PERIOD_IN_HOURS";
/// How many runs one event may start.
pub const MAX_RUNS: &str = "MAX_RUNS";

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
