//! Operations on projects.

use super::{invalid, no_project, project_arn, project_name, role_arn, rules};
use crate::CodeBuild;
use crate::model::{Project, Settings};
use emulator_core::{Answer, Call, Failure, as_value, text, texts};
use serde_json::{Value, json};

pub(crate) async fn create_project(service: &CodeBuild, call: &Call) -> Answer {
    let name = text(&call.input, "name").to_owned();
    let arn = project_arn(&service.context, &name);
    let exists = || Failure::new("ResourceAlreadyExistsException", format!("Project already exists: {arn}"));
    if service.store().projects.contains_key(&name) {
        return Err(exists());
    }
    let settings = settings(service, call.input.clone())?;
    own_role(service, &settings.service_role)?;
    can_assume(service, &settings.service_role, &arn).await?;
    let now = service.now();
    let project =
        Project { name: name.clone(), arn: arn.clone(), created: now, last_modified: now, settings };
    let output = json!({"project": as_value(&project)?});
    // Another call may have made it while the role was being checked.
    let mut store = service.store();
    if store.projects.contains_key(&name) {
        return Err(exists());
    }
    store.projects.insert(name, project);
    Ok(output)
}

pub(crate) async fn update_project(service: &CodeBuild, call: &Call) -> Answer {
    let name = text(&call.input, "name");
    let missing = || no_project(&service.context, name);
    let current = service.store().projects.get(name).cloned().ok_or_else(missing)?;
    let mut merged = as_value(&current.settings)?;
    if let (Some(merged), Some(changes)) = (merged.as_object_mut(), call.input.as_object()) {
        merged.extend(changes.clone().into_iter().filter(|(_, value)| !value.is_null()));
    }
    let settings = settings(service, merged)?;
    own_role(service, &settings.service_role)?;
    can_assume(service, &settings.service_role, &current.arn).await?;
    let mut store = service.store();
    let project = store.projects.get_mut(name).ok_or_else(missing)?;
    project.settings = settings;
    project.last_modified = service.now();
    Ok(json!({"project": as_value(project)?}))
}

/// Deletes the project only: as on AWS, its builds stay. One that does not exist is deleted already.
#[expect(clippy::unnecessary_wraps, reason = "the table of operations has one signature")]
pub(crate) fn delete_project(service: &CodeBuild, call: &Call) -> Answer {
    service.store().projects.remove(text(&call.input, "name"));
    Ok(json!({}))
}

pub(crate) fn batch_get_projects(service: &CodeBuild, call: &Call) -> Answer {
    let store = service.store();
    let (mut projects, mut not_found) = (Vec::new(), Vec::new());
    for name in texts(&call.input, "names") {
        let key = project_name(&name);
        match store.projects.get(key) {
            Some(project) => projects.push(as_value(project)?),
            None => not_found.push(name),
        }
    }
    Ok(json!({"projects": projects, "projectsNotFound": not_found}))
}

/// The settings in an input, with AWS's defaults, if they make sense together.
fn settings(service: &CodeBuild, mut input: Value) -> Result<Settings, Failure> {
    if let Some(members) = input.as_object_mut() {
        members.remove("name");
        if let Some(enabled) = members.remove("badgeEnabled") {
            members.insert("badge".into(), json!({"badgeEnabled": enabled}));
        }
        // A limit of -1 removes the limit.
        if members.get("concurrentBuildLimit").and_then(Value::as_i64) == Some(-1) {
            members.remove("concurrentBuildLimit");
        }
        let key = service.context.arn("kms", "alias/aws/s3");
        members.entry("encryptionKey").or_insert(key.into());
        members.entry("badge").or_insert(json!({"badgeEnabled": false}));
        members.retain(|_, value| !value.is_null());
        let role = text(&Value::from(members.clone()), "serviceRole").to_owned();
        members.insert("serviceRole".into(), role_arn(&service.context, &role).into());
    }
    let settings: Settings = serde_json::from_value(input)
        .map_err(|error| Failure::new("SerializationException", error.to_string()))?;
    rules::check_project(&settings)?;
    Ok(settings)
}

fn own_role(service: &CodeBuild, role: &str) -> Result<(), Failure> {
    if role.split(':').nth(4) == Some(&service.context.account) {
        return Ok(());
    }
    Err(invalid("Invalid service role: Service role account ID does not match caller's account"))
}

/// AWS assumes the role when a project is made, so that a trust policy without `CodeBuild` shows at once.
async fn can_assume(service: &CodeBuild, role: &str, project_arn: &str) -> Result<(), Failure> {
    let bridge = &service.context.bridge;
    if bridge.can_assume(role, "codebuild.amazonaws.com", project_arn, "AWSCodeBuild").await? {
        return Ok(());
    }
    Err(invalid(format!("CodeBuild is not authorized to perform: sts:AssumeRole on {role}")))
}
