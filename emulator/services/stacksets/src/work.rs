//! The work of an operation in one account and Region: a stack is made, changed or deleted there, and the instance tells how that
//! ended.

use crate::definition::Definition;
use crate::operation::{Action, Gate, Target};
use crate::roles::Roles;
use crate::run::Run;
use crate::store::{Detail, Instance, StackSet, Status};
use emulator_core::Refused;
use emulator_stacks::{Observation, Progress, Spec, Stacks, Value};
use std::sync::Arc;
use uuid::Uuid;

/// What on AWS the result of an operation in a closed account has as its reason.
const SUSPENDED: &str = "ACCOUNT_SUSPENDED";

/// The longest name of a set in the name of a stack, which has 128 characters at most: the rest are `StackSet-`, `-` and a UUID.
const LONGEST_NAME: usize = 128 - 9 - 1 - 36;

/// The statuses of a stack that was never made as a whole: it is made anew.
const UNFINISHED: [&str; 4] = ["CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"];

/// How the work ended.
enum End {
    Done,
    /// The instance is one no more.
    Gone,
    Suspended,
    Failed(Failed),
}

/// Why it failed.
struct Failed {
    reason: String,
    gate: Gate,
    /// Whether the stack is neither there nor gone.
    unstable: bool,
}

impl Failed {
    fn because(reason: String) -> Self {
        Self { reason, gate: Gate::Skipped, unstable: false }
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::because(refused.message)
    }
}

impl From<emulator_stacks::Failure> for Failed {
    fn from(failure: emulator_stacks::Failure) -> Self {
        Self::because(match failure.resource {
            Some(first) => format!(
                "ResourceLogicalId:{}, ResourceType:{}, ResourceStatusReason:{}.",
                first.logical_id, first.kind, first.reason
            ),
            None => failure.reason,
        })
    }
}

impl Run {
    /// Works for one target. Whether that did not fail.
    pub(crate) async fn work(self: Arc<Self>, target: Target) -> bool {
        let found = self.change(|set| {
            let place = target.place();
            let instance = set.instances.get_mut(&place)?;
            instance.detail = Detail::Running;
            let instance = instance.clone();
            let definition = set.definition.clone();
            if let Some(outcome) = set.operation_mut(&self.plan.id).and_then(|it| it.results.get_mut(&place))
            {
                outcome.detail = Detail::Running;
            }
            Some((definition, instance, set.name.clone(), set.arn.clone()))
        });
        let end = match found.flatten() {
            None => End::Gone,
            Some((definition, instance, name, arn)) => {
                let context = self.service.context.clone();
                let (set, operation) = (self.set.clone(), self.plan.id.clone());
                let roles = Roles { context, set, arn, operation };
                let work = self.attempt(&roles, &target, &definition, &instance, &name);
                work.await.unwrap_or_else(End::Failed)
            }
        };
        let failed = matches!(end, End::Failed(_));
        self.change(|set| settle(set, &self.plan.id, &target, end));
        !failed
    }

    async fn attempt(
        &self,
        roles: &Roles,
        target: &Target,
        definition: &Definition,
        instance: &Instance,
        name: &str,
    ) -> Result<End, Failed> {
        if let Some(organization) = &self.plan.organization
            && !organization.is_active(&target.account).await.unwrap_or(true)
        {
            return Ok(End::Suspended);
        }
        let deletes = matches!(self.plan.action, Action::Delete { .. });
        if deletes && instance.stack.is_none() || self.plan.action == (Action::Delete { retain: true }) {
            return Ok(End::Gone);
        }
        let credentials = roles.credentials(definition, &target.account).await;
        let credentials =
            credentials.map_err(|reason| Failed { gate: Gate::Failed, ..Failed::because(reason) })?;
        let context = roles.context.at(&target.account, &target.region);
        let stacks = Stacks::new(&context, &credentials).await;
        let existing = match &instance.stack {
            Some(stack) if deletes => return delete(&stacks, stack).await,
            Some(stack) => whole(&stacks, stack).await?,
            None => None,
        };
        let template = definition.template.published(&roles.context, &roles.set).await;
        let template = template.map_err(|failure| Failed::because(failure.message))?;
        let stack = if let Some(stack) = existing {
            if !stacks.update(&spec(definition, instance, template, &stack)).await? {
                return Ok(End::Done);
            }
            stack
        } else {
            let stack = stacks.create(&spec(definition, instance, template, &stack_name(name))).await?;
            self.change(|set| {
                if let Some(instance) = set.instances.get_mut(&target.place()) {
                    instance.stack = Some(stack.clone());
                }
            });
            stack
        };
        match stacks.follow(&stack, |_| {}).await?.progress {
            Progress::Failed(failure) => Err(failure.into()),
            Progress::Gone => Err(Failed::because("The stack does not exist any more.".to_owned())),
            _ => Ok(End::Done),
        }
    }
}

/// The stack if it can be updated. One that was not made as a whole is deleted.
async fn whole(stacks: &Stacks, stack: &str) -> Result<Option<String>, Failed> {
    let seen = match stacks.observe(stack).await? {
        Observation { progress: Progress::Running | Progress::RollingBack, .. } => {
            stacks.follow(stack, |_| {}).await?
        }
        seen => seen,
    };
    match seen.progress {
        Progress::Gone => Ok(None),
        Progress::Failed(failure) if UNFINISHED.contains(&&*failure.status) => {
            delete(stacks, stack).await.map(|_| None)
        }
        _ => Ok(Some(stack.to_owned())),
    }
}

async fn delete(stacks: &Stacks, stack: &str) -> Result<End, Failed> {
    stacks.delete(stack).await?;
    match stacks.follow(stack, |_| {}).await?.progress {
        Progress::Failed(failure) => Err(Failed { unstable: true, ..failure.into() }),
        _ => Ok(End::Gone),
    }
}

/// A name for a new stack of a set.
fn stack_name(set: &str) -> String {
    let set: String = set.chars().take(LONGEST_NAME).collect();
    format!("StackSet-{set}-{}", Uuid::new_v4())
}

fn spec(
    definition: &Definition,
    instance: &Instance,
    template: emulator_stacks::Template,
    name: &str,
) -> Spec {
    let mut values = definition.parameters.clone();
    values.extend(instance.overrides.clone());
    // An override may be of a parameter that the template has no more.
    values.retain(|key, _| definition.template.parameters.contains_key(key));
    Spec {
        name: name.to_owned(),
        template,
        parameters: values.into_iter().map(|(key, value)| (key, Value::New(value))).collect(),
        tags: definition.tags.clone().into_iter().collect(),
        capabilities: definition.capabilities.clone(),
        notifications: Vec::new(),
        role: None,
    }
}

/// Notes how the work for a target ended.
fn settle(set: &mut StackSet, operation: &str, target: &Target, end: End) {
    let place = target.place();
    let gone = matches!(end, End::Gone);
    let (status, detail, reason, gate) = match end {
        End::Done | End::Gone => (Some(Status::Current), Detail::Succeeded, None, Gate::Skipped),
        End::Suspended => (None, Detail::Suspended, Some(SUSPENDED.to_owned()), Gate::Skipped),
        End::Failed(Failed { reason, gate, unstable: true }) => {
            (Some(Status::Inoperable), Detail::Inoperable, Some(reason), gate)
        }
        End::Failed(Failed { reason, gate, .. }) => {
            (Some(Status::Outdated), Detail::Failed, Some(reason), gate)
        }
    };
    if gone {
        set.instances.remove(&place);
    } else if let Some(instance) = set.instances.get_mut(&place) {
        instance.status = status.unwrap_or(instance.status);
        instance.detail = detail;
        instance.reason.clone_from(&reason);
    }
    let operation = set.operation_mut(operation);
    if let Some(outcome) = operation.and_then(|it| it.results.get_mut(&place)) {
        (outcome.detail, outcome.reason, outcome.gate) = (detail, reason, Some(gate));
    }
}
