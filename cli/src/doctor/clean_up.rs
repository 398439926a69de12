//! `sm-mlops doctor clean-up`: which of the calls of a clean-up the caller may not make, and what was not evaluated. It asks
//! IAM, and changes nothing.

mod required_permissions;

use crate::args::DoctorCleanUp;
use crate::doctor::permission::{self, Permission, Requirement};
use crate::doctor::simulate;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session;
use crate::signals;
use crate::table::table;
use required_permissions::{Where, required_permissions, resource};
use serde::Serialize;
use std::fmt::Write;

/// What IAM's simulation never looks at.
const NOT_SIMULATED: &[&str] = &["session policies", "resource-based policies", "VPC endpoint policies"];
/// What it leaves out for the root user, about whom it cannot be asked.
const NOT_OF_ROOT: &[&str] = &[
    "service control policies of the organization",
    "session policies",
    "resource-based policies",
    "VPC endpoint policies",
];

/// The document. Every key is always there, except `Error`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Findings {
    caller: String,
    /// The user or role whose policies were looked at; empty for the root user.
    policies_of: String,
    account: String,
    region: String,
    domain_id: Option<String>,
    permissions: Vec<Permission>,
    /// Kinds of policies that were not looked at, and may deny what the others allow.
    not_evaluated: Vec<&'static str>,
    outcome: Option<Exit>,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Runs the command and tells what it found.
pub(super) async fn run(asked: &DoctorCleanUp, screen: &Screen) -> Exit {
    let mut findings = Findings { domain_id: asked.domain_id.clone(), ..Findings::default() };
    let ended = tokio::select! {
        ended = examine(asked, &mut findings) => ended,
        exit = signals::stop() => Err(signals::failure(exit, false)),
    };
    let exit = ended.as_ref().map_or_else(|failure| failure.exit, |()| findings.exit());
    (findings.outcome, findings.exit) = (Some(exit), exit.code());
    let failure = ended.err();
    findings.error = failure.as_ref().map(|failure| failure.sentence.clone());
    match failure {
        _ if asked.json => screen.json(&findings),
        Some(failure) => screen.failure(&failure),
        None => screen.result(&findings.text(screen.width())),
    }
    exit
}

async fn examine(asked: &DoctorCleanUp, findings: &mut Findings) -> Result<(), Failure> {
    let session = session::open(&asked.place).await?;
    findings.caller.clone_from(&session.caller);
    findings.account.clone_from(&session.account);
    findings.region.clone_from(&session.region);
    let required_permissions = required_permissions(asked.scope.storage.into(), asked.scope.vpc.into());
    let iam = aws_sdk_iam::Client::new(&session.config);
    let Some(source) = simulate::source(&iam, &session.caller).await? else {
        findings.permissions = required_permissions
            .iter()
            .map(|(action, requirement)| Permission::granted(action, *requirement))
            .collect();
        findings.not_evaluated = NOT_OF_ROOT.to_vec();
        return Ok(());
    };
    findings.policies_of.clone_from(&source);
    findings.not_evaluated = NOT_SIMULATED.to_vec();
    let place = Where::of(&session);
    let actions = required_permissions
        .iter()
        .map(|(action, _)| (*action, resource(action, &place, asked.domain_id.as_deref())));
    let answers = simulate::ask(&iam, &source, &session.region, actions).await;
    let answers = answers.map_err(|cause| Failure::new(Exit::Failed, simulate::refused(&cause, &source)))?;
    for (action, requirement) in required_permissions {
        let answer = answers.iter().find(|answer| answer.action.eq_ignore_ascii_case(action));
        let unanswered = permission::Answer { action: action.to_owned(), ..permission::Answer::default() };
        findings.permissions.push(Permission::judge(answer.unwrap_or(&unanswered), requirement));
    }
    Ok(())
}

impl Findings {
    fn exit(&self) -> Exit {
        if self.permissions.iter().any(Permission::lacks) { Exit::PermissionsMissing } else { Exit::Done }
    }

    fn text(&self, width: u16) -> String {
        let root = self.policies_of.is_empty();
        let whose = if root { "root user".to_owned() } else { format!("policies of {}", self.policies_of) };
        let mut parts =
            vec![format!("{} in account {}, {}: {whose}", self.caller, self.account, self.region)];
        let missing: Vec<&Permission> = self.permissions.iter().filter(|found| !found.allowed).collect();
        let unless = self.permissions.iter().filter_map(|found| Some((found, found.unless()?)));
        let rows = missing.iter().map(|found| (*found, found.why.clone().unwrap_or_default()));
        let rows: Vec<(&Permission, String)> = rows.chain(unless).collect();
        if !rows.is_empty() {
            parts.push(permission_table(&rows, width));
        }
        parts.push(if root {
            ROOT.to_owned()
        } else {
            self.conclusion(&missing, rows.len() - missing.len())
        });
        parts.push(format!("Not evaluated: {}.", self.not_evaluated.join(", ")));
        parts.join("\n\n")
    }

    /// The last word. `unless`: how many are allowed under conditions that were not evaluated.
    fn conclusion(&self, missing: &[&Permission], unless: usize) -> String {
        let needed = missing.iter().filter(|found| found.lacks()).count();
        let all = self.permissions.len();
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        let mut text = match (needed, missing.len()) {
            (0, 0) => format!("All {all} permissions are granted"),
            (0, some) => {
                format!("All needed permissions are granted; {some} optional of {all} {} missing", is(some))
            }
            (some, _) => format!("{some} needed of {all} permissions {} missing", is(some)),
        };
        if unless > 0 {
            let _ = write!(text, "; {unless} of them only unless a condition denies it, see above");
        }
        format!("{text}.")
    }
}

/// What is known of the root user.
const ROOT: &str = "The root user is not limited by IAM policies. Service control policies of the organization, session \
                    policies and resource-based policies can still deny a call; they were not evaluated.";

fn permission_table(rows: &[(&Permission, String)], width: u16) -> String {
    let rows = rows.iter().map(|(found, reason)| {
        let result = if found.allowed { "conditional" } else { "missing" };
        let requirement = if found.requirement == Requirement::Needed { "needed" } else { "optional" };
        vec![found.action.clone(), result.to_owned(), requirement.to_owned(), reason.clone()]
    });
    table(&["PERMISSION", "VERDICT", "NEED", "REASON"], rows, width)
}

#[cfg(test)]
mod tests;
