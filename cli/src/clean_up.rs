//! `sm-mlops clean-up`: looks, shows the plan, asks, looks again, and drives first the domain and then what it leaves behind
//! to the end.

mod changes;
mod run;

pub(crate) use changes::has;
pub(crate) use run::After;

use crate::args::CleanUp;
use crate::confirm::{Intent, confirm};
use crate::domain;
use crate::exit::{Exit, Failure};
use crate::plan_table;
use crate::progress::Progress;
use crate::report::Report;
use crate::screen::Screen;
use crate::session::{self, Session};
use crate::signals;
use changes::not_shown;
use run::Run;
use shared::aws::sagemaker::SageMaker;
use shared::reconcile::inventory::{Item, PlannedAction};

/// Runs the command and tells the result.
pub async fn run(asked: &CleanUp, screen: &Screen) -> Exit {
    let mut report = Report::new(asked);
    let ended = tokio::select! {
        ended = work(asked, screen, &mut report) => ended,
        exit = signals::stop() => Err(signals::failure(exit, report.begun)),
    };
    let failure = ended.err();
    report.end(failure.as_ref());
    if asked.json {
        screen.json(&report);
        return report.outcome;
    }
    for line in report.lines() {
        screen.result(&line);
    }
    if let Some(failure) = &failure {
        screen.failure(failure);
    }
    report.outcome
}

async fn work(asked: &CleanUp, screen: &Screen, report: &mut Report) -> Result<(), Failure> {
    let session = session::open(&asked.place).await?;
    report.place(&session);
    let run = Run::new(asked, &session)?;
    let Some(plan) = run.inventory().await? else {
        return Err(Failure::new(Exit::NothingMatches, unknown(&asked.domain_id, &session)));
    };
    report.plan = plan;
    report.domain = domain::describe(&SageMaker::new(&session.config), &asked.domain_id).await?;
    show(asked, screen, &head(report), &report.plan);
    told_what_comes(asked, screen, &report.plan);
    may_begin(&report.plan)?;
    if asked.dry_run {
        return Ok(());
    }
    if !deletes(&report.plan) {
        let (items, in_vpcs) = (report.plan.clone(), Vec::new());
        report.compare(&After { items, in_vpcs });
        return Ok(());
    }
    loop {
        let Report { domain_id: id, account, region, .. } = &*report;
        let look = "--dry-run to see the plan only";
        confirm(screen, Intent { verb: "delete", id, account, region, look }, asked.yes).await?;
        // While the question stood, somebody may have made something: nothing goes that was not shown.
        let now = run.inventory().await?.unwrap_or_default();
        let more = not_shown(&report.plan, &now);
        report.plan = now;
        may_begin(&report.plan)?;
        if more.is_empty() {
            break;
        }
        let head = if asked.yes { "these are deleted too" } else { "these would be deleted too" };
        show(asked, screen, &format!("Found since the plan was shown; {head}"), &more);
        if asked.yes {
            break;
        }
    }
    report.begun = true;
    let mut progress = Progress::new(screen, asked.json);
    let ended = run.drive(&mut progress, report).await;
    drop(progress);
    // Told after a failure too.
    match run.describe_after(&report.plan).await {
        Ok(after) => {
            report.compare(&after);
            ended
        }
        Err(failure) => Err(unchecked(ended, &failure)),
    }
}

/// Which domain the plan is for, so that a person recognizes the wrong one.
fn head(report: &Report) -> String {
    let Report { domain_id, account, region, .. } = report;
    let (name, told) = match &report.domain {
        Some(domain) => (format!(" ({})", domain.domain_name), domain.told()),
        None => (String::new(), "Status Deleted: this is what it left behind".to_owned()),
    };
    format!("Domain {domain_id}{name} in account {account}, {region}\n{told}")
}

/// A run whose result could not be looked at: nothing of it is claimed.
fn unchecked(ended: Result<(), Failure>, check: &Failure) -> Failure {
    let sentence = format!("could not check what is left: {}", check.sentence);
    match ended {
        Ok(()) => Failure::new(check.exit, format!("{sentence}; run the same command again")),
        Err(first) => Failure::new(first.exit, format!("{}; {sentence}", first.sentence)),
    }
}

fn unknown(domain: &str, session: &Session) -> String {
    format!(
        "nothing in {} of account {} belongs to {domain}: no domain has this id, and no file system, security group or VPC \
         is tagged with it. Check Region and account; `sm-mlops domain list --region {}` lists the domains there",
        session.region, session.account, session.region,
    )
}

/// A table: a result, or with `--json` a note, if a question about it follows.
fn show(asked: &CleanUp, screen: &Screen, head: &str, items: &[Item]) {
    let asks = !asked.yes && !asked.dry_run && screen.answers();
    let limit = if asked.all || !screen.short() { usize::MAX } else { plan_table::NAMES };
    let table = |coloured| plan_table::render(items, screen.width(), limit, coloured);
    match (asked.json, asks) {
        (false, _) => screen.result(&format!("{head}\n\n{}\n", table(screen.coloured()))),
        (true, true) => screen.note(&format!("{head}\n\n{}\n", table(false))),
        (true, false) => {}
    }
}

fn told_what_comes(asked: &CleanUp, screen: &Screen, plan: &[Item]) {
    let sentence = match (asked.dry_run, deletes(plan)) {
        (true, true) => "A dry run: nothing was changed.",
        (true, false) => "A dry run: nothing is left to delete.",
        (false, false) => "Nothing is left to delete.",
        (false, true) => return,
    };
    if !asked.json {
        screen.note(sentence);
    }
}

fn deletes(plan: &[Item]) -> bool {
    plan.iter().any(|item| item.action == PlannedAction::Delete)
}

/// Refuses a plan with something in it that only a person can remove.
fn may_begin(plan: &[Item]) -> Result<(), Failure> {
    let blocked = plan.iter().filter(|item| item.action == PlannedAction::Blocked);
    let told: Vec<String> = blocked
        .map(|item| format!("{} {}: {}", item.kind, plan_table::names(&item.shown()), item.reason))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let sentence = format!("blocked, so nothing was changed: {}", told.join("; "));
    Err(Failure::new(Exit::Blocked, sentence))
}

#[cfg(test)]
mod tests;
