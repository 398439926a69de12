//! The result of a run: the JSON document for programs, and the last lines for people.

use crate::args::{CleanUp, Storage, Vpc};
use crate::clean_up::{After, has};
use crate::domain::Domain;
use crate::exit::{Exit, Failure};
use crate::session::Session;
use serde::Serialize;
use shared::reconcile::inventory::{Item, Name, PlannedAction};
use shared::reconcile::output::Output;
use shared::reconcile::progress::{State, Waiting};
use shared::text::counted;

/// What a person has no other way to learn: once its file system is gone, nothing points to a recovery point.
const RECOVERY_POINTS: &str = "RecoveryPoints";

/// The document. Every key is always there, except `Error`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the document")]
pub struct Report {
    pub domain_id: String,
    /// Empty until it is known.
    pub region: String,
    /// Empty until it is known.
    pub account: String,
    pub storage: Storage,
    pub vpc: Vpc,
    pub delete_space_storage: bool,
    pub unified_studio_project: bool,
    pub dry_run: bool,
    /// The domain; null when it does not exist, or was not looked at.
    pub domain: Option<Domain>,
    /// What was found, and what the run does with it.
    pub plan: Vec<Item>,
    /// The name and number of the exit status.
    pub outcome: Exit,
    pub exit: u8,
    /// What of the plan is gone.
    pub deleted: Vec<Line>,
    /// What was to stay, and stays.
    pub kept: Vec<Line>,
    /// The attributes that the two custom resources would have.
    pub output: Output,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Those of deleted file systems.
    #[serde(skip)]
    recovery_points: Vec<String>,
    /// Whether anything was asked of AWS that changes something.
    #[serde(skip)]
    pub begun: bool,
}

/// Things of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Line {
    pub kind: &'static str,
    pub names: Vec<Name>,
}

impl Report {
    pub fn new(asked: &CleanUp) -> Self {
        Self {
            domain_id: asked.domain_id.clone(),
            region: asked.place.region.clone().unwrap_or_default(),
            account: String::new(),
            storage: asked.scope.storage,
            vpc: asked.scope.vpc,
            delete_space_storage: asked.scope.delete_space_storage,
            unified_studio_project: asked.scope.unified_studio_project,
            dry_run: asked.dry_run,
            domain: None,
            plan: Vec::new(),
            outcome: Exit::Done,
            exit: Exit::Done.code(),
            deleted: Vec::new(),
            kept: Vec::new(),
            output: Output::new(),
            error: None,
            recovery_points: Vec::new(),
            begun: false,
        }
    }

    /// Where it took place.
    pub fn place(&mut self, session: &Session) {
        self.region.clone_from(&session.region);
        self.account.clone_from(&session.account);
    }

    /// Remembers the recovery points that a step leaves.
    pub fn note(&mut self, step: &Waiting) {
        for resource in &step.resources {
            let State::DeletedWithRecoveryPoint(point) = &resource.state else { continue };
            if !self.recovery_points.contains(point) {
                self.recovery_points.push(point.clone());
                self.output.insert(RECOVERY_POINTS.to_owned(), self.recovery_points.join(", ").into());
            }
        }
    }

    /// The result of the plan, by what was observed after it.
    pub(crate) fn compare(&mut self, after: &After) {
        self.deleted = gone(&self.plan, after);
        self.kept = kept(&self.plan, &after.items);
    }

    /// How it ended.
    pub fn end(&mut self, failure: Option<&Failure>) {
        self.outcome = failure.map_or(Exit::Done, |failure| failure.exit);
        self.exit = self.outcome.code();
        self.error = failure.map(|failure| failure.sentence.clone());
    }

    /// The last lines.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let deleted: Vec<String> =
            self.deleted.iter().map(|line| counted(line.names.len(), line.kind)).collect();
        if !deleted.is_empty() {
            lines.push(format!("Deleted: {}", deleted.join(", ")));
        }
        // By name, because somebody will look for it.
        for line in &self.kept {
            let names: Vec<_> = line.names.iter().map(ToString::to_string).collect();
            lines.push(format!("Kept: {}: {}", counted(line.names.len(), line.kind), names.join(", ")));
        }
        let points = self.output.get(RECOVERY_POINTS).map(ToString::to_string);
        if let Some(points) = points.filter(|points| !points.is_empty()) {
            lines.push(format!("Recovery points: {points}"));
        }
        lines
    }
}

/// What a VPC holds. It is listed only while the VPC may be deleted: a VPC that is there without any of it says nothing about
/// it.
const IN_VPC: &[&str] = &[
    "VPC endpoints",
    "NAT gateways",
    "internet gateways",
    "subnets",
    "route tables",
    "network ACLs",
    "other security groups",
];

/// What was to be deleted and was not found any more by a look at the domain, or by one at the VPC it was in.
fn gone(before: &[Item], after: &After) -> Vec<Line> {
    // A VPC that is only reported does not exist any more.
    let exists = |item: &&Item| item.kind != "VPCs" || item.action != PlannedAction::Report;
    let items = || after.items.iter().chain(&after.in_vpcs).filter(exists);
    let found = |kind, name: &Name| has(items(), kind, name);
    let unlisted =
        items().any(|item| item.kind == "VPCs") && !items().any(|item| IN_VPC.contains(&item.kind));
    let mut lines = Vec::new();
    for item in before.iter().filter(|item| item.action == PlannedAction::Delete) {
        if unlisted && IN_VPC.contains(&item.kind) {
            continue;
        }
        add(&mut lines, item.kind, item.names.iter().filter(|name| !found(item.kind, name)));
    }
    lines
}

/// What was to be kept, before or after: some of it is found by its ties to what is deleted, such as the VPC.
fn kept(before: &[Item], after: &[Item]) -> Vec<Line> {
    let mut lines = Vec::new();
    for item in before.iter().chain(after).filter(|item| item.action == PlannedAction::Keep) {
        add(&mut lines, item.kind, item.names.iter());
    }
    lines
}

fn add<'a>(lines: &mut Vec<Line>, kind: &'static str, names: impl Iterator<Item = &'a Name>) {
    for name in names {
        match lines.iter_mut().find(|line| line.kind == kind) {
            Some(line) if line.names.iter().any(|other| other.is(name)) => {}
            Some(line) => line.names.push(name.clone()),
            None => lines.push(Line { kind, names: vec![name.clone()] }),
        }
    }
}

#[cfg(test)]
mod tests;
