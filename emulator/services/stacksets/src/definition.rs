//! What a stack set says its stacks are: read from the input of a call, and checked against the template.

use crate::failure::invalid;
use crate::store::Texts;
use crate::template::Template;
use emulator_core::{Failure, ServiceContext, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The role that the service assumes in the administrator's account, if the set names no other.
const ADMINISTRATION_ROLE: &str = "AWSCloudFormationStackSetAdministrationRole";

/// The role that it goes on to in each target account, if the set names no other.
const EXECUTION_ROLE: &str = "AWSCloudFormationStackSetExecutionRole";

/// What the stacks of a set are, and who makes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definition {
    pub(crate) description: Option<String>,
    pub(crate) template: Template,
    /// Those that the set gives a value.
    pub(crate) parameters: Texts,
    pub(crate) capabilities: Vec<String>,
    pub(crate) tags: Texts,
    pub(crate) service_managed: bool,
    /// The ARN; none if the service manages the permissions.
    pub(crate) administration_role: Option<String>,
    /// The name; none if the service manages the permissions.
    pub(crate) execution_role: Option<String>,
    pub(crate) auto_deployment: Value,
    pub(crate) managed_execution: bool,
}

/// The ARN of the administration role that a call names, or of the one with the default name.
pub(crate) fn administration_role(context: &ServiceContext, input: &Value) -> String {
    match text(input, "AdministrationRoleARN") {
        "" => format!("arn:aws:iam::{}:role/{ADMINISTRATION_ROLE}", context.account),
        arn => arn.to_owned(),
    }
}

impl Definition {
    /// What an input says; what it leaves out is as it was, except where AWS takes a default.
    pub(crate) fn of(
        context: &ServiceContext,
        input: &Value,
        template: Template,
        previous: Option<&Self>,
    ) -> Result<Self, Failure> {
        let old = previous.cloned().unwrap_or_default();
        let service_managed = match text(input, "PermissionModel") {
            "" => old.service_managed,
            model => model == "SERVICE_MANAGED",
        };
        let description = input["Description"].as_str().map(str::to_owned).or(old.description);
        let tags = if input["Tags"].is_array() { tags(&input["Tags"])? } else { old.tags };
        let active = input["ManagedExecution"]["Active"].as_bool();
        let mut new = Self {
            description,
            parameters: parameters(&template, &input["Parameters"], &old.parameters)?,
            capabilities: texts(input, "Capabilities"),
            tags,
            service_managed,
            administration_role: Some(administration_role(context, input)),
            execution_role: Some(match text(input, "ExecutionRoleName") {
                "" => EXECUTION_ROLE.to_owned(),
                name => name.to_owned(),
            }),
            auto_deployment: if input["AutoDeployment"].is_object() {
                input["AutoDeployment"].clone()
            } else {
                old.auto_deployment
            },
            managed_execution: active.unwrap_or(old.managed_execution),
            template,
        };
        if service_managed {
            new.check_service_managed(input)?;
            (new.administration_role, new.execution_role) = (None, None);
        } else if !new.auto_deployment.is_null() {
            return Err(invalid(
                "AutoDeployment is only for stack sets with SERVICE_MANAGED permission model",
            ));
        } else if previous.is_some_and(|old| old.has_own_role(context))
            && text(input, "AdministrationRoleARN").is_empty()
        {
            let message = "You must specify the customized administration role of the stack set, also if it stays the same";
            return Err(invalid(message));
        }
        new.check_capabilities()?;
        Ok(new)
    }

    /// `SELF_MANAGED` or `SERVICE_MANAGED`.
    pub(crate) fn model(&self) -> &'static str {
        if self.service_managed { "SERVICE_MANAGED" } else { "SELF_MANAGED" }
    }

    /// Whether the administration role has another name than the default one.
    fn has_own_role(&self, context: &ServiceContext) -> bool {
        let default = administration_role(context, &Value::Null);
        self.administration_role.as_ref().is_some_and(|role| *role != default)
    }

    fn check_service_managed(&self, input: &Value) -> Result<(), Failure> {
        let roles = ["AdministrationRoleARN", "ExecutionRoleName"];
        if let Some(role) = roles.iter().find(|role| !text(input, role).is_empty()) {
            let message =
                format!("{role} is not supported for stack sets with SERVICE_MANAGED permission model");
            return Err(invalid(message));
        }
        if self.template.capabilities.iter().any(|needed| needed == "CAPABILITY_AUTO_EXPAND") {
            let message = "Templates with macros are not supported for stack sets with SERVICE_MANAGED permission model";
            return Err(invalid(message));
        }
        Ok(())
    }

    /// Whether what the template needs is acknowledged. `CAPABILITY_NAMED_IAM` includes `CAPABILITY_IAM`.
    fn check_capabilities(&self) -> Result<(), Failure> {
        let given = |name: &str| self.capabilities.iter().any(|given| given == name);
        let named = given("CAPABILITY_NAMED_IAM");
        let acknowledged = |name: &&String| given(name) || named && *name == "CAPABILITY_IAM";
        let missing: Vec<_> =
            self.template.capabilities.iter().filter(|name| !acknowledged(name)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!("Requires capabilities : [{}]", missing.join(", "));
        Err(Failure::new("InsufficientCapabilitiesException", message))
    }

    /// Whether stacks of the other one are others.
    pub(crate) fn deploys_other_than(&self, other: &Self) -> bool {
        let stack = |it: &Self| (it.template.text.clone(), it.parameters.clone(), it.tags.clone());
        stack(self) != stack(other)
    }

    /// The parameter of a set as it is described.
    pub(crate) fn shown(&self, key: &str, value: &str) -> Value {
        let hidden = self.template.parameters.get(key).is_some_and(|declared| is_true(&declared["NoEcho"]));
        let value = if hidden { "****" } else { value };
        json!({"ParameterKey": key, "ParameterValue": value, "UsePreviousValue": false})
    }

    /// The overrides in an input: a value, or none for the one that there is.
    pub(crate) fn overrides(&self, given: &Value) -> Result<BTreeMap<String, Option<String>>, Failure> {
        let given = pairs(given);
        let unknown: Vec<_> =
            given.keys().filter(|key| !self.template.parameters.contains_key(*key)).cloned().collect();
        if unknown.is_empty() { Ok(given) } else { Err(not_declared(&unknown)) }
    }
}

/// Whether a template says true, as a boolean or a text.
fn is_true(value: &Value) -> bool {
    value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Keys with their values; none where the previous one is meant.
fn pairs(given: &Value) -> BTreeMap<String, Option<String>> {
    let pair = |it: &Value| {
        let value = (it["UsePreviousValue"] != true).then(|| text(it, "ParameterValue").to_owned());
        (text(it, "ParameterKey").to_owned(), value)
    };
    given.as_array().into_iter().flatten().map(pair).collect()
}

/// The parameters that a set gives values. Those of the template without a default need one.
fn parameters(template: &Template, given: &Value, previous: &Texts) -> Result<Texts, Failure> {
    let given = pairs(given);
    let unknown: Vec<_> =
        given.keys().filter(|key| !template.parameters.contains_key(*key)).cloned().collect();
    if !unknown.is_empty() {
        return Err(not_declared(&unknown));
    }
    let value = |(key, value): (String, Option<String>)| {
        let value = value.or_else(|| previous.get(&key).cloned())?;
        Some((key, value))
    };
    let values: Texts = given.into_iter().filter_map(value).collect();
    let missing: Vec<_> = template
        .parameters
        .iter()
        .filter(|(key, declared)| declared.get("Default").is_none() && !values.contains_key(*key))
        .map(|(key, _)| key.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(values);
    }
    Err(invalid(format!("Parameters: [{}] must have values", missing.join(", "))))
}

fn not_declared(keys: &[String]) -> Failure {
    invalid(format!("Parameters: [{}] do not exist in the template", keys.join(", ")))
}

fn tags(given: &Value) -> Result<Texts, Failure> {
    let tag = |it: &Value| (text(it, "Key").to_owned(), text(it, "Value").to_owned());
    let tags: Texts = given.as_array().into_iter().flatten().map(tag).collect();
    if tags.keys().any(|key| key.starts_with("aws:")) {
        return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
    }
    Ok(tags)
}
