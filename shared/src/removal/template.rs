//! The two attributes of a template's resources that say whether CloudFormation deletes what it lets go of. They are read from the
//! events of the YAML parser: a deserializer for whole documents would be a tenth of the function.

use granit_parser::{Event, Parser, ScanError};
use std::collections::BTreeMap;

/// A template, JSON or YAML.
#[derive(Debug, Default)]
pub struct Template {
    resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Default)]
struct Resource {
    deletion_policy: Attribute,
    update_replace_policy: Attribute,
}

/// An attribute that may be a word, or a function that gives one (`AWS::LanguageExtensions`).
#[derive(Debug, Default)]
enum Attribute {
    Word(String),
    Other,
    #[default]
    Absent,
}

/// A value of a mapping or a sequence.
#[derive(Clone, Copy)]
enum Value<'a> {
    Word(&'a str),
    Mapping,
    Other,
}

/// What encloses an event.
enum Level {
    /// A mapping, with the key whose value comes next.
    Mapping(Option<String>),
    Sequence,
}

/// What CloudFormation does with a resource that leaves its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// `Delete`, which is also the default, or `Snapshot`.
    Delete,
    Retain,
    RetainExceptOnCreate,
    /// A word that is newer than this program, or one that only CloudFormation can compute.
    Unknown,
}

impl Template {
    /// Reads the text of a template.
    ///
    /// # Errors
    /// When it is neither YAML nor JSON.
    pub fn read(body: &str) -> Result<Self, ScanError> {
        let mut template = Self::default();
        let mut levels = Vec::new();
        for event in Parser::new_from_str(body) {
            match event?.0 {
                Event::DocumentEnd => break,
                Event::MappingStart(..) => {
                    template.put(&levels, Value::Mapping);
                    levels.push(Level::Mapping(None));
                }
                Event::SequenceStart(..) => {
                    template.put(&levels, Value::Other);
                    levels.push(Level::Sequence);
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    levels.pop();
                    close(&mut levels, None);
                }
                Event::Scalar(text, _, _, tag) => {
                    let plain = tag.is_none_or(|tag| tag.is_yaml_core_schema());
                    template.put(&levels, if plain { Value::Word(&text) } else { Value::Other });
                    close(&mut levels, Some(&text));
                }
                Event::Alias(_) => {
                    template.put(&levels, Value::Other);
                    close(&mut levels, None);
                }
                _ => {}
            }
        }
        Ok(template)
    }

    /// Takes a value, if it is an attribute of a resource, or a resource.
    fn put(&mut self, levels: &[Level], value: Value<'_>) {
        let keys: Option<Vec<&str>> = levels.iter().map(Level::key).collect();
        let Some(["Resources", id, rest @ ..]) = keys.as_deref() else { return };
        let resource = self.resources.entry((*id).to_owned()).or_default();
        match (rest, value) {
            (["DeletionPolicy"], value) => resource.deletion_policy.set(value),
            (["UpdateReplacePolicy"], value) => resource.update_replace_policy.set(value),
            ([], Value::Mapping) => {}
            // Its attributes are those of an alias.
            ([] | ["<<"], _) => {
                resource.deletion_policy = Attribute::Other;
                resource.update_replace_policy = Attribute::Other;
            }
            _ => {}
        }
    }

    pub(super) fn has(&self, logical_id: &str) -> bool {
        self.resources.contains_key(logical_id)
    }

    /// What happens to a resource when its stack is deleted. A resource that the template does not have is unknown.
    #[must_use]
    pub fn deletion_policy(&self, logical_id: &str) -> Policy {
        self.resources.get(logical_id).map_or(Policy::Unknown, |resource| policy(&resource.deletion_policy))
    }

    /// What happens to a resource when another one takes its place.
    pub(super) fn replacement_policy(&self, logical_id: &str) -> Policy {
        self.resources.get(logical_id).map_or(Policy::Unknown, |found| policy(&found.update_replace_policy))
    }
}

impl Attribute {
    /// A second value makes it unknown.
    fn set(&mut self, value: Value<'_>) {
        *self = match (&self, value) {
            (Self::Absent, Value::Word(word)) => Self::Word(word.to_owned()),
            _ => Self::Other,
        };
    }
}

impl Level {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Mapping(key) => key.as_deref(),
            Self::Sequence => None,
        }
    }
}

/// Ends a node: a key, whose text is given if it has one, or a value.
fn close(levels: &mut [Level], text: Option<&str>) {
    if let Some(Level::Mapping(key)) = levels.last_mut() {
        *key = if key.is_none() { Some(text.unwrap_or_default().to_owned()) } else { None };
    }
}

fn policy(attribute: &Attribute) -> Policy {
    match attribute {
        Attribute::Absent => Policy::Delete,
        Attribute::Word(word) => match word.as_str() {
            "Delete" | "Snapshot" => Policy::Delete,
            "Retain" => Policy::Retain,
            "RetainExceptOnCreate" => Policy::RetainExceptOnCreate,
            _ => Policy::Unknown,
        },
        Attribute::Other => Policy::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_from_yaml_with_short_functions_and_from_json() {
        let yaml = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Plain: {Type: 'AWS::SageMaker::Domain', Properties: {DomainName: !Ref AWS::StackName, A: !GetAtt B.C}}
  Kept:
    Type: AWS::SageMaker::Domain
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    Properties:
      SubnetIds: [!Ref One, !If [Two, !Ref Two, !Ref AWS::NoValue]]
      Name: !Sub '${AWS::StackName}-x'
  Except: {Type: x, DeletionPolicy: RetainExceptOnCreate}
  Snapshot: {Type: x, DeletionPolicy: Snapshot}
  Computed: {Type: x, DeletionPolicy: !If [Prod, Retain, Delete]}
  Long: {Type: x, DeletionPolicy: {'Fn::If': [Prod, Retain, Delete]}}
  Short: {Type: x, DeletionPolicy: !Ref Policy}
  Odd: {Type: x, DeletionPolicy: Forget}
  Twice: {Type: x, DeletionPolicy: Retain, DeletionPolicy: Delete}
  Tagged: {Type: x, DeletionPolicy: !!str Retain}
  Sub: {Type: x, DeletionPolicy: !Sub Delete}
  Empty: {Type: x, DeletionPolicy: }
  Anchored: &it {Type: x, DeletionPolicy: Retain}
  Alias: *it
  Merged: {<<: *it}
  ? {odd: key}
  : {Type: x}
Outputs:
  Plain: {DeletionPolicy: Retain, Value: [{Resources: {Plain: {DeletionPolicy: Retain}}}]}
";
        let template = Template::read(yaml).unwrap();
        for (name, expected) in [
            ("Plain", Policy::Delete),
            ("Kept", Policy::Retain),
            ("Except", Policy::RetainExceptOnCreate),
            ("Snapshot", Policy::Delete),
            ("Computed", Policy::Unknown),
            ("Long", Policy::Unknown),
            ("Short", Policy::Unknown),
            ("Odd", Policy::Unknown),
            ("Twice", Policy::Unknown),
            ("Tagged", Policy::Retain),
            ("Sub", Policy::Unknown),
            ("Empty", Policy::Unknown),
            ("Anchored", Policy::Retain),
            ("Alias", Policy::Unknown),
            ("Merged", Policy::Unknown),
            ("Absent", Policy::Unknown),
        ] {
            assert_eq!(template.deletion_policy(name), expected, "{name}");
        }
        assert_eq!(template.replacement_policy("Kept"), Policy::Delete);
        let json =
            r#"{"Resources": {"Kept": {"Type": "x", "DeletionPolicy": "Retain"}, "Other": {"Type": "x"}}}"#;
        let template = Template::read(json).unwrap();
        assert_eq!(template.deletion_policy("Kept"), Policy::Retain);
        assert_eq!(template.deletion_policy("Other"), Policy::Delete);
        assert!(template.has("Other") && !template.has("Another"));
        assert!(Template::read("no: [template").is_err());
    }
}
