//! What `observe` reads, in plain data.

/// The log group of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// None if there is no log group of this name.
    pub group: Option<LogGroup>,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Days that events are kept; none if they never expire.
    pub retention: Option<i32>,
}
