//! Small readers and writers of inputs and outputs, which are JSON objects.

use crate::Failure;
use serde_json::Value;

/// A member as text; what is not there is empty.
#[must_use]
pub fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

/// A member as a list of texts; what is not there is empty.
#[must_use]
pub fn texts(input: &Value, member: &str) -> Vec<String> {
    let items = input[member].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An object without the members that are null.
#[must_use]
pub fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, member)| !member.is_null()).collect())
        }
        other => other,
    }
}

/// A value of a type of the service as JSON.
///
/// # Errors
/// `InternalFailure` if it has no form in JSON.
pub fn as_value<T: serde::Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::internal(&error.into()))
}

/// `length` random letters and digits, as AWS's ids have them.
#[must_use]
pub fn random_id(length: usize) -> String {
    let mut rest = uuid::Uuid::new_v4().as_u128();
    let letter = |_| {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        rest /= 36;
        char::from_digit(digit, 36).unwrap_or('0')
    };
    (0..length).map(letter).collect()
}
