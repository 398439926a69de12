//! Reads the operation and the parameters of the product out of `UserParameters`.

use serde_json::Value;
use shared::secret::Secret;
use std::collections::BTreeMap;

/// What a pipeline action can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    AssociateRole,
    Provision,
    Terminate,
}

const OPERATIONS: &str = "give associate-role, provision or terminate";
/// Characters of the name and of the value of a parameter (`ProvisioningParameter`).
const MAX_KEY: usize = 1000;
const MAX_VALUE: usize = 4096;

/// The operation, with or without parameters of the product.
pub(super) fn operation(operation: &Value, parameters: &Value) -> Result<Operation, String> {
    let given = match operation {
        Value::Null if !parameters.is_null() => return Ok(Operation::Provision),
        Value::Null => {
            return Err(format!(
                "Operation is missing, and ProvisioningParameters too: {OPERATIONS}. An action that invoked TerminateProduct \
                 needs terminate here"
            ));
        }
        Value::String(text) => text.as_str(),
        other => return Err(format!("Operation is {other}: {OPERATIONS}")),
    };
    let found = match given {
        "associate-role" => Operation::AssociateRole,
        "provision" => return Ok(Operation::Provision),
        "terminate" => Operation::Terminate,
        _ => return Err(format!("Operation is \"{}\": {OPERATIONS}", shared::text::escaped(given))),
    };
    if parameters.is_null() {
        Ok(found)
    } else {
        Err(format!(
            "ProvisioningParameters are given, and Operation is {given}, which takes none: leave them out, or give Operation \
             provision"
        ))
    }
}

/// The parameters of the product: a list of objects with `Key` and `Value`. Values may be secrets, so that no sentence quotes one.
///
/// # Errors
/// A sentence that names the place in the list, and what to do.
pub fn parameters(value: &Value) -> Result<BTreeMap<String, Secret<String>>, String> {
    let list = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Array(list) => list,
        other => {
            let what = kind(other);
            return Err(format!(
                "ProvisioningParameters is {what}: give a list of objects with Key and Value"
            ));
        }
    };
    if list.is_empty() {
        return Err("ProvisioningParameters is an empty list: leave it out, and give Operation provision, for a product whose \
                    parameters all have defaults"
            .to_owned());
    }
    let mut parameters = BTreeMap::new();
    for (at, item) in list.iter().enumerate() {
        let place = format!("ProvisioningParameters[{at}]");
        let (key, value) = parameter(&place, item)?;
        if parameters.insert(key.clone(), Secret::new(value)).is_some() {
            return Err(format!("{place} gives the parameter {key} again: give each parameter once"));
        }
    }
    Ok(parameters)
}

/// The key and the value of one parameter.
fn parameter(place: &str, item: &Value) -> Result<(String, String), String> {
    let Value::Object(members) = item else {
        return Err(format!("{place} is {}: give an object with Key and Value", kind(item)));
    };
    if let Some(unknown) = members.keys().find(|name| !matches!(name.as_str(), "Key" | "Value")) {
        let unknown = shared::text::escaped(unknown);
        return Err(format!("{place} has the member `{unknown}`: give Key and Value and nothing else"));
    }
    let text = |member: &str| match members.get(member) {
        Some(Value::String(text)) => Ok(text.clone()),
        None => Err(format!("{place} has no {member}: give Key and Value, both as strings")),
        Some(other) => Err(format!("the {member} of {place} is {}: write it as a string", kind(other))),
    };
    let (key, value) = (text("Key")?, text("Value")?);
    if key.is_empty() || key.chars().count() > MAX_KEY || key.chars().any(char::is_control) {
        return Err(format!(
            "the Key of {place} is not the name of a parameter: give 1 to {MAX_KEY} characters"
        ));
    }
    if value.chars().count() > MAX_VALUE {
        return Err(format!("the Value of {place} ({key}) is too long: give at most {MAX_VALUE} characters"));
    }
    Ok((key, value))
}

/// What JSON calls a value, without the value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
