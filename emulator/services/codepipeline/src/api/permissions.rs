//! The IAM actions and resources of each operation, as the Service Authorization Reference lists them. Read from the raw
//! input, because permissions are checked before anything else is.

use emulator_core::{Call, Permission, ServiceContext};
use serde_json::Value;

/// The permission for the operation itself on a resource.
fn on(call: &Call, resource: impl Into<String>) -> Vec<Permission> {
    vec![Permission::new(format!("codepipeline:{}", call.operation), resource)]
}

fn name(value: &Value) -> &str {
    value.as_str().unwrap_or("*")
}

fn pipeline(context: &ServiceContext, value: &Value) -> String {
    context.arn("codepipeline", name(value))
}

/// Operations that take no resource.
pub(super) fn on_all(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, "*")
}

/// On the pipeline that `name` names.
pub(super) fn on_name(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, pipeline(context, &call.input["name"]))
}

/// On the pipeline that `pipelineName` names.
pub(super) fn on_pipeline(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, pipeline(context, &call.input["pipelineName"]))
}

/// On the pipeline that is declared, with the roles that the declaration hands to the service, each once.
pub(super) fn on_declaration(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let declaration = &call.input["pipeline"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let stages = list(&declaration["stages"]);
    let actions = stages.iter().flat_map(|stage| list(&stage["actions"]));
    let mut roles: Vec<String> = std::iter::once(declaration.clone())
        .chain(actions)
        .filter_map(|holder| holder["roleArn"].as_str().map(str::to_owned))
        .collect();
    roles.sort();
    roles.dedup();
    let mut permissions = on(call, pipeline(context, &declaration["name"]));
    permissions.extend(roles.into_iter().map(|role| Permission::new("iam:PassRole", role)));
    permissions
}

pub(super) fn on_stage(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_path(context, call, &["pipelineName", "stageName"])
}

pub(super) fn on_action(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_path(context, call, &["pipelineName", "stageName", "actionName"])
}

fn on_path(context: &ServiceContext, call: &Call, members: &[&str]) -> Vec<Permission> {
    let parts: Vec<&str> = members.iter().map(|member| name(&call.input[*member])).collect();
    on(call, context.arn("codepipeline", &parts.join("/")))
}

/// On the custom action type that the input names.
pub(super) fn on_custom_type(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, action_type(context, &call.input, "Custom"))
}

/// On the action type that the input is.
pub(super) fn on_type(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, action_type(context, &call.input, name(&call.input["owner"])))
}

/// On the action type that is polled for.
pub(super) fn on_polled_type(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let id = &call.input["actionTypeId"];
    on(call, action_type(context, id, name(&id["owner"])))
}

fn action_type(context: &ServiceContext, id: &Value, owner: &str) -> String {
    let (category, provider, version) = (name(&id["category"]), name(&id["provider"]), name(&id["version"]));
    context.arn("codepipeline", &format!("actiontype:{owner}/{category}/{provider}/{version}"))
}

/// On the webhook that is defined, and on the pipeline that it starts.
pub(super) fn on_definition(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let definition = &call.input["webhook"];
    let mut permissions = on(call, webhook(context, &definition["name"]));
    permissions.extend(on(call, pipeline(context, &definition["targetPipeline"])));
    permissions
}

/// On the webhook that `name` names.
pub(super) fn on_webhook(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, webhook(context, &call.input["name"]))
}

/// On the webhook that `webhookName` names.
pub(super) fn on_registered_webhook(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, webhook(context, &call.input["webhookName"]))
}

pub(super) fn on_every_webhook(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, webhook(context, &Value::Null))
}

fn webhook(context: &ServiceContext, value: &Value) -> String {
    context.arn("codepipeline", &format!("webhook:{}", name(value)))
}

/// On the resource of which the input has the ARN.
pub(super) fn on_arn(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, name(&call.input["resourceArn"]))
}
