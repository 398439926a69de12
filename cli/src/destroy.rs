//! `sm-mlops destroy`: deletes stacks. It looks, shows what goes and what is kept, asks, and follows each deletion to its end.

mod document;
mod order;
mod plan;

use crate::answer;
use crate::args::Destroy;
use crate::confirm::{Intent, confirm};
use crate::exit::{Exit, Failure};
use crate::outputs::no_stack;
use crate::screen::Screen;
use crate::session::Session;
use crate::stack::{Since, StackProgress, Stacks, follow};
use aws_sdk_cloudformation::types::StackStatus;
use document::Found;
use plan::Plan;
use shared::text::list;

/// How many names a sentence tells.
const NAMED: usize = 10;

/// Runs the command and tells the result.
pub async fn run(asked: &Destroy, screen: &Screen) -> Exit {
    let found = Found { limit: limit(asked, screen), ..Found::default() };
    let work = async |session: &Session, found: &mut Found| {
        Destruction { asked, screen, session, stacks: Stacks::new(&session.config) }.work(found).await
    };
    answer::run(found, &asked.place, asked.json, screen, work).await
}

/// How many names a row of the plan tells.
fn limit(asked: &Destroy, screen: &Screen) -> usize {
    if asked.all || !screen.short() { usize::MAX } else { NAMED }
}

/// One run.
struct Destruction<'a> {
    asked: &'a Destroy,
    screen: &'a Screen,
    session: &'a Session,
    stacks: Stacks,
}

impl Destruction<'_> {
    async fn work(&self, found: &mut Found) -> Result<(), Failure> {
        let mut plans = Vec::new();
        for name in &self.asked.stacks {
            let stack = self.stacks.describe(name).await?;
            let there = stack.filter(|stack| stack.status != StackStatus::DeleteComplete);
            match there {
                Some(stack) if plans.iter().any(|plan: &Plan| plan.stack.id == stack.id) => {}
                Some(stack) => plans.push(Plan::read(&self.stacks, &self.session.config, stack).await?),
                None => found.absent.push(name.clone()),
            }
        }
        if plans.is_empty() {
            return Err(no_stack(&list(&self.asked.stacks, NAMED), self.session));
        }
        let blockers = blockers(&plans);
        found.plans = order::sorted(plans);
        if !blockers.is_empty() {
            let sentence = format!("blocked, so nothing was changed: {}", blockers.join("; "));
            self.tell(found);
            return Err(Failure::new(Exit::Blocked, sentence));
        }
        if self.asked.dry_run {
            return Ok(());
        }
        self.tell(found);
        let Session { account, region, .. } = self.session;
        let intent = Intent {
            verb: "delete",
            id: &found.plans[0].stack.name,
            account,
            region,
            look: "--dry-run to see the plan only",
        };
        confirm(self.screen, intent, self.asked.yes).await?;
        found.begun = true;
        for at in 0..found.plans.len() {
            let plan = &found.plans[at];
            self.delete(plan).await.map_err(|failure| with_hint(failure, plan))?;
            found.deleted.push(plan.stack.name.clone());
        }
        Ok(())
    }

    async fn delete(&self, plan: &Plan) -> Result<(), Failure> {
        let id = &plan.stack.id;
        // A deletion that is under way is not asked for again.
        let now = self.stacks.describe(id).await?;
        let since = match now.map(|stack| stack.status) {
            None | Some(StackStatus::DeleteComplete) => return Ok(()),
            Some(StackStatus::DeleteInProgress) => Since::Running,
            Some(_) => {
                let last = self.stacks.newest_event(id).await?;
                self.stacks.delete(id).await?;
                Since::After(last)
            }
        };
        if !self.asked.json {
            self.screen.note(&format!("Deleting stack {}.", plan.stack.name));
        }
        let mut progress = StackProgress::new(self.screen, self.asked.json);
        follow(&self.stacks, id, since, |event| progress.note(event)).await?.result().map(drop)
    }

    /// The plan: with `--json` only if a question about it follows.
    fn tell(&self, found: &Found) {
        if !self.asked.json || (!self.asked.yes && self.screen.answers()) {
            let Session { account, region, .. } = self.session;
            self.screen.note(&found.plan(account, region, self.screen.width()));
        }
    }
}

/// What only a person can change.
fn blockers(plans: &[Plan]) -> Vec<String> {
    let mut blockers: Vec<String> = plans.iter().filter_map(Plan::blocker).collect();
    for plan in plans {
        for (export, importer) in &plan.imports {
            if !plans.iter().any(|plan| plan.has(importer)) {
                blockers.push(format!(
                    "stack {importer} imports {export} of stack {}: delete {importer} first, or name it too",
                    plan.stack.name
                ));
            }
        }
    }
    blockers
}

/// What helps when a deletion failed.
fn with_hint(failure: Failure, plan: &Plan) -> Failure {
    if failure.exit != Exit::Failed {
        return failure;
    }
    let domain = plan.domains.first().map(|(id, _)| {
        format!("; if the domain is what resists, `sm-mlops clean-up {id}` shows why and empties it")
    });
    let sentence = failure.sentence;
    let hint = domain.unwrap_or_default();
    Failure::new(failure.exit, format!("{sentence}. Remove the cause and run the same command again{hint}"))
}
