//! `sm-mlops doctor accounts`: whether stack sets of this account can reach others. It asks, and changes nothing.

pub(super) mod organization;
mod roles;

use super::finding::{self, Finding};
use crate::answer::{self, Answer};
use crate::args::DoctorAccounts;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
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
        finding::exit(&self.findings)
    }

    fn text(&self, account: &str, region: &str, _: u16) -> String {
        let head = format!("{} in account {account}, {region}", self.caller);
        let last = format!("Not evaluated: {}.", self.not_evaluated.join(", "));
        [head, finding::lines(&self.findings), finding::conclusion(&self.findings), last].join("\n\n")
    }
}
