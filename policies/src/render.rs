//! A stack of the templates, without AWS: its functions are computed when they are asked for, through all nested stacks. What it cannot
//! compute is an error, so that no policy is rendered with a hole.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Why a template cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("a template is not readable: {0}")]
    Yaml(String),
    #[error("there is no template {0}")]
    Template(String),
    #[error("{0} has no value in {1}")]
    Unresolved(String, String),
    #[error("{0} is not a policy: {1}")]
    Policy(String, crate::policy::PolicyError),
}

/// All templates by their file names, which the URLs of nested templates end with.
pub struct Templates(BTreeMap<String, Rc<Value>>);

impl Templates {
    /// The templates of some folders.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn load(folders: &[&Path]) -> Result<Rc<Self>, RenderError> {
        let unreadable = |error: std::io::Error| RenderError::Yaml(error.to_string());
        let mut templates = BTreeMap::new();
        for folder in folders {
            for entry in std::fs::read_dir(folder).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.strip_suffix(".yaml").is_some_and(|stem| !stem.contains('.')) {
                    let text = std::fs::read_to_string(&path).map_err(unreadable)?;
                    templates.insert(name, Rc::new(crate::template::read(&text)?));
                }
            }
        }
        Ok(Rc::new(Self(templates)))
    }

    /// The templates with one of them changed, for a test that looks whether its change is noticed.
    #[must_use]
    pub fn with(&self, name: &str, template: Value) -> Rc<Self> {
        let mut templates = self.0.clone();
        templates.insert(name.to_owned(), Rc::new(template));
        Rc::new(Self(templates))
    }

    /// The templates with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Rc<Value>)> {
        self.0.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Rc<Value>, RenderError> {
        self.0.get(name).ok_or_else(|| RenderError::Template(name.to_owned()))
    }
}

/// Where a stack is, which is the same for what it nests.
#[derive(Clone, Debug)]
pub struct Place {
    pub partition: String,
    pub region: String,
    pub account: String,
}

impl Place {
    /// An account in us-east-1.
    pub fn new(account: &str) -> Self {
        Self { partition: "aws".to_owned(), region: "us-east-1".to_owned(), account: account.to_owned() }
    }
}

/// The parameters of a stack: given as they are, or by its parent, which computes them when they are asked for.
enum Parameters {
    Given(Map<String, Value>),
    Parent(Rc<Stack>, Map<String, Value>),
}

/// A stack with the values of its parameters.
pub struct Stack {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) place: Place,
    pub(crate) template: Rc<Value>,
    templates: Rc<Templates>,
    parameters: Parameters,
}

impl Stack {
    /// A stack of the template `file`.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn new(
        templates: &Rc<Templates>,
        file: &str,
        name: &str,
        place: &Place,
        parameters: &[(&str, &str)],
    ) -> Result<Rc<Self>, RenderError> {
        let given = parameters.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value)));
        Ok(Rc::new(Self {
            name: name.to_owned(),
            file: file.to_owned(),
            place: place.clone(),
            template: templates.get(file)?.clone(),
            templates: templates.clone(),
            parameters: Parameters::Given(given.collect()),
        }))
    }

    pub(crate) fn resource(&self, id: &str) -> Option<&Value> {
        self.template.get("Resources")?.get(id)
    }

    /// The stack that a resource is.
    pub(crate) fn nested(self: &Rc<Self>, id: &str) -> Result<Rc<Self>, RenderError> {
        let properties = self.resource(id).and_then(|resource| resource.get("Properties"));
        let properties = properties.ok_or_else(|| self.unresolved(id))?;
        let url = properties.get("TemplateURL").map(ToString::to_string).unwrap_or_default();
        let file = url.rsplit('/').next().unwrap_or_default().trim_end_matches(['"', '}']).to_owned();
        let given = properties.get("Parameters").and_then(Value::as_object).cloned().unwrap_or_default();
        Ok(Rc::new(Self {
            // CloudFormation also adds random characters.
            name: format!("{}-{id}", self.name),
            template: self.templates.get(&file)?.clone(),
            file,
            place: self.place.clone(),
            templates: self.templates.clone(),
            parameters: Parameters::Parent(self.clone(), given),
        }))
    }

    pub(crate) fn unresolved(&self, what: &str) -> RenderError {
        RenderError::Unresolved(what.to_owned(), format!("{} of {}", self.file, self.name))
    }

    /// Whether a condition of the template holds.
    pub(crate) fn holds(self: &Rc<Self>, name: &str) -> Result<bool, RenderError> {
        let condition = self.template.get("Conditions").and_then(|conditions| conditions.get(name));
        self.truth(condition.ok_or_else(|| self.unresolved(name))?)
    }

    fn truth(self: &Rc<Self>, condition: &Value) -> Result<bool, RenderError> {
        let wrong = || self.unresolved(&condition.to_string());
        let (name, argument) = single(condition).ok_or_else(wrong)?;
        if name == "Condition" {
            return self.holds(argument.as_str().ok_or_else(wrong)?);
        }
        let arguments = argument.as_array().ok_or_else(wrong)?;
        let truths = || arguments.iter().map(|one| self.truth(one)).collect::<Result<Vec<_>, _>>();
        Ok(match (name, arguments.as_slice()) {
            ("Fn::Equals", [left, right]) => self.value(left)? == self.value(right)?,
            ("Fn::Not", [one]) => !self.truth(one)?,
            ("Fn::And", _) => truths()?.into_iter().all(|one| one),
            ("Fn::Or", _) => truths()?.into_iter().any(|one| one),
            _ => return Err(wrong()),
        })
    }

    /// The value, without what `AWS::NoValue` takes out.
    ///
    /// # Errors
    /// When a function is unknown, or has no value.
    pub fn value(self: &Rc<Self>, value: &Value) -> Result<Value, RenderError> {
        self.optional(value)?.ok_or_else(|| self.unresolved("AWS::NoValue"))
    }

    /// The value as a text.
    pub(crate) fn text(self: &Rc<Self>, value: &Value) -> Result<String, RenderError> {
        match self.value(value)? {
            Value::String(text) => Ok(text),
            other => Err(self.unresolved(&format!("the text of {other}"))),
        }
    }

    pub(crate) fn optional(self: &Rc<Self>, value: &Value) -> Result<Option<Value>, RenderError> {
        if let Some((name, argument)) = single(value)
            && (name == "Ref" || name.starts_with("Fn::"))
        {
            return self.function(name, argument);
        }
        Ok(Some(match value {
            Value::Object(members) => {
                let mut kept = Map::new();
                for (key, value) in members {
                    if let Some(value) = self.optional(value)? {
                        kept.insert(key.clone(), value);
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| self.optional(item)).collect::<Result<Vec<_>, _>>()?;
                Value::Array(items.into_iter().flatten().collect())
            }
            scalar => scalar.clone(),
        }))
    }

    /// The value of a parameter.
    pub(crate) fn parameter(self: &Rc<Self>, name: &str) -> Result<Option<Value>, RenderError> {
        let Some(declared) = self.template.get("Parameters").and_then(|all| all.get(name)) else {
            return Ok(None);
        };
        let given = match &self.parameters {
            Parameters::Given(values) => values.get(name).cloned(),
            Parameters::Parent(parent, values) => match values.get(name) {
                Some(value) => parent.optional(value)?,
                None => None,
            },
        };
        let value =
            given.or_else(|| declared.get("Default").cloned()).ok_or_else(|| self.unresolved(name))?;
        let list = declared.get("Type").and_then(Value::as_str).is_some_and(|kind| kind.contains("List"));
        Ok(Some(match value {
            Value::String(text) if list => text.split(',').map(str::trim).map(Value::from).collect(),
            other => other,
        }))
    }

    /// The value of an output.
    pub(crate) fn output(self: &Rc<Self>, name: &str) -> Result<Value, RenderError> {
        let output = self.template.get("Outputs").and_then(|outputs| outputs.get(name));
        self.value(output.and_then(|output| output.get("Value")).ok_or_else(|| self.unresolved(name))?)
    }
}

/// The only member of an object.
pub(crate) fn single(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.iter().next().map(|(name, argument)| (name.as_str(), argument))
}
