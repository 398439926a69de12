//! Whom the trust policy of a role lets assume the role.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

/// In lower case: names of actions are compared without regard to it.
const ACTION: &str = "sts:assumerole";

/// What a trust policy says about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A statement lets them assume the role, at least under conditions.
    Allowed,
    /// No statement lets them.
    NotAllowed,
    /// A statement without conditions forbids it.
    Denied,
}

/// Who wants to assume a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// `backup.amazonaws.com`
    Service(&'a str),
    /// The ARN of another role. A policy that names its account lets in every role of the account that has the permission.
    Role(&'a str),
}

/// The trust policy of a role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrustPolicy {
    statement: OneOrMany<Statement>,
}

impl TrustPolicy {
    /// Reads a document as IAM returns it: URL-encoded (RFC 3986).
    ///
    /// # Errors
    /// When it is not a policy.
    pub fn read(document: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&percent_decode_str(document).decode_utf8_lossy())
    }

    /// What it says about this one.
    #[must_use]
    pub fn about(&self, who: Principal<'_>) -> Trust {
        let mut about = self.statement.iter().filter(|it| it.is_about_assuming() && it.names(who));
        // What the values of conditions will be is not known here: with them, somebody may be let in.
        about
            .try_fold(Trust::NotAllowed, |found, statement| match statement.effect {
                Effect::Deny if statement.condition.is_empty() => Err(Trust::Denied),
                Effect::Deny => Ok(found),
                Effect::Allow => Ok(Trust::Allowed),
            })
            .unwrap_or_else(|denied| denied)
    }

    /// The services that it lets assume the role.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let named = self.statement.iter().filter(|it| it.effect == Effect::Allow);
        let named = named.flat_map(|it| it.principals("Service"));
        let allowed = named.filter(|it| self.about(Principal::Service(it)) == Trust::Allowed);
        allowed.map(str::to_owned).collect()
    }
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

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
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

    /// The principals of a kind. `*` alone stands for all accounts, users and roles.
    fn principals(&self, kind: &str) -> Vec<&str> {
        match &self.principal {
            Value::String(all) if kind == "AWS" => vec![all],
            by_kind => match &by_kind[kind] {
                Value::String(name) => vec![name],
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            },
        }
    }

    fn names(&self, who: Principal<'_>) -> bool {
        match who {
            Principal::Service(service) => self.principals("Service").contains(&service),
            Principal::Role(role) => {
                let parts: Vec<&str> = role.splitn(6, ':').collect();
                let account = parts.get(4).copied().unwrap_or_default();
                let root = format!("{}:root", parts.get(..5).unwrap_or_default().join(":"));
                let known = ["*", role, account, &root];
                self.principals("AWS").iter().any(|named| known.contains(named))
            }
        }
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
