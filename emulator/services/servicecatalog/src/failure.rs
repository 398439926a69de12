//! Service Catalog's errors.

use emulator_core::Failure;

pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParametersException", message)
}

pub(crate) fn not_found(message: impl Into<String>) -> Failure {
    Failure::new("ResourceNotFoundException", message)
}

pub(crate) fn in_use(message: impl Into<String>) -> Failure {
    Failure::new("ResourceInUseException", message)
}

pub(crate) fn duplicate(message: impl Into<String>) -> Failure {
    Failure::new("DuplicateResourceException", message)
}

/// The caller is not known any more.
pub(crate) fn unknown_caller(failure: Failure) -> Failure {
    if failure.status >= 500 { failure } else { Failure::new("AccessDeniedException", failure.message) }
}

pub(crate) fn limit(message: impl Into<String>) -> Failure {
    Failure::new("LimitExceededException", message)
}
