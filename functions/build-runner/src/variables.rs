//! The environment variables of a build. Their values are shown to nobody: CodeBuild and the build get them, logs and sentences do not.

use serde_json::{Map, Value};
use shared::secret::Secret;
use shared::text::{escaped, truncate_chars};

/// How much of a bad name a sentence repeats, in characters.
const QUOTED: usize = 80;
/// The longest value. CodeBuild refuses a longer one with "`EnvironmentVariable` should be at most 4096 characters"
/// (<https://github.com/wolfeidau/buildkite-serverless-agent/issues/35>).
const VALUE: usize = 4096;
/// A shorter value is not hidden in sentences: it would blank out ordinary words.
const HIDDEN: usize = 6;
/// Variables of these names are CodeBuild's, which refuses them
/// (<https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-syntax>), and this function's.
const RESERVED: [(&str, &str); 2] = [("CODEBUILD_", "CodeBuild"), ("SM_MLOPS_", "this function")];

/// Names and values, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(Vec<(String, Secret<String>)>);

impl Variables {
    /// Reads the property `EnvironmentVariables`. No sentence repeats a value.
    ///
    /// # Errors
    /// A sentence that names the variable and what to do.
    pub fn read(given: Value) -> Result<Self, String> {
        let items = match given {
            Value::Null => Vec::new(),
            // A list that a template leaves empty.
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::Array(items) => items,
            _ => return Err(wrong("is no list", "give a list of {Name: ..., Value: ...}")),
        };
        let mut variables = Self::default();
        for (at, item) in items.into_iter().enumerate() {
            let Value::Object(members) = item else {
                return Err(wrong(&format!("has no object at {at}"), "give each as {Name: ..., Value: ...}"));
            };
            let (name, value) = variable(at, members)?;
            if variables.0.iter().any(|(other, _)| *other == name) {
                return Err(wrong(&format!("has {name} twice"), "leave one out"));
            }
            variables.0.push((name, value));
        }
        Ok(variables)
    }

    /// Names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose().as_str()))
    }

    /// A text of others without the values.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        let mut values: Vec<_> = self.pairs().map(|(_, value)| value).collect();
        values.retain(|value| value.chars().count() >= HIDDEN);
        // A value may be part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.into_iter().fold(text.to_owned(), |text, value| text.replace(value, "***"))
    }
}

fn variable(at: usize, mut members: Map<String, Value>) -> Result<(String, Secret<String>), String> {
    let Some(Value::String(name)) = members.remove("Name") else {
        return Err(wrong(&format!("has no text as Name at {at}"), "give each as {Name: ..., Value: ...}"));
    };
    if !is_name(&name) {
        let remedy = "a shell takes letters, digits and underscores, and no digit in front";
        return Err(wrong(
            &format!("has the Name `{}` at {at}", escaped(&truncate_chars(&name, QUOTED))),
            remedy,
        ));
    }
    if let Some((prefix, owner)) = RESERVED.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        return Err(wrong(
            &format!("has {name}"),
            &format!("names that begin with {prefix} belong to {owner}"),
        ));
    }
    let value = match members.remove("Value") {
        Some(Value::String(value)) => value,
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(value)) => value.to_string(),
        _ => return Err(wrong(&format!("has no text as Value of {name}"), "give one, which may be empty")),
    };
    if value.chars().count() > VALUE {
        let sentence = format!("has a Value of {} characters for {name}", value.chars().count());
        return Err(wrong(
            &sentence,
            &format!("CodeBuild takes {VALUE}: put it into the source, or into S3"),
        ));
    }
    match members.remove("Type") {
        None => {}
        Some(Value::String(kind)) if kind.is_empty() || kind == "PLAINTEXT" => {}
        Some(_) => {
            let remedy = "only PLAINTEXT is handed on: put a variable from Secrets Manager or Parameter Store into the project, \
                          whose owner decides what its builds read";
            return Err(wrong(&format!("has another Type for {name}"), remedy));
        }
    }
    match members.keys().next() {
        None => Ok((name, Secret::new(value))),
        Some(other) => {
            let sentence =
                format!("has the unknown member `{}` for {name}", escaped(&truncate_chars(other, QUOTED)));
            Err(wrong(&sentence, "the members are Name, Value and Type"))
        }
    }
}

fn wrong(what: &str, remedy: &str) -> String {
    format!("EnvironmentVariables {what}: {remedy}")
}

/// Whether a shell can hold a variable of this name.
pub(crate) fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    (1..=255).contains(&name.len()) && name.bytes().all(known) && !name.as_bytes()[0].is_ascii_digit()
}

#[cfg(test)]
mod tests;
