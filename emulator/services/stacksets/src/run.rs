//! Operations at work: Region after Region, or all at once, and in each account after account until too many have failed.

use crate::StackSets;
use crate::operation::{Plan, Progress, Target};
use crate::store::{Detail, StackSet, Status};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::JoinSet;

const EXCEEDED: &str = "Cancelled since failure tolerance has exceeded";
const STOPPED: &str = "Cancelled since the operation was stopped";

/// An operation on its way.
pub(crate) struct Run {
    pub(crate) service: StackSets,
    /// The id of the set.
    pub(crate) set: String,
    pub(crate) plan: Plan,
}

impl StackSets {
    /// Accepts an operation, which runs at once or waits for those before it.
    pub(crate) fn accept(&self, set: &mut StackSet, plan: Plan) {
        if let Some(plan) = set.accept(plan, self.now()) {
            self.run(&set.id, plan);
        }
    }

    /// Lets an operation that has begun run.
    fn run(&self, set: &str, plan: Plan) {
        let run = Run { service: self.clone(), set: set.to_owned(), plan };
        self.tasks.spawn(Arc::new(run).carry_out());
    }
}

impl Run {
    /// Carries the operation out, and then begins what waits for it.
    async fn carry_out(self: Arc<Self>) {
        let mut tolerated = true;
        if self.plan.preferences.parallel {
            let mut regions = JoinSet::new();
            for targets in self.regions() {
                regions.spawn(Arc::clone(&self).region(targets));
            }
            while let Some(ended) = regions.join_next().await {
                tolerated &= ended.unwrap_or(false);
            }
        } else {
            for targets in self.regions() {
                if tolerated {
                    tolerated = Arc::clone(&self).region(targets).await;
                    continue;
                }
                for target in &targets {
                    self.cancel(target, EXCEEDED);
                }
            }
        }
        self.finish(tolerated);
    }

    /// The targets of each Region.
    fn regions(&self) -> Vec<VecDeque<Target>> {
        let mut regions: Vec<VecDeque<Target>> = Vec::new();
        for target in &self.plan.targets {
            match regions.iter_mut().find(|it| it[0].region == target.region) {
                Some(region) => region.push_back(target.clone()),
                None => regions.push(VecDeque::from([target.clone()])),
            }
        }
        regions
    }

    /// Works in one Region. Whether no more has failed there than is tolerated.
    async fn region(self: Arc<Self>, mut waiting: VecDeque<Target>) -> bool {
        let preferences = &self.plan.preferences;
        let (accounts, mut failures) = (waiting.len(), 0);
        let tolerance = preferences.tolerance(accounts);
        let mut running = JoinSet::new();
        loop {
            let reason =
                if failures > tolerance { Some(EXCEEDED) } else { self.is_stopping().then_some(STOPPED) };
            if let Some(reason) = reason {
                for target in waiting.drain(..) {
                    self.cancel(&target, reason);
                }
            }
            while running.len() < preferences.concurrent(accounts, failures)
                && let Some(target) = waiting.pop_front()
            {
                running.spawn(Arc::clone(&self).work(target));
            }
            match running.join_next().await {
                None => return failures <= tolerance,
                Some(Ok(true)) => {}
                Some(_) => failures += 1,
            }
        }
    }

    /// Changes the set.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut StackSet) -> T) -> Option<T> {
        self.service.store().sets.get_mut(&self.set).map(change)
    }

    fn is_stopping(&self) -> bool {
        let stopping = |set: &mut StackSet| {
            set.operation_mut(&self.plan.id).is_some_and(|it| it.status == Progress::Stopping)
        };
        self.change(stopping).unwrap_or(true)
    }

    fn cancel(&self, target: &Target, reason: &str) {
        self.change(|set| {
            if let Some(instance) = set.instances.get_mut(&target.place()) {
                instance.detail = Detail::Cancelled;
                instance.reason = Some(reason.to_owned());
                if instance.status == Status::Current {
                    instance.status = Status::Outdated;
                }
            }
            let operation = set.operation_mut(&self.plan.id);
            if let Some(outcome) = operation.and_then(|it| it.results.get_mut(&target.place())) {
                outcome.detail = Detail::Cancelled;
                outcome.reason = Some(reason.to_owned());
            }
        });
    }

    /// Ends the operation.
    fn finish(&self, tolerated: bool) {
        let now = self.service.now();
        let next = self.change(|set| {
            if let Some(operation) = set.operation_mut(&self.plan.id) {
                operation.ended = Some(now);
                operation.status = match operation.status {
                    Progress::Stopping => Progress::Stopped,
                    _ if tolerated => Progress::Succeeded,
                    _ => Progress::Failed,
                };
            }
            let next = set.queue.pop_front()?;
            set.begin(&next);
            Some(next)
        });
        if let Some(Some(next)) = next {
            self.service.run(&self.set, next);
        }
    }
}
