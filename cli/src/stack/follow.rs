//! Follows an operation on a stack and on all that are nested in it, event by event, to its end.

use super::aws::{Stack, Stacks, failed};
use super::standing::{Standing, succeeded};
use super::{NESTED, first_cause};
use crate::exit::{Exit, Failure};
use aws_sdk_cloudformation::types::{ResourceStatus, StackEvent};
use aws_smithy_types::DateTime;
use shared::error::{cause, refused};
use shared::pause::pause;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Between two looks. CloudFormation lets about two calls a second through before it throttles, and the SDK then waits.
const POLL: Duration = Duration::from_secs(2);

/// Something that happened to a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) at: DateTime,
    /// Logical ids from the outermost stack on: `Environment/Network/Vpc`.
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) physical_id: String,
    pub(crate) status: ResourceStatus,
    pub(crate) reason: Option<String>,
}

impl Event {
    /// Whether the resource could not be made, changed or deleted.
    pub(crate) const fn is_failure(&self) -> bool {
        matches!(
            self.status,
            ResourceStatus::CreateFailed
                | ResourceStatus::UpdateFailed
                | ResourceStatus::DeleteFailed
                | ResourceStatus::ImportFailed
                | ResourceStatus::RollbackFailed
                | ResourceStatus::UpdateRollbackFailed
        )
    }

    /// Whether the resource waits for nothing more.
    pub(crate) const fn is_end(&self) -> bool {
        self.is_failure()
            || matches!(
                self.status,
                ResourceStatus::CreateComplete
                    | ResourceStatus::UpdateComplete
                    | ResourceStatus::DeleteComplete
                    | ResourceStatus::DeleteSkipped
                    | ResourceStatus::ImportComplete
            )
    }
}

/// From which event on an operation is followed.
#[derive(Clone, Debug)]
pub(crate) enum Since {
    /// Everything after this event of the stack; everything at all, if it had none.
    After(Option<String>),
    /// The operation that is under way.
    Running,
}

/// How an operation ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stack: Stack,
    pub(crate) events: Vec<Event>,
}

impl Ended {
    /// The stack, if the operation did what was asked; or else its first cause.
    ///
    /// # Errors
    /// A sentence with the resource that failed first, and why.
    pub(crate) fn result(self) -> Result<Stack, Failure> {
        let Self { stack, events } = self;
        if succeeded(&stack.status) {
            return Ok(stack);
        }
        let why = match first_cause(&events) {
            Some(first) => format!(
                "{} ({}) failed first: {}",
                first.path,
                first.kind,
                first.reason.as_deref().unwrap_or("CloudFormation does not say why")
            ),
            None => stack.reason.clone().unwrap_or_else(|| "CloudFormation does not say why".into()),
        };
        let why = why.trim_end_matches('.');
        Err(Failure::new(Exit::Failed, format!("stack {} is {}: {why}", stack.name, stack.status)))
    }
}

/// What is known of one of the stacks.
struct Followed {
    path: String,
    seen: BTreeSet<String>,
    /// Whether more events may come.
    is_active: bool,
}

/// Follows the operation to its end. `note` sees each event once, in the order of each stack.
///
/// # Errors
/// A call that failed; the operation goes on.
pub(crate) async fn follow(
    stacks: &Stacks,
    id: &str,
    since: Since,
    mut note: impl FnMut(&Event),
) -> Result<Ended, Failure> {
    let root = Followed { path: String::new(), seen: BTreeSet::new(), is_active: true };
    let mut all: BTreeMap<String, Followed> = [(id.to_owned(), root)].into();
    let (mut events, mut begin) = (Vec::new(), None);
    loop {
        // Asked first, so that the events that led to its end are read after it.
        let stack = stacks.describe(id).await?;
        let stack = stack.ok_or_else(|| {
            Failure::new(
                Exit::Failed,
                format!("stack {id} does not exist any more, and CloudFormation tells nothing of it"),
            )
        })?;
        let mut waiting: Vec<String> = active(&all);
        while let Some(of) = waiting.pop() {
            let root_since = (of == id).then_some(&since);
            let Some(followed) = all.get_mut(&of) else { continue };
            let fresh = stacks.fresh(&of, followed, root_since, begin).await?;
            if of == id && begin.is_none() {
                begin = fresh.first().map(|event| event.at);
            }
            for event in fresh {
                note(&event);
                let is_nested =
                    event.kind == NESTED && event.physical_id != of && !event.physical_id.is_empty();
                if is_nested {
                    let ends = event.is_end();
                    let nested = all.entry(event.physical_id.clone()).or_insert_with(|| Followed {
                        path: event.path.clone(),
                        seen: BTreeSet::new(),
                        is_active: false,
                    });
                    nested.is_active = !ends;
                    // Its last events are read before it is left.
                    if !waiting.contains(&event.physical_id) {
                        waiting.push(event.physical_id.clone());
                    }
                }
                events.push(event);
            }
        }
        if Standing::of(&stack.status) != Standing::Busy {
            return Ok(Ended { stack, events });
        }
        pause(POLL).await;
    }
}

fn active(all: &BTreeMap<String, Followed>) -> Vec<String> {
    all.iter().filter(|(_, followed)| followed.is_active).map(|(id, _)| id.clone()).collect()
}

impl Stacks {
    /// The newest event of a stack, after which those of the next operation come.
    pub(crate) async fn newest_event(&self, stack: &str) -> Result<Option<String>, Failure> {
        match self.client.describe_stack_events().stack_name(stack).send().await {
            Ok(page) => Ok(page.stack_events().first().and_then(|event| event.event_id.clone())),
            Err(error) if refused(&error, &["ValidationError"]) => Ok(None),
            Err(error) => Err(failed(&format!("read the events of {stack}"), &cause(error))),
        }
    }

    /// The events that were not seen yet, oldest first.
    async fn fresh(
        &self,
        stack: &str,
        followed: &mut Followed,
        since: Option<&Since>,
        begin: Option<DateTime>,
    ) -> Result<Vec<Event>, Failure> {
        let mut pages = self.client.describe_stack_events().stack_name(stack).into_paginator().send();
        let mut fresh = Vec::new();
        'pages: while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(&format!("read the events of {stack}"), &cause(error)))?;
            for event in page.stack_events.unwrap_or_default() {
                let id = event.event_id.clone().unwrap_or_default();
                let is_known = followed.seen.contains(&id)
                    || matches!(since, Some(Since::After(Some(last))) if *last == id)
                    || event.timestamp.is_some_and(|at| begin.is_some_and(|begin| at < begin));
                if is_known {
                    break 'pages;
                }
                let is_begin = begin.is_none() && matches!(since, Some(Since::Running)) && begins(&event);
                followed.seen.insert(id);
                fresh.push(read(event, &followed.path));
                if is_begin {
                    break 'pages;
                }
            }
        }
        fresh.reverse();
        Ok(fresh)
    }
}

/// Whether an operation on the stack itself begins with the event.
fn begins(event: &StackEvent) -> bool {
    event.physical_resource_id == event.stack_id
        && matches!(
            event.resource_status,
            Some(
                ResourceStatus::CreateInProgress
                    | ResourceStatus::UpdateInProgress
                    | ResourceStatus::DeleteInProgress
                    | ResourceStatus::ImportInProgress
            )
        )
}

fn read(event: StackEvent, path: &str) -> Event {
    let is_own = event.physical_resource_id == event.stack_id;
    let name = event.logical_resource_id.unwrap_or_default();
    let path = match (path, is_own) {
        ("", _) => name,
        (path, true) => path.to_owned(),
        (path, false) => format!("{path}/{name}"),
    };
    Event {
        at: event.timestamp.unwrap_or_else(|| DateTime::from_secs(0)),
        path,
        kind: event.resource_type.unwrap_or_default(),
        physical_id: event.physical_resource_id.unwrap_or_default(),
        status: event.resource_status.unwrap_or_else(|| ResourceStatus::from("unknown")),
        reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
    }
}
