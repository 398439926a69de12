//! `CodeBuild`'s operations, one function each: input in, output or AWS's error out.

mod builds;
mod lists;
mod permissions;
mod projects;
mod start;

pub(crate) use builds::{batch_delete_builds, batch_get_builds, build_id, retry_build, stop_build};
pub(crate) use lists::{list_builds, list_builds_for_project, list_projects};
pub(crate) use permissions::required_permissions;
pub(crate) use projects::{batch_get_projects, create_project, delete_project, update_project};
pub(crate) use start::start_build;

use emulator_core::{Failure, ServiceContext};
use serde_json::Value;

/// A member of an input as text; what is not there is empty.
fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn texts(input: &Value, member: &str) -> Vec<String> {
    let items = input[member].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidInputException", message)
}

/// The name of a project given by its name or its ARN.
fn project_name(name_or_arn: &str) -> &str {
    name_or_arn.split_once(":project/").map_or(name_or_arn, |(_, name)| name)
}

fn project_arn(context: &ServiceContext, name: &str) -> String {
    context.arn("codebuild", &format!("project/{name}"))
}

fn no_project(context: &ServiceContext, name: &str) -> Failure {
    let arn = project_arn(context, name);
    Failure::new("ResourceNotFoundException", format!("Project cannot be found: {arn}"))
}

fn as_value<T: serde::Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::internal(&error.into()))
}
