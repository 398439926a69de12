//! What can be asked for, and how each asker asks it. Every bad value is a sentence that names it.

use crate::StorageCleanup;
use crate::observation::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;
use shared::sagemaker_domain;
use std::collections::BTreeMap;

/// Whose remains to remove, and how far to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    pub target: Target,
    pub storage: Storage,
    pub vpc: Vpc,
    /// The ARN of the stack that asks, if one does: what is done then depends on what happens to the stack.
    pub stack: Option<String>,
    /// Who allowed it, when an event asks: nobody looks at what it does.
    pub consent: Option<Consent>,
}

/// Who allowed a run that an event started. It frees the network only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// The tag `sm-mlops:on-delete` with the value `free-network`, on the file system of the domain or one of its groups.
    Tag,
    /// A parameter of the template.
    Parameter,
}

impl Spec {
    /// The part of the spec that is within this scope.
    #[must_use]
    pub(crate) fn within(&self, scope: Scope) -> Self {
        match scope {
            Scope::Everything => self.clone(),
            Scope::Network => Self { storage: Storage::Keep, vpc: Vpc::Keep, ..self.clone() },
            Scope::Nothing => Self { target: Target::Nothing, ..self.clone() },
        }
    }

    /// This domain's, with data and VPC kept.
    #[must_use]
    pub fn network_of(domain: String, consent: Option<Consent>) -> Self {
        let target = Target::Domain(domain);
        Self { target, storage: Storage::Keep, vpc: Vpc::Keep, stack: None, consent }
    }

    /// The domain whose remains to remove, when it is one.
    pub(crate) fn domain(&self) -> Option<&str> {
        match &self.target {
            Target::Domain(id) => Some(id),
            Target::Vpc(_) | Target::Nothing => None,
        }
    }

    /// What is written on a file system that was in this VPC. One that was kept is for no later run of another stack with
    /// Storage delete to take: that run finds it only while mount targets or groups still tie it to the VPC.
    #[must_use]
    pub(crate) fn own_tag(&self, vpc: &str) -> String {
        match self.storage {
            Storage::Keep => format!("{vpc} kept"),
            Storage::Backup | Storage::Delete => vpc.to_owned(),
        }
    }
}

/// Whose remains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Those of this domain, which must be gone: `d-...`.
    Domain(String),
    /// Those of the domains that were in this VPC and are gone: `vpc-...`.
    Vpc(String),
    /// Nobody's: the stack was created or updated, and there is nothing to clean up while it lives.
    Nothing,
}

/// What happens to file systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// They stay, without mount targets.
    #[default]
    Keep,
    /// A recovery point is made in AWS Backup, then they go.
    Backup,
    /// They go, and all their data with them.
    Delete,
}

/// What happens to the VPC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vpc {
    /// It stays as it is.
    #[default]
    Keep,
    /// It goes with all its contents, when nothing of others is in it.
    Delete,
}

/// Where recovery points go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The name of a vault in the Region.
    pub vault: String,
    /// The ARN of the role that AWS Backup takes; without one, the default role of the account.
    pub role: Option<String>,
}

/// What AWS Backup makes the first time somebody uses its console.
impl Default for Backup {
    fn default() -> Self {
        Self { vault: "Default".to_owned(), role: None }
    }
}

impl Target {
    /// The domain of this id.
    ///
    /// # Errors
    /// A sentence, when no domain can have this id.
    pub fn domain(id: &str) -> Result<Self, String> {
        sagemaker_domain::id(id).map(Self::Domain)
    }

    /// The VPC of this id.
    ///
    /// # Errors
    /// A sentence, when no VPC can have this id.
    pub fn vpc(id: &str) -> Result<Self, String> {
        let rest = id.strip_prefix("vpc-").unwrap_or_default();
        if (8..=32).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
        {
            return Ok(Self::Vpc(id.to_owned()));
        }
        Err(format!(
            "{id:?} is not the id of a VPC: it is vpc- and then hexadecimal digits, as in vpc-0123456789abcdef0"
        ))
    }
}

/// The properties of the custom resource. Everything is read as it comes, so that what is wrong can be told by name.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Properties {
    #[serde(rename = "DomainId")]
    domain: Option<Value>,
    #[serde(rename = "VpcId")]
    vpc_id: Option<Value>,
    #[serde(rename = "Storage")]
    storage: Option<Value>,
    #[serde(rename = "Vpc")]
    vpc: Option<Value>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// The `UserParameters` of the pipeline action.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    #[serde(rename = "VPC")]
    vpc: Option<Value>,
    #[serde(rename = "FileName")]
    file: Option<Value>,
    #[serde(rename = "Storage")]
    storage: Option<Value>,
    /// For `studio-cleanup`; not read here. Both clean-up actions of a pipeline may be given the same.
    #[serde(default, rename = "DeleteSpaceStorage")]
    _delete_space_storage: Value,
    /// For `studio-cleanup`; not read here.
    #[serde(default, rename = "AllowUnifiedStudioProject")]
    _allow_unified_studio_project: Value,
}

impl Resource for StorageCleanup {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        let named = properties.domain.as_ref().or(properties.vpc_id.as_ref());
        format!("storage-of-{}", named.and_then(Value::as_str).unwrap_or("nothing"))
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        let spec = asked(&properties)?;
        Ok(match origin.request {
            RequestType::Delete => Spec { stack: origin.stack.clone(), ..spec },
            RequestType::Create | RequestType::Update => Spec { target: Target::Nothing, ..spec },
        })
    }
}

/// What the properties ask for, when the time comes.
fn asked(properties: &Properties) -> Result<Spec, String> {
    // What CloudFormation adds itself.
    let known = |name: &str| ["ServiceToken", "ServiceTimeout"].contains(&name);
    if let Some(name) = properties.others.keys().find(|name| !known(name)) {
        return Err(format!("{name} is no property: there are DomainId, VpcId, Storage and Vpc"));
    }
    let target =
        match (text("DomainId", properties.domain.as_ref())?, text("VpcId", properties.vpc_id.as_ref())?) {
            (Some(domain), None) => Target::domain(domain).map_err(|why| format!("DomainId: {why}"))?,
            (None, Some(vpc)) => Target::vpc(vpc).map_err(|why| format!("VpcId: {why}"))?,
            (Some(_), Some(_)) => {
                return Err("both DomainId and VpcId are given: give one of them".to_owned());
            }
            (None, None) => return Err("neither DomainId nor VpcId is given: give one of them".to_owned()),
        };
    let storage = storage("Storage", properties.storage.as_ref())?;
    let vpc = vpc("Vpc", properties.vpc.as_ref())?;
    Ok(Spec { target, storage, vpc, stack: None, consent: None })
}

impl PipelineAction for StorageCleanup {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        parameters.file.as_ref()?.as_str().filter(|name| !name.is_empty())
    }

    fn spec(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        let vpc = vpc("VPC", parameters.vpc.as_ref())?;
        let storage = storage("Storage", parameters.storage.as_ref())?;
        let name = text("FileName", parameters.file.as_ref())?.ok_or_else(|| {
            format!(
                "FileName is missing: name the JSON file of the input artifact that holds {}",
                sagemaker_domain::KEY
            )
        })?;
        let target = Target::Domain(sagemaker_domain::id_in(name, file)?);
        Ok(Spec { target, storage, vpc, stack: None, consent: None })
    }
}

/// What is to become of file systems, by the value given under this name.
fn storage(name: &str, value: Option<&Value>) -> Result<Storage, String> {
    match text(name, value)? {
        None => Ok(Storage::default()),
        // The guides say retain.
        Some("keep" | "retain") => Ok(Storage::Keep),
        Some("backup") => Ok(Storage::Backup),
        Some("delete") => Ok(Storage::Delete),
        Some(word) => Err(format!("{name} is {word:?}: say keep, backup or delete")),
    }
}

/// What is to become of the VPC, by the value given under this name.
fn vpc(name: &str, value: Option<&Value>) -> Result<Vpc, String> {
    match text(name, value)? {
        None => Ok(Vpc::default()),
        Some("keep" | "retain") => Ok(Vpc::Keep),
        Some("delete") => Ok(Vpc::Delete),
        Some(word) => Err(format!("{name} is {word:?}: say keep or delete")),
    }
}

/// A value that must be a string; empty counts as absent, as a template's parameter often is.
fn text<'a>(name: &str, value: Option<&'a Value>) -> Result<Option<&'a str>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("{name} is not a string: write it in quotes")),
    }
}

#[cfg(test)]
mod tests;
