//! `CodeBuild`'s operations, one function each: input in, output or AWS's error out.

mod builds;
mod lists;
mod permissions;
mod projects;
mod rules;
mod start;

pub(crate) use builds::build_id;

use crate::CodeBuild;
use emulator_core::{Failure, Operation, ServiceContext, Shapes};
use permissions::{on_all, on_build, on_builds, on_definition, on_name, on_names, on_project, on_start};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")).repeating_values());

/// What is served.
pub(crate) const OPERATIONS: &[Operation<CodeBuild>] = &[
    Operation::waiting(
        "CreateProject",
        |service, call| Box::pin(projects::create_project(service, call)),
        on_definition,
    ),
    Operation::waiting(
        "UpdateProject",
        |service, call| Box::pin(projects::update_project(service, call)),
        on_definition,
    ),
    Operation::new("DeleteProject", projects::delete_project, on_name),
    Operation::new("BatchGetProjects", projects::batch_get_projects, on_names),
    Operation::new("ListProjects", lists::list_projects, on_all),
    Operation::new("StartBuild", start::start_build, on_start),
    Operation::new("RetryBuild", builds::retry_build, on_build),
    Operation::waiting("StopBuild", |service, call| Box::pin(builds::stop_build(service, call)), on_build),
    Operation::new("BatchGetBuilds", builds::batch_get_builds, on_builds),
    Operation::new("BatchDeleteBuilds", builds::batch_delete_builds, on_builds),
    Operation::new("ListBuilds", lists::list_builds, on_all),
    Operation::new("ListBuildsForProject", lists::list_builds_for_project, on_project),
];

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

/// The ARN of a service role given by its ARN or its name, with a path or without.
fn role_arn(context: &ServiceContext, role: &str) -> String {
    match role {
        "" => String::new(),
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => format!("arn:aws:iam::{}:role/{name}", context.account),
    }
}

fn no_project(context: &ServiceContext, name: &str) -> Failure {
    let arn = project_arn(context, name);
    Failure::new("ResourceNotFoundException", format!("Project cannot be found: {arn}"))
}
