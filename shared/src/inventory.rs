//! What a run will do, told to a person before it begins.

use serde::Serialize;

/// One line of the table: things of one kind for which the run does the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Item {
    /// A plural noun: `apps`, `mount targets`.
    pub kind: &'static str,
    /// Names or ids, in a stable order.
    pub names: Vec<String>,
    pub action: PlannedAction,
    /// Why, or what it means: "running apps keep their space from being deleted".
    pub reason: String,
}

/// What a run does with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PlannedAction {
    Delete,
    Keep,
    /// Not touched, but worth knowing: it goes on costing money, for example.
    Report,
    /// It stops the run, before anything is deleted: only a person can remove it.
    Blocked,
}
