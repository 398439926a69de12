//! What properties of custom resources have in common.

use crate::text;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// How many values a sentence lists.
const LISTED: usize = 5;

/// A switch. CloudFormation sends every scalar as text. Left out or left empty, it is off.
///
/// # Errors
/// A sentence, for anything but true and false.
pub fn flag(property: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(on) => Ok(*on),
        Value::Null => Ok(false),
        Value::String(text) if text.is_empty() || text == "false" => Ok(false),
        Value::String(text) if text == "true" => Ok(true),
        other => Err(format!("{property} is {other}: give true or false")),
    }
}

/// The members of a list of which each `is` a `kind`, such as "the id of an account". A list parameter of a template that is left empty
/// arrives as a list with an empty text.
///
/// # Errors
/// A sentence, when the list is empty, or has a member twice or one that is no such thing.
pub fn list(
    property: &str,
    members: Vec<String>,
    kind: &str,
    is: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    if members.iter().all(String::is_empty) {
        return Err(format!("{property} is empty: give a list of at least one; each must be {kind}"));
    }
    let wrong: Vec<_> =
        members.iter().filter(|member| !is(member)).map(|member| format!("`{member}`")).collect();
    if !wrong.is_empty() {
        return Err(format!("{property} holds {}: each must be {kind}", text::list(&wrong, LISTED)));
    }
    let twice = members.iter().enumerate().find(|(at, member)| members[..*at].contains(member));
    match twice {
        Some((_, member)) => Err(format!("{property} holds `{member}` twice: leave one out")),
        None => Ok(members),
    }
}

/// A list that may be left out, or be given as an empty text.
///
/// # Errors
/// When it is of another type.
pub fn optional_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a list of texts")]
    enum Given {
        List(Vec<String>),
        Text(String),
    }
    match Option::<Given>::deserialize(from)? {
        None => Ok(Vec::new()),
        Some(Given::List(list)) => Ok(list),
        Some(Given::Text(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Given::Text(text)) => {
            Err(serde::de::Error::custom(format!("`{text}` is no list: give a list of texts")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_has_members_of_one_kind_each_once() {
        let given = |members: &[&str]| {
            let members = members.iter().map(|member| (*member).to_owned()).collect();
            list("Ports", members, "a number", |member| member.parse::<u16>().is_ok())
        };
        assert_eq!(given(&["1", "22"]), Ok(vec!["1".to_owned(), "22".to_owned()]));
        for empty in [&[][..], &[""]] {
            assert_eq!(
                given(empty),
                Err("Ports is empty: give a list of at least one; each must be a number".to_owned())
            );
        }
        assert_eq!(given(&["1", "", "x"]), Err("Ports holds ``, `x`: each must be a number".to_owned()));
        assert_eq!(given(&["1", "2", "1"]), Err("Ports holds `1` twice: leave one out".to_owned()));
    }

    #[test]
    fn a_flag_is_off_unless_it_is_true() {
        for (value, expected) in [
            (json!(null), Ok(false)),
            (json!(""), Ok(false)),
            (json!("false"), Ok(false)),
            (json!("true"), Ok(true)),
            (json!(true), Ok(true)),
            (json!("YES"), Err("Own is \"YES\": give true or false".to_owned())),
        ] {
            assert_eq!(flag("Own", &value), expected);
        }
    }

    #[test]
    fn a_list_may_be_left_out_and_a_text_is_none() {
        #[derive(Deserialize)]
        struct Properties {
            #[serde(default, deserialize_with = "optional_list")]
            names: Vec<String>,
        }
        let read = |value: Value| {
            serde_json::from_value::<Properties>(value)
                .map(|read| read.names.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(json!({})), Ok(0));
        assert_eq!(read(json!({"names": ""})), Ok(0));
        assert_eq!(read(json!({"names": null})), Ok(0));
        assert_eq!(read(json!({"names": ["a", "b"]})), Ok(2));
        assert_eq!(read(json!({"names": "a,b"})), Err("`a,b` is no list: give a list of texts".to_owned()));
        assert_eq!(read(json!({"names": [1]})), Err("expected a list of texts".to_owned()));
    }
}
