//! What `sm-mlops deploy` tells: a document for programs, text for people.

use crate::answer::Answer;
use crate::args::Template;
use crate::exit::Failure;
use crate::stack::{Change, Stack, Stacks};
use crate::table::table;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is done with the stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) enum Operation {
    Create,
    Update,
    #[default]
    Nothing,
}

impl Operation {
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Nothing => "Look at",
        }
    }
}

/// The result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    pub(super) stack: String,
    pub(super) template: Template,
    pub(super) operation: Operation,
    pub(super) changes: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack_status: Option<String>,
    pub(super) outputs: BTreeMap<String, String>,
    #[serde(skip)]
    pub(super) begun: bool,
    /// The name of a change set that is made or shown, and not agreed to.
    #[serde(skip)]
    pub(super) unconfirmed: Option<(Stacks, String)>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            stack: String::new(),
            template: Template::Quickstart,
            operation: Operation::Nothing,
            changes: Vec::new(),
            stack_status: None,
            outputs: BTreeMap::new(),
            begun: false,
            unconfirmed: None,
        }
    }
}

impl Found {
    pub(super) fn take(&mut self, stack: Stack) {
        self.stack_status = Some(stack.status.as_str().to_owned());
        self.outputs = stack.outputs;
    }
}

impl Answer for Found {
    fn begun(&self) -> bool {
        self.begun
    }

    async fn undo(&mut self) -> Result<(), Failure> {
        match self.unconfirmed.take() {
            Some((stacks, set)) => stacks.discard_named(&self.stack, &set).await,
            None => Ok(()),
        }
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        let Self { stack, operation, .. } = self;
        let Some(status) = &self.stack_status else {
            let head = format!("{} stack {stack} in account {account}, {region}", operation.verb());
            let last = "A dry run: nothing was changed.";
            return format!("{head}\n\n{}\n\n{last}", changes(&self.changes, width));
        };
        let head = match operation {
            Operation::Nothing => format!("Stack {stack} has nothing to change: {status}."),
            _ => format!("Stack {stack} is {status}."),
        };
        if self.outputs.is_empty() { head } else { format!("{head}\n\n{}", outputs(&self.outputs, width)) }
    }
}

/// The changes as a table.
pub(super) fn changes(changes: &[Change], width: u16) -> String {
    if changes.is_empty() {
        return "No resource of the stack itself changes.".to_owned();
    }
    let rows = changes.iter().map(|change| {
        let replaced = match change.replacement.as_deref() {
            None => "",
            Some("True") => "replaced",
            Some(_) => "may be replaced",
        };
        vec![change.action.clone(), change.logical_id.clone(), change.kind.clone(), replaced.to_owned()]
    });
    table(&["ACTION", "RESOURCE", "TYPE", ""], rows, width)
}

/// Outputs as a table.
pub(crate) fn outputs(outputs: &BTreeMap<String, String>, width: u16) -> String {
    let rows = outputs.iter().map(|(name, value)| vec![name.clone(), value.clone()]);
    table(&["OUTPUT", "VALUE"], rows, width)
}
