//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of Amazon SageMaker.

use super::target::Target;
use super::text;
use crate::store::Kind;
use emulator_core::{Call, Permission, ServiceContext};
use serde_json::Value;

/// The id that stands for the one a new domain will get; policies can only name it by a pattern.
const NEW_DOMAIN: &str = "d-xxxxxxxxxxxx";

pub(crate) fn required_permissions(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let input = &call.input;
    let operation = call.operation.as_str();
    let action = format!("sagemaker:{operation}");
    let on = resource(context, operation, input).unwrap_or_else(|| "*".into());
    let mut permissions = vec![Permission::new(action, on.clone())];
    let tagged = input["Tags"].as_array().is_some_and(|tags| !tags.is_empty());
    if operation.starts_with("Create") && tagged {
        permissions.push(Permission::new("sagemaker:AddTags", on));
    }
    let roles = [
        text(&input["DefaultUserSettings"], "ExecutionRole"),
        text(&input["DefaultSpaceSettings"], "ExecutionRole"),
        text(&input["UserSettings"], "ExecutionRole"),
        text(input, "RoleArn"),
    ];
    for role in roles.into_iter().filter(|role| !role.is_empty()) {
        let permission = Permission::new("iam:PassRole", role);
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    permissions
}

/// ARN of the resource a call is about; none for lists and searches, which take `*`.
fn resource(context: &ServiceContext, operation: &str, input: &Value) -> Option<String> {
    let kind = match operation {
        "CreateDomain" => return Some(context.arn("sagemaker", &format!("domain/{NEW_DOMAIN}"))),
        "AddTags" | "ListTags" | "DeleteTags" => return Some(text(input, "ResourceArn").to_owned()),
        "DescribePipelineExecution" | "StopPipelineExecution" => Kind::Execution,
        "StartPipelineExecution" | "ListPipelineExecutions" => Kind::Pipeline,
        _ if operation.starts_with("List") => return None,
        _ => [
            ("Domain", Kind::Domain),
            ("UserProfile", Kind::UserProfile),
            ("Space", Kind::Space),
            ("App", Kind::App),
            ("MlflowTrackingServer", Kind::TrackingServer),
            ("Pipeline", Kind::Pipeline),
        ]
        .into_iter()
        .find_map(|(noun, kind)| operation.ends_with(noun).then_some(kind))?,
    };
    Some(Target::of(context, kind, input).arn)
}
