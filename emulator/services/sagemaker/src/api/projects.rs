//! Operations on projects. What they ask for is done afterwards: see `project`.

use super::list::List;
use super::pipelines::context;
use super::target::{Target, in_use};
use super::{SHAPES, invalid, made, tags};
use crate::SageMaker;
use crate::project::{Provider, Run, Task};
use crate::store::{Kind, Resource};
use emulator_core::{Answer, Call, Failure, Order, random_id, text};
use serde_json::{Value, json};

/// Statuses in which a project is changed by nothing else.
const BUSY: [&str; 4] = ["Pending", "CreateInProgress", "UpdateInProgress", "DeleteInProgress"];

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Project, input);
    let catalog = input.get("ServiceCatalogProvisioningDetails");
    let template = &input["TemplateProviders"][0]["CfnTemplateProvider"];
    if catalog.is_some() == template.is_object() {
        let message =
            "Exactly one of ServiceCatalogProvisioningDetails and TemplateProviders must be specified.";
        return Err(invalid(message));
    }
    let mut store = service.store();
    if store.get(Kind::Project, &target.key).is_some_and(|it| !it.life.is(&["DeleteCompleted"])) {
        return Err(invalid(format!("Project {} already exists.", target.key)));
    }
    let id = format!("p-{}", random_id(12));
    let mut project = made(&target, input, service.now(), "Pending")?;
    project.members.remove("TemplateProviders");
    project.members.insert("ProjectArn".into(), target.arn.clone().into());
    project.members.insert("ProjectId".into(), id.as_str().into());
    project.members.insert("CreatedBy".into(), context(&call.caller));
    let provider = if let Some(details) = catalog {
        Provider::Catalog(details.clone())
    } else {
        project
            .members
            .insert("TemplateProviderDetails".into(), json!([{"CfnTemplateProviderDetail": template}]));
        Provider::Template(template.clone())
    };
    start(service, call, &project, Task::Create(provider));
    store.put(Kind::Project, target.key, project);
    Ok(json!({"ProjectArn": target.arn, "ProjectId": id}))
}

pub(super) fn describe(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Project, &call.input);
    let store = service.store();
    // The model has no error for a project that is not there.
    let project = target.find(&store).map_err(|failure| invalid(failure.message))?;
    Ok(project.describe(Kind::Project))
}

/// Begins to carry out what a call asks for.
fn start(service: &SageMaker, call: &Call, project: &Resource, task: Task) {
    let run = Run {
        service: service.clone(),
        access_key: call.caller.access_key.clone(),
        name: project.text("ProjectName").to_owned(),
        id: project.text("ProjectId").to_owned(),
        tags: project.tags.clone(),
        task,
    };
    service.tasks.spawn(run.carry_out());
}

/// The project of a call, if nothing is done to it now.
fn settled<'a>(target: &Target, store: &'a mut crate::store::Store) -> Result<&'a mut Resource, Failure> {
    let project = target.find_mut(store).map_err(|failure| invalid(failure.message))?;
    if project.life.is(&BUSY) {
        let status = &project.life.status;
        let message = format!("Project {} is in [{status}] status.", target.key);
        return Err(Failure { code: "ConflictException".into(), ..in_use(message) });
    }
    Ok(project)
}

pub(super) fn update(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Project, input);
    let mut store = service.store();
    let now = service.now();
    let project = settled(&target, &mut store)?;
    project.tags = tags::merged(project.tags.clone(), &input["Tags"])?;
    if let Some(description) = input.get("ProjectDescription") {
        project.members.insert("ProjectDescription".into(), description.clone());
    }
    let template = &input["TemplateProvidersToUpdate"][0]["CfnTemplateProvider"];
    let provider = match input.get("ServiceCatalogProvisioningUpdateDetails") {
        Some(details) => Provider::Catalog(details.clone()),
        None if template.is_object() => Provider::Template(template.clone()),
        None => return Ok(json!({"ProjectArn": target.arn})),
    };
    if !provider.fits(project) {
        return Err(invalid(format!("Project {} was not made with this provider.", target.key)));
    }
    project.life.set_status(now, "UpdateInProgress");
    start(service, call, project, Task::Update(provider, made_of(project)));
    Ok(json!({"ProjectArn": target.arn}))
}

/// The provisioned product or the stack of a project; none if it has none.
fn made_of(project: &Resource) -> Option<String> {
    let members = Value::Object(project.members.clone());
    let product = text(&members["ServiceCatalogProvisionedProductDetails"], "ProvisionedProductId");
    let stack = &members["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"];
    [product, text(stack, "Id")].into_iter().find(|id| !id.is_empty()).map(str::to_owned)
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Project, &call.input);
    let mut store = service.store();
    let now = service.now();
    let project = settled(&target, &mut store)?;
    project.life.set_status(now, "DeleteInProgress");
    let from_catalog = project.members.contains_key("ServiceCatalogProvisioningDetails");
    start(service, call, project, Task::Delete { from_catalog, made: made_of(project) });
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::Project, member: "ProjectSummaryList", order: Order::Ascending };
    let part = text(input, "NameContains");
    list.answer(
        service,
        input,
        |project| !project.life.is(&["DeleteCompleted"]) && project.text("ProjectName").contains(part),
        |project| SHAPES.only("ProjectSummary", &project.describe(Kind::Project)),
    )
}
