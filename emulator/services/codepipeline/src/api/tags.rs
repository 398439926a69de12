//! Tags of pipelines, custom action types and webhooks.

use super::page;
use crate::CodePipeline;
use crate::model::Tags;
use crate::state::State;
use emulator_core::{Answer, Call, Failure, Order, ServiceContext, present};
use serde::Deserialize;
use serde_json::{Value, json};

/// AWS's limit on tags of a resource.
const MOST_TAGS: usize = 50;

#[derive(Deserialize)]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// The tags with new ones added; AWS keeps keys that start with `aws:` to itself.
pub(super) fn merged(mut tags: Tags, new: &[Tag], arn: &str) -> Result<Tags, Failure> {
    for tag in new {
        if tag.key.to_lowercase().starts_with("aws:") {
            let text = "Not allowed to modify system tags. System tags start with 'aws:'. \
                        msg=[Caller is an end user and not allowed to mutate system tags]";
            return Err(Failure::new("InvalidTagsException", text));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    if tags.len() > MOST_TAGS {
        return Err(Failure::new(
            "TooManyTagsException",
            format!("Tag limit exceeded for resource [{arn}]."),
        ));
    }
    Ok(tags)
}

/// Tags as AWS lists them.
pub(super) fn listed(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn list(service: &CodePipeline, call: &Call) -> Answer {
    let input: Input = call.read()?;
    let tags = service
        .change(|transaction| find(transaction.state, &service.context, &input.resource_arn).cloned())?;
    let most = input.max_results.unwrap_or(MOST_TAGS);
    let tags = tags.into_iter().map(|(key, value)| (key.clone(), (key, value)));
    let (tags, next) = page(tags, Order::Ascending, input.next_token.as_deref(), most)?;
    Ok(present(json!({"tags": listed(&tags.into_iter().collect()), "nextToken": next})))
}

pub(super) fn add(service: &CodePipeline, call: &Call) -> Answer {
    let input: Input = call.read()?;
    service.change(|transaction| {
        let tags = find(transaction.state, &service.context, &input.resource_arn)?;
        *tags = merged(tags.clone(), &input.tags, &input.resource_arn)?;
        Ok(json!({}))
    })
}

pub(super) fn remove(service: &CodePipeline, call: &Call) -> Answer {
    let input: Input = call.read()?;
    service.change(|transaction| {
        let tags = find(transaction.state, &service.context, &input.resource_arn)?;
        tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(json!({}))
    })
}

/// The tags of the resource with this ARN.
fn find<'a>(state: &'a mut State, context: &ServiceContext, arn: &str) -> Result<&'a mut Tags, Failure> {
    let here = context.arn("codepipeline", "");
    let resource = arn.strip_prefix(&here).ok_or_else(|| {
        Failure::new("InvalidArnException", "The ARN is not one of this service, account and Region")
    })?;
    let tags = if let Some(name) = resource.strip_prefix("webhook:") {
        state.webhooks.get_mut(name).map(|webhook| &mut webhook.tags)
    } else if resource.starts_with("actiontype:") {
        let mut live = state.types.iter_mut().filter(|(_, custom)| !custom.deleted);
        live.find(|(id, _)| id.resource() == resource).map(|(_, custom)| &mut custom.tags)
    } else {
        state.pipelines.get_mut(resource).map(|pipeline| &mut pipeline.tags)
    };
    tags.ok_or_else(|| match resource.split_once(':') {
        None => Failure::new("ResourceNotFoundException", not_included(&context.account, resource)),
        Some(_) => Failure::new("ResourceNotFoundException", format!("There is no resource {arn}")),
    })
}

/// What tag operations and `UpdatePipeline` say of a pipeline that does not exist.
pub(super) fn not_included(account: &str, pipeline: &str) -> String {
    format!("The account with id '{account}' does not include a pipeline with the name '{pipeline}'")
}
