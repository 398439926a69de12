//! What there is of one kind, sorted by what can be done about it.

use super::{AT_MOST, CleanupAction, Treatment};
use shared::reconcile::progress::{Remaining, Tracked, Waiting};
use shared::reconcile::step::Plan;
use std::time::Duration;

/// Things of one kind that go.
pub(super) struct Level<T> {
    delete: Vec<T>,
    waiting: Vec<Tracked>,
    stuck: Option<String>,
    pub(super) remaining: usize,
}

impl<T> Level<T> {
    pub(super) fn new(
        kind: &'static str,
        things: impl Iterator<Item = (T, Treatment)>,
        name: impl Fn(&T) -> String,
    ) -> Self {
        let mut level = Self { delete: Vec::new(), waiting: Vec::new(), stuck: None, remaining: 0 };
        for (thing, treatment) in things {
            level.remaining += usize::from(treatment != Treatment::Ignore);
            match treatment {
                Treatment::Delete => level.delete.push(thing),
                Treatment::Wait(state) => level.waiting.push(Tracked { kind, id: name(&thing), state }),
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
        let Self { mut delete, mut waiting, stuck, .. } = self;
        if !delete.is_empty() {
            delete.truncate(AT_MOST);
            return Some(Plan::Act(act(delete), remaining.clone()));
        }
        if let Some(why) = stuck {
            return Some(Plan::Stuck(why));
        }
        waiting.sort_by(|one, other| one.state.cmp(&other.state));
        Waiting::for_aws(waiting, remaining.clone(), pause).map(Plan::Wait)
    }
}
