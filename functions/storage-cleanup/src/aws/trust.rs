//! Whether the trust policy of a role lets AWS Backup assume the role.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

const SERVICE: &str = "backup.amazonaws.com";
/// In lower case: names of actions are compared without regard to it.
const ACTION: &str = "sts:assumerole";

/// What a trust policy says about AWS Backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// A statement lets it assume the role, at least under conditions.
    Allowed,
    /// No statement lets it.
    NotAllowed,
    /// A statement without conditions forbids it.
    Denied,
}

impl Trust {
    /// What this document says, as IAM returns it: URL-encoded.
    ///
    /// # Errors
    /// When it is not a policy.
    pub(super) fn read(document: &str) -> Result<Self, serde_json::Error> {
        let document = percent_decode_str(document).decode_utf8_lossy();
        let policy: Policy = serde_json::from_str(&document)?;
        let about: Vec<_> =
            policy.statement.iter().filter(|statement| statement.is_about_assuming()).collect();
        if about.iter().any(|statement| statement.denies()) {
            return Ok(Self::Denied);
        }
        Ok(if about.iter().any(|statement| statement.allows()) { Self::Allowed } else { Self::NotAllowed })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    /// `*`, or names by kind: `AWS`, `Service`, `Federated`.
    #[serde(default)]
    principal: Value,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: Map<String, Value>,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn iter(&self) -> std::slice::Iter<'_, T> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(many) => many.iter(),
        }
    }
}

impl Statement {
    fn is_about_assuming(&self) -> bool {
        let names = |patterns: &OneOrMany<String>| {
            patterns.iter().any(|pattern| fits(pattern.to_ascii_lowercase().as_bytes(), ACTION.as_bytes()))
        };
        match (&self.action, &self.not_action) {
            (Some(named), _) => names(named),
            (None, Some(excepted)) => !names(excepted),
            (None, None) => false,
        }
    }

    /// Whether the service itself is named. `*` and the kind `AWS` stand for accounts, users and roles.
    fn names_service(&self) -> bool {
        match &self.principal["Service"] {
            Value::String(name) => name == SERVICE,
            Value::Array(names) => names.iter().any(|name| name == SERVICE),
            _ => false,
        }
    }

    /// What the values of conditions will be is not known here: with them, the service may be let in.
    fn allows(&self) -> bool {
        self.effect == Effect::Allow && self.names_service()
    }

    fn denies(&self) -> bool {
        self.effect == Effect::Deny && self.names_service() && self.condition.is_empty()
    }
}

/// Whether a name fits a pattern: `*` stands for any characters, `?` for one.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| fits(rest, &name[skipped..])),
        Some((b'?', rest)) => !name.is_empty() && fits(rest, &name[1..]),
        Some((letter, rest)) => name.first() == Some(letter) && fits(rest, &name[1..]),
    }
}

#[cfg(test)]
mod tests;
