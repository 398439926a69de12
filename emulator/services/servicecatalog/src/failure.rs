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

pub(crate) fn limit(message: impl Into<String>) -> Failure {
    Failure::new("LimitExceededException", message)
}
