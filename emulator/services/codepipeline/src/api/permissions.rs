//! The IAM actions and resources of each operation, as the Service Authorization Reference lists them. Read from the raw
//! input, because permissions are checked before anything else is.

use emulator_core::{Call, Permission, ServiceContext};
use serde_json::Value;

/// What the caller must be allowed for this call.
pub(crate) fn required_permissions(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let input = &call.input;
    let pipeline = |name: &Value| context.arn("codepipeline", name.as_str().unwrap_or("*"));
    let within = |members: &[&str]| {
        let parts: Vec<&str> = members.iter().map(|member| input[*member].as_str().unwrap_or("*")).collect();
        context.arn("codepipeline", &parts.join("/"))
    };
    let resource = match call.operation.as_str() {
        "CreateCustomActionType" | "DeleteCustomActionType" => action_type(context, input, "Custom"),
        "GetActionType" => action_type(context, input, input["owner"].as_str().unwrap_or("*")),
        "PollForJobs" => {
            let id = &input["actionTypeId"];
            action_type(context, id, id["owner"].as_str().unwrap_or("*"))
        }
        "CreatePipeline" | "UpdatePipeline" => pipeline(&input["pipeline"]["name"]),
        "GetPipeline" | "DeletePipeline" | "GetPipelineState" | "StartPipelineExecution" => {
            pipeline(&input["name"])
        }
        "StopPipelineExecution"
        | "GetPipelineExecution"
        | "ListPipelineExecutions"
        | "ListActionExecutions" => pipeline(&input["pipelineName"]),
        "RetryStageExecution" => within(&["pipelineName", "stageName"]),
        "PutApprovalResult" => within(&["pipelineName", "stageName", "actionName"]),
        "PutWebhook" => webhook(context, &input["webhook"]["name"]),
        "DeleteWebhook" => webhook(context, &input["name"]),
        "RegisterWebhookWithThirdParty" | "DeregisterWebhookWithThirdParty" => {
            webhook(context, &input["webhookName"])
        }
        "ListWebhooks" => webhook(context, &Value::Null),
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            input["resourceArn"].as_str().unwrap_or("*").to_owned()
        }
        _ => "*".to_owned(),
    };
    let mut permissions = vec![Permission::new(format!("codepipeline:{}", call.operation), resource)];
    match call.operation.as_str() {
        "PutWebhook" => {
            permissions.push(Permission::new(
                "codepipeline:PutWebhook",
                pipeline(&input["webhook"]["targetPipeline"]),
            ));
        }
        "CreatePipeline" | "UpdatePipeline" => permissions.extend(passed_roles(&input["pipeline"])),
        _ => {}
    }
    permissions
}

/// The roles a declaration hands to the service, each once.
fn passed_roles(declaration: &Value) -> Vec<Permission> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let stages = list(&declaration["stages"]);
    let actions = stages.iter().flat_map(|stage| list(&stage["actions"]));
    let mut roles: Vec<String> = std::iter::once(declaration.clone())
        .chain(actions)
        .filter_map(|holder| holder["roleArn"].as_str().map(str::to_owned))
        .collect();
    roles.sort();
    roles.dedup();
    roles.into_iter().map(|role| Permission::new("iam:PassRole", role)).collect()
}

fn action_type(context: &ServiceContext, id: &Value, owner: &str) -> String {
    let part = |member: &str| id[member].as_str().unwrap_or("*");
    let (category, provider, version) = (part("category"), part("provider"), part("version"));
    context.arn("codepipeline", &format!("actiontype:{owner}/{category}/{provider}/{version}"))
}

fn webhook(context: &ServiceContext, name: &Value) -> String {
    context.arn("codepipeline", &format!("webhook:{}", name.as_str().unwrap_or("*")))
}
