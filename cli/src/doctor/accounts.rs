//! `sm-mlops doctor accounts`: whether stack sets of this account can reach others. It asks, and changes nothing.

pub(super) mod organization;
mod roles;

use super::finding::Examination;
use crate::answer;
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

/// The accounts that were given, and those of the units.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    accounts: BTreeSet<String>,
}

/// Runs the command.
pub(super) async fn run(asked: &DoctorAccounts, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Examination<Targets>| {
        found.caller.clone_from(&session.caller);
        found.not_evaluated = NOT_EVALUATED;
        let accounts = &mut found.more.accounts;
        accounts.extend(asked.accounts.iter().cloned());
        // Accounts that are named need no organization.
        if !asked.units.is_empty() || asked.accounts.is_empty() {
            let (findings, of_units) = Organization::new(session).findings(&asked.units).await;
            found.findings.extend(findings);
            accounts.extend(of_units);
        }
        let roles = Roles::new(session, &asked.administration_role, &asked.execution_role);
        let (finding, administration) = roles.administration().await;
        found.findings.push(finding);
        for account in accounts.iter() {
            found.findings.push(roles.execution(administration.as_deref(), account).await);
        }
        Ok(())
    };
    answer::run(Examination::default(), &asked.place, asked.json, screen, work).await
}
