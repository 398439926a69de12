//! What there is of one kind, sorted by what can be done about it.

use super::{AT_MOST, CleanupAction, Treatment};
use shared::step::{Plan, Remaining, Waiting};
use shared::text::{self, counted};
use std::time::Duration;

/// How many names a sentence holds.
const NAMED: usize = 3;

/// Things of one kind that go.
pub(super) struct Level<T> {
    kind: &'static str,
    delete: Vec<T>,
    /// What is waited for: why, and its name.
    waiting: Vec<(&'static str, String)>,
    stuck: Option<String>,
    pub(super) remaining: usize,
}

impl<T> Level<T> {
    pub(super) fn new(
        kind: &'static str,
        things: impl Iterator<Item = (T, Treatment)>,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let mut level = Self { kind, delete: Vec::new(), waiting: Vec::new(), stuck: None, remaining: 0 };
        for (thing, treatment) in things {
            level.remaining += usize::from(treatment != Treatment::Ignore);
            match treatment {
                Treatment::Delete => level.delete.push(thing),
                Treatment::Wait(what) => level.waiting.push((what, name(&thing))),
                Treatment::Stuck(why) => level.stuck = level.stuck.or(Some(why)),
                Treatment::Ignore => {}
            }
        }
        level
    }

    /// What to do on this level, or nothing when it is clear.
    pub(super) fn next(
        self,
        remaining: &Remaining,
        pause: Duration,
        act: impl Fn(Vec<T>) -> CleanupAction,
    ) -> Option<Plan<CleanupAction>> {
        let Self { kind, mut delete, waiting, stuck, .. } = self;
        if !delete.is_empty() {
            delete.truncate(AT_MOST);
            return Some(Plan::Act(act(delete), remaining.clone()));
        }
        if let Some(why) = stuck {
            return Some(Plan::Stuck(why));
        }
        let groups = ["being deleted", "being changed", "starting"].map(|what| {
            let names = waiting.iter().filter(|(why, _)| *why == what).map(|(_, name)| name.as_str());
            let names: Vec<_> = names.collect();
            (!names.is_empty())
                .then(|| format!("{} {what} ({})", counted(names.len(), kind), text::list(&names, NAMED)))
        });
        let on = groups.into_iter().flatten().collect::<Vec<_>>().join(", ");
        (!on.is_empty()).then(|| Plan::Wait(Waiting { on, remaining: remaining.clone(), pause }))
    }
}
