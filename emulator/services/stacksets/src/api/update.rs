//! Updates of stack sets: of what a set says, and of all instances or of those that the call names.

use super::is_delegated;
use super::sets::not_delegated;
use crate::StackSets;
use crate::definition::Definition;
use crate::failure::invalid;
use crate::operation::{Action, Change, Plan, Target};
use crate::organization::Organization;
use crate::preferences::Preferences;
use crate::store::StackSet;
use crate::targets::{Asked, is_named, shown};
use crate::template::Template;
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Value, json};
use uuid::Uuid;

/// The id that a call gives its operation, or a new one.
pub(super) fn operation_id(input: &Value) -> String {
    match text(input, "OperationId") {
        "" => Uuid::new_v4().to_string(),
        given => given.to_owned(),
    }
}

pub(super) async fn update(service: &StackSets, call: &Call) -> Answer {
    let (input, context) = (&call.input, &service.context);
    let (name, delegated) = (text(input, "StackSetName"), is_delegated(input));
    let id = operation_id(input);
    let old = {
        let store = service.store();
        let set = store.set(name, delegated)?;
        set.admits(&id)?;
        set.definition.clone()
    };
    let previous = input["UsePreviousTemplate"] == true;
    let template = match Template::of_call(service, call).await? {
        Some(_) if previous => {
            return Err(invalid("You can specify either a template or UsePreviousTemplate, but not both"));
        }
        None if previous => old.template.clone(),
        template => {
            template.ok_or_else(|| invalid("Either Template URL or Template Body must be specified."))?
        }
    };
    let definition = Definition::of(context, input, template, Some(&old))?;
    let organization = if definition.service_managed {
        Some(Organization::administered(context, delegated).await?)
    } else if delegated {
        return Err(not_delegated());
    } else {
        None
    };
    let asked = match (is_named(input), input["Regions"].is_array()) {
        (true, _) => Some(Asked::of(service, call, organization.as_ref()).await?),
        (false, false) => None,
        (false, true) => {
            return Err(invalid("Regions can be specified only with Accounts or DeploymentTargets"));
        }
    };
    let mut store = service.store();
    let set = store.set_mut(name, delegated)?;
    set.admits(&id)?;
    if set.definition.service_managed != definition.service_managed && !set.instances.is_empty() {
        return Err(invalid("The permission model of a stack set with stack instances cannot be changed"));
    }
    let (targets, preferences) = targets(set, asked.as_ref(), input)?;
    let plan = Plan {
        id: id.clone(),
        action: Action::Update,
        change: Change::Define(Box::new(definition)),
        preferences,
        targets,
        deployment_targets: shown(input),
        organization,
    };
    service.accept(set, plan);
    Ok(json!({"OperationId": id}))
}

/// The instances that a call names, or all.
fn targets(
    set: &StackSet,
    asked: Option<&Asked>,
    input: &Value,
) -> Result<(Vec<Target>, Preferences), Failure> {
    if let Some(asked) = asked {
        let preferences = Preferences::of(input, &asked.regions)?;
        let regions = preferences.ordered(&asked.regions);
        return Ok((asked.all_existing(set, &regions)?, preferences));
    }
    let regions: Vec<_> = set.instances.keys().map(|(_, region)| region.clone()).collect();
    let preferences = Preferences::of(input, &regions)?;
    let in_region = |region: &String| {
        let inside = set.instances.iter().filter(move |((_, own), _)| own == region);
        let target = |((account, region), it): (&(String, String), &crate::store::Instance)| Target {
            account: account.clone(),
            region: region.clone(),
            unit: it.unit.clone(),
        };
        inside.map(target).collect::<Vec<_>>()
    };
    let targets = preferences.ordered(&regions).iter().flat_map(in_region).collect();
    Ok((targets, preferences))
}
