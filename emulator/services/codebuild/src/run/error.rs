//! Why a phase cannot go on: the build failed, or the service itself did.

use crate::model::{Context, Status};

#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) status: Status,
    pub(crate) context: Context,
}

impl From<Context> for Error {
    fn from(context: Context) -> Self {
        Self { status: Status::Failed, context }
    }
}

/// Whatever goes wrong on this machine is not the build's fault.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self { status: Status::Fault, context: Context::new("INTERNAL_ERROR", error.to_string()) }
    }
}
