//! The operations on stack sets, one function each: checked input in, output or AWS's error out.

mod instances;
mod operations;
mod pages;
mod sets;
mod update;

use crate::StackSets;
use emulator_core::{Call, Operation, Permission, ServiceContext, Shapes, text};
use serde_json::Value;
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<StackSets>] = &[
    Operation::waiting("CreateStackSet", |service, call| Box::pin(sets::create(service, call)), own),
    Operation::new("DescribeStackSet", sets::describe, own),
    Operation::new("ListStackSets", sets::list, own),
    Operation::waiting("UpdateStackSet", |service, call| Box::pin(update::update(service, call)), own),
    Operation::new("DeleteStackSet", sets::delete, own),
    Operation::waiting(
        "CreateStackInstances",
        |service, call| Box::pin(instances::create(service, call)),
        own,
    ),
    Operation::waiting(
        "UpdateStackInstances",
        |service, call| Box::pin(instances::update(service, call)),
        own,
    ),
    Operation::waiting(
        "DeleteStackInstances",
        |service, call| Box::pin(instances::delete(service, call)),
        own,
    ),
    Operation::new("DescribeStackInstance", instances::describe, own),
    Operation::new("ListStackInstances", instances::list, own),
    Operation::new("DescribeStackSetOperation", operations::describe, own),
    Operation::new("ListStackSetOperations", operations::list, own),
    Operation::new("ListStackSetOperationResults", operations::results, own),
    Operation::new("StopStackSetOperation", operations::stop, own),
];

/// The service computes the permissions of all operations itself: see `required_permissions`.
fn own(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![Permission::new(format!("cloudformation:{}", call.operation), "*")]
}

/// Whether a delegated administrator acts for its organization.
pub(crate) fn is_delegated(input: &Value) -> bool {
    text(input, "CallAs") == "DELEGATED_ADMIN"
}
