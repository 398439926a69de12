//! CloudFormation's functions, and what resources are called.

use crate::render::{Place, RenderError, Stack};
use serde_json::Value;
use std::rc::Rc;

impl Stack {
    pub(crate) fn function(
        self: &Rc<Self>,
        name: &str,
        argument: &Value,
    ) -> Result<Option<Value>, RenderError> {
        let wrong = || self.unresolved(&format!("{name} of {argument}"));
        let items = || argument.as_array().map(Vec::as_slice).ok_or_else(wrong);
        let value = match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => return Ok(None),
            ("Ref", Value::String(name)) => self.reference(name)?,
            ("Fn::If", _) => {
                let [Value::String(condition), yes, no] = items()? else { return Err(wrong()) };
                return self.optional(if self.holds(condition)? { yes } else { no });
            }
            ("Fn::GetAtt", Value::String(path)) => {
                let (id, attribute) = path.split_once('.').ok_or_else(wrong)?;
                self.attribute(id, attribute)?
            }
            ("Fn::GetAtt", Value::Array(_)) => {
                let [Value::String(id), attribute] = items()? else { return Err(wrong()) };
                self.attribute(id, &self.text(attribute)?)?
            }
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Value::Null)?.into(),
            ("Fn::Sub", _) => {
                let [Value::String(text), own] = items()? else { return Err(wrong()) };
                self.substitute(text, own)?.into()
            }
            ("Fn::Join", _) => {
                let [Value::String(between), list] = items()? else { return Err(wrong()) };
                let list = self.list(list)?;
                let texts: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
                texts.ok_or_else(wrong)?.join(between).into()
            }
            ("Fn::Split", _) => {
                let [Value::String(between), text] = items()? else { return Err(wrong()) };
                self.text(text)?.split(between.as_str()).map(Value::from).collect()
            }
            ("Fn::Select", _) => {
                let [index, list] = items()? else { return Err(wrong()) };
                let index: usize = self.text(index)?.parse().map_err(|_| wrong())?;
                self.list(list)?.get(index).cloned().ok_or_else(wrong)?
            }
            ("Fn::FindInMap", _) => {
                let [map, first, second] = items()? else { return Err(wrong()) };
                let maps = self.template.get("Mappings").ok_or_else(wrong)?;
                let keys = [self.text(map)?, self.text(first)?, self.text(second)?];
                keys.iter().try_fold(maps, |at, key| at.get(key)).cloned().ok_or_else(wrong)?
            }
            ("Fn::GetAZs", _) => ["a", "b", "c"]
                .iter()
                .map(|zone| Value::from(format!("{}{zone}", self.place.region)))
                .collect(),
            _ => return Err(wrong()),
        };
        Ok(Some(value))
    }

    fn list(self: &Rc<Self>, list: &Value) -> Result<Vec<Value>, RenderError> {
        match self.value(list)? {
            Value::Array(items) => Ok(items),
            other => Err(self.unresolved(&format!("the list {other}"))),
        }
    }

    /// `${Name}`, `${Id.Attribute}` and `${!Literal}`.
    fn substitute(self: &Rc<Self>, text: &str, own: &Value) -> Result<String, RenderError> {
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| self.unresolved(text))?;
            whole.push_str(before);
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                whole.extend(["${", literal, "}"]);
                continue;
            }
            let value = match own.get(name) {
                Some(value) => self.text(value)?,
                None => match name.split_once('.') {
                    Some((id, attribute)) => {
                        self.attribute(id, attribute)?.as_str().unwrap_or_default().to_owned()
                    }
                    None => match self.reference(name)? {
                        Value::String(text) => text,
                        _ => return Err(self.unresolved(name)),
                    },
                },
            };
            if value.is_empty() && name.contains('.') {
                return Err(self.unresolved(name));
            }
            whole.push_str(&value);
        }
        whole.push_str(rest);
        Ok(whole)
    }

    fn reference(self: &Rc<Self>, name: &str) -> Result<Value, RenderError> {
        let place = &self.place;
        Ok(match name {
            "AWS::AccountId" => place.account.as_str().into(),
            "AWS::Region" => place.region.as_str().into(),
            "AWS::Partition" => place.partition.as_str().into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::StackName" => self.name.as_str().into(),
            "AWS::StackId" => format!(
                "arn:{}:cloudformation:{}:{}:stack/{}/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
                place.partition, place.region, place.account, self.name
            )
            .into(),
            _ => match self.parameter(name)? {
                Some(value) => value,
                None => self.physical(name)?.into(),
            },
        })
    }

    /// What `Ref` of a resource is. A resource whose condition does not hold has nothing.
    pub(crate) fn physical(self: &Rc<Self>, id: &str) -> Result<String, RenderError> {
        let resource = self.resource(id).ok_or_else(|| self.unresolved(id))?;
        if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
            && !self.holds(condition)?
        {
            return Err(self.unresolved(id));
        }
        let (partition, account) = (&self.place.partition, &self.place.account);
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let named = |property: &str| self.property(id, property);
        // As CloudFormation makes names, of at most 64 characters for the roles here, and as unique as its own.
        let unique = number(&format!("{}-{id}", self.name));
        let made = format!("{}-{id}-{unique:012}", self.name.chars().take(20).collect::<String>());
        Ok(match kind {
            "AWS::IAM::Role" => named("RoleName")?.unwrap_or(made),
            "AWS::IAM::ManagedPolicy" => {
                let path = named("Path")?.unwrap_or_else(|| "/".to_owned());
                format!(
                    "arn:{partition}:iam::{account}:policy{path}{}",
                    named("ManagedPolicyName")?.unwrap_or(made)
                )
            }
            "AWS::S3::Bucket" => named("BucketName")?.unwrap_or_else(|| made.to_lowercase()),
            "AWS::KMS::Key" => format!("00000000-0000-0000-0000-{:012}", number(&made)),
            "AWS::EC2::VPCEndpoint" => format!("vpce-{:012}", number(&made)),
            _ => made,
        })
    }

    /// A property of a resource, if it has it.
    pub(crate) fn property(self: &Rc<Self>, id: &str, name: &str) -> Result<Option<String>, RenderError> {
        let value = self.resource(id).and_then(|resource| resource.get("Properties")?.get(name));
        let value = value.map(|value| self.optional(value)).transpose()?.flatten();
        Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
    }

    fn attribute(self: &Rc<Self>, id: &str, attribute: &str) -> Result<Value, RenderError> {
        let unresolved = || self.unresolved(&format!("{id}.{attribute}"));
        let kind = self.resource(id).and_then(|one| one.get("Type")?.as_str()).ok_or_else(unresolved)?;
        let Place { partition, region, account } = &self.place;
        Ok(match (kind, attribute) {
            ("AWS::CloudFormation::Stack", _) => {
                self.physical(id)?;
                self.nested(id)?.output(attribute.strip_prefix("Outputs.").ok_or_else(unresolved)?)?
            }
            ("AWS::IAM::Role", "Arn") => {
                let path = self.property(id, "Path")?.unwrap_or_else(|| "/".to_owned());
                format!("arn:{partition}:iam::{account}:role{path}{}", self.physical(id)?).into()
            }
            ("AWS::IAM::Role", "RoleId") => format!("AROA{:012}", number(&self.physical(id)?)).into(),
            ("AWS::S3::Bucket", "Arn") => format!("arn:{partition}:s3:::{}", self.physical(id)?).into(),
            ("AWS::KMS::Key", "Arn") => {
                format!("arn:{partition}:kms:{region}:{account}:key/{}", self.physical(id)?).into()
            }
            ("AWS::Lambda::Function", "Arn") => {
                format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.physical(id)?).into()
            }
            ("AWS::StepFunctions::StateMachine", "Arn") => {
                format!("arn:{partition}:states:{region}:{account}:stateMachine:{}", self.physical(id)?)
                    .into()
            }
            ("AWS::Logs::LogGroup", "Arn") => {
                format!("arn:{partition}:logs:{region}:{account}:log-group:{}:*", self.physical(id)?).into()
            }
            // The answers of our function: a role that is not there yet has the name to make.
            ("Custom::SageMakerLaunchRoles", name) => name.into(),
            _ => return Err(unresolved()),
        })
    }
}

/// A number made of a name, for ids.
fn number(name: &str) -> u64 {
    name.bytes().fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 999_999_999_989)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Templates;

    fn stack(resources: &str) -> Rc<Stack> {
        let source = format!(
            "Parameters:\n  Name: {{Type: String, Default: demo}}\n  List: {{Type: CommaDelimitedList, Default: 'a, b'}}\n\
             Conditions:\n  Yes: !Equals [!Ref Name, demo]\n  No: !Not [!Condition Yes]\nResources:\n{resources}"
        );
        let empty = Templates::load(&[]).unwrap();
        let templates = empty.with("one.yaml", crate::read(&source).unwrap());
        Stack::new(&templates, "one.yaml", "stack", &Place::new("111122223333"), &[]).unwrap()
    }

    #[track_caller]
    fn check(expression: &str, expected: &str) {
        let value = crate::read(expression).unwrap();
        let stack = stack(
            "  Gone: {Type: 'AWS::IAM::Role', Condition: No}\n  Here: {Type: 'AWS::IAM::Role', Properties: {RoleName: r}}\n",
        );
        let found = stack.value(&value).map_or_else(|error| error.to_string(), |value| value.to_string());
        assert_eq!(found, expected);
    }

    #[test]
    fn functions_have_their_values() {
        check("!Sub '${Name}-${AWS::Region}-${!aws:userid}'", r#""demo-us-east-1-${aws:userid}""#);
        check("!Sub ['${A}/${Name}', {A: !Select [1, !Ref List]}]", r#""b/demo""#);
        check("!Join ['-', [x, !If [No, a, !Ref 'AWS::NoValue'], y]]", r#""x-y""#);
        check("!Split [e, !Ref Name]", r#"["d","mo"]"#);
        check("!GetAtt Here.Arn", r#""arn:aws:iam::111122223333:role/r""#);
    }

    #[test]
    fn what_has_no_value_is_an_error() {
        check("!Ref Nothing", "Nothing has no value in one.yaml of stack");
        check("!Ref Gone", "Gone has no value in one.yaml of stack");
        check("!Sub '${Here.Size}'", "Here.Size has no value in one.yaml of stack");
        check("!GetAtt Gone.Arn", "Gone has no value in one.yaml of stack");
        check("!Base64 x", "Fn::Base64 of \"x\" has no value in one.yaml of stack");
        check("!ImportValue x", "Fn::ImportValue of \"x\" has no value in one.yaml of stack");
    }
}
