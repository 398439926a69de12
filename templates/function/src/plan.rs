//! The next action. Pure: no clock, no call.

use crate::observation::Observation;
use crate::spec::Spec;
use shared::reconcile::progress::Remaining;
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::step::Plan;
use std::fmt;

/// One idempotent call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The name of the log group.
    pub group: String,
    /// Days that events are kept; none if they never expire.
    pub retention: Option<i32>,
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retention {
            Some(days) => write!(out, "setting the retention of log group {} to {days} days", self.group),
            None => write!(out, "removing the retention of log group {}", self.group),
        }
    }
}

/// Decides what to do next.
pub fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
    match (&observed.group, spec.retention) {
        (Some(group), retention) if group.retention != retention => {
            let action = Action { group: spec.group.clone(), retention };
            Plan::Act(action, Remaining::new([("log groups", 1)]))
        }
        (None, Some(_)) => Plan::Stuck(format!(
            "no log group is called {} in this account and Region: create it, or correct LogGroupName",
            spec.group
        )),
        (Some(_) | None, _) => Plan::Done(output(spec)),
    }
}

/// The same keys on every response.
fn output(spec: &Spec) -> Output {
    let days = spec.retention.map_or_else(String::new, |days| days.to_string());
    attributes([("RetentionInDays", days)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::LogGroup;

    /// `exists` is the retention of the log group, if there is one.
    #[track_caller]
    fn check(exists: Option<Option<i32>>, wanted: Option<i32>, expected: &str) {
        let spec = Spec { group: "app".to_owned(), retention: wanted };
        let observed = Observation { group: exists.map(|retention| LogGroup { retention }) };
        let planned = match plan(&spec, &observed) {
            Plan::Done(_) => "done".to_owned(),
            Plan::Act(action, _) => action.to_string(),
            Plan::Stuck(reason) => reason,
            Plan::Wait(_) => "wait".to_owned(),
        };
        assert!(planned.starts_with(expected), "{planned}");
    }

    #[test]
    fn a_log_group_gets_the_retention_that_it_does_not_have() {
        check(Some(None), Some(30), "setting the retention of log group app to 30 days");
        check(Some(Some(7)), Some(30), "setting the retention of log group app to 30 days");
        check(Some(Some(30)), Some(30), "done");
        check(Some(Some(30)), None, "removing the retention of log group app");
        check(Some(None), None, "done");
    }

    #[test]
    fn a_log_group_that_does_not_exist_blocks_create_and_not_delete() {
        check(None, Some(30), "no log group is called app");
        check(None, None, "done");
    }
}
