//! What the template tells the function, read once at start.

use crate::events::Events;
use crate::spec::{Backup, Consent};
use serde::Deserialize;
use shared::drivers::events::Route;
use shared::env::{self, WrongSettings};

/// The settings of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub backup: Backup,
    /// None where the deployment serves no events.
    pub events: Option<Events>,
}

/// The same as the templates write them: by the names of their parameters, empty where a parameter is empty.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Written {
    /// The vault in which recovery points are made.
    backup_vault_name: String,
    /// The role that AWS Backup assumes for them; the default role of AWS Backup in the account without it.
    backup_role_arn: String,
    /// The state machine whose executions events start, by its ARN; without it the function serves no events.
    state_machine_arn: String,
    /// The SNS topic that is told what events find and start; without it only the log is.
    notice_topic_arn: String,
    free_network: FreeNetwork,
    /// Hours between an event and the first deletion of the run that it starts.
    grace_period_in_hours: u64,
    /// How many runs one schedule may start.
    max_runs: usize,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            backup_vault_name: String::new(),
            backup_role_arn: String::new(),
            state_machine_arn: String::new(),
            notice_topic_arn: String::new(),
            free_network: FreeNetwork::Never,
            grace_period_in_hours: 24,
            max_runs: 5,
        }
    }
}

/// Whose network events may free.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FreeNetwork {
    Never,
    /// That of VPCs with a tag.
    Tagged,
    Always,
}

impl Settings {
    /// Those of this function's environment.
    ///
    /// # Errors
    /// [`WrongSettings`], which names the key or the value that is wrong.
    pub fn from_environment() -> Result<Self, WrongSettings> {
        env::settings().map(Self::of)
    }

    fn of(written: Written) -> Self {
        let given = |text: String| (!text.is_empty()).then_some(text);
        let default = Backup::default();
        let vault = given(written.backup_vault_name).unwrap_or(default.vault);
        let topic = given(written.notice_topic_arn);
        let events = given(written.state_machine_arn).map(|machine| Events {
            route: Route { machine, topic },
            consent: match written.free_network {
                FreeNetwork::Never => None,
                FreeNetwork::Tagged => Some(Consent::Tag),
                FreeNetwork::Always => Some(Consent::Parameter),
            },
            grace: written.grace_period_in_hours.saturating_mul(3600),
            most: written.max_runs,
        });
        Self { backup: Backup { vault, role: given(written.backup_role_arn) }, events }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        env::parse_settings(text).map(Settings::of).map_err(|error| shared::error::chain(&error))
    }

    #[test]
    fn without_settings_the_function_serves_no_events_and_uses_the_defaults_of_aws_backup() {
        let empty = r#"{"BackupVaultName": "", "BackupRoleArn": ""}"#;
        for text in ["{}", empty] {
            assert_eq!(read(text), Ok(Settings { backup: Backup::default(), events: None }), "{text}");
        }
    }

    #[test]
    fn settings_have_the_names_of_the_parameters_of_the_templates() {
        let settings = read(
            r#"{"BackupVaultName": "v", "BackupRoleArn": "arn:role", "StateMachineArn": "arn:machine", "NoticeTopicArn": "",
                "FreeNetwork": "tagged", "GracePeriodInHours": 2, "MaxRuns": 1}"#,
        );
        let events = Events {
            route: Route { machine: "arn:machine".to_owned(), topic: None },
            consent: Some(Consent::Tag),
            grace: 7200,
            most: 1,
        };
        let backup = Backup { vault: "v".to_owned(), role: Some("arn:role".to_owned()) };
        assert_eq!(settings, Ok(Settings { backup, events: Some(events) }));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (text, named) in [
            (
                r#"{"FreeNetwork": "yes"}"#,
                "unknown variant `yes`, expected one of `never`, `tagged`, `always`",
            ),
            (r#"{"GraceperiodInHours": 2}"#, "unknown field `GraceperiodInHours`"),
            (r#"{"MaxRuns": "many"}"#, "invalid type: string \"many\", expected usize"),
            (r#"{"MaxRuns": -1}"#, "invalid value: integer `-1`"),
            ("no JSON", "expected"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.starts_with("the environment variable SETTINGS is wrong: "), "{told}");
            assert!(told.contains(named), "{told}");
        }
    }
}
