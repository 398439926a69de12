//! What a run will do, told to a person before it begins.

use serde::{Serialize, Serializer};
use std::fmt;

/// One line of the table: things of one kind for which the run does the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Item {
    /// A plural noun: `apps`, `mount targets`.
    pub kind: &'static str,
    /// Names or ids, in a stable order.
    pub names: Vec<Name>,
    pub action: PlannedAction,
    /// Why, or what it means: "running apps keep their space from being deleted".
    pub reason: String,
}

impl Item {
    /// The names as they are shown.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        self.names.iter().map(ToString::to_string).collect()
    }
}

/// A thing of a row: what it is, and what is said about it, which may differ each time that it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Its name or id.
    pub id: String,
    /// Such as its size.
    pub note: Option<String>,
}

impl Name {
    /// A thing with a note.
    #[must_use]
    pub fn noted(id: impl Into<String>, note: impl Into<String>) -> Self {
        Self { id: id.into(), note: Some(note.into()) }
    }

    /// Whether it is the same thing, whatever is said about it.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<T: Into<String>> From<T> for Name {
    fn from(id: T) -> Self {
        Self { id: id.into(), note: None }
    }
}

/// `fs-1 (6.0 KiB)`.
impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.note {
            Some(note) => write!(out, "{} ({note})", self.id),
            None => out.write_str(&self.id),
        }
    }
}

impl Serialize for Name {
    /// As it is shown.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
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
