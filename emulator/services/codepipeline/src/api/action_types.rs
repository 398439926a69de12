//! Custom action types, and the list of all types.

use super::page;
use crate::CodePipeline;
use crate::builtin;
use crate::model::{ActionType, ActionTypeId, Count, Property, Settings, Tags};
use crate::state::CustomType;
use emulator_core::{Answer, Call, Failure, Order, present};
use serde::Deserialize;
use serde_json::{Value, json};

/// AWS's limit on custom action types in a Region.
const MOST_TYPES: usize = 50;
const PAGE: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    category: String,
    provider: String,
    version: String,
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    configuration_properties: Vec<Property>,
    input_artifact_details: Count,
    output_artifact_details: Count,
    #[serde(default)]
    tags: Vec<super::tags::Tag>,
}

pub(super) fn create(service: &CodePipeline, call: &Call) -> Answer {
    let input: Create = call.read()?;
    let id = ActionTypeId::new(&input.category, "Custom", &input.provider, &input.version);
    check(&input)?;
    let tags =
        super::tags::merged(Tags::new(), &input.tags, &service.context.arn("codepipeline", &id.resource()))?;
    let definition = ActionType {
        id: id.clone(),
        settings: input.settings,
        action_configuration_properties: input.configuration_properties,
        input_artifact_details: input.input_artifact_details,
        output_artifact_details: input.output_artifact_details,
    };
    let answer = json!({"actionType": definition, "tags": super::tags::listed(&tags)});
    service.change(|transaction| {
        let types = &mut transaction.state.types;
        if let Some(known) = types.get(&id) {
            if !known.deleted {
                return Err(invalid(&format!("ActionType ({id}) already exists")));
            }
            if known.definition != definition {
                return Err(invalid(&format!(
                    "ActionType ({id}) was deleted; only the same definition can restore it, or use another version"
                )));
            }
        }
        if types.values().filter(|custom| !custom.deleted).count() >= MOST_TYPES {
            let text = format!("An account has at most {MOST_TYPES} custom action types in a Region");
            return Err(Failure::new("LimitExceededException", text));
        }
        types.insert(id, CustomType { definition, tags, deleted: false });
        Ok(answer)
    })
}

fn check(input: &Create) -> Result<(), Failure> {
    if input.category == "Approval" || input.category == "Compute" {
        return Err(invalid(&format!("Custom action types of category {} do not exist", input.category)));
    }
    for count in [input.input_artifact_details, input.output_artifact_details] {
        if count.minimum_count > count.maximum_count {
            return Err(invalid("minimumCount must not be greater than maximumCount"));
        }
    }
    let properties = &input.configuration_properties;
    if properties.iter().filter(|property| property.queryable).count() > 1 {
        return Err(invalid("At most one configuration property can be queryable"));
    }
    if properties.iter().any(|property| property.queryable && (!property.required || property.secret)) {
        return Err(invalid("A queryable configuration property must be required and not secret"));
    }
    for (index, property) in properties.iter().enumerate() {
        if properties[..index].iter().any(|other| other.name == property.name) {
            return Err(invalid(&format!("Two configuration properties have the name '{}'", property.name)));
        }
    }
    Ok(())
}

/// Deleting what is not there succeeds.
pub(super) fn delete(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        category: String,
        provider: String,
        version: String,
    }
    let Input { category, provider, version } = call.read()?;
    service.change(|transaction| {
        if let Some(custom) =
            transaction.state.types.get_mut(&ActionTypeId::new(&category, "Custom", &provider, &version))
        {
            custom.deleted = true;
        }
    });
    Ok(json!({}))
}

pub(super) fn list(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        action_owner_filter: Option<String>,
        next_token: Option<String>,
    }
    let input: Input = call.read()?;
    let mut types = builtin::types();
    types.extend(service.look(|state| {
        let live = state.types.values().filter(|custom| !custom.deleted);
        live.map(|custom| custom.definition.clone()).collect::<Vec<_>>()
    }));
    types.retain(|kind| input.action_owner_filter.as_ref().is_none_or(|owner| *owner == kind.id.owner));
    // AWS's own types first.
    let place = |kind: &ActionType| (kind.id.owner == "Custom", kind.id.resource());
    let types = types.into_iter().map(|kind| (place(&kind), kind));
    let (types, next) = page(types, Order::Ascending, input.next_token.as_deref(), PAGE)?;
    Ok(present(json!({"actionTypes": types, "nextToken": next})))
}

/// AWS answers in the newer shape, where a property that is not required is `optional`.
pub(super) fn get(service: &CodePipeline, call: &Call) -> Answer {
    let id: ActionTypeId = call.read()?;
    let kind = service.look(|state| builtin::find(state, &id));
    let kind = kind.ok_or_else(|| {
        Failure::new("ActionTypeNotFoundException", format!("ActionType ({id}) is not available"))
    })?;
    let property = |property: &Property| {
        present(json!({
            "name": property.name,
            "optional": !property.required,
            "key": property.key,
            "noEcho": property.secret,
            "queryable": property.queryable,
            "description": property.description,
        }))
    };
    let urls = present(json!({
        "configurationUrl": kind.settings.third_party_configuration_url,
        "entityUrlTemplate": kind.settings.entity_url_template,
        "executionUrlTemplate": kind.settings.execution_url_template,
        "revisionUrlTemplate": kind.settings.revision_url_template,
    }));
    let accounts = json!({"pollingAccounts": [service.context.account]});
    Ok(json!({"actionType": {
        "id": kind.id,
        "executor": {"type": "JobWorker", "configuration": {"jobWorkerExecutorConfiguration": accounts}},
        "inputArtifactDetails": kind.input_artifact_details,
        "outputArtifactDetails": kind.output_artifact_details,
        "properties": kind.action_configuration_properties.iter().map(property).collect::<Vec<Value>>(),
        "urls": urls,
    }}))
}

fn invalid(text: &str) -> Failure {
    Failure::new("ValidationException", text)
}
