//! The first cause of a failed operation: what CloudFormation tells last is only what followed from it.

use super::NESTED;
use super::follow::Event;

/// The event with the resource that failed first. A nested stack fails because something in it did, and what was cancelled failed
/// later; so it is the earliest failure of what is no stack, if there is one.
pub(crate) fn first_cause(events: &[Event]) -> Option<&Event> {
    let earliest = |is_wanted: fn(&Event) -> bool| {
        let failures = events.iter().filter(|event| event.is_failure() && is_wanted(event));
        failures.min_by(|one, other| one.at.as_nanos().cmp(&other.at.as_nanos()))
    };
    earliest(|event| event.kind != NESTED)
        .or_else(|| earliest(|event| event.reason.is_some()))
        .or_else(|| earliest(|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    fn event(at: i64, path: &str, kind: &str, status: &str, reason: &str) -> Event {
        Event {
            at: DateTime::from_secs(at),
            path: path.into(),
            kind: kind.into(),
            physical_id: String::new(),
            status: status.into(),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        }
    }

    #[test]
    fn the_cause_is_what_failed_first_and_is_no_stack() {
        let events = [
            event(1, "Network", NESTED, "CREATE_IN_PROGRESS", ""),
            event(2, "Network/Vpc", "AWS::EC2::VPC", "CREATE_COMPLETE", ""),
            // Read later, because it is of another stack.
            event(
                9,
                "ds",
                NESTED,
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [Network].",
            ),
            event(8, "Network", NESTED, "CREATE_FAILED", "Embedded stack ... was not successfully created"),
            event(6, "Roles/Role", "AWS::IAM::Role", "CREATE_FAILED", "Resource creation cancelled"),
            event(5, "Network/Subnet", "AWS::EC2::Subnet", "CREATE_FAILED", "The CIDR is taken"),
        ];
        assert_eq!(first_cause(&events).map(|found| found.path.as_str()), Some("Network/Subnet"));
    }

    #[test]
    fn a_stack_that_fails_by_itself_is_the_cause() {
        let events = [event(3, "ds", NESTED, "CREATE_FAILED", "Parameters: [EnvName] must have values")];
        assert_eq!(
            first_cause(&events).and_then(|found| found.reason.as_deref()),
            Some("Parameters: [EnvName] must have values")
        );
        assert_eq!(first_cause(&[]), None);
        assert_eq!(first_cause(&[event(1, "A", "B", "CREATE_COMPLETE", "")]), None);
    }
}
