//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of Amazon SageMaker.

use super::target::Target;
use crate::store::Kind;
use emulator_core::{Call, Permission, ServiceContext, text};

/// The id that stands for the one a new domain will get; policies can only name it by a pattern.
const NEW_DOMAIN: &str = "d-xxxxxxxxxxxx";

/// Lists and searches have no resource.
pub(super) fn on_all(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, "*")
}

/// A customer key encrypts the file system for the maker of the domain.
/// <https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html>
pub(super) fn on_new_domain(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let mut permissions = on(call, &context.arn("sagemaker", &format!("domain/{NEW_DOMAIN}")));
    let actions = ["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"];
    for member in ["KmsKeyId", "HomeEfsFileSystemKmsKeyId"] {
        permissions.extend(on_key(context, text(&call.input, member), &actions));
    }
    permissions
}

/// A customer key encrypts the volume for the maker of the notebook instance.
pub(super) fn on_new_notebook(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let mut permissions = on_notebook(context, call);
    permissions.extend(on_key(context, text(&call.input, "KmsKeyId"), &["CreateGrant", "DescribeKey"]));
    permissions
}

/// What SageMaker does with a key for its caller; nothing without a key.
fn on_key(context: &ServiceContext, key: &str, actions: &[&str]) -> Vec<Permission> {
    let use_key = |action: &&str| {
        let mut permission = Permission::new(format!("kms:{action}"), key);
        let service = format!("sagemaker.{}.amazonaws.com", context.region);
        permission.context.insert("kms:ViaService".into(), service.into());
        if *action == "CreateGrant" {
            permission.context.insert("kms:GrantIsForAWSResource".into(), "true".into());
        }
        permission
    };
    if key.is_empty() { Vec::new() } else { actions.iter().map(use_key).collect() }
}

/// On the resource of which the input has the ARN.
pub(super) fn on_arn(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, text(&call.input, "ResourceArn"))
}

pub(super) fn on_domain(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::Domain)
}

pub(super) fn on_profile(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::UserProfile)
}

pub(super) fn on_space(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::Space)
}

pub(super) fn on_app(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::App)
}

pub(super) fn on_server(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::TrackingServer)
}

pub(super) fn on_pipeline(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::Pipeline)
}

pub(super) fn on_project(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::Project)
}

pub(super) fn on_execution(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::Execution)
}

pub(super) fn on_studio_config(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::StudioLifecycleConfig)
}

pub(super) fn on_notebook(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::NotebookInstance)
}

pub(super) fn on_notebook_config(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::NotebookInstanceLifecycleConfig)
}

pub(super) fn on_repository(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_kind(context, call, Kind::CodeRepository)
}

fn on_kind(context: &ServiceContext, call: &Call, kind: Kind) -> Vec<Permission> {
    on(call, &Target::of(context, kind, &call.input).arn)
}

/// The operation on its resource, the tags of a new resource, and each role that the input passes.
fn on(call: &Call, resource: &str) -> Vec<Permission> {
    let input = &call.input;
    let mut permissions = vec![Permission::new(format!("sagemaker:{}", call.operation), resource)];
    let tagged = input["Tags"].as_array().is_some_and(|tags| !tags.is_empty());
    if call.operation.starts_with("Create") && tagged {
        permissions.push(Permission::new("sagemaker:AddTags", resource));
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
