//! A policy document and its statements. What IAM does not know is an error, so that no element is passed over.

use crate::condition::Condition;
use crate::pattern::{Pattern, is_resource};
use crate::request::{Context, Principal, Request};
use serde_json::{Map, Value};

/// Why a document is not a policy.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    #[error("IAM has no condition operator {0}")]
    Operator(String),
    #[error("a policy or a statement has no element {0}")]
    Element(String),
    #[error("{0} is missing, or has a value of the wrong kind")]
    Value(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// A list with its negation, such as `Action` and `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    negated: bool,
    values: Vec<String>,
}

/// To whom the policy of a resource speaks: pairs such as `AWS` and an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Principals {
    negated: bool,
    values: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sid: String,
    pub effect: Effect,
    principals: Option<Principals>,
    actions: List,
    resources: Option<List>,
    conditions: Vec<Condition>,
}

/// What a statement of a resource's policy names of a principal. A later one gives more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Nothing,
    /// The account, which leaves it to its identity policies.
    Account,
    /// The role, whose boundary and session policy still limit it.
    Role,
    /// The session, the user or the service itself.
    Itself,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub statements: Vec<Statement>,
}

impl Policy {
    /// # Errors
    /// When it is not a policy.
    pub fn parse(document: &Value) -> Result<Self, PolicyError> {
        let members = document.as_object().ok_or(PolicyError::Value("the document"))?;
        known(members, &["Version", "Id", "Statement"])?;
        let statements = match members.get("Statement") {
            Some(Value::Array(statements)) => {
                statements.iter().map(Statement::parse).collect::<Result<_, _>>()?
            }
            Some(statement @ Value::Object(_)) => vec![Statement::parse(statement)?],
            _ => return Err(PolicyError::Value("Statement")),
        };
        Ok(Self { statements })
    }

    /// The first Deny that applies, without a look at principals where the policy has none.
    pub(crate) fn denial(&self, request: &Request) -> Option<&Statement> {
        let denials = self.statements.iter().filter(|statement| statement.effect == Effect::Deny);
        denials
            .into_iter()
            .find(|statement| statement.applies(request) && statement.names(request) > Named::Nothing)
    }

    /// Whether an Allow applies, in a policy without principals.
    pub(crate) fn allows(&self, request: &Request) -> bool {
        self.allowances(request).next().is_some()
    }

    /// The most that the policy of a resource gives to the principal.
    pub(crate) fn grants(&self, request: &Request) -> Named {
        self.allowances(request).map(|statement| statement.names(request)).max().unwrap_or(Named::Nothing)
    }

    fn allowances(&self, request: &Request) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|one| one.effect == Effect::Allow && one.applies(request))
    }
}

impl Statement {
    fn parse(statement: &Value) -> Result<Self, PolicyError> {
        let members = statement.as_object().ok_or(PolicyError::Value("a statement"))?;
        known(
            members,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
        )?;
        let effect = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(PolicyError::Value("Effect")),
        };
        Ok(Self {
            sid: members.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned(),
            effect,
            principals: principals(members)?,
            actions: list(members, "Action", "NotAction")?.ok_or(PolicyError::Value("Action"))?,
            // The policy of trust has none: its resource is the role.
            resources: list(members, "Resource", "NotResource")?,
            conditions: conditions(members.get("Condition"))?,
        })
    }

    /// The patterns of its actions, if it lists them.
    pub fn actions(&self) -> &[String] {
        if self.actions.negated { &[] } else { &self.actions.values }
    }

    /// Whether action, resource and conditions are those of the request.
    fn applies(&self, request: &Request) -> bool {
        let action = |pattern: &str| {
            let none = Context::default();
            Pattern::wild(pattern, &none)
                .is_some_and(|pattern| pattern.matches_ignoring_case(&request.action))
        };
        let resource = |pattern: &str| is_resource(pattern, &request.resource, &request.context);
        self.actions.has(action)
            && self.resources.as_ref().is_none_or(|resources| resources.has(resource))
            && self.conditions.iter().all(|condition| condition.holds(&request.context))
    }

    fn names(&self, request: &Request) -> Named {
        // A policy without principals belongs to the one who asks.
        let Some(principals) = &self.principals else { return Named::Itself };
        let named =
            principals.values.iter().map(|(kind, value)| named(kind, value, &request.principal)).max();
        let named = named.unwrap_or(Named::Nothing);
        match (principals.negated, named) {
            (false, named) => named,
            (true, Named::Nothing) => Named::Itself,
            (true, _) => Named::Nothing,
        }
    }
}

impl List {
    fn has(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.values.iter().any(|value| matches(value)) != self.negated
    }
}

fn named(kind: &str, value: &str, principal: &Principal) -> Named {
    match (kind, principal) {
        // Also to everyone: a role that a policy does not name stays within its boundary.
        ("*", Principal::Session { .. }) => Named::Role,
        ("AWS", Principal::Session { .. }) if value == "*" => Named::Role,
        ("*", _) => Named::Itself,
        ("Service", Principal::Service(service)) if value == service => Named::Itself,
        ("AWS", Principal::User(_)) if value == "*" => Named::Itself,
        ("AWS", _) => {
            let account = principal.account().unwrap_or_default();
            let is_account =
                value == account || value.split(':').nth(4) == Some(account) && value.ends_with(":root");
            if is_account && !account.is_empty() {
                Named::Account
            } else if principal.session_arn().as_deref() == Some(value) {
                Named::Itself
            } else if principal.arn() == Some(value) {
                if matches!(principal, Principal::User(_)) { Named::Itself } else { Named::Role }
            } else {
                Named::Nothing
            }
        }
        _ => Named::Nothing,
    }
}

fn known(members: &Map<String, Value>, names: &[&str]) -> Result<(), PolicyError> {
    match members.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) => Err(PolicyError::Element(key.clone())),
        None => Ok(()),
    }
}

fn list(
    members: &Map<String, Value>,
    plain: &'static str,
    negated: &'static str,
) -> Result<Option<List>, PolicyError> {
    match (members.get(plain), members.get(negated)) {
        (Some(value), None) => Ok(Some(List { negated: false, values: texts(value, plain)? })),
        (None, Some(value)) => Ok(Some(List { negated: true, values: texts(value, negated)? })),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(PolicyError::Value(negated)),
    }
}

fn principals(members: &Map<String, Value>) -> Result<Option<Principals>, PolicyError> {
    let (negated, value) = match (members.get("Principal"), members.get("NotPrincipal")) {
        (Some(value), None) => (false, value),
        (None, Some(value)) => (true, value),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(PolicyError::Value("NotPrincipal")),
    };
    let mut values = Vec::new();
    match value {
        Value::String(everyone) if everyone == "*" => values.push(("*".to_owned(), "*".to_owned())),
        Value::Object(kinds) => {
            for (kind, names) in kinds {
                values.extend(texts(names, "Principal")?.into_iter().map(|name| (kind.clone(), name)));
            }
        }
        _ => return Err(PolicyError::Value("Principal")),
    }
    Ok(Some(Principals { negated, values }))
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, PolicyError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut conditions = Vec::new();
    for (operator, keys) in value.as_object().ok_or(PolicyError::Value("Condition"))? {
        for (key, values) in keys.as_object().ok_or(PolicyError::Value("Condition"))? {
            conditions.push(Condition::new(operator, key, texts(values, "Condition")?)?);
        }
    }
    Ok(conditions)
}

/// One text or several. IAM takes numbers and truth values as their texts.
fn texts(value: &Value, name: &'static str) -> Result<Vec<String>, PolicyError> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(value) => Ok(vec![value.to_string()]),
        Value::Number(value) => Ok(vec![value.to_string()]),
        Value::Array(values) => {
            Ok(values.iter().map(|value| texts(value, name)).collect::<Result<Vec<_>, _>>()?.concat())
        }
        _ => Err(PolicyError::Value(name)),
    }
}
