//! The errors that are answered in several places.

use emulator_core::Failure;

pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationException", message)
}

pub(crate) fn conflict(message: impl Into<String>) -> Failure {
    Failure::new("ConflictException", message)
}

pub(crate) fn missing(message: impl Into<String>) -> Failure {
    Failure::new("ResourceNotFoundException", message)
}

pub(crate) fn too_many(message: impl Into<String>) -> Failure {
    Failure::new("ServiceQuotaExceededException", message)
}
