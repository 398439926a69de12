//! What a finished run hands back.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Attributes of a custom resource, or output variables of a pipeline action. The same keys on every answer.
pub type Output = BTreeMap<String, Attribute>;

/// One value of an [`Output`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attribute {
    /// A text.
    Text(String),
    /// A list: what `Fn::GetAtt` gives to a property that takes one, and to `Fn::Join` and `Fn::Select`.
    List(Vec<String>),
}

/// As an output variable of a pipeline action, which is text: the members of a list are separated by commas.
impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::List(members) => out.write_str(&members.join(",")),
        }
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Attribute {
    fn from(members: Vec<String>) -> Self {
        Self::List(members)
    }
}

/// An [`Output`] of these keys and values.
pub fn attributes<V: Into<Attribute>>(values: impl IntoIterator<Item = (impl Into<String>, V)>) -> Output {
    values.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// Every value as text: the output variables of a pipeline action.
#[must_use]
pub fn texts(output: &Output) -> BTreeMap<String, String> {
    output.iter().map(|(key, value)| (key.clone(), value.to_string())).collect()
}
