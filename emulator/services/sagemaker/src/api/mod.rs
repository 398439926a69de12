//! SageMaker's operations, one function each: checked input in, output or AWS's error out.

mod apps;
mod catalog;
pub(crate) mod conditions;
mod domains;
mod lifecycle_configs;
mod list;
mod notebook_configs;
mod notebooks;
mod permissions;
mod pipelines;
mod presigned;
mod projects;
mod records;
mod repositories;
mod roles;
mod search;
mod servers;
mod spaces;
mod tags;
mod target;
mod users;

use crate::SageMaker;
use crate::life::{Life, Moment, Next, takes};
use crate::store::{Kind, Resource, Tags};
use emulator_core::{Answer, Call, Failure, Operation, Shapes};
use permissions::{
    on_all, on_app, on_arn, on_domain, on_execution, on_new_domain, on_new_notebook, on_notebook,
    on_notebook_config, on_pipeline, on_profile, on_project, on_repository, on_server, on_space,
    on_studio_config,
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use target::Target;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")).repeating_values());

/// What is served.
pub(crate) const OPERATIONS: &[Operation<SageMaker>] = &[
    Operation::new("CreateDomain", domains::create, on_new_domain),
    Operation::new("DescribeDomain", |service, call| describe(service, call, Kind::Domain), on_domain),
    Operation::new("UpdateDomain", |service, call| update(service, call, Kind::Domain), on_domain),
    Operation::new("DeleteDomain", domains::delete, on_domain),
    Operation::new("ListDomains", domains::list, on_all),
    Operation::new("CreateUserProfile", users::create, on_profile),
    Operation::new(
        "DescribeUserProfile",
        |service, call| describe(service, call, Kind::UserProfile),
        on_profile,
    ),
    Operation::new("UpdateUserProfile", |service, call| update(service, call, Kind::UserProfile), on_profile),
    Operation::new("DeleteUserProfile", users::delete, on_profile),
    Operation::new("ListUserProfiles", users::list, on_all),
    Operation::new("CreateSpace", spaces::create, on_space),
    Operation::new("DescribeSpace", |service, call| describe(service, call, Kind::Space), on_space),
    Operation::new("UpdateSpace", |service, call| update(service, call, Kind::Space), on_space),
    Operation::new("DeleteSpace", spaces::delete, on_space),
    Operation::new("ListSpaces", spaces::list, on_all),
    Operation::new("CreateApp", apps::create, on_app),
    Operation::new("DescribeApp", apps::describe, on_app),
    Operation::new("DeleteApp", apps::delete, on_app),
    Operation::new("ListApps", apps::list, on_all),
    Operation::new("AddTags", tags::add, on_arn),
    Operation::new("ListTags", tags::list, on_arn),
    Operation::new("DeleteTags", tags::remove, on_arn),
    Operation::new("CreateMlflowTrackingServer", servers::create, on_server),
    Operation::new(
        "DescribeMlflowTrackingServer",
        |service, call| describe(service, call, Kind::TrackingServer),
        on_server,
    ),
    Operation::new("DeleteMlflowTrackingServer", servers::delete, on_server),
    Operation::new("ListMlflowTrackingServers", servers::list, on_all),
    Operation::waiting(
        "CreatePipeline",
        |service, call| Box::pin(pipelines::create(service, call)),
        on_pipeline,
    ),
    Operation::new("DescribePipeline", pipelines::describe, on_pipeline),
    Operation::waiting(
        "UpdatePipeline",
        |service, call| Box::pin(pipelines::update(service, call)),
        on_pipeline,
    ),
    Operation::new("DeletePipeline", pipelines::delete, on_pipeline),
    Operation::new("ListPipelines", pipelines::list, on_all),
    Operation::new("StartPipelineExecution", pipelines::start, on_pipeline),
    Operation::new("DescribePipelineExecution", pipelines::describe_execution, on_execution),
    Operation::new("DescribePipelineDefinitionForExecution", pipelines::describe_definition, on_execution),
    Operation::new("ListPipelineParametersForExecution", pipelines::parameters, on_execution),
    Operation::new("ListPipelineExecutionSteps", pipelines::steps, on_execution),
    Operation::new("StopPipelineExecution", pipelines::stop, on_execution),
    Operation::new("ListPipelineExecutions", pipelines::executions, on_pipeline),
    Operation::new("Search", search::search, on_all),
    Operation::new("CreateProject", projects::create, on_project),
    Operation::new("DescribeProject", projects::describe, on_project),
    Operation::new("UpdateProject", projects::update, on_project),
    Operation::new("DeleteProject", projects::delete, on_project),
    Operation::new("ListProjects", projects::list, on_all),
    Operation::waiting(
        "EnableSagemakerServicecatalogPortfolio",
        |service, call| Box::pin(catalog::enable(service, call)),
        on_all,
    ),
    Operation::waiting(
        "DisableSagemakerServicecatalogPortfolio",
        |service, call| Box::pin(catalog::disable(service, call)),
        on_all,
    ),
    Operation::new("GetSagemakerServicecatalogPortfolioStatus", catalog::status, on_all),
    Operation::new("CreateStudioLifecycleConfig", lifecycle_configs::create, on_studio_config),
    Operation::new(
        "DescribeStudioLifecycleConfig",
        |service, call| describe(service, call, Kind::StudioLifecycleConfig),
        on_studio_config,
    ),
    Operation::new("DeleteStudioLifecycleConfig", lifecycle_configs::delete, on_studio_config),
    Operation::new("ListStudioLifecycleConfigs", lifecycle_configs::list, on_all),
    Operation::new("CreateNotebookInstance", notebooks::create, on_new_notebook),
    Operation::new("DescribeNotebookInstance", notebooks::describe, on_notebook),
    Operation::new("StartNotebookInstance", notebooks::start, on_notebook),
    Operation::new("StopNotebookInstance", notebooks::stop, on_notebook),
    Operation::new("UpdateNotebookInstance", notebooks::update, on_notebook),
    Operation::new("DeleteNotebookInstance", notebooks::delete, on_notebook),
    Operation::new("ListNotebookInstances", notebooks::list, on_all),
    Operation::new(
        "CreateNotebookInstanceLifecycleConfig",
        |service, call| records::create(service, call, notebook_configs::KIND),
        on_notebook_config,
    ),
    Operation::new(
        "DescribeNotebookInstanceLifecycleConfig",
        |service, call| records::describe(service, call, notebook_configs::KIND),
        on_notebook_config,
    ),
    Operation::new("UpdateNotebookInstanceLifecycleConfig", notebook_configs::update, on_notebook_config),
    Operation::new("DeleteNotebookInstanceLifecycleConfig", notebook_configs::delete, on_notebook_config),
    Operation::new("ListNotebookInstanceLifecycleConfigs", notebook_configs::list, on_all),
    Operation::new(
        "CreateCodeRepository",
        |service, call| records::create(service, call, repositories::KIND),
        on_repository,
    ),
    Operation::new(
        "DescribeCodeRepository",
        |service, call| records::describe(service, call, repositories::KIND),
        on_repository,
    ),
    Operation::new("UpdateCodeRepository", repositories::update, on_repository),
    Operation::new("DeleteCodeRepository", repositories::delete, on_repository),
    Operation::new("ListCodeRepositories", repositories::list, on_all),
    Operation::new("CreatePresignedDomainUrl", presigned::domain, on_profile),
    Operation::new("CreatePresignedNotebookInstanceUrl", presigned::notebook, on_notebook),
];

fn describe(service: &SageMaker, call: &Call, kind: Kind) -> Answer {
    Ok(Target::of(&service.context, kind, &call.input).find(&service.store())?.describe(kind))
}

/// Replaces the members that are given, down to single settings.
fn update(service: &SageMaker, call: &Call, kind: Kind) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, kind, input);
    let now = service.now();
    let mut store = service.store();
    let resource = target.find_mut(&mut store)?;
    if resource.life.is(&["Pending", "Updating", "Deleting"]) {
        let status = &resource.life.status;
        let message = format!("Unable to update {} [{}] in [{status}] status.", kind.name(), target.arn);
        return Err(target::in_use(message));
    }
    let mut given = members(input);
    if let Some(settings) = given.remove("DomainSettingsForUpdate") {
        given.insert("DomainSettings".into(), settings);
    }
    merge(&mut resource.members, given);
    resource
        .life
        .set_status(now, "Updating")
        .then(service.end_of(now, takes::UPDATE), Next::Status("InService"));
    Ok(json!({format!("{}Arn", kind.name()): target.arn}))
}

fn merge(old: &mut Map<String, Value>, new: Map<String, Value>) {
    for (name, value) in new {
        match (old.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, value) => drop(old.insert(name, value)),
        }
    }
}

/// A resource as it is made now: what its input says, its tags apart.
fn made(target: &Target, input: &Value, now: Moment, status: &str) -> Result<Resource, Failure> {
    let tags = tags::merged(Tags::new(), &input["Tags"])?;
    Ok(Resource { arn: target.arn.clone(), tags, life: Life::new(now, status), members: members(input) })
}

/// The members of an input that its resource keeps.
fn members(input: &Value) -> Map<String, Value> {
    let mut members = input.as_object().cloned().unwrap_or_default();
    members.remove("Tags");
    members
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationException", message)
}
