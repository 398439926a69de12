//! Resource policies: statements of one's own, known by their `Sid`, added to a document and taken out of it again. What others wrote
//! stays as it is.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A policy document, as AWS gives and takes it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// All but the statements: the version and, where there is one, the id.
    head: Map<String, Value>,
    statements: Vec<Value>,
}

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPolicy {
    #[error("it is not JSON")]
    Syntax,
    #[error("it has no Statement that is an object or a list of objects")]
    Statement,
}

impl Default for Policy {
    /// No statements.
    fn default() -> Self {
        Self { head: Map::from_iter([("Version".to_owned(), json!("2012-10-17"))]), statements: Vec::new() }
    }
}

impl Policy {
    /// Reads a document. A statement that stands alone is a list of one.
    ///
    /// # Errors
    /// [`NoPolicy`].
    pub fn read(text: &str) -> Result<Self, NoPolicy> {
        let document = serde_json::from_str(text).map_err(|_| NoPolicy::Syntax)?;
        let Value::Object(mut head) = document else { return Err(NoPolicy::Statement) };
        let statements = match head.remove("Statement") {
            Some(Value::Array(statements)) if statements.iter().all(Value::is_object) => statements,
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err(NoPolicy::Statement),
        };
        Ok(Self { head, statements })
    }

    /// The document with these statements in the place of those that have one of these `Sid`s.
    #[must_use]
    pub fn with(&self, own: &[&str], statements: impl IntoIterator<Item = Value>) -> Self {
        let others = self.statements.iter().filter(|statement| !is_one_of(statement, own)).cloned();
        Self { head: self.head.clone(), statements: others.chain(statements).collect() }
    }

    /// The document without the statements that have one of these `Sid`s.
    #[must_use]
    pub fn without(&self, own: &[&str]) -> Self {
        self.with(own, [])
    }

    /// The statements that have one of these `Sid`s.
    #[must_use]
    pub fn of(&self, own: &[&str]) -> Vec<Value> {
        self.statements.iter().filter(|statement| is_one_of(statement, own)).cloned().collect()
    }

    /// Whether it has no statements. AWS takes no such document: the policy is deleted instead.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Whether both mean the same to IAM, which knows no order of statements, of the values of a member, or of members, and takes one
    /// value for a list of one.
    #[must_use]
    pub fn means(&self, other: &Self) -> bool {
        let normal = |policy: &Self| -> (Value, BTreeSet<String>) {
            let statements =
                policy.statements.iter().map(|statement| normalized(statement).to_string()).collect();
            (normalized(&Value::Object(policy.head.clone())), statements)
        };
        normal(self) == normal(other)
    }

    /// The document as JSON text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut document = self.head.clone();
        document.insert("Statement".to_owned(), Value::Array(self.statements.clone()));
        Value::Object(document).to_string()
    }
}

fn is_one_of(statement: &Value, sids: &[&str]) -> bool {
    statement.get("Sid").and_then(Value::as_str).is_some_and(|sid| sids.contains(&sid))
}

/// The same with sorted members and lists, and without lists of one.
fn normalized(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let items: BTreeSet<String> = items.iter().map(|item| normalized(item).to_string()).collect();
            let mut items: Vec<Value> =
                items.iter().filter_map(|item| serde_json::from_str(item).ok()).collect();
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), normalized(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(document: &Value) -> Policy {
        Policy::read(&document.to_string()).unwrap()
    }

    /// Statements as people write them: with and without a `Sid`, members of one value and of several.
    fn statement() -> impl Strategy<Value = Value> {
        let sid = prop_oneof![Just(None), "[A-Z][a-z]{0,3}".prop_map(Some)];
        let texts = prop::collection::vec("[a-z*:]{1,6}", 1..4);
        (sid, prop::bool::ANY, texts, prop::bool::ANY).prop_map(|(sid, allow, actions, one)| {
            let effect = if allow { "Allow" } else { "Deny" };
            let actions = if one { json!(actions[0]) } else { json!(actions) };
            let mut statement =
                json!({"Effect": effect, "Action": actions, "Principal": "*", "Resource": "*"});
            if let Some(sid) = sid {
                statement["Sid"] = sid.into();
            }
            statement
        })
    }

    proptest! {
        #[test]
        fn statements_of_others_stay_and_what_is_applied_twice_is_applied_once(
            others in prop::collection::vec(statement(), 0..5),
            own in prop::collection::vec(statement(), 1..3),
        ) {
            let own: Vec<_> = own.into_iter().enumerate().map(|(at, mut statement)| {
                statement["Sid"] = format!("own-{at}").into();
                statement
            }).collect();
            let sids = ["own-0", "own-1"];
            let before = read(&json!({"Version": "2012-10-17", "Id": "of-others", "Statement": others}));
            let with = before.with(&sids, own.clone());
            prop_assert!(others.iter().all(|other| with.statements.contains(other)));
            prop_assert_eq!(with.statements.len(), others.len() + own.len());
            prop_assert!(with.with(&sids, own.clone()).means(&with));
            prop_assert_eq!(with.of(&sids), own.clone());
            // Fewer of one's own: the rest goes.
            prop_assert!(with.with(&sids, own[..1].to_vec()).means(&before.with(&sids, own[..1].to_vec())));
            let revoked = with.without(&sids);
            prop_assert!(revoked.means(&before));
            prop_assert_eq!(revoked.text(), before.text());
        }

        #[test]
        fn the_text_is_the_document(statements in prop::collection::vec(statement(), 1..5)) {
            let policy = read(&json!({"Statement": statements, "Version": "2008-10-17"}));
            let again = Policy::read(&policy.text()).unwrap();
            prop_assert!(again.means(&policy));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            drop(Policy::read(&text));
        }
    }

    #[test]
    fn order_and_lists_of_one_make_no_difference() {
        let one = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": ["b", "a"]}, "Action": "s3:*"}});
        let other = json!({"Statement": [{"Action": ["s3:*"], "Principal": {"AWS": ["a", "b"]}, "Effect": "Allow"}], "Version": "2012-10-17"});
        assert!(read(&one).means(&read(&other)));
        let third = json!({"Statement": [{"Action": ["s3:Get*"], "Principal": {"AWS": ["a", "b"]}, "Effect": "Allow"}], "Version": "2012-10-17"});
        assert!(!read(&one).means(&read(&third)));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for (text, expected) in [
            ("", NoPolicy::Syntax),
            ("[]", NoPolicy::Statement),
            (r#"{"Version": "2012-10-17"}"#, NoPolicy::Statement),
            (r#"{"Statement": ["Allow"]}"#, NoPolicy::Statement),
        ] {
            assert_eq!(Policy::read(text).err(), Some(expected), "{text}");
        }
        assert!(Policy::default().is_empty());
        assert!(!Policy::default().with(&["a"], [json!({"Sid": "a"})]).is_empty());
    }
}
