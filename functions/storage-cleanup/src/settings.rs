//! What the template tells the function, read once at start.

use crate::events::Events;
use crate::spec::{Backup, Consent};
use shared::drivers::events::Route;
use shared::env::optional;

/// The vault in which recovery points are made; `Default` without it.
const BACKUP_VAULT: &str = "BACKUP_VAULT";
/// The role that AWS Backup takes for them; the default role of AWS Backup in the account without it.
const BACKUP_ROLE_ARN: &str = "BACKUP_ROLE_ARN";
/// The state machine whose runs events start, by its ARN; without it the function serves no events.
const LOOP_ARN: &str = "LOOP_ARN";
/// The SNS topic that is told what events find and start; without it only the log is.
const NOTICE_TOPIC_ARN: &str = "NOTICE_TOPIC_ARN";
/// What events may free: `never`, `tagged` or `always`.
const FREE_NETWORK: &str = "FREE_NETWORK";
/// Hours between an event and the first deletion of the run that it starts.
const GRACE_PERIOD_IN_HOURS: &str = "GRACE_PERIOD_IN_HOURS";
/// How many runs one event may start.
const MAX_RUNS: &str = "MAX_RUNS";

/// The settings of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub backup: Backup,
    /// None where the deployment serves no events.
    pub events: Option<Events>,
}

impl Settings {
    /// Those of this function's environment.
    ///
    /// # Errors
    /// A sentence that names the variable, its value and what to do.
    pub fn from_environment() -> Result<Self, String> {
        Ok(Self { backup: backup(), events: events()? })
    }
}

fn backup() -> Backup {
    let otherwise = Backup::default();
    Backup { vault: optional(BACKUP_VAULT).unwrap_or(otherwise.vault), role: optional(BACKUP_ROLE_ARN) }
}

fn events() -> Result<Option<Events>, String> {
    let Some(machine) = optional(LOOP_ARN) else { return Ok(None) };
    let number = |variable: &str, otherwise: u64| match optional(variable) {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| format!("{variable} is {text:?}: set a whole number")),
    };
    Ok(Some(Events {
        route: Route { machine, topic: optional(NOTICE_TOPIC_ARN) },
        consent: consent(optional(FREE_NETWORK).as_deref().unwrap_or("never"))?,
        grace: number(GRACE_PERIOD_IN_HOURS, 24)? * 3600,
        most: usize::try_from(number(MAX_RUNS, 5)?).unwrap_or(usize::MAX),
    }))
}

/// Who allows events to free the network.
pub(crate) fn consent(word: &str) -> Result<Option<Consent>, String> {
    match word {
        "never" => Ok(None),
        "tagged" => Ok(Some(Consent::Tag)),
        "always" => Ok(Some(Consent::Parameter)),
        _ => Err(format!("{FREE_NETWORK} is {word:?}: set never, tagged or always")),
    }
}
