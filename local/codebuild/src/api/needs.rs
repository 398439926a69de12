//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of `CodeBuild`.

use super::{builds::project_of, project_arn, project_name, text, texts};
use local_core::{Call, Need, World};

pub(crate) fn needs(world: &World, call: &Call) -> Vec<Need> {
    let action = format!("codebuild:{}", call.operation);
    let on = |project: &str| Need::new(&action, project_arn(world, project_name(project)));
    let pass = |member: &str| {
        let role = text(&call.input, member);
        (!role.is_empty()).then(|| Need::new("iam:PassRole", role))
    };
    let on_all = |mut projects: Vec<String>| {
        projects.sort_unstable();
        projects.dedup();
        projects.iter().map(|project| on(project)).collect()
    };
    match call.operation.as_str() {
        "CreateProject" | "UpdateProject" => {
            [Some(on(text(&call.input, "name"))), pass("serviceRole")].into_iter().flatten().collect()
        }
        "StartBuild" => {
            let start = on(text(&call.input, "projectName"));
            [Some(start), pass("serviceRoleOverride")].into_iter().flatten().collect()
        }
        "DeleteProject" => vec![on(text(&call.input, "name"))],
        "ListBuildsForProject" => vec![on(text(&call.input, "projectName"))],
        "StopBuild" | "RetryBuild" => vec![on(project_of(text(&call.input, "id")))],
        "BatchGetProjects" => on_all(texts(&call.input, "names")),
        "BatchGetBuilds" | "BatchDeleteBuilds" => {
            on_all(texts(&call.input, "ids").iter().map(|id| project_of(id).to_owned()).collect())
        }
        _ => vec![Need::new(action, "*")],
    }
}
