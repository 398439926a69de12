//! Instances of stack sets: made, updated and deleted by operations, described and listed.

use super::is_delegated;
use super::pages::paged;
use super::update::operation_id;
use crate::StackSets;
use crate::failure::no_instance;
use crate::operation::{Action, Change, Plan};
use crate::organization::Organization;
use crate::preferences::Preferences;
use crate::store::{Instance, Place};
use crate::targets::{Asked, shown};
use emulator_core::{Answer, Call, Order, text};
use serde_json::{Value, json};

pub(super) async fn create(service: &StackSets, call: &Call) -> Answer {
    operate(service, call, Action::Create).await
}

pub(super) async fn update(service: &StackSets, call: &Call) -> Answer {
    operate(service, call, Action::Update).await
}

pub(super) async fn delete(service: &StackSets, call: &Call) -> Answer {
    let retain = call.input["RetainStacks"] == true;
    operate(service, call, Action::Delete { retain }).await
}

async fn operate(service: &StackSets, call: &Call, action: Action) -> Answer {
    let input = &call.input;
    let (name, delegated) = (text(input, "StackSetName"), is_delegated(input));
    let id = operation_id(input);
    let service_managed = {
        let store = service.store();
        let set = store.set(name, delegated)?;
        set.admits(&id)?;
        set.definition.service_managed
    };
    let organization = if service_managed {
        Some(Organization::administered(&service.context, delegated).await?)
    } else {
        None
    };
    let asked = Asked::of(service, call, organization.as_ref()).await?;
    let preferences = Preferences::of(input, &asked.regions)?;
    let regions = preferences.ordered(&asked.regions);
    let mut store = service.store();
    let set = store.set_mut(name, delegated)?;
    set.admits(&id)?;
    let targets = match action {
        Action::Create => asked.targets(&regions),
        Action::Update => asked.all_existing(set, &regions)?,
        Action::Delete { .. } => asked.existing(set, &regions),
    };
    // Without them, instances keep those that they have.
    let change = if input["ParameterOverrides"].is_array() {
        Change::Override(set.definition.overrides(&input["ParameterOverrides"])?)
    } else {
        Change::Nothing
    };
    let plan = Plan {
        id: id.clone(),
        action,
        change,
        preferences,
        targets,
        deployment_targets: shown(input),
        organization,
    };
    service.accept(set, plan);
    Ok(json!({"OperationId": id}))
}

pub(super) fn describe(service: &StackSets, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    let set = store.set(text(input, "StackSetName"), is_delegated(input))?;
    let (account, region) = (text(input, "StackInstanceAccount"), text(input, "StackInstanceRegion"));
    let place = (account.to_owned(), region.to_owned());
    let instance = set.instances.get(&place).ok_or_else(|| no_instance(&set.name, account, region))?;
    let mut shown = set.show_instance(&place, instance);
    let overrides = instance.overrides.iter().map(|(key, value)| set.definition.shown(key, value));
    shown["ParameterOverrides"] = overrides.collect();
    Ok(json!({"StackInstance": shown}))
}

pub(super) fn list(service: &StackSets, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    let set = store.set(text(input, "StackSetName"), is_delegated(input))?;
    let wanted = set.instances.iter().filter(|(place, instance)| is_wanted(input, place, instance));
    let shown = wanted.map(|(place, instance)| (place.clone(), set.show_instance(place, instance)));
    paged(shown, Order::Ascending, input)
}

fn is_wanted(input: &Value, (account, region): &Place, instance: &Instance) -> bool {
    let fits = |member: &str, own: &str| {
        let asked = text(input, member);
        asked.is_empty() || asked == own
    };
    let passes = |filter: &Value| {
        let value = text(filter, "Values");
        match text(filter, "Name") {
            "DETAILED_STATUS" => instance.detail.word() == value,
            "LAST_OPERATION_ID" => instance.operation == value,
            _ => value == "NOT_CHECKED",
        }
    };
    fits("StackInstanceAccount", account)
        && fits("StackInstanceRegion", region)
        && input["Filters"].as_array().into_iter().flatten().all(passes)
}
