//! What a template declares, as CloudFormation reads it.

use super::aws::{Stacks, failed};
use crate::exit::Failure;
use shared::error::cause;

/// A template by its URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) parameters: Vec<Declared>,
}

/// A parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) description: String,
    /// The value of those who give none.
    pub(crate) default: Option<String>,
    /// The only values; any, if it is empty.
    pub(crate) allowed: Vec<String>,
    /// Whether its value is a secret.
    pub(crate) is_secret: bool,
}

impl Stacks {
    /// What a template declares. It is read as its stack would be, with the permissions of the caller.
    pub(crate) async fn summary(&self, url: &str) -> Result<Summary, Failure> {
        let found = self.client.get_template_summary().template_url(url).send().await;
        let found = found.map_err(|error| failed(&format!("read the template {url}"), &cause(error)))?;
        let declared = found.parameters.unwrap_or_default().into_iter().map(|it| Declared {
            name: it.parameter_key.unwrap_or_default(),
            description: it.description.unwrap_or_default(),
            default: it.default_value,
            allowed: it.parameter_constraints.and_then(|it| it.allowed_values).unwrap_or_default(),
            is_secret: it.no_echo == Some(true),
        });
        Ok(Summary { parameters: declared.collect() })
    }
}
