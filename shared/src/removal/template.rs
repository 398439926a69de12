//! The two attributes of a template's resources that say whether CloudFormation deletes what it lets go of.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// A template, JSON or YAML.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Template {
    #[serde(rename = "Resources", default)]
    resources: BTreeMap<String, Resource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(default)]
    deletion_policy: Attribute,
    #[serde(default)]
    update_replace_policy: Attribute,
}

/// An attribute that may be a word, or a function that gives one (`AWS::LanguageExtensions`).
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Attribute {
    Word(String),
    Other(IgnoredAny),
    #[default]
    #[serde(skip)]
    Absent,
}

/// What CloudFormation does with a resource that leaves its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// `Delete`, which is also the default, or `Snapshot`.
    Delete,
    Retain,
    RetainExceptOnCreate,
    /// A word that is newer than this program, or one that only CloudFormation can compute.
    Unknown,
}

impl Template {
    pub(super) fn read(body: &str) -> Result<Self, serde_saphyr::Error> {
        serde_saphyr::from_str(body)
    }

    pub(super) fn has(&self, logical_id: &str) -> bool {
        self.resources.contains_key(logical_id)
    }

    /// What happens to a resource when its stack is deleted. A resource that the template does not have is unknown.
    pub(super) fn deletion_policy(&self, logical_id: &str) -> Policy {
        self.resources.get(logical_id).map_or(Policy::Unknown, |resource| policy(&resource.deletion_policy))
    }

    /// What happens to a resource when another one takes its place.
    pub(super) fn replacement_policy(&self, logical_id: &str) -> Policy {
        self.resources.get(logical_id).map_or(Policy::Unknown, |found| policy(&found.update_replace_policy))
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
        Attribute::Other(_) => Policy::Unknown,
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
