//! CloudFormation's errors, with the HTTP statuses of its model.

use emulator_core::Failure;

fn with_status(status: u16, code: &str, message: impl Into<String>) -> Failure {
    Failure { status, ..Failure::new(code, message) }
}

/// What the model has no code for.
pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationError", message)
}

pub(crate) fn no_set(name: &str) -> Failure {
    with_status(404, "StackSetNotFoundException", format!("StackSet {name} not found"))
}

pub(crate) fn no_instance(set: &str, account: &str, region: &str) -> Failure {
    let message =
        format!("Stack instance for account {account}, region {region} of stack set {set} not found");
    with_status(404, "StackInstanceNotFoundException", message)
}

pub(crate) fn no_operation(id: &str) -> Failure {
    with_status(404, "OperationNotFoundException", format!("Operation {id} not found"))
}

pub(crate) fn conflict(code: &str, message: impl Into<String>) -> Failure {
    with_status(409, code, message)
}

pub(crate) fn not_possible(message: impl Into<String>) -> Failure {
    Failure::new("InvalidOperationException", message)
}

/// The caller is not known any more.
pub(crate) fn unknown_caller(failure: Failure) -> Failure {
    if failure.status >= 500 { failure } else { Failure::new("AccessDeniedException", failure.message) }
}
