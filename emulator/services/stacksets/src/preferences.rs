//! How an operation goes from account to account and from Region to Region.

use crate::failure::invalid;
use emulator_core::{Failure, text, texts};
use serde_json::Value;

/// A number of accounts, or a share of those in a Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Count(u64),
    Percentage(u64),
}

impl Amount {
    /// AWS rounds down.
    fn of(self, accounts: usize) -> usize {
        let number = match self {
            Self::Count(count) => count,
            Self::Percentage(share) => {
                u64::try_from(accounts).unwrap_or(u64::MAX).saturating_mul(share) / 100
            }
        };
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

/// The preferences of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Preferences {
    pub(crate) parallel: bool,
    order: Vec<String>,
    tolerance: Amount,
    concurrent: Amount,
    /// Whether failures leave the number of accounts at once as it is.
    soft: bool,
    /// As given.
    pub(crate) shown: Value,
}

impl Preferences {
    /// Those of an input, for an operation in these Regions.
    pub(crate) fn of(input: &Value, regions: &[String]) -> Result<Self, Failure> {
        let given = &input["OperationPreferences"];
        let tolerance = amount(given, "FailureToleranceCount", "FailureTolerancePercentage")?;
        let concurrent = amount(given, "MaxConcurrentCount", "MaxConcurrentPercentage")?;
        let order = texts(given, "RegionOrder");
        if let Some(unknown) = order.iter().find(|region| !regions.contains(region)) {
            return Err(invalid(format!("Region {unknown} of RegionOrder is not a region of the operation")));
        }
        if order.iter().enumerate().any(|(at, region)| order[..at].contains(region)) {
            return Err(invalid("RegionOrder must not have duplicates"));
        }
        Ok(Self {
            parallel: text(given, "RegionConcurrencyType") == "PARALLEL",
            order,
            tolerance: tolerance.unwrap_or(Amount::Count(0)),
            concurrent: concurrent.unwrap_or(Amount::Count(1)),
            soft: text(given, "ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE",
            shown: given.clone(),
        })
    }

    /// The Regions in the order in which they are worked on: those that are not ordered come last.
    pub(crate) fn ordered(&self, regions: &[String]) -> Vec<String> {
        let rest = regions.iter().filter(|region| !self.order.contains(region));
        let mut all: Vec<String> = Vec::new();
        for region in self.order.iter().chain(rest) {
            if !all.contains(region) {
                all.push(region.clone());
            }
        }
        all
    }

    /// In how many of these accounts of a Region the operation may fail.
    pub(crate) fn tolerance(&self, accounts: usize) -> usize {
        self.tolerance.of(accounts)
    }

    /// In how many of these accounts of a Region it works at once after some failures. Strictly, no more may fail than are
    /// tolerated and one.
    pub(crate) fn concurrent(&self, accounts: usize, failures: usize) -> usize {
        let most = self.concurrent.of(accounts).max(1);
        if self.soft {
            return most;
        }
        most.min(self.tolerance(accounts).saturating_add(1).saturating_sub(failures)).max(1)
    }
}

/// A number of accounts in one of two members.
fn amount(given: &Value, count: &str, percentage: &str) -> Result<Option<Amount>, Failure> {
    match (given[count].as_u64(), given[percentage].as_u64()) {
        (Some(_), Some(_)) => {
            Err(invalid(format!("You can specify either {count} or {percentage}, but not both")))
        }
        (Some(count), None) => Ok(Some(Amount::Count(count))),
        (None, share) => Ok(share.map(Amount::Percentage)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(preferences: &Value, accounts: usize, failures: usize, expected: (usize, usize)) {
        let read = Preferences::of(&json!({"OperationPreferences": preferences}), &[]).unwrap();
        assert_eq!((read.tolerance(accounts), read.concurrent(accounts, failures)), expected);
    }

    #[test]
    fn amounts_are_counts_or_shares_and_failures_slow_a_strict_operation_down() {
        check(&json!({}), 10, 0, (0, 1));
        check(&json!({"MaxConcurrentPercentage": 100}), 10, 0, (0, 1));
        check(&json!({"MaxConcurrentCount": 4, "FailureToleranceCount": 2}), 10, 0, (2, 3));
        check(&json!({"MaxConcurrentCount": 4, "FailureToleranceCount": 2}), 10, 2, (2, 1));
        check(&json!({"MaxConcurrentPercentage": 5, "FailureTolerancePercentage": 19}), 10, 0, (1, 1));
        let soft = json!({"MaxConcurrentPercentage": 50, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"});
        check(&soft, 10, 0, (0, 5));
    }

    #[test]
    fn ordered_regions_come_first_and_once() {
        let regions: Vec<String> = ["a", "b", "c", "b"].map(str::to_owned).into();
        let read = |order: Value| {
            Preferences::of(&json!({"OperationPreferences": {"RegionOrder": order}}), &regions)
        };
        assert_eq!(read(json!(["c"])).unwrap().ordered(&regions), ["c", "a", "b"]);
        for wrong in [json!(["d"]), json!(["a", "a"])] {
            assert!(read(wrong).is_err());
        }
    }
}
