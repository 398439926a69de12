//! `sm-mlops doctor environment`: what would keep an environment from being made. It asks, and changes nothing.

mod buckets;
mod exports;
mod names;
mod network;
mod roles;

use super::accounts::organization::Organization;
use super::finding::{self, Check, Finding, Verdict};
use crate::answer::{self, Answer};
use crate::args::DoctorEnvironment;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use serde::Serialize;
use shared::error::{Cause, Class, chain};

/// What is never looked at.
const NOT_EVALUATED: &[&str] =
    &["service control policies", "quotas of SageMaker", "permissions of who deploys"];

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    caller: String,
    findings: Vec<Finding>,
    not_evaluated: &'static [&'static str],
}

/// Runs the command.
pub(super) async fn run(asked: &DoctorEnvironment, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        found.caller.clone_from(&session.caller);
        found.not_evaluated = NOT_EVALUATED;
        let findings = &mut found.findings;
        findings.extend(names::findings(asked, session));
        findings.extend(network::findings(asked, session).await);
        findings.extend(buckets::findings(asked, session).await);
        findings.extend(roles::findings(session).await);
        findings.extend(exports::findings(session).await);
        if !asked.units.is_empty() {
            let organization = Organization::new(session);
            findings.extend(organization.findings().await);
            for unit in &asked.units {
                findings.push(organization.unit(unit).await.0);
            }
        }
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

/// What would keep this environment from being made: the findings that say so.
pub(crate) async fn faults(asked: &DoctorEnvironment, session: &Session) -> Vec<Finding> {
    let mut findings = names::findings(asked, session);
    findings.extend(network::findings(asked, session).await);
    findings.extend(roles::of_projects(session).await);
    findings.retain(|it| it.verdict == Verdict::Missing);
    findings
}

/// A call that failed: the check is not evaluated.
fn unknown(check: Check, subject: &str, action: &str, cause: &Cause) -> Finding {
    let remedy = match cause.class() {
        Class::Denied => format!("Give the caller {action}."),
        _ => "Run the command again.".to_owned(),
    };
    Finding::not_evaluated(check, subject, chain(cause), remedy)
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
