//! Reads a template as CloudFormation does: a short function such as `!Sub` becomes its long form, and every scalar is a text.

use crate::render::RenderError;
use granit_parser::{Event, Parser};
use serde_json::{Map, Value};

/// What encloses a value, and the function that its tag is.
enum Level {
    Mapping(Option<String>, Map<String, Value>, Option<String>),
    Sequence(Option<String>, Vec<Value>),
}

/// The document with its functions in their long form.
///
/// # Errors
/// When it is not YAML, or uses anchors.
pub fn read(text: &str) -> Result<Value, RenderError> {
    let mut levels: Vec<Level> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| RenderError::Yaml(error.to_string()))?;
        let done = match event {
            Event::MappingStart(_, _, tag) => {
                levels.push(Level::Mapping(function(tag.as_deref()), Map::new(), None));
                continue;
            }
            Event::SequenceStart(_, _, tag) => {
                levels.push(Level::Sequence(function(tag.as_deref()), Vec::new()));
                continue;
            }
            Event::Scalar(text, _, _, tag) => {
                if let Some(Level::Mapping(_, _, key @ None)) = levels.last_mut() {
                    *key = Some(text.into_owned());
                    continue;
                }
                long(function(tag.as_deref()), Value::String(text.into_owned()))
            }
            Event::MappingEnd | Event::SequenceEnd => match levels.pop() {
                Some(Level::Mapping(tag, members, _)) => long(tag, Value::Object(members)),
                Some(Level::Sequence(tag, items)) => long(tag, Value::Array(items)),
                None => return Err(RenderError::Yaml("it ends too early".to_owned())),
            },
            Event::Alias(_) => return Err(RenderError::Yaml("it has an alias".to_owned())),
            _ => continue,
        };
        match levels.last_mut() {
            Some(Level::Mapping(_, members, key)) => {
                members.insert(key.take().unwrap_or_default(), done);
            }
            Some(Level::Sequence(_, items)) => items.push(done),
            None => return Ok(done),
        }
    }
    Err(RenderError::Yaml("it is empty".to_owned()))
}

/// The long name of a short function. Tags of YAML itself are none.
fn function(tag: Option<&granit_parser::Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    Some(match tag.suffix() {
        plain @ ("Ref" | "Condition") => plain.to_owned(),
        name => format!("Fn::{name}"),
    })
}

fn long(function: Option<String>, value: Value) -> Value {
    match function {
        Some(name) => Value::Object(Map::from_iter([(name, value)])),
        None => value,
    }
}
