//! What the function was doing, to what, when a call failed.

use shared::error::Cause;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the role {role}")]
    Role { role: String, source: Cause },
    #[error("could not list who has access to portfolio {portfolio}")]
    Principals { portfolio: String, source: Cause },
    #[error("could not give {role} access to portfolio {portfolio}")]
    Associate { role: String, portfolio: String, source: Cause },
    #[error("could not read the SSM parameter {name}")]
    ReadEntry { name: String, source: Cause },
    #[error("could not write the SSM parameter {name}")]
    WriteEntry { name: String, source: Cause },
    #[error("could not delete the SSM parameter {name}")]
    DeleteEntry { name: String, source: Cause },
    #[error("could not look at {what}")]
    Describe { what: String, source: Cause },
    #[error("could not read how product {product} can be launched")]
    Offer { product: String, source: Cause },
    #[error("could not list {what}")]
    List { what: String, source: Cause },
    #[error("could not provision {name}")]
    Provision { name: String, source: Cause },
    #[error("could not terminate {name}")]
    Terminate { name: String, source: Cause },
    /// Service Catalog took the request and failed.
    #[error("could not terminate {name}: {reason}. Remove that cause and retry")]
    NotTerminated { name: String, reason: String },
}
