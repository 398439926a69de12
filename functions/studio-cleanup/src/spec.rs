//! What can be asked for, by whom, and in which words.

use crate::StudioCleanup;
use crate::observation::Owner;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::drivers::cloudformation::properties::flag;
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;
use shared::sagemaker_domain;
use std::collections::BTreeSet;

/// What should become of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate question to the one who asks")]
pub struct Spec {
    /// The domain's id.
    pub domain: String,
    /// User profiles that stay, in lower case: SageMaker does not tell cases apart in names.
    pub keep_profiles: BTreeSet<String>,
    /// Spaces that stay, in lower case. So do the user profiles that own them.
    pub keep_spaces: BTreeSet<String>,
    /// The one user profile whose apps and spaces go; without it, those of all.
    pub profile: Option<OneProfile>,
    /// Whether the domain itself goes too. Its file system never does.
    pub with_domain: bool,
    /// Whether spaces may be deleted whose EBS volume goes with them.
    pub delete_space_storage: bool,
    /// Whether this may be the domain of a project of SageMaker Unified Studio.
    pub allow_unified_studio: bool,
    /// The ARN of the stack that asks, if one does: then nothing is deleted unless the domain itself goes.
    pub stack: Option<String>,
    /// Whether to look at everything in every step, for a plan to be shown.
    pub whole: bool,
    /// Whether there is nothing to do at all.
    pub idle: bool,
}

/// A user profile that a stack has. The stack deletes it, once it owns nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneProfile {
    /// Its name.
    pub name: String,
    /// Its physical id in the stack.
    pub resource: String,
}

impl OneProfile {
    /// Whether this is its name: SageMaker does not tell cases apart.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Spec {
    /// Everything that users made goes, and with `with_domain` the domain too.
    ///
    /// # Errors
    /// A sentence, when `domain` cannot be the id of a domain.
    pub fn clean(domain: &str, with_domain: bool) -> Result<Self, String> {
        let domain = sagemaker_domain::id(domain)?;
        let (keep_profiles, keep_spaces) = <(BTreeSet<_>, BTreeSet<_>)>::default();
        Ok(Self {
            domain,
            keep_profiles,
            keep_spaces,
            profile: None,
            with_domain,
            delete_space_storage: false,
            allow_unified_studio: false,
            stack: None,
            whole: false,
            idle: false,
        })
    }

    /// The same spec, with or without the volumes of spaces.
    #[must_use]
    pub fn deleting_space_storage(self, delete_space_storage: bool) -> Self {
        Self { delete_space_storage, ..self }
    }

    /// The same spec, also or not for the domain of a project of SageMaker Unified Studio.
    #[must_use]
    pub fn allowing_unified_studio(self, allow_unified_studio: bool) -> Self {
        Self { allow_unified_studio, ..self }
    }

    /// The same spec with everything observed: spaces, user profiles and reports are read even while apps remain.
    #[must_use]
    pub fn observing_everything(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Whether a user profile was asked to stay.
    pub fn keeps_profile(&self, name: &str) -> bool {
        self.keep_profiles.contains(&name.to_ascii_lowercase())
    }

    /// Whether a space was asked to stay.
    pub fn keeps_space(&self, name: &str) -> bool {
        self.keep_spaces.contains(&name.to_ascii_lowercase())
    }

    /// The physical id of what the stack deletes, if this is to be emptied.
    pub fn resource(&self) -> &str {
        self.profile.as_ref().map_or(&self.domain, |profile| &profile.resource)
    }

    /// Whether an app stays with the space or user profile that it belongs to. Not in a stack: what a stack asks to keep it
    /// deletes itself, together with the domain, and could not while an app runs.
    pub fn keeps_app(&self, owner: &Owner) -> bool {
        self.stack.is_none()
            && match owner {
                Owner::Space(name) => self.keeps_space(name),
                Owner::Profile(name) => self.keeps_profile(name),
            }
    }
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The domain to empty.
    pub domain_id: String,
    /// The one user profile to empty, instead of the whole domain: what `Ref` gives for it, or its name.
    #[serde(default)]
    pub user_profile_name: Value,
    /// User profiles that stay: names, or what `Ref` gives for them.
    #[serde(default)]
    pub keep_user_profiles: Value,
    /// Spaces that stay: names, or what `Ref` gives for them.
    #[serde(default)]
    pub keep_spaces: Value,
    /// `true` to delete spaces with what is stored on their EBS volumes.
    #[serde(default)]
    pub delete_space_storage: Value,
    /// `true` for the domain of a project of SageMaker Unified Studio.
    #[serde(default)]
    pub allow_unified_studio_project: Value,
}

impl Resource for StudioCleanup {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        let domain = &properties.domain_id;
        match properties.user_profile_name.as_str() {
            Some(text) if !text.is_empty() => {
                format!("studio-cleanup-{domain}-{}", name(text, domain).unwrap_or(text))
            }
            _ => format!("studio-cleanup-{domain}"),
        }
    }

    /// There is something to do on Delete only, and only if the domain or the user profile goes; but a property that would fail then is refused
    /// at once.
    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        let spec = Spec::clean(&properties.domain_id, false);
        let mut spec = spec.map_err(|why| format!("DomainId: {why}"))?;
        spec.keep_profiles = names("KeepUserProfiles", &properties.keep_user_profiles, &spec.domain)?;
        spec.profile = one("UserProfileName", &properties.user_profile_name, &spec.domain)?;
        if spec.profile.is_some() && !spec.keep_profiles.is_empty() {
            return Err(
                "KeepUserProfiles is for a whole domain: with UserProfileName, leave it out.".to_owned()
            );
        }
        spec.keep_spaces = names("KeepSpaces", &properties.keep_spaces, &spec.domain)?;
        spec.delete_space_storage = flag("DeleteSpaceStorage", &properties.delete_space_storage)?;
        spec.allow_unified_studio =
            flag("AllowUnifiedStudioProject", &properties.allow_unified_studio_project)?;
        spec.idle = origin.request != RequestType::Delete;
        spec.stack.clone_from(&origin.stack);
        Ok(spec)
    }
}

/// The `UserParameters` of a pipeline action. Both clean-up actions of a pipeline may be given the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameters {
    /// The JSON file of the input artifact that holds the domain's id.
    pub file_name: String,
    /// For `storage-cleanup`; not read here.
    #[serde(default, rename = "VPC")]
    pub vpc: Value,
    /// For `storage-cleanup`; not read here.
    #[serde(default)]
    pub storage: Value,
    /// `true` to delete spaces with what is stored on their EBS volumes.
    #[serde(default)]
    pub delete_space_storage: Value,
    /// `true` for the domain of a project of SageMaker Unified Studio.
    #[serde(default)]
    pub allow_unified_studio_project: Value,
}

impl PipelineAction for StudioCleanup {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        Some(&parameters.file_name)
    }

    fn spec(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        let spec = Spec::clean(&sagemaker_domain::id_in(&parameters.file_name, file)?, false)?;
        Ok(Spec {
            delete_space_storage: flag("DeleteSpaceStorage", &parameters.delete_space_storage)?,
            allow_unified_studio: flag(
                "AllowUnifiedStudioProject",
                &parameters.allow_unified_studio_project,
            )?,
            ..spec
        })
    }
}

/// SageMaker's pattern for user profiles and spaces: `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`.
fn is_name(text: &str) -> bool {
    let known = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric());
    known && !text.is_empty() && text.len() <= 63 && !text.starts_with('-') && !text.ends_with('-')
}

/// The names in a property that is a list. An empty one counts for nothing: a list parameter of a template that is left
/// empty is a list with an empty string. A mistake must not pass for a name: what it meant to keep would be deleted.
fn names(property: &str, value: &Value, domain: &str) -> Result<BTreeSet<String>, String> {
    let wrong = |what: &str, remedy: &str| Err(format!("{property} {what}: {remedy}."));
    let list = match value {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Array(list) => list,
        other => return wrong(&format!("is {other}"), "give a list of names, such as [alice, bob]"),
    };
    let mut names = BTreeSet::new();
    for item in list {
        let Some(text) = item.as_str() else {
            return wrong(&format!("holds {item}"), "each of its items must be the name of one, as a string");
        };
        match name(text, domain) {
            Some(name) => names.insert(name.to_ascii_lowercase()),
            None if text.is_empty() => false,
            None => {
                let remedy =
                    format!("give a name of up to 63 letters, digits and hyphens, in domain {domain}");
                return wrong(&format!("holds `{text}`"), &remedy);
            }
        };
    }
    Ok(names)
}

/// The user profile of a property. An empty one counts for nothing, as an empty parameter of a template means.
fn one(property: &str, value: &Value, domain: &str) -> Result<Option<OneProfile>, String> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text,
        other => {
            return Err(format!("{property} is {other}: give the name of one user profile, as a string."));
        }
    };
    let Some(name) = name(text, domain) else {
        return Err(format!(
            "{property} is `{text}`: give a name of up to 63 letters, digits and hyphens, in domain {domain}."
        ));
    };
    // CloudFormation knows it by both parts, in this order.
    let resource = if text.contains('|') { text.clone() } else { format!("{name}|{domain}") };
    Ok(Some(OneProfile { name: name.to_owned(), resource }))
}

/// A name as it is written, or within what `Ref` gives: an ARN that ends in `/DOMAIN/NAME`, or both parts with a bar between
/// them. Nothing for a name in another domain.
fn name<'a>(text: &'a str, domain: &str) -> Option<&'a str> {
    let name = match text.split_once('|') {
        Some((name, part)) if part == domain => name,
        Some((part, name)) if part == domain => name,
        Some(_) => return None,
        None if text.starts_with("arn:") => {
            let (front, name) = text.rsplit_once('/')?;
            front.rsplit_once('/').filter(|(_, part)| *part == domain)?;
            name
        }
        None => text,
    };
    is_name(name).then_some(name)
}

#[cfg(test)]
mod tests;
