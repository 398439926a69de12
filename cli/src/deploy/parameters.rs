//! The parameters of a stack: from the command line, from a file, from the stack as it is, and from a person. No sentence quotes a
//! value, which may be a secret.

use crate::exit::{Exit, Failure};
use crate::given::{self, Given};
use crate::screen::Screen;
use crate::stack::Declared;
use aws_sdk_cloudformation::types::Parameter;
use serde_json::Value;
use shared::secret::Secret;
use shared::text::list;
use std::collections::BTreeMap;
use std::path::Path;

/// Where a release says of itself where it is: an update takes it from the new template.
const OF_RELEASE: [&str; 3] = ["CodeBucket", "CodePrefix", "Architecture"];
/// How many names a sentence tells.
const NAMED: usize = 10;
/// How often a person is asked for one value.
const TRIES: usize = 3;

/// Where the value of a parameter comes from.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    Given(Secret<String>),
    /// The stack keeps what it has.
    Previous,
    /// What the template says.
    Default,
    /// Nobody says it.
    Missing,
}

/// The values by name, in order.
pub(super) type Chosen = Vec<(Declared, Choice)>;

/// Those of `--parameter` and of `--parameters` together.
pub(super) fn given(typed: &[(String, Secret<String>)], file: Option<&Path>) -> Result<Given, Failure> {
    given::read(typed, file, |text| {
        // The message of the parser may quote what it read.
        let value = from_yaml(text)
            .map_err(|_| "there is neither YAML nor JSON: give an object with a value for each name")?;
        read(&value)
    })
}

/// `NO` is a value of many parameters, and a boolean only in YAML 1.1.
fn from_yaml(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true })
}

/// An object, or the list of `ParameterKey` and `ParameterValue` that the AWS CLI takes.
fn read(value: &Value) -> Result<Given, String> {
    let mut given = Given::new();
    let mut put = |name: &str, value: &Value| {
        let text =
            text(value).ok_or_else(|| format!("parameter {name} is neither text nor a list of texts"))?;
        match given.insert(name.to_owned(), Secret::new(text)) {
            None => Ok(()),
            Some(_) => Err(given::twice(name)),
        }
    };
    match value {
        Value::Null => {}
        Value::Object(members) => members.iter().try_for_each(|(name, value)| put(name, value))?,
        Value::Array(items) => {
            for item in items {
                let Some(name) = item["ParameterKey"].as_str() else {
                    return Err("an item of the list has no ParameterKey".to_owned());
                };
                if !item["ParameterValue"].is_null() {
                    put(name, &item["ParameterValue"])?;
                }
            }
        }
        _ => return Err("there is no object with a value for each name".to_owned()),
    }
    Ok(given)
}

/// Lists are written with commas, as CloudFormation takes them.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(word) => Some(word.to_string()),
        Value::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
        Value::Null | Value::Object(_) => None,
    }
}

/// Where each parameter of the template gets its value from.
pub(super) fn choose(
    declared: &[Declared],
    mut given: Given,
    previous: Option<&BTreeMap<String, String>>,
) -> Result<Chosen, Failure> {
    let usage = |sentence| Err(Failure::new(Exit::Usage, sentence));
    let mut chosen = Chosen::new();
    for parameter in declared {
        let is_told = parameter.default.as_ref().is_some_and(|default| !default.is_empty());
        let choice = match given.remove(&parameter.name) {
            Some(value) => Choice::Given(value),
            None if is_told && OF_RELEASE.contains(&parameter.name.as_str()) => Choice::Default,
            None if previous.is_some_and(|values| values.contains_key(&parameter.name)) => Choice::Previous,
            None if parameter.default.is_some() => Choice::Default,
            None => Choice::Missing,
        };
        if let Choice::Given(value) = &choice
            && let Some(sentence) = refusal(parameter, value)
        {
            return usage(sentence);
        }
        chosen.push((parameter.clone(), choice));
    }
    let unknown: Vec<_> = given.into_keys().collect();
    if unknown.is_empty() {
        return Ok(chosen);
    }
    let names: Vec<_> = declared.iter().map(|it| it.name.as_str()).collect();
    let known = list(&names, usize::MAX);
    usage(format!("the template has no parameter {}. It has {known}", list(&unknown, NAMED)))
}

/// Why a value is none of those that the template allows.
fn refusal(parameter: &Declared, value: &Secret<String>) -> Option<String> {
    let Declared { name, allowed, .. } = parameter;
    if allowed.is_empty() || allowed.contains(value.expose()) {
        return None;
    }
    Some(format!("the value of {name} is none of {}", list(allowed, usize::MAX)))
}

/// Asks for what nobody said, if somebody is there to answer.
pub(super) async fn complete(mut chosen: Chosen, screen: &Screen) -> Result<Chosen, Failure> {
    let is_missing = |choice: &Choice| matches!(choice, Choice::Missing);
    if !screen.answers() {
        let missing: Vec<_> = chosen.iter().filter(|(_, choice)| is_missing(choice)).map(told).collect();
        if missing.is_empty() {
            return Ok(chosen);
        }
        let sentence = format!("give a value with --parameter NAME=VALUE for {}", missing.join("; "));
        return Err(Failure::new(Exit::Usage, sentence));
    }
    for (parameter, choice) in chosen.iter_mut().filter(|(_, choice)| is_missing(choice)) {
        if parameter.is_secret {
            // The terminal would show it.
            let sentence = format!("{} is a secret: give it in a file, with --parameters", parameter.name);
            return Err(Failure::new(Exit::Usage, sentence));
        }
        *choice = Choice::Given(ask(parameter, screen).await?);
    }
    Ok(chosen)
}

fn told((parameter, _): &(Declared, Choice)) -> String {
    let Declared { name, description, .. } = parameter;
    let description = description.trim().trim_end_matches('.');
    if description.is_empty() { name.clone() } else { format!("{name} ({description})") }
}

async fn ask(parameter: &Declared, screen: &Screen) -> Result<Secret<String>, Failure> {
    let Declared { name, description, allowed, .. } = parameter;
    if !description.is_empty() {
        screen.note(&format!("\n{description}"));
    }
    let choices =
        if allowed.is_empty() { String::new() } else { format!(" ({})", list(allowed, usize::MAX)) };
    for _ in 0..TRIES {
        let Some(line) = screen.ask(&format!("{name}{choices}")).await else { break };
        let value = Secret::new(line.trim().to_owned());
        match refusal(parameter, &value) {
            _ if value.expose().is_empty() => screen.note(&format!("{name} has no default: give a value.")),
            Some(sentence) => screen.note(&format!("{sentence}.")),
            None => return Ok(value),
        }
    }
    Err(Failure::new(Exit::NotConfirmed, format!("no value for {name}; nothing was changed")))
}

/// The value of a parameter that does not come from the stack as it is.
pub(super) fn value<'a>(chosen: &'a Chosen, name: &str) -> Option<&'a str> {
    let (declared, choice) = chosen.iter().find(|(declared, _)| declared.name == name)?;
    let value = match choice {
        Choice::Given(value) => Some(value.expose().as_str()),
        Choice::Default => declared.default.as_deref(),
        Choice::Previous | Choice::Missing => None,
    };
    value.filter(|value| !value.is_empty())
}

/// As CloudFormation takes them. A parameter that is left out has its default.
pub(super) fn for_aws(chosen: &Chosen) -> Vec<Parameter> {
    let parameter = |(declared, choice): &(Declared, Choice)| {
        let named = Parameter::builder().parameter_key(&declared.name);
        match choice {
            Choice::Given(value) => Some(named.parameter_value(value.expose()).build()),
            Choice::Previous => Some(named.use_previous_value(true).build()),
            Choice::Default | Choice::Missing => None,
        }
    };
    chosen.iter().filter_map(parameter).collect()
}

#[cfg(test)]
mod tests;
