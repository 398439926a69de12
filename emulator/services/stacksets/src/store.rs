//! Stack sets and their instances, as plain data.

use crate::definition::Definition;
use crate::failure::no_set;
use crate::operation::{Operation, Plan};
use emulator_core::{Failure, epoch_seconds, present};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// Milliseconds since 1970.
pub(crate) type Moment = i64;

/// Account and Region of a stack.
pub(crate) type Place = (String, String);

/// Values by key.
pub(crate) type Texts = BTreeMap<String, String>;

/// The stack sets of one account in one Region, by id, with those that are deleted.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) sets: BTreeMap<String, StackSet>,
}

/// A stack set.
#[derive(Debug)]
pub(crate) struct StackSet {
    pub(crate) name: String,
    /// `NAME:UUID`.
    pub(crate) id: String,
    pub(crate) arn: String,
    /// Whether it is one of the organization, made by a delegated administrator.
    pub(crate) delegated: bool,
    pub(crate) active: bool,
    /// What it was made with.
    pub(crate) input: Value,
    pub(crate) definition: Definition,
    pub(crate) instances: BTreeMap<Place, Instance>,
    /// Oldest first.
    pub(crate) operations: Vec<Operation>,
    /// What waits for the operation that runs, with managed execution.
    pub(crate) queue: VecDeque<Plan>,
}

/// A stack in one account and Region, or the wish for one.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// The ARN of the stack, once there is one.
    pub(crate) stack: Option<String>,
    pub(crate) overrides: Texts,
    pub(crate) status: Status,
    pub(crate) detail: Detail,
    pub(crate) reason: Option<String>,
    /// The unit through which the account is a target.
    pub(crate) unit: Option<String>,
    pub(crate) operation: String,
}

/// Whether the stack is what the set says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Current,
    Outdated,
    /// It could not be deleted.
    Inoperable,
}

/// How the last operation on an instance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Inoperable,
    Suspended,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Current => "CURRENT",
            Self::Outdated => "OUTDATED",
            Self::Inoperable => "INOPERABLE",
        }
    }
}

impl Detail {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Inoperable => "INOPERABLE",
            Self::Suspended => "SKIPPED_SUSPENDED_ACCOUNT",
        }
    }
}

impl Store {
    /// The set that a call means by its name, its id or its ARN: those of the organization and those of the account have names
    /// of their own.
    pub(crate) fn set(&self, name: &str, delegated: bool) -> Result<&StackSet, Failure> {
        let found = self.sets.values().find(|set| set.is(name, delegated));
        found.ok_or_else(|| no_set(name))
    }

    /// The same, to change it.
    pub(crate) fn set_mut(&mut self, name: &str, delegated: bool) -> Result<&mut StackSet, Failure> {
        let found = self.sets.values_mut().find(|set| set.is(name, delegated));
        found.ok_or_else(|| no_set(name))
    }
}

impl StackSet {
    fn is(&self, name: &str, delegated: bool) -> bool {
        let named = self.active && self.name == name;
        self.delegated == delegated && (named || self.id == name || self.arn == name)
    }

    /// What runs, or is about to.
    pub(crate) fn running(&self) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.status.is_running())
    }

    pub(crate) fn operation_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|operation| operation.id == id)
    }

    /// Each value once, in order.
    fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut all: Vec<_> = values.collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn show(&self) -> Value {
        let regions = Self::distinct(self.instances.keys().map(|(_, region)| region.as_str()));
        let units = Self::distinct(self.instances.values().filter_map(|it| it.unit.as_deref()));
        let Definition { template, parameters, capabilities, tags, .. } = &self.definition;
        let parameters = parameters.iter().map(|(key, value)| self.definition.shown(key, value));
        let mut shown = self.summary();
        let more = present(json!({
            "TemplateBody": template.text,
            "Parameters": parameters.collect::<Vec<_>>(),
            "Capabilities": capabilities,
            "Tags": tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>(),
            "StackSetARN": self.arn,
            "AdministrationRoleARN": self.definition.administration_role,
            "ExecutionRoleName": self.definition.execution_role,
            "OrganizationalUnitIds": units,
            "Regions": regions,
            "StackSetDriftDetectionDetails": {"DriftStatus": "NOT_CHECKED",
                "TotalStackInstancesCount": self.instances.len()},
        }));
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        shown
    }

    /// How it is listed.
    pub(crate) fn summary(&self) -> Value {
        present(json!({
            "StackSetName": self.name,
            "StackSetId": self.id,
            "Description": self.definition.description,
            "Status": if self.active { "ACTIVE" } else { "DELETED" },
            "AutoDeployment": self.definition.auto_deployment,
            "PermissionModel": self.definition.model(),
            "DriftStatus": "NOT_CHECKED",
            "ManagedExecution": {"Active": self.definition.managed_execution},
        }))
    }

    /// An instance as it is listed; its description has the overrides as well.
    pub(crate) fn show_instance(&self, (account, region): &Place, instance: &Instance) -> Value {
        present(json!({
            "StackSetId": self.id,
            "Region": region,
            "Account": account,
            "StackId": instance.stack,
            "Status": instance.status.word(),
            "StackInstanceStatus": {"DetailedStatus": instance.detail.word()},
            "StatusReason": instance.reason,
            "OrganizationalUnitId": instance.unit,
            "DriftStatus": "NOT_CHECKED",
            "LastOperationId": instance.operation,
        }))
    }
}

/// A moment as AWS's JSON has it.
pub(crate) fn seconds(at: Moment) -> f64 {
    jiff::Timestamp::from_millisecond(at).map(epoch_seconds).unwrap_or_default()
}
