//! What `sm-mlops destroy` tells: a document for programs, text for people.

use super::plan::{Fate, Plan};
use crate::answer::Answer;
use crate::plan_table;
use crate::table::table;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::json;
use shared::text::{counted, list};
use std::fmt::Write;

/// The result.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    /// In the order in which they are deleted.
    #[serde(rename = "Stacks")]
    pub(super) plans: Vec<Plan>,
    /// Names of stacks that do not exist.
    pub(super) absent: Vec<String>,
    /// Names of stacks that were deleted.
    pub(super) deleted: Vec<String>,
    #[serde(skip)]
    pub(super) begun: bool,
    /// How many names a row of the plan tells.
    #[serde(skip)]
    pub(super) limit: usize,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<_> = self
            .resources
            .iter()
            .map(|((fate, kind), ids)| json!({"Action": fate.word(), "Type": kind, "Names": ids}))
            .collect();
        let domains: Vec<_> =
            self.domains.iter().map(|(id, items)| json!({"DomainId": id, "Content": items})).collect();
        let mut plan = out.serialize_struct("Plan", 5)?;
        plan.serialize_field("Stack", &self.stack.name)?;
        plan.serialize_field("StackStatus", self.stack.status.as_str())?;
        plan.serialize_field("NestedStacks", &self.nested())?;
        plan.serialize_field("Resources", &rows)?;
        plan.serialize_field("Domains", &domains)?;
        plan.end()
    }
}

impl Found {
    /// What would happen.
    pub(super) fn plan(&self, account: &str, region: &str, width: u16) -> String {
        let plans = self.plans.iter().map(|plan| self.one(plan, account, region, width));
        plans.collect::<Vec<_>>().join("\n")
    }

    fn one(&self, plan: &Plan, account: &str, region: &str, width: u16) -> String {
        let nested = match plan.nested() {
            0 => String::new(),
            some => format!(" with {}", counted(some, "nested stacks")),
        };
        let head = format!("Stack {}{nested} in account {account}, {region}", plan.stack.name);
        let rows = plan.resources.iter().map(|((fate, kind), ids)| {
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            vec![fate.word().to_owned(), ids.len().to_string(), kind.clone(), list(&ids, self.limit)]
        });
        let mut text = format!("{head}\n\n{}\n", table(&["ACTION", "COUNT", "TYPE", "NAMES"], rows, width));
        for (id, items) in &plan.domains {
            let _ = write!(text, "\nIn domain {id}, which goes with all of it:\n\n");
            text.push_str(&plan_table::render(items, width, self.limit.min(plan_table::NAMES), false));
            text.push('\n');
        }
        if let (Some(word), false) = (plan.home_directories(), plan.domains.is_empty()) {
            let _ = write!(text, "\nHome directories: {word} (parameter HomeDirectories of the stack).\n");
        }
        text
    }

    /// What the deletion left.
    fn kept(&self) -> Vec<String> {
        let gone = self.plans.iter().filter(|plan| self.deleted.contains(&plan.stack.name));
        let kept = gone.flat_map(|plan| plan.resources.iter().filter(|((fate, _), _)| *fate == Fate::Keep));
        kept.flat_map(|((_, kind), ids)| ids.iter().map(move |id| format!("{kind} {id}"))).collect()
    }
}

impl Answer for Found {
    fn begun(&self) -> bool {
        self.begun
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        if !self.begun {
            let last = "A dry run: nothing was changed.";
            return format!("{}\n{last}", self.plan(account, region, width));
        }
        let mut lines: Vec<_> = self
            .plans
            .iter()
            .map(|plan| {
                let (went, name) = (plan.count(Fate::Delete), &plan.stack.name);
                format!("Stack {name} is deleted with {}.", counted(went, "resources"))
            })
            .collect();
        lines.extend(self.absent.iter().map(|name| format!("Stack {name} did not exist.")));
        let kept = self.kept();
        if !kept.is_empty() {
            lines.push(format!("\nKept, as the templates say:\n{}", kept.join("\n")));
        }
        lines.join("\n")
    }
}
