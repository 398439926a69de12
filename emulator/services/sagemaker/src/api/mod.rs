//! SageMaker's operations, one function each: checked input in, output or AWS's error out.

mod apps;
mod domains;
mod page;
mod permissions;
mod pipelines;
mod search;
mod servers;
mod spaces;
mod tags;
mod target;
mod users;

pub(crate) use permissions::required_permissions;

use crate::Service;
use crate::clock::Moment;
use crate::life::{Life, Next, takes};
use crate::store::{Kind, Resource, Tags};
use emulator_core::{Answer, Call, Failure, Shapes};
use serde_json::{Map, Value, json};
use std::sync::{Arc, LazyLock};
use target::Target;

static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")).repeating_values());

/// Serves one call.
pub(crate) fn answer(service: &Arc<Service>, call: &Call) -> Answer {
    let unknown = || {
        let text = format!("The local SageMaker does not serve {}", call.operation);
        Err(Failure::new("UnknownOperationException", text))
    };
    let Some(input) = SHAPES.checked(&call.operation, &call.input) else { return unknown() };
    let (input, caller) = (&input?, &call.caller);
    match call.operation.as_str() {
        "CreateDomain" => domains::create(service, input),
        "DescribeDomain" => describe(service, Kind::Domain, input),
        "UpdateDomain" => update(service, Kind::Domain, input),
        "DeleteDomain" => domains::delete(service, input),
        "ListDomains" => domains::list(service, input),
        "CreateUserProfile" => users::create(service, input),
        "DescribeUserProfile" => describe(service, Kind::UserProfile, input),
        "UpdateUserProfile" => update(service, Kind::UserProfile, input),
        "DeleteUserProfile" => users::delete(service, input),
        "ListUserProfiles" => users::list(service, input),
        "CreateSpace" => spaces::create(service, input),
        "DescribeSpace" => describe(service, Kind::Space, input),
        "UpdateSpace" => update(service, Kind::Space, input),
        "DeleteSpace" => spaces::delete(service, input),
        "ListSpaces" => spaces::list(service, input),
        "CreateApp" => apps::create(service, input),
        "DescribeApp" => apps::describe(service, input),
        "DeleteApp" => apps::delete(service, input),
        "ListApps" => apps::list(service, input),
        "AddTags" => tags::add(service, input),
        "ListTags" => tags::list(service, input),
        "DeleteTags" => tags::remove(service, input),
        "CreateMlflowTrackingServer" => servers::create(service, input, caller),
        "DescribeMlflowTrackingServer" => describe(service, Kind::TrackingServer, input),
        "DeleteMlflowTrackingServer" => servers::delete(service, input),
        "ListMlflowTrackingServers" => servers::list(service, input),
        "CreatePipeline" => pipelines::create(service, input, caller),
        "DescribePipeline" => describe(service, Kind::Pipeline, input),
        "DeletePipeline" => pipelines::delete(service, input),
        "ListPipelines" => pipelines::list(service, input),
        "StartPipelineExecution" => pipelines::start(service, input, caller),
        "DescribePipelineExecution" => describe(service, Kind::Execution, input),
        "StopPipelineExecution" => pipelines::stop(service, input),
        "ListPipelineExecutions" => pipelines::executions(service, input),
        "Search" => search::search(service, input),
        _ => unknown(),
    }
}

fn describe(service: &Service, kind: Kind, input: &Value) -> Answer {
    Ok(Target::of(&service.context, kind, input).find(&service.store())?.describe(kind))
}

/// Replaces the members that are given, down to single settings.
fn update(service: &Service, kind: Kind, input: &Value) -> Answer {
    let target = Target::of(&service.context, kind, input);
    let now = service.clock.now();
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
    resource.life.set_status(now, "Updating").then(now + takes::UPDATE, Next::Status("InService"));
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

/// The named members of an output, as far as they are there.
fn only(names: &[&str], from: &Value) -> Value {
    let there = names.iter().filter_map(|name| Some(((*name).to_owned(), from.get(*name)?.clone())));
    Value::Object(there.collect())
}

/// A member of an input as text; what is not there is empty.
fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationException", message)
}

/// `length` random characters such as AWS's ids have.
fn random_id(length: usize) -> String {
    let mut rest = uuid::Uuid::new_v4().as_u128();
    let letter = |_| {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        rest /= 36;
        char::from_digit(digit, 36).unwrap_or('0')
    };
    (0..length).map(letter).collect()
}
