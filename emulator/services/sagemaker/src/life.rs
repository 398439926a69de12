//! The status of a resource over time. What happens next is fixed when it begins, so that no task has to make it happen:
//! a later call sees its progress.

use std::collections::VecDeque;

/// Milliseconds since 1970.
pub(crate) type Moment = i64;

/// How long things take on AWS, approximately.
pub(crate) mod takes {
    use std::time::Duration;

    pub(crate) const DOMAIN_TO_START: Duration = Duration::from_mins(3);
    pub(crate) const DOMAIN_TO_STOP: Duration = Duration::from_mins(1);
    pub(crate) const PROFILE_TO_START: Duration = Duration::from_secs(10);
    pub(crate) const PROFILE_TO_STOP: Duration = Duration::from_secs(15);
    pub(crate) const SPACE_TO_START: Duration = Duration::from_secs(10);
    pub(crate) const SPACE_TO_STOP: Duration = Duration::from_secs(20);
    pub(crate) const APP_TO_START: Duration = Duration::from_mins(1);
    pub(crate) const APP_TO_STOP: Duration = Duration::from_mins(1);
    pub(crate) const UPDATE: Duration = Duration::from_secs(10);
    pub(crate) const SERVER_TO_START: Duration = Duration::from_mins(25);
    pub(crate) const SERVER_TO_STOP: Duration = Duration::from_mins(10);
    pub(crate) const NOTEBOOK_TO_START: Duration = Duration::from_mins(4);
    pub(crate) const NOTEBOOK_TO_STOP: Duration = Duration::from_mins(2);
    pub(crate) const NOTEBOOK_TO_UPDATE: Duration = Duration::from_secs(30);
    pub(crate) const NOTEBOOK_TO_GO: Duration = Duration::from_mins(1);
    /// An execution of any pipeline: there is nothing in it that really runs.
    pub(crate) const EXECUTION: Duration = Duration::from_hours(1);
    pub(crate) const EXECUTION_TO_STOP: Duration = Duration::from_secs(30);
    /// How long a deleted app is still listed.
    pub(crate) const APP_TO_BE_FORGOTTEN: Duration = Duration::from_hours(24);
}

/// The next state of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Status(&'static str),
    /// It no longer exists.
    Gone,
}

#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) created: Moment,
    pub(crate) modified: Moment,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    next: VecDeque<(Moment, Next)>,
}

impl Life {
    /// A resource made now.
    pub(crate) fn new(now: Moment, status: &str) -> Self {
        let next = VecDeque::new();
        Self { created: now, modified: now, status: status.into(), reason: None, next }
    }

    /// From now on the status is this, and stays so unless something is said to come [`then`](Self::then). The reason
    /// of an earlier failure is forgotten.
    pub(crate) fn set_status(&mut self, now: Moment, status: &str) -> &mut Self {
        self.modified = now;
        status.clone_into(&mut self.status);
        self.reason = None;
        self.next.clear();
        self
    }

    /// What comes at `at`, after everything said so far.
    pub(crate) fn then(&mut self, at: Moment, next: Next) -> &mut Self {
        self.next.push_back((at, next));
        self
    }

    /// Lives up to `now`; false if it has ended.
    pub(crate) fn settle(&mut self, now: Moment) -> bool {
        while let Some((at, next)) = self.next.front().copied().filter(|(at, _)| *at <= now) {
            let Next::Status(status) = next else { return false };
            status.clone_into(&mut self.status);
            self.modified = at;
            self.next.pop_front();
        }
        true
    }

    pub(crate) fn is(&self, statuses: &[&str]) -> bool {
        statuses.contains(&self.status.as_str())
    }
}
