//! Constraints: what the parameters of each type say.

use crate::failure::invalid;
use crate::store::Moment;
use emulator_core::{Failure, text};
use serde_json::{Value, json};

/// A constraint on a product in a portfolio.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) portfolio: String,
    pub(crate) product: String,
    pub(crate) kind: Kind,
    pub(crate) description: Option<String>,
    /// As they were given.
    pub(crate) parameters: String,
    pub(crate) created: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Launch,
    Notification,
    ResourceUpdate,
    Template,
}

impl Kind {
    pub(crate) fn of(word: &str) -> Result<Self, Failure> {
        match word {
            "LAUNCH" => Ok(Self::Launch),
            "NOTIFICATION" => Ok(Self::Notification),
            "RESOURCE_UPDATE" => Ok(Self::ResourceUpdate),
            "TEMPLATE" => Ok(Self::Template),
            "STACKSET" => Err(invalid("The emulator has no stack set constraints.")),
            other => Err(invalid(format!("Invalid constraint type: {other}"))),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Launch => "LAUNCH",
            Self::Notification => "NOTIFICATION",
            Self::ResourceUpdate => "RESOURCE_UPDATE",
            Self::Template => "TEMPLATE",
        }
    }
}

/// The parameters of a constraint, if they fit its type.
pub(crate) fn parameters(kind: Kind, given: &str) -> Result<Value, Failure> {
    let read: Value = serde_json::from_str(given).unwrap_or_default();
    let has = |name: &str| read[name].as_str().is_some_and(|value| !value.is_empty());
    let fits = match kind {
        Kind::Launch => has("RoleArn") != has("LocalRoleName") && (!has("RoleArn") || is_role(&read)),
        Kind::Notification => read["NotificationArns"].is_array(),
        Kind::ResourceUpdate => matches!(tag_updates(&read), "ALLOWED" | "NOT_ALLOWED"),
        Kind::Template => read["Rules"].as_object().is_some_and(|rules| rules.values().all(is_rule)),
    };
    if fits {
        return Ok(read);
    }
    Err(invalid(format!("The parameters are not valid for a constraint of type {}.", kind.word())))
}

fn is_role(parameters: &Value) -> bool {
    let arn: Vec<_> = text(parameters, "RoleArn").splitn(6, ':').collect();
    matches!(arn[..], ["arn", _, "iam", "", _, role] if role.starts_with("role/"))
}

fn is_rule(rule: &Value) -> bool {
    let assertions = rule["Assertions"].as_array();
    assertions.is_some_and(|all| !all.is_empty() && all.iter().all(|one| !one["Assert"].is_null()))
}

fn tag_updates(parameters: &Value) -> &str {
    text(&parameters["Properties"], "TagUpdateOnProvisionedProduct")
}

/// What the constraints of one launch path say together.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) launch_role: Option<String>,
    /// Names and rules of templates.
    pub(crate) rules: Vec<(String, Value)>,
    pub(crate) notifications: Vec<String>,
    pub(crate) tag_updates: bool,
}

impl Limits {
    pub(crate) fn of<'a>(constraints: impl Iterator<Item = &'a Constraint>, account: &str) -> Self {
        let mut limits = Self::default();
        for constraint in constraints {
            let read: Value = serde_json::from_str(&constraint.parameters).unwrap_or_default();
            match constraint.kind {
                Kind::Launch => {
                    let local = text(&read, "LocalRoleName");
                    let named = format!("arn:aws:iam::{account}:role/{local}");
                    let given = text(&read, "RoleArn");
                    let role = if local.is_empty() { given.to_owned() } else { named };
                    limits.launch_role = Some(role);
                }
                Kind::Notification => {
                    limits.notifications.extend(emulator_core::texts(&read, "NotificationArns"));
                }
                Kind::ResourceUpdate => limits.tag_updates = tag_updates(&read) == "ALLOWED",
                Kind::Template => {
                    let rules = read["Rules"].as_object().into_iter().flatten();
                    limits.rules.extend(rules.map(|(name, rule)| (name.clone(), rule.clone())));
                }
            }
        }
        limits
    }

    /// `UsageInstructions` of `DescribeProvisioningParameters`.
    pub(crate) fn instructions(&self) -> Value {
        let rules = (!self.rules.is_empty()).then(|| {
            let rules: serde_json::Map<_, _> = self.rules.iter().cloned().collect();
            json!({"Type": "rules", "Value": Value::Object(rules).to_string()})
        });
        let role = self.launch_role.as_ref().map(|role| json!({"Type": "launchAsRole", "Value": role}));
        rules.into_iter().chain(role).collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_fit_their_type() {
        let rules =
            r#"{"Rules": {"Small": {"Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "P"}]}}]}}}"#;
        for (kind, given, fits) in [
            (Kind::Launch, r#"{"RoleArn": "arn:aws:iam::111122223333:role/Launch"}"#, true),
            (Kind::Launch, r#"{"LocalRoleName": "Launch"}"#, true),
            (Kind::Launch, r#"{"RoleArn": "arn:aws:iam::1:role/Launch", "LocalRoleName": "Launch"}"#, false),
            (Kind::Launch, r#"{"RoleArn": "Launch"}"#, false),
            (Kind::Launch, "no JSON", false),
            (Kind::Notification, r#"{"NotificationArns": ["arn:aws:sns:us-east-1:1:t"]}"#, true),
            (Kind::Notification, "{}", false),
            (Kind::Template, rules, true),
            (Kind::Template, r#"{"Rules": {"Small": {}}}"#, false),
            (
                Kind::ResourceUpdate,
                r#"{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}"#,
                true,
            ),
            (Kind::ResourceUpdate, r#"{"Version": "2.0"}"#, false),
        ] {
            assert_eq!(parameters(kind, given).is_ok(), fits, "{given}");
        }
    }
}
