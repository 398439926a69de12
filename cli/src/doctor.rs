//! `sm-mlops doctor clean-up`: which of the calls of a clean-up the caller may not make. It asks IAM, and changes
//! nothing.

mod identity;
mod needs;
mod simulate;
mod verdict;

use crate::args::DoctorCleanUp;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session;
use crate::signals;
use comfy_table::{ContentArrangement, Table, presets};
use needs::{Where, needs, resource};
use serde::Serialize;
use verdict::{Need, Permission};

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
    outcome: Option<Exit>,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Runs the command and tells what it found.
pub async fn run(asked: &DoctorCleanUp, screen: &Screen) -> Exit {
    let mut findings = Findings { domain_id: asked.domain_id.clone(), ..Findings::default() };
    let ended = tokio::select! {
        ended = examine(asked, &mut findings) => ended,
        exit = signals::stop() => Err(Failure::new(exit, "stopped by a signal; nothing was changed")),
    };
    let exit = ended.as_ref().map_or_else(|failure| failure.exit, |()| findings.exit());
    (findings.outcome, findings.exit) = (Some(exit), exit.code());
    findings.error = ended.err().map(|failure| failure.sentence);
    if asked.json {
        screen.json(&findings);
        return exit;
    }
    match &findings.error {
        Some(sentence) => screen.error(sentence),
        None => screen.result(&findings.text(screen.width())),
    }
    exit
}

async fn examine(asked: &DoctorCleanUp, findings: &mut Findings) -> Result<(), Failure> {
    let session = session::open(&asked.place).await?;
    findings.caller.clone_from(&session.caller);
    findings.account.clone_from(&session.account);
    findings.region.clone_from(&session.region);
    let needs = needs(asked.scope.storage.into(), asked.scope.vpc.into());
    let iam = aws_sdk_iam::Client::new(&session.config);
    let Some(source) = simulate::source(&iam, &session.caller).await? else {
        findings.permissions =
            needs.iter().map(|(action, need)| Permission::granted(action, *need)).collect();
        return Ok(());
    };
    findings.policies_of.clone_from(&source);
    let place = Where::of(&session);
    let actions =
        needs.iter().map(|(action, _)| (*action, resource(action, &place, asked.domain_id.as_deref())));
    let answers = simulate::ask(&iam, &source, &session.region, actions).await?;
    for (action, need) in needs {
        let answer = answers.iter().find(|answer| answer.action.eq_ignore_ascii_case(action));
        let unanswered = verdict::Answer { action: action.to_owned(), ..verdict::Answer::default() };
        findings.permissions.push(Permission::judge(answer.unwrap_or(&unanswered), need));
    }
    Ok(())
}

impl Findings {
    fn exit(&self) -> Exit {
        if self.permissions.iter().any(Permission::lacks) { Exit::PermissionsMissing } else { Exit::Done }
    }

    fn text(&self, width: u16) -> String {
        let whose = if self.policies_of.is_empty() {
            "the root user, whom no policy of the account limits".to_owned()
        } else {
            format!("policies of {}", self.policies_of)
        };
        let head = format!("{} in {} of account {}: {whose}\n", self.caller, self.region, self.account);
        let missing: Vec<&Permission> = self.permissions.iter().filter(|found| !found.allowed).collect();
        let needed = missing.iter().filter(|found| found.lacks()).count();
        let all = self.permissions.len();
        let verdict = match (needed, missing.len()) {
            (0, 0) => format!("All {all} permissions are there."),
            (0, 1) => {
                format!("All that is needed is there; of {all} permissions, 1 optional one is missing.")
            }
            (0, some) => {
                format!(
                    "All that is needed is there; of {all} permissions, {some} optional ones are missing."
                )
            }
            (1, _) => format!("Of {all} permissions, 1 that is needed is missing."),
            (some, _) => format!("Of {all} permissions, {some} that are needed are missing."),
        };
        if missing.is_empty() {
            return format!("{head}\n{verdict}");
        }
        format!("{head}\n{}\n\n{verdict}", table(&missing, width))
    }
}

fn table(missing: &[&Permission], width: u16) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.force_no_tty().set_header(["MISSING", "NEED", "REASON"]);
    for found in missing {
        let need = if found.need == Need::Needed { "needed" } else { "optional" };
        table.add_row([&found.action, need, found.why.as_deref().unwrap_or_default()]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests;
