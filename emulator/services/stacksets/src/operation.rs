//! Operations on a stack set: what is planned, how far it is, and how it ended in each account and Region.

use crate::definition::Definition;
use crate::failure::conflict;
use crate::organization::Organization;
use crate::preferences::Preferences;
use crate::store::{Detail, Instance, Moment, Place, StackSet, Status, Texts, seconds};
use emulator_core::{Failure, present};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update,
    Delete { retain: bool },
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete { .. } => "DELETE",
        }
    }
}

/// Where an operation acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) account: String,
    pub(crate) region: String,
    /// The unit through which the account is a target.
    pub(crate) unit: Option<String>,
}

impl Target {
    pub(crate) fn place(&self) -> Place {
        (self.account.clone(), self.region.clone())
    }
}

/// What a request changes before its operation deploys anything.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Nothing,
    /// What the set is.
    Define(Box<Definition>),
    /// The overrides of the targets: a value, or the one that there is.
    Override(BTreeMap<String, Option<String>>),
}

/// A request that is accepted.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Of the operation.
    pub(crate) id: String,
    pub(crate) action: Action,
    pub(crate) change: Change,
    pub(crate) preferences: Preferences,
    /// In the order of the Regions.
    pub(crate) targets: Vec<Target>,
    /// As the request named them.
    pub(crate) deployment_targets: Value,
    /// The one whose accounts the targets are, if the service manages the permissions.
    pub(crate) organization: Option<Organization>,
}

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) action: Action,
    pub(crate) status: Progress,
    preferences: Value,
    administration_role: Option<String>,
    execution_role: Option<String>,
    deployment_targets: Value,
    created: Moment,
    pub(crate) ended: Option<Moment>,
    pub(crate) results: BTreeMap<Place, Outcome>,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Queued,
    Running,
    Stopping,
    Succeeded,
    Failed,
    Stopped,
}

impl Progress {
    pub(crate) fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Stopping)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Stopped => "STOPPED",
        }
    }
}

/// How an operation went in one account and Region.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) detail: Detail,
    pub(crate) reason: Option<String>,
    pub(crate) gate: Option<Gate>,
    pub(crate) unit: Option<String>,
}

/// Whether the account lets stack sets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The account has no function that is asked.
    Skipped,
    Failed,
}

impl Outcome {
    /// How it is listed.
    pub(crate) fn show(&self, (account, region): &Place) -> Value {
        let gate = self.gate.as_ref().map(|gate| match gate {
            Gate::Skipped => {
                let function = format!(
                    "arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate"
                );
                json!({"Status": "SKIPPED", "StatusReason": format!("Function not found: {function}")})
            }
            Gate::Failed => json!({"Status": "FAILED", "StatusReason": self.reason}),
        });
        present(json!({
            "Account": account,
            "Region": region,
            "Status": self.status(),
            "StatusReason": self.reason,
            "AccountGateResult": gate,
            "OrganizationalUnitId": self.unit,
        }))
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.detail {
            Detail::Inoperable => Detail::Failed.word(),
            Detail::Suspended => Detail::Cancelled.word(),
            detail => detail.word(),
        }
    }
}

impl Operation {
    fn new(plan: &Plan, definition: &Definition, now: Moment, status: Progress) -> Self {
        Self {
            id: plan.id.clone(),
            action: plan.action,
            status,
            preferences: plan.preferences.shown.clone(),
            administration_role: definition.administration_role.clone(),
            execution_role: definition.execution_role.clone(),
            deployment_targets: plan.deployment_targets.clone(),
            created: now,
            ended: None,
            results: BTreeMap::new(),
        }
    }

    /// How it is listed.
    pub(crate) fn summary(&self) -> Value {
        let failed = self.results.values().filter(|it| it.status() == Detail::Failed.word()).count();
        present(json!({
            "OperationId": self.id,
            "Action": self.action.word(),
            "Status": self.status.word(),
            "CreationTimestamp": seconds(self.created),
            "EndTimestamp": self.ended.map(seconds),
            "OperationPreferences": self.preferences,
            "StatusDetails": {"FailedStackInstancesCount": failed},
        }))
    }

    pub(crate) fn show(&self, set: &str) -> Value {
        let mut shown = self.summary();
        let retain = if let Action::Delete { retain } = self.action { Some(retain) } else { None };
        let more = present(json!({
            "StackSetId": set,
            "RetainStacks": retain,
            "AdministrationRoleARN": self.administration_role,
            "ExecutionRoleName": self.execution_role,
            "DeploymentTargets": self.deployment_targets,
        }));
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        shown
    }
}

impl StackSet {
    /// Refuses an operation that may not be made now.
    pub(crate) fn admits(&self, id: &str) -> Result<(), Failure> {
        if self.operations.iter().any(|operation| operation.id == id) {
            let message = format!("Operation with id {id} already exists");
            return Err(conflict("OperationIdAlreadyExistsException", message));
        }
        match self.running() {
            Some(running) if !self.definition.managed_execution => Err(in_progress(&self.arn, &running.id)),
            _ => Ok(()),
        }
    }

    /// Accepts an operation. The plan if it begins now; otherwise it waits.
    pub(crate) fn accept(&mut self, plan: Plan, now: Moment) -> Option<Plan> {
        let waits = self.running().is_some();
        let status = if waits { Progress::Queued } else { Progress::Running };
        self.operations.push(Operation::new(&plan, &self.definition, now, status));
        if waits {
            self.queue.push_back(plan);
            return None;
        }
        self.begin(&plan);
        Some(plan)
    }

    /// Makes the change of a plan, and marks what it is about to do.
    pub(crate) fn begin(&mut self, plan: &Plan) {
        if let Change::Define(definition) = &plan.change {
            if self.definition.deploys_other_than(definition) {
                self.instances.values_mut().for_each(|instance| instance.status = Status::Outdated);
            }
            self.definition = (**definition).clone();
        }
        for target in &plan.targets {
            let new = || Instance {
                stack: None,
                overrides: Texts::new(),
                status: Status::Outdated,
                detail: Detail::Pending,
                reason: None,
                unit: target.unit.clone(),
                operation: String::new(),
            };
            let instance = match plan.action {
                Action::Create => self.instances.entry(target.place()).or_insert_with(new),
                // One that has gone meanwhile.
                _ => match self.instances.get_mut(&target.place()) {
                    Some(instance) => instance,
                    None => continue,
                },
            };
            if let Change::Override(overrides) = &plan.change {
                let old = std::mem::take(&mut instance.overrides);
                let value = |(key, value): (&String, &Option<String>)| {
                    Some((key.clone(), value.clone().or_else(|| old.get(key).cloned())?))
                };
                instance.overrides = overrides.iter().filter_map(value).collect();
            }
            instance.status =
                if instance.status == Status::Current { Status::Outdated } else { instance.status };
            instance.detail = Detail::Pending;
            instance.reason = None;
            instance.operation.clone_from(&plan.id);
        }
        if let Some(operation) = self.operation_mut(&plan.id) {
            operation.status = Progress::Running;
            let pending = |target: &Target| {
                let unit = target.unit.clone();
                (target.place(), Outcome { detail: Detail::Pending, reason: None, gate: None, unit })
            };
            operation.results = plan.targets.iter().map(pending).collect();
        }
    }
}

pub(crate) fn in_progress(set: &str, operation: &str) -> Failure {
    let message = format!("Another Operation on StackSet {set} is in progress: {operation}");
    conflict("OperationInProgressException", message)
}
