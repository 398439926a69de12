//! The attribute. Pure: no clock, no call.

use crate::observation::Observation;
use crate::spec::Spec;
use shared::reconcile::output::{Output, attributes};
use shared::text;

/// How many accounts an answer holds: 4096 bytes, of which each takes 15, and the rest of the answer up to 1,000
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>).
const MOST: usize = 200;
/// How many units a sentence lists.
const LISTED: usize = 5;

/// `Accounts`: those that are active, in ascending order, without the management account, where stack sets of a member cannot
/// create stacks.
///
/// # Errors
/// A sentence, when there are none, or more than an answer holds.
pub(crate) fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
    let accounts = observed.usable(spec);
    let units = text::list(&spec.units, LISTED);
    if accounts.is_empty() {
        return Err(format!("no account of {units} can be used: {}", why(spec, observed)));
    }
    if accounts.len() > MOST {
        return Err(format!(
            "{units} have {} accounts, and CloudFormation takes up to {MOST} in an answer: use several resources with fewer units each, \
             or a stack set that names the units",
            accounts.len()
        ));
    }
    Ok(attributes([("Accounts", accounts.into_iter().collect::<Vec<_>>())]))
}

fn why(spec: &Spec, observed: &Observation) -> String {
    if observed.accounts.is_empty() {
        return "neither they nor the units below them have accounts; move accounts there, or correct OUIds"
            .to_owned();
    }
    let inactive = observed.accounts.iter().filter(|account| !account.active).count();
    let has = |id: &str| observed.accounts.iter().any(|account| account.id == id);
    let mut reasons = Vec::new();
    if inactive > 0 {
        reasons.push(format!("{} not active", text::counted(inactive, "accounts")));
    }
    if has(&observed.management) {
        reasons.push(format!("{} is the management account", observed.management));
    }
    if let Some(own) = spec.without.as_deref().filter(|own| has(own)) {
        reasons.push(format!("{own} is the account of the stack, which IncludeOwnAccount would include"));
    }
    reasons.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Account;
    use serde_json::json;

    const MANAGEMENT: &str = "999999999999";
    const OWN: &str = "111111111111";

    fn observed(accounts: &[(&str, bool)]) -> Observation {
        let accounts = accounts.iter().map(|(id, active)| Account { id: (*id).to_owned(), active: *active });
        Observation { management: MANAGEMENT.to_owned(), accounts: accounts.collect() }
    }

    fn spec(without: Option<&str>) -> Spec {
        Spec { units: vec!["ou-ab12-34cd56ef".to_owned()], without: without.map(str::to_owned) }
    }

    #[test]
    fn accounts_are_sorted_and_each_is_there_once() {
        let all = observed(&[
            ("333333333333", true),
            (OWN, true),
            (MANAGEMENT, true),
            ("222222222222", true),
            ("333333333333", true),
            ("444444444444", false),
        ]);
        let told = |without| json!(answer(&spec(without), &all).unwrap());
        assert_eq!(told(Some(OWN)), json!({"Accounts": ["222222222222", "333333333333"]}));
        assert_eq!(told(None), json!({"Accounts": [OWN, "222222222222", "333333333333"]}));
    }

    #[test]
    fn an_empty_answer_says_why() {
        let none = answer(&spec(None), &observed(&[])).unwrap_err();
        assert!(
            none.starts_with("no account of ou-ab12-34cd56ef can be used: neither they nor the units below"),
            "{none}"
        );
        let unusable = observed(&[(MANAGEMENT, true), (OWN, true), ("222222222222", false)]);
        let none = answer(&spec(Some(OWN)), &unusable).unwrap_err();
        let expected = "no account of ou-ab12-34cd56ef can be used: 1 account not active, 999999999999 is the management account, \
                        111111111111 is the account of the stack, which IncludeOwnAccount would include";
        assert_eq!(none, expected);
    }

    #[test]
    fn more_accounts_than_an_answer_holds_are_counted() {
        let accounts = |count: usize| Observation {
            management: MANAGEMENT.to_owned(),
            accounts: (0..count).map(|at| Account { id: format!("{at:012}"), active: true }).collect(),
        };
        assert!(answer(&spec(None), &accounts(MOST)).is_ok());
        let refused = answer(&spec(None), &accounts(MOST + 1)).unwrap_err();
        assert!(
            refused.starts_with("ou-ab12-34cd56ef have 201 accounts, and CloudFormation takes up to 200"),
            "{refused}"
        );
    }
}
