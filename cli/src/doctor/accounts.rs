//! `sm-mlops doctor accounts`: whether stack sets of this account can reach others. It asks, and changes nothing.

mod finding;
mod organization;
mod roles;

use crate::answer::{self, Answer};
use crate::args::DoctorAccounts;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use finding::{Finding, Verdict};
use organization::Organization;
use roles::Roles;
use serde::Serialize;
use std::collections::BTreeSet;

/// What is never looked at.
const NOT_EVALUATED: &[&str] = &["service control policies of the accounts", "conditions of trust policies"];

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    caller: String,
    /// The accounts that were given, and those of the units.
    accounts: BTreeSet<String>,
    findings: Vec<Finding>,
    not_evaluated: &'static [&'static str],
}

/// Runs the command.
pub(super) async fn run(asked: &DoctorAccounts, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        found.caller.clone_from(&session.caller);
        found.not_evaluated = NOT_EVALUATED;
        found.accounts.extend(asked.accounts.iter().cloned());
        // Accounts that are named need no organization.
        if !asked.units.is_empty() || asked.accounts.is_empty() {
            let organization = Organization::new(session);
            found.findings.extend(organization.findings().await);
            for unit in &asked.units {
                let (finding, accounts) = organization.unit(unit).await;
                found.findings.push(finding);
                found.accounts.extend(accounts);
            }
        }
        let roles = Roles::new(session, &asked.administration_role, &asked.execution_role);
        let (finding, administration) = roles.administration().await;
        found.findings.push(finding);
        for account in &found.accounts {
            found.findings.push(roles.execution(administration.as_deref(), account).await);
        }
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

impl Answer for Found {
    fn exit(&self) -> Exit {
        let missing = self.findings.iter().any(|it| it.verdict == Verdict::Missing);
        if missing { Exit::PermissionsMissing } else { Exit::Done }
    }

    /// A line for each finding, and below it what to do: no table, which would break commands and names.
    fn text(&self, account: &str, region: &str, _: u16) -> String {
        let line = |it: &Finding| {
            let told = format!("{:14} {} {}: {}", it.verdict.word(), it.check.words(), it.subject, it.detail);
            let remedy = it.remedy.iter().map(|remedy| format!("{:14} {remedy}", ""));
            std::iter::once(told).chain(remedy).collect::<Vec<_>>().join("\n")
        };
        let lines = self.findings.iter().map(line).collect::<Vec<_>>().join("\n");
        let head = format!("{} in account {account}, {region}", self.caller);
        let last = format!("Not evaluated: {}.", self.not_evaluated.join(", "));
        [head, lines, self.conclusion(), last].join("\n\n")
    }
}

impl Found {
    fn conclusion(&self) -> String {
        let count = |verdict| self.findings.iter().filter(|it| it.verdict == verdict).count();
        let all = self.findings.len();
        let (missing, unknown) = (count(Verdict::Missing), count(Verdict::NotEvaluated));
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        match (missing, unknown) {
            (0, 0) => format!("All {all} checks passed."),
            (0, some) => format!("Nothing is missing; {some} of {all} checks could not be evaluated."),
            (some, 0) => format!("{some} of {all} {} missing.", is(some)),
            (some, more) => {
                format!("{some} of {all} {} missing, and {more} could not be evaluated.", is(some))
            }
        }
    }
}
