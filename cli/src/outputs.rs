//! `sm-mlops outputs`: the outputs of a stack.

use crate::answer::{self, Answer};
use crate::args::Outputs;
use crate::deploy::outputs;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::stack::Stacks;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    stack: String,
    stack_status: String,
    outputs: BTreeMap<String, String>,
}

/// Runs the command.
pub async fn run(asked: &Outputs, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let stack = Stacks::new(&session.config).describe(&asked.stack).await?;
        let stack = stack.ok_or_else(|| no_stack(&asked.stack, session))?;
        found.stack = stack.name;
        stack.status.as_str().clone_into(&mut found.stack_status);
        found.outputs = stack.outputs;
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

/// No stack has this name.
pub(crate) fn no_stack(name: &str, session: &Session) -> Failure {
    let Session { account, region, .. } = session;
    let sentence = format!(
        "there is no stack {name} in account {account}, {region}: `sm-mlops status --region {region}` shows those that there are"
    );
    Failure::new(Exit::NothingMatches, sentence)
}

impl Answer for Found {
    fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        let Self { stack, stack_status, .. } = self;
        if self.outputs.is_empty() {
            return format!(
                "Stack {stack} in account {account}, {region} is {stack_status} and has no outputs."
            );
        }
        outputs(&self.outputs, width)
    }
}
