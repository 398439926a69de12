//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of AWS CloudFormation.

use crate::api::is_delegated;
use crate::definition::administration_role;
use crate::store::Store;
use emulator_core::{Call, Permission, ServiceContext, text, texts};
use serde_json::Value;

/// The permissions of a call.
pub(crate) fn required(context: &ServiceContext, store: &Store, call: &Call) -> Vec<Permission> {
    let input = &call.input;
    let action = format!("cloudformation:{}", call.operation);
    let name = text(input, "StackSetName");
    let set = store.set(name, is_delegated(input)).ok();
    let id = set.map_or_else(|| format!("{name}:*"), |set| set.id.clone());
    let mut permissions = match call.operation.as_str() {
        "CreateStackSet" | "ListStackSets" => vec![Permission::new(action.clone(), "*")],
        _ => vec![Permission::new(action.clone(), context.arn("cloudformation", &format!("stackset/{id}")))],
    };
    if acts(&call.operation) {
        let target = |target: String| {
            let arn = context.arn("cloudformation", &format!("stackset-target/{id}/{target}"));
            Permission::new(action.clone(), arn)
        };
        permissions.extend(targets(input).into_iter().map(target));
    }
    for permission in &mut permissions {
        for (key, member) in [("TemplateUrl", "TemplateURL"), ("RoleArn", "AdministrationRoleARN")] {
            if let Some(value) = input[member].as_str() {
                permission.context.insert(format!("cloudformation:{key}"), value.into());
            }
        }
        let regions = texts(input, "Regions");
        if !regions.is_empty() {
            permission.context.insert("cloudformation:TargetRegion".to_owned(), regions.into());
        }
    }
    if matches!(call.operation.as_str(), "CreateStackSet" | "UpdateStackSet") {
        let service_managed = match text(input, "PermissionModel") {
            "" => set.is_some_and(|set| set.definition.service_managed),
            model => model == "SERVICE_MANAGED",
        };
        if !service_managed {
            let mut pass = Permission::new("iam:PassRole", administration_role(context, input));
            pass.context.insert("iam:PassedToService".into(), "cloudformation.amazonaws.com".into());
            permissions.push(pass);
        }
    }
    permissions
}

/// Whether an operation acts in the accounts that it names.
fn acts(operation: &str) -> bool {
    matches!(
        operation,
        "CreateStackInstances" | "UpdateStackInstances" | "DeleteStackInstances" | "UpdateStackSet"
    )
}

/// The accounts and units that an input names.
fn targets(input: &Value) -> Vec<String> {
    let further = &input["DeploymentTargets"];
    let mut all = texts(input, "Accounts");
    all.extend(texts(further, "Accounts"));
    all.extend(texts(further, "OrganizationalUnitIds"));
    all
}
