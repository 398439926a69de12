//! What a run will do, told to a person before it begins.

use serde::Serialize;

/// One line of the table: things of one kind that share a fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Item {
    /// A plural noun: `apps`, `mount targets`.
    pub kind: &'static str,
    /// Names or ids, in a stable order.
    pub names: Vec<String>,
    pub fate: Fate,
    /// Why, or what it means: "running apps keep their space from being deleted".
    pub why: String,
}

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fate {
    Delete,
    Keep,
    /// Not touched, but worth knowing: it goes on costing money, for example.
    Report,
    /// In the way: the run will stop there with a sentence.
    Blocks,
}
