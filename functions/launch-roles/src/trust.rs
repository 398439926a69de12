//! Which services a trust policy lets assume the role.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The part of a trust policy that is about services.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: OneOrMore<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    #[serde(default)]
    action: OneOrMore<String>,
    #[serde(default)]
    principal: Principal,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Principal {
    Services {
        #[serde(rename = "Service")]
        service: OneOrMore<String>,
    },
    /// Accounts, roles, identity providers or everyone.
    #[default]
    Others,
    Anyone(serde::de::IgnoredAny),
}

/// IAM takes a list of one without its brackets.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl<T> From<OneOrMore<T>> for Vec<T> {
    fn from(given: OneOrMore<T>) -> Self {
        match given {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        }
    }
}

/// The services in a policy as `GetRole` gives it, in percent encoding (RFC 3986). A policy that cannot be read trusts none.
pub(crate) fn services(encoded: &str) -> Vec<String> {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    let Ok(policy) = serde_json::from_str::<Policy>(&text) else { return Vec::new() };
    let allows = |statement: &Statement| {
        let assumes = |action: &String| {
            ["sts:assumerole", "sts:*", "*"].contains(&action.to_ascii_lowercase().as_str())
        };
        let any = match &statement.action {
            OneOrMore::One(action) => assumes(action),
            OneOrMore::More(actions) => actions.iter().any(assumes),
        };
        statement.effect == "Allow" && any
    };
    let statements: Vec<Statement> = policy.statement.into();
    let named = statements.into_iter().filter(allows).filter_map(|statement| match statement.principal {
        Principal::Services { service } => Some(Vec::from(service)),
        Principal::Others | Principal::Anyone(_) => None,
    });
    named.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use serde_json::{Value, json};

    #[track_caller]
    fn check(statement: &Value, expected: &[&str]) {
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let encoded = utf8_percent_encode(&policy, NON_ALPHANUMERIC).to_string();
        assert_eq!(services(&encoded), expected, "{policy}");
    }

    #[test]
    fn services_are_read_from_every_form_of_a_statement() {
        let one = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}});
        check(&one, &["lambda.amazonaws.com"]);
        let more = json!([
            {"Effect": "Allow", "Action": ["sts:TagSession", "STS:AssumeRole"], "Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}},
            one,
        ]);
        check(&more, &["a.amazonaws.com", "b.amazonaws.com", "lambda.amazonaws.com"]);
    }

    #[test]
    fn who_is_denied_or_is_no_service_is_not_trusted() {
        let service = json!({"Service": "lambda.amazonaws.com"});
        check(&json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": service}), &[]);
        check(&json!({"Effect": "Allow", "Action": "sts:TagSession", "Principal": service}), &[]);
        check(
            &json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}}),
            &[],
        );
        check(&json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}), &[]);
        assert!(services("no policy").is_empty());
        assert!(services("").is_empty());
    }
}
