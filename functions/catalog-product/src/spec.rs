//! What can be asked for, by whom, and in which words.

use crate::CatalogProduct;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use shared::drivers::codepipeline::{JobContext, PipelineAction};
use shared::secret::Secret;
use std::collections::BTreeMap;

mod file;
mod input;

pub use file::provisioned_name;
pub use input::parameters;

/// Characters of the id of a run: with the fingerprint, a token of Service Catalog has room for more.
const MAX_RUN: usize = 64;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// The function's own role gets access to a portfolio.
    Associate {
        /// `port-...`.
        portfolio: String,
    },
    Provision(Launch),
    Terminate(Termination),
}

/// A product to provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// `prod-...`.
    pub product: String,
    /// The version: `pa-...`.
    pub artifact: String,
    /// The name of the provisioned product.
    pub name: String,
    /// The launch path, by id or by name. Without one, the product must have exactly one.
    pub path: Option<String>,
    /// Whether its id goes to the SSM parameter of the product, which has room for one.
    pub entry: bool,
    /// Their values may be secrets.
    pub parameters: BTreeMap<String, Secret<String>>,
    pub run: Run,
}

/// A product to terminate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Termination {
    /// `prod-...`.
    pub product: String,
    /// The provisioned product, `pp-...`. Without it, that of the SSM parameter is meant.
    pub id: Option<String>,
    /// The name of the provisioned product, for one that has no SSM parameter.
    pub name: String,
    pub run: Run,
}

/// Which run asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Tells this run from others: letters, digits, `-` and `_`.
    pub id: String,
    /// Whether an earlier job of the same action made calls already.
    pub continued: bool,
}

impl Launch {
    /// What the token of a launch begins with: the same for the same version and parameters. Service Catalog keeps the token of a
    /// launch with the provisioned product, and tells nothing of its parameters.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let values = self.parameters.iter().flat_map(|(key, value)| [key, value.expose()]);
        for text in std::iter::once(&self.artifact).chain(values) {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        format!("{}-", hex::encode(&hash.finalize()[..8]))
    }

    /// The token of the call: the same when Lambda delivers a job again.
    pub fn token(&self) -> String {
        self.fingerprint() + &self.run.id
    }
}

impl Spec {
    /// The same for this run.
    #[must_use]
    pub fn in_run(mut self, of: Run) -> Self {
        match &mut self {
            Self::Associate { .. } => {}
            Self::Provision(Launch { run, .. }) | Self::Terminate(Termination { run, .. }) => *run = of,
        }
        self
    }
}

/// The `UserParameters` of a pipeline action.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameters {
    /// `associate-role`, `provision` or `terminate`. With `ProvisioningParameters`, `provision` need not be said.
    #[serde(default)]
    pub operation: Value,
    /// The JSON file of the input artifact that holds the ids of the product.
    pub file_name: String,
    /// Objects with `Key` and `Value`.
    #[serde(default)]
    pub provisioning_parameters: Option<Secret<Value>>,
}

impl PipelineAction for CatalogProduct {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        Some(&parameters.file_name)
    }

    fn spec(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        let given = parameters.provisioning_parameters.as_ref().map_or(&Value::Null, Secret::expose);
        let operation = input::operation(&parameters.operation, given)?;
        let file = file::File::new(&parameters.file_name, file);
        Ok(match operation {
            input::Operation::AssociateRole => Spec::Associate { portfolio: file.id("PortfolioId")? },
            input::Operation::Provision => {
                let product = file.id("ProductId")?;
                let name = file.provisioned_name(&product)?;
                let artifact = file.artifact()?;
                let parameters = input::parameters(given)?;
                Spec::Provision(Launch {
                    product,
                    artifact,
                    name,
                    path: None,
                    entry: true,
                    parameters,
                    run: Run::default(),
                })
            }
            input::Operation::Terminate => {
                let product = file.id("ProductId")?;
                let name = file.provisioned_name(&product)?;
                Spec::Terminate(Termination { product, id: None, name, run: Run::default() })
            }
        })
    }

    fn in_job(spec: Spec, job: JobContext<'_>) -> Spec {
        let letter = |char: &char| matches!(char, '-' | '_') || char.is_ascii_alphanumeric();
        let id = job.id.chars().filter(letter).take(MAX_RUN).collect();
        spec.in_run(Run { id, continued: job.continued })
    }
}

#[cfg(test)]
mod tests;
