//! Shows the events of a stack operation: on a terminal one line that changes, with failures above it; elsewhere a line for each
//! resource that is done; nothing when a program reads the result.

use super::NESTED;
use super::follow::Event;
use crate::progress::spinner;
use crate::screen::{Screen, is_unicode};
use indicatif::ProgressBar;
use shared::text::counted;
use std::collections::BTreeMap;

/// One operation.
pub(crate) struct StackProgress<'a> {
    screen: &'a Screen,
    shown: Shown,
    tally: Tally,
}

enum Shown {
    Nothing,
    Lines,
    Line(ProgressBar),
}

/// What is under way, and how much is done.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    /// What began and did not end, by path.
    open: BTreeMap<String, String>,
}

impl<'a> StackProgress<'a> {
    pub(crate) fn new(screen: &'a Screen, silent: bool) -> Self {
        let shown = match (silent, screen.animated()) {
            (true, _) => Shown::Nothing,
            (false, false) => Shown::Lines,
            (false, true) => Shown::Line(spinner(is_unicode())),
        };
        Self { screen, shown, tally: Tally::default() }
    }

    pub(crate) fn note(&mut self, event: &Event) {
        self.tally.note(event);
        match &self.shown {
            Shown::Lines if event.is_end() => self.screen.note(&told(event)),
            Shown::Nothing | Shown::Lines => {}
            Shown::Line(line) => {
                if event.is_failure() {
                    line.suspend(|| self.screen.note(&told(event)));
                }
                line.set_message(self.tally.summary());
            }
        }
    }
}

/// Takes the line away, also after Ctrl-C: what was done is told in words.
impl Drop for StackProgress<'_> {
    fn drop(&mut self) {
        if let Shown::Line(line) = &self.shown {
            line.finish_and_clear();
        }
    }
}

/// `CREATE_COMPLETE AWS::EC2::VPC Network/Vpc`, with the reason of a failure.
fn told(event: &Event) -> String {
    let reason = event.reason.as_deref().filter(|_| event.is_failure());
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{} {} {}{reason}", event.status, event.kind, event.path)
}

impl Tally {
    fn note(&mut self, event: &Event) {
        if event.is_end() {
            self.done += 1;
            self.open.remove(&event.path);
        } else {
            self.open.insert(event.path.clone(), event.kind.clone());
        }
    }

    /// `12 resources done, 3 under way: Network/Vpc (AWS::EC2::VPC), ...`: stacks are under way because of what is in them.
    fn summary(&self) -> String {
        let leaves = self.open.iter().filter(|(_, kind)| *kind != NESTED);
        let names: Vec<_> = leaves.map(|(path, kind)| format!("{path} ({kind})")).collect();
        let done = counted(self.done, "resources");
        if names.is_empty() {
            return format!("{done} done");
        }
        format!("{done} done, {} under way: {}", names.len(), names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    fn event(path: &str, kind: &str, status: &str) -> Event {
        let (path, kind, status) = (path.into(), kind.into(), status.into());
        let (physical_id, reason) = (String::new(), Some("It says why".to_owned()));
        Event { at: DateTime::from_secs(0), path, kind, physical_id, status, reason }
    }

    #[test]
    fn the_line_tells_what_is_done_and_what_is_under_way() {
        let mut tally = Tally::default();
        for (path, kind, status, expected) in [
            ("ds", NESTED, "CREATE_IN_PROGRESS", "0 resources done"),
            (
                "Vpc",
                "AWS::EC2::VPC",
                "CREATE_IN_PROGRESS",
                "0 resources done, 1 under way: Vpc (AWS::EC2::VPC)",
            ),
            ("Vpc", "AWS::EC2::VPC", "CREATE_COMPLETE", "1 resource done"),
            (
                "A/B",
                "AWS::IAM::Role",
                "DELETE_IN_PROGRESS",
                "1 resource done, 1 under way: A/B (AWS::IAM::Role)",
            ),
            ("A/B", "AWS::IAM::Role", "DELETE_SKIPPED", "2 resources done"),
        ] {
            tally.note(&event(path, kind, status));
            assert_eq!(tally.summary(), expected);
        }
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let failed = event("Net/Vpc", "AWS::EC2::VPC", "CREATE_FAILED");
        assert_eq!(told(&failed), "CREATE_FAILED AWS::EC2::VPC Net/Vpc: It says why");
        let made = event("Net/Vpc", "AWS::EC2::VPC", "CREATE_COMPLETE");
        assert_eq!(told(&made), "CREATE_COMPLETE AWS::EC2::VPC Net/Vpc");
    }
}
