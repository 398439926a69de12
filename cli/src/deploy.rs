//! `sm-mlops deploy`: makes or updates a stack of a release. It looks, shows what changes, asks, and follows the operation to its
//! end. Run again, it follows an operation that is under way, and goes on from there.

mod document;
mod parameters;

use crate::answer;
use crate::args::{Deploy, Template};
use crate::confirm::{Intent, confirm};
use crate::doctor::environment::{Planned, faults};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::stack::{Asked, ChangeSet, Ended, Since, Stack, StackProgress, Stacks, Standing, follow};
use aws_sdk_cloudformation::types::{Capability, ChangeSetType};
pub(crate) use document::outputs;

use document::{Found, Operation, changes};
use shared::aws::partition::Partition;
use uuid::Uuid;

/// The Availability Zones of a quickstart, which does not ask for their number.
const ZONES: u8 = 2;

/// Runs the command and tells the result.
pub async fn run(asked: &Deploy, screen: &Screen) -> Exit {
    let found = Found { stack: asked.name(), template: asked.template, ..Found::default() };
    let work = async |session: &Session, found: &mut Found| {
        let deployment = Deployment { asked, screen, session, stacks: Stacks::new(&session.config) };
        deployment.work(found).await
    };
    answer::run(found, &asked.place, asked.json, screen, work).await
}

/// One run.
struct Deployment<'a> {
    asked: &'a Deploy,
    screen: &'a Screen,
    session: &'a Session,
    stacks: Stacks,
}

impl Deployment<'_> {
    async fn work(&self, found: &mut Found) -> Result<(), Failure> {
        let summary = self.stacks.summary(&self.url()).await.map_err(|failure| self.unreadable(&failure))?;
        let existing = self.ready(found).await?;
        let previous = existing.as_ref().map(|stack| &stack.parameters);
        let given = parameters::given(&self.asked.given, self.asked.parameters.as_deref())?;
        let chosen = parameters::choose(&summary.parameters, given, previous)?;
        let chosen = parameters::complete(chosen, self.screen).await?;
        found.operation = if existing.is_some() { Operation::Update } else { Operation::Create };
        if existing.is_none() {
            self.can_be_made(&chosen).await?;
        }
        let kind = match found.operation {
            Operation::Update => ChangeSetType::Update,
            _ => ChangeSetType::Create,
        };
        let name = format!("sm-mlops-{}", Uuid::new_v4());
        let asked = Asked {
            stack: &found.stack,
            url: &self.url(),
            parameters: parameters::for_aws(&chosen),
            kind,
            capabilities: self.capabilities(),
            name: &name,
        };
        found.unconfirmed = Some((self.stacks.clone(), name.clone()));
        let Some(set) = self.stacks.plan(&asked).await? else {
            found.unconfirmed = None;
            found.operation = Operation::Nothing;
            if let Some(stack) = existing {
                found.take(stack);
            }
            return Ok(());
        };
        found.changes.clone_from(&set.changes);
        if self.asked.dry_run {
            return self.stacks.discard(&set).await;
        }
        if let Err(failure) = self.is_wanted(found, &set).await {
            self.stacks.discard(&set).await?;
            return Err(failure);
        }
        let last = self.stacks.newest_event(&set.stack).await?;
        (found.begun, found.unconfirmed) = (true, None);
        self.stacks.execute(&set).await?;
        found.take(self.follow(&set.stack, Since::After(last)).await?.result()?);
        Ok(())
    }

    /// Refuses what is known to fail before it begins: an environment has all of it, its template takes minutes to come to some.
    async fn can_be_made(&self, chosen: &parameters::Chosen) -> Result<(), Failure> {
        let value = |name: &str| parameters::value(chosen, name);
        let planned = value("EnvName").map(|name| Planned {
            name,
            stage: value("EnvType").unwrap_or_default(),
            vpc: value("ExistingVPCId"),
            zones: value("NumberOfAZs").and_then(|count| count.parse().ok()).unwrap_or(ZONES),
        });
        let makes_roles = match self.asked.template {
            Template::Quickstart => true,
            Template::Core => value("CreateIAMRoles") == Some("YES"),
            Template::Env | Template::GitSource => false,
        };
        let faults = faults(planned, makes_roles, self.session).await;
        if faults.is_empty() {
            return Ok(());
        }
        let told: Vec<_> = faults
            .iter()
            .map(|it| {
                let remedy = it.remedy.as_deref().unwrap_or_default();
                format!("{}: {}. {remedy}", it.subject, it.detail.trim_end_matches('.'))
            })
            .collect();
        let sentence = format!("blocked, so nothing was changed: {}", told.join(" "));
        Err(Failure::new(Exit::Blocked, sentence.trim_end_matches('.')))
    }

    /// The template, in the form of the guides, in which a bucket name with dots works too.
    fn url(&self) -> String {
        let Deploy { bucket, release, template, .. } = self.asked;
        let region = &self.session.region;
        let domain = Partition::of(region).domain;
        format!("https://s3.{region}.{domain}/{bucket}/{release}/{}", template.file())
    }

    fn unreadable(&self, failure: &Failure) -> Failure {
        let (bucket, region) = (&self.asked.bucket, &self.session.region);
        let sentence = failure.sentence.trim_end_matches('.');
        Failure::new(
            failure.exit,
            format!(
                "{sentence}. The bucket has to be in {region}, with a release that you may read: `make package \
                 CFN_BUCKET_NAME={bucket}` uploads one"
            ),
        )
    }

    fn capabilities(&self) -> Vec<Capability> {
        if self.asked.without_iam { Vec::new() } else { vec![Capability::CapabilityNamedIam] }
    }

    /// The stack if it can be updated, nothing if it can be made. An operation that is under way is followed first, and what is left
    /// of a creation that failed is deleted.
    async fn ready(&self, found: &mut Found) -> Result<Option<Stack>, Failure> {
        loop {
            let name = &found.stack;
            let Some(stack) = self.stacks.describe(name).await? else { return Ok(None) };
            if stack.root.is_some() {
                return Err(nested(&stack));
            }
            match stack.standing() {
                Standing::Absent => return Ok(None),
                Standing::Ready => return Ok(Some(stack)),
                Standing::RollbackFailed => {
                    return Err(Failure::new(
                        Exit::Blocked,
                        format!(
                            "stack {name} is {}: remove the cause and run `aws cloudformation continue-update-rollback --stack-name \
                             {name}`, then this command again",
                            stack.status
                        ),
                    ));
                }
                Standing::Busy => {
                    self.tell(&format!("Stack {name} is {}: following it first.", stack.status));
                    self.follow(&stack.id, Since::Running).await?;
                }
                Standing::Leftover => self.delete_leftover(&stack, found).await?,
            }
        }
    }

    /// CloudFormation can do nothing else with it.
    async fn delete_leftover(&self, stack: &Stack, found: &mut Found) -> Result<(), Failure> {
        let (name, status) = (&stack.name, &stack.status);
        if self.asked.dry_run {
            let sentence = format!(
                "stack {name} is {status}, what a failed operation left: without --dry-run, it is deleted first, and then made anew"
            );
            return Err(Failure::new(Exit::Blocked, sentence));
        }
        self.tell(&format!("Stack {name} is {status}: what a failed operation left is deleted first."));
        self.ask("delete", name).await?;
        found.begun = true;
        let last = self.stacks.newest_event(&stack.id).await?;
        self.stacks.delete(&stack.id).await?;
        self.follow(&stack.id, Since::After(last)).await?.result().map(drop)
    }

    /// Shows what changes, and asks.
    async fn is_wanted(&self, found: &Found, set: &ChangeSet) -> Result<(), Failure> {
        let Session { account, region, .. } = self.session;
        let head = format!("{} stack {} in account {account}, {region}", found.operation.verb(), found.stack);
        self.tell(&format!("{head}\n\n{}\n", changes(&set.changes, self.screen.width())));
        self.ask(&found.operation.verb().to_lowercase(), &found.stack).await
    }

    async fn ask(&self, verb: &str, name: &str) -> Result<(), Failure> {
        let Session { account, region, .. } = self.session;
        let look = "--dry-run to see what would change";
        confirm(self.screen, Intent { verb, id: name, account, region, look }, self.asked.yes).await
    }

    async fn follow(&self, id: &str, since: Since) -> Result<Ended, Failure> {
        let mut progress = StackProgress::new(self.screen, self.asked.json);
        follow(&self.stacks, id, since, |event| progress.note(event)).await
    }

    /// A sentence about what goes on; with `--json` and nobody to ask, there is nobody to read it.
    fn tell(&self, text: &str) {
        if !self.asked.json || (!self.asked.yes && self.screen.answers()) {
            self.screen.note(text);
        }
    }
}

/// Nested stacks are changed and deleted through the outermost one only.
pub(crate) fn nested(stack: &Stack) -> Failure {
    let root = stack.root.as_deref().unwrap_or_default();
    let root = root.split('/').nth(1).unwrap_or(root);
    Failure::new(Exit::Usage, format!("stack {} is nested in stack {root}: name that one", stack.name))
}
