//! The next action. Pure: no clock, no call.

use crate::observation::Observation;
use crate::spec::{Principal, Spec};
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::progress::{Remaining, State, Tracked, Waiting};
use shared::reconcile::step::{Plan, Reconcile};
use std::fmt;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Enable projects, which makes the account accept SageMaker's portfolio.
    Enable,
    /// Give principals access to a portfolio.
    Associate { portfolio: String, principals: Vec<Principal> },
    /// Take it away.
    Disassociate { portfolio: String, principals: Vec<Principal> },
}

impl Action {
    /// What it acts on, in the plural.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Enable => "portfolios",
            Self::Associate { .. } | Self::Disassociate { .. } => "principals",
        }
    }

    /// What it acts on, by name.
    pub(crate) fn ids(&self) -> Vec<String> {
        match self {
            Self::Enable => vec!["Amazon SageMaker".to_owned()],
            Self::Associate { principals, .. } | Self::Disassociate { principals, .. } => {
                principals.iter().map(|principal| principal.arn.clone()).collect()
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enable => write!(out, "enabling projects"),
            Self::Associate { portfolio, .. } => write!(out, "giving access to portfolio {portfolio}"),
            Self::Disassociate { portfolio, .. } => {
                write!(out, "taking access to portfolio {portfolio} away")
            }
        }
    }
}

/// Decides what to do next. Roles lose access last, so that an update that fails has taken nothing away.
pub fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
    let wanted = !spec.with.is_empty();
    if wanted && !observed.enabled {
        return Plan::Act(Action::Enable, Remaining::new([("portfolios", 1)]));
    }
    let Some(portfolio) = &observed.portfolio else {
        return if wanted { wait() } else { Plan::Done(output(None)) };
    };
    let missing: Vec<_> = spec.with.difference(&portfolio.principals).cloned().collect();
    let extra: Vec<_> = spec.without.intersection(&portfolio.principals).cloned().collect();
    let remaining = Remaining::new([("principals", missing.len() + extra.len())]);
    let id = portfolio.id.clone();
    if !missing.is_empty() {
        return Plan::Act(Action::Associate { portfolio: id, principals: missing }, remaining);
    }
    if !extra.is_empty() {
        return Plan::Act(Action::Disassociate { portfolio: id, principals: extra }, remaining);
    }
    Plan::Done(output(Some(&id)))
}

/// The share is accepted by SageMaker, seconds after projects were enabled.
fn wait() -> Plan<Action> {
    let share = Tracked::all("portfolios", ["Amazon SageMaker".to_owned()], &State::Starting);
    let remaining = Remaining::new([("portfolios", 1)]);
    let waiting = Waiting::for_aws(share, remaining, crate::ProjectsEnablement::PAUSE);
    waiting.map_or_else(|| Plan::Done(output(None)), Plan::Wait)
}

/// The same keys on every response.
fn output(portfolio: Option<&str>) -> Output {
    attributes([("PortfolioId", portfolio.unwrap_or_default())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Portfolio;
    use crate::spec::Kind;
    use std::collections::BTreeSet;

    fn principals(names: &[&str]) -> BTreeSet<Principal> {
        let principal = |name: &&str| Principal { arn: (*name).to_owned(), kind: Kind::Role };
        names.iter().map(principal).collect()
    }

    fn spec(with: &[&str], without: &[&str]) -> Spec {
        Spec { with: principals(with), without: principals(without) }
    }

    fn observed(enabled: bool, portfolio: Option<&[&str]>) -> Observation {
        let portfolio =
            portfolio.map(|names| Portfolio { id: "port-1".to_owned(), principals: principals(names) });
        Observation { enabled, portfolio }
    }

    /// The action in a word, with the names in it.
    fn told(spec: &Spec, observed: &Observation) -> String {
        match plan(spec, observed) {
            Plan::Done(output) => format!("done {}", output["PortfolioId"]),
            Plan::Wait(waiting) => format!("wait for {}", waiting.resources.len()),
            Plan::Act(action, _) => format!("{} {}", action, action.ids().join(",")),
            Plan::Stuck(why) => why,
        }
    }

    #[test]
    fn roles_get_access_before_others_lose_it_and_nobody_else_is_touched() {
        for (spec, observed, expected) in [
            (spec(&["a"], &[]), observed(false, None), "enabling projects Amazon SageMaker"),
            (spec(&["a"], &[]), observed(false, Some(&["a"])), "enabling projects Amazon SageMaker"),
            (spec(&["a"], &[]), observed(true, None), "wait for 1"),
            (
                spec(&["a", "b"], &["c"]),
                observed(true, Some(&["c", "x"])),
                "giving access to portfolio port-1 a,b",
            ),
            (
                spec(&["a", "b"], &["c"]),
                observed(true, Some(&["a", "b", "c"])),
                "taking access to portfolio port-1 away c",
            ),
            (spec(&["a"], &["c"]), observed(true, Some(&["a", "x"])), "done port-1"),
            // A Delete: what is disabled or gone is done.
            (
                spec(&[], &["a"]),
                observed(true, Some(&["a", "x"])),
                "taking access to portfolio port-1 away a",
            ),
            (spec(&[], &["a"]), observed(true, Some(&["x"])), "done port-1"),
            (spec(&[], &["a"]), observed(false, None), "done "),
        ] {
            assert_eq!(told(&spec, &observed), expected, "{spec:?} {observed:?}");
        }
    }
}
