//! `sm-mlops clean-up`: looks, shows the plan, asks, and drives first the domain and then its remains to the end.

use crate::args::CleanUp;
use crate::confirm::confirm;
use crate::exit::{Exit, Failure};
use crate::plan_table;
use crate::progress::Progress;
use crate::report::Report;
use crate::screen::Screen;
use crate::session::{self, Session};
use shared::drive::drive;
use shared::error::chain;
use shared::inventory::{CleanupAction, Item};
use shared::step::{Output, PATIENCE, Reconcile, Trouble, Turn, Waiting};
use std::error::Error;
use std::time::Duration;
use storage_cleanup::{Backup, StorageCleanup, Target};
use studio_cleanup::StudioCleanup;
use tokio::time::Instant;

/// Longer than any run: what ends a run is that nothing changes any more.
const FOR_EVER: Duration = Duration::from_hours(7 * 24);

/// Runs the command and tells what became of it.
pub async fn run(asked: &CleanUp, screen: &Screen) -> Exit {
    let mut report = Report::new(asked);
    let ended = tokio::select! {
        ended = work(asked, screen, &mut report) => ended,
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, "interrupted")),
    };
    let failure = ended.err().map(|failure| match (failure.exit, report.begun) {
        (Exit::Interrupted, true) => Failure::new(
            Exit::Interrupted,
            "interrupted: what was begun goes on at AWS, nothing more is begun; the same command goes on from here",
        ),
        (Exit::Interrupted, false) => Failure::new(Exit::Interrupted, "interrupted; nothing was changed"),
        _ => failure,
    });
    report.end(failure.as_ref());
    if asked.json {
        screen.json(&report);
        return report.outcome;
    }
    for line in report.lines() {
        screen.result(&line);
    }
    if let Some(failure) = &failure {
        screen.error(&failure.sentence);
    }
    report.outcome
}

async fn work(asked: &CleanUp, screen: &Screen, report: &mut Report) -> Result<(), Failure> {
    let session = session::open(&asked.place).await?;
    report.place(&session);
    let run = Run::new(asked, &session)?;
    let Some(plan) = run.look().await? else {
        return Err(Failure::new(Exit::NothingMatches, unknown(&asked.domain_id, &session)));
    };
    report.plan = plan;
    show(asked, screen, report);
    if asked.dry_run {
        return Ok(());
    }
    if let Some(sentence) = in_the_way(&report.plan) {
        return Err(Failure::new(Exit::InTheWay, sentence));
    }
    if !report.plan.iter().any(|item| item.action == CleanupAction::Delete) {
        report.compare(&report.plan.clone());
        return Ok(());
    }
    confirm(screen, &asked.domain_id, asked.yes)?;
    report.begun = true;
    let mut progress = Progress::new(screen, asked.json);
    let ended = run.drive(&mut progress, report).await;
    drop(progress);
    // Told after a failure too; if even looking fails, the failure before is what matters.
    if let Ok(after) = run.look().await {
        report.compare(&after.unwrap_or_default());
    }
    ended
}

/// The two libraries, and what is asked of them.
struct Run {
    studio: (StudioCleanup, studio_cleanup::Goal),
    storage: (StorageCleanup, storage_cleanup::Goal),
}

impl Run {
    fn new(asked: &CleanUp, session: &Session) -> Result<Self, Failure> {
        let usage = |sentence| Failure::new(Exit::Usage, sentence);
        let scope = &asked.scope;
        let goal = storage_cleanup::Goal {
            target: Target::domain(&asked.domain_id).map_err(usage)?,
            storage: scope.storage.into(),
            vpc: scope.vpc.into(),
        };
        let vault = scope.backup_vault.clone().unwrap_or_else(|| Backup::default().vault);
        let backup = Backup { vault, role: scope.backup_role.clone() };
        let studio = studio_cleanup::Goal::clean(&asked.domain_id, true).map_err(usage)?;
        Ok(Self {
            studio: (StudioCleanup::new(&session.config), studio),
            storage: (StorageCleanup::new(&session.config, backup), goal),
        })
    }

    /// What is there and what will become of it; nothing, when there is no trace of the domain.
    async fn look(&self) -> Result<Option<Vec<Item>>, Failure> {
        let ((studio, domain), (storage, remains)) = (&self.studio, &self.storage);
        let whole = domain.clone().seen_whole();
        let inside = studio.observe(&whole).await.map_err(|error| failed(&error))?;
        let left = storage.observe(remains).await.map_err(|error| failed(&error))?;
        if inside.domain.is_none() && left.is_nothing() {
            return Ok(None);
        }
        let mut items = studio_cleanup::inventory(&whole, &inside);
        let mut after = storage_cleanup::inventory(remains, &left);
        if inside.domain.is_some() {
            // It stands in the way of its remains only until it is deleted, which comes first.
            after.retain(|item| !(item.kind == "domains" && item.action == CleanupAction::Blocked));
        }
        items.append(&mut after);
        Ok(Some(items))
    }

    /// First the domain, because nothing of its storage may be touched while it exists.
    async fn drive(&self, progress: &mut Progress<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut output = to_the_end(&self.studio.0, &self.studio.1, |it| progress.note(it)).await?;
        report.output.append(&mut output);
        let told = |waiting: &Waiting| {
            report.note(&waiting.on);
            progress.note(waiting);
        };
        let mut output = to_the_end(&self.storage.0, &self.storage.1, told).await?;
        report.output.append(&mut output);
        Ok(())
    }
}

async fn to_the_end<R: Reconcile>(
    it: &R,
    goal: &R::Goal,
    note: impl FnMut(&Waiting),
) -> Result<Output, Failure> {
    let turn = drive(it, goal, Instant::now() + FOR_EVER, PATIENCE, note).await;
    match turn {
        // What there is was looked at before the run began.
        Ok(Turn::Done(output) | Turn::Absent(output, _)) => Ok(output),
        Ok(Turn::Waiting(waiting)) => {
            Err(Failure::new(Exit::Failed, format!("still waiting for {}", waiting.on)))
        }
        Err(Trouble::Stuck(why)) => Err(Failure::new(
            Exit::Failed,
            format!("{}; after that, the same command goes on from here", why.trim_end_matches('.')),
        )),
        Err(Trouble::Failed(error)) => Err(failed(&error)),
    }
}

/// A call that failed; if it was forbidden, who can tell what else is.
fn failed(error: &(dyn Error + 'static)) -> Failure {
    let causes = chain(error);
    let denied =
        ["AccessDenied", "UnauthorizedOperation", "not authorized"].iter().any(|word| causes.contains(word));
    let hint = if denied { "; `sm-mlops doctor clean-up` says which permissions are missing" } else { "" };
    Failure::new(Exit::Failed, format!("{causes}{hint}"))
}

fn unknown(domain: &str, session: &Session) -> String {
    format!(
        "nothing in {} of account {} belongs to {domain}: no domain has this id, and no file system, security group or VPC \
         bears it. Is it the right Region and account? `aws sagemaker list-domains --region {}` lists the domains there",
        session.region, session.account, session.region,
    )
}

/// The plan, on the stream that is read: a program that asked for JSON sees it only if it is a person after all.
fn show(asked: &CleanUp, screen: &Screen, report: &Report) {
    let asks = !asked.yes && !asked.dry_run && screen.answers();
    let head = format!("{} in {} of account {}\n", report.domain_id, report.region, report.account);
    let table = |coloured| plan_table::render(&report.plan, screen.width(), coloured);
    match (asked.json, asks) {
        (false, _) => screen.result(&format!("{head}\n{}\n", table(screen.coloured()))),
        (true, true) => screen.note(&format!("{head}\n{}\n", table(false))),
        (true, false) => {}
    }
    let todo = report.plan.iter().any(|item| item.action == CleanupAction::Delete);
    if !asked.json && asked.dry_run {
        screen.note(if todo {
            "A dry run: nothing was changed."
        } else {
            "A dry run: nothing is left to delete."
        });
    } else if !asked.json && !todo {
        screen.note("Nothing is left to delete.");
    }
}

/// What only a person can remove.
fn in_the_way(plan: &[Item]) -> Option<String> {
    let blocks = plan.iter().filter(|item| item.action == CleanupAction::Blocked);
    let told: Vec<String> = blocks
        .map(|item| format!("{} {}: {}", item.kind, plan_table::names(&item.names), item.reason))
        .collect();
    (!told.is_empty())
        .then(|| format!("something is in the way, so nothing was changed: {}", told.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: &'static str, action: CleanupAction) -> Item {
        Item { kind, names: vec!["x-1".into()], action, reason: "somebody uses it".into() }
    }

    #[test]
    fn what_is_in_the_way_is_told_by_name_and_reason() {
        assert_eq!(
            in_the_way(&[item("apps", CleanupAction::Delete), item("VPCs", CleanupAction::Keep)]),
            None
        );
        let told = in_the_way(&[
            item("apps", CleanupAction::Delete),
            item("network interfaces", CleanupAction::Blocked),
        ]);
        let told = told.expect("it blocks");
        assert!(told.contains("network interfaces x-1: somebody uses it"), "{told}");
        assert!(told.contains("nothing was changed"), "{told}");
    }

    #[test]
    fn a_call_that_is_forbidden_points_to_the_doctor() {
        for (text, expected) in [
            ("AccessDeniedException: no", true),
            ("UnauthorizedOperation: no", true),
            ("User: x is not authorized to perform: y", true),
            ("ValidationException: no", false),
        ] {
            let failure = failed(&std::io::Error::other(text));
            assert_eq!(failure.exit, Exit::Failed);
            assert_eq!(failure.sentence.contains("doctor clean-up"), expected, "{text}");
        }
    }
}
