//! Webhook definitions. The secret token of a webhook goes in and never comes out.

use super::page;
use super::tags::{Tag, listed, merged};
use crate::CodePipeline;
use crate::engine::executions::no_pipeline;
use crate::json_path::JsonPath;
use crate::model::{Action, Authentication, MASK, Tags, WebhookDefinition};
use crate::state::{State, Webhook};
use crate::webhook;
use emulator_core::{Answer, Call, Failure, Order, ServiceContext, epoch_seconds, present};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// AWS's limit on webhooks in a Region.
const MOST_WEBHOOKS: usize = 300;
const PAGE: usize = 100;

pub(super) fn put(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        webhook: WebhookDefinition,
        #[serde(default)]
        tags: Vec<Tag>,
    }
    let Input { webhook: definition, tags } = call.read()?;
    check_authentication(&definition)?;
    service.change(|transaction| {
        let target = find_target(transaction.state, &definition)?;
        check_filters(&definition, target)?;
        let name = definition.name.clone();
        let known = transaction.state.webhooks.get(&name);
        if known.is_none() && transaction.state.webhooks.len() >= MOST_WEBHOOKS {
            let text = format!("An account has at most {MOST_WEBHOOKS} webhooks in a Region");
            return Err(Failure::new("LimitExceededException", text));
        }
        // The URL outlives changes: senders have it.
        let (token, old, triggered) = match known {
            Some(known) => (known.token.clone(), known.tags.clone(), known.triggered),
            None => (format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()), Tags::new(), None),
        };
        let tags = merged(old, &tags, &service.context.arn("codepipeline", &format!("webhook:{name}")))?;
        let webhook = Webhook { definition, token, tags, triggered };
        let answer = json!({"webhook": shown(&service.context, &webhook)});
        transaction.state.webhooks.insert(name, webhook);
        Ok(answer)
    })
}

fn check_authentication(definition: &WebhookDefinition) -> Result<(), Failure> {
    let settings = &definition.authentication_configuration;
    let (range, secret) = (settings.allowed_ip_range.as_deref(), settings.secret_token.as_deref());
    let error = match definition.authentication {
        Authentication::GithubHmac if secret.is_none() || range.is_some() => {
            "GITHUB_HMAC needs SecretToken and nothing else"
        }
        Authentication::Ip if range.is_none() || secret.is_some() => {
            "IP needs AllowedIPRange and nothing else"
        }
        Authentication::Ip if range.and_then(webhook::network).is_none() => {
            "AllowedIPRange is not a CIDR range"
        }
        Authentication::Unauthenticated if range.is_some() || secret.is_some() => {
            "UNAUTHENTICATED takes neither AllowedIPRange nor SecretToken"
        }
        _ => return Ok(()),
    };
    Err(Failure::new("InvalidWebhookAuthenticationParametersException", error))
}

fn find_target<'a>(state: &'a State, definition: &WebhookDefinition) -> Result<&'a Action, Failure> {
    let name = &definition.target_pipeline;
    let pipeline = state.pipelines.get(name).ok_or_else(|| no_pipeline(state, name))?;
    let mut actions = pipeline.current().stages.iter().flat_map(|stage| &stage.actions);
    let found = actions
        .find(|action| action.name == definition.target_action && action.action_type_id.category == "Source");
    found.ok_or_else(|| {
        let text = format!("The pipeline has no source action '{}'", definition.target_action);
        Failure::new("ValidationException", text)
    })
}

fn check_filters(definition: &WebhookDefinition, target: &Action) -> Result<(), Failure> {
    let wrong = |text: String| Err(Failure::new("InvalidWebhookFilterPatternException", text));
    for filter in &definition.filters {
        if JsonPath::parse(&filter.json_path).is_none() {
            return wrong(format!("'{}' is not a JSON path this service understands", filter.json_path));
        }
        let pattern = filter.match_equals.as_deref().unwrap_or_default();
        if let Err(name) = webhook::fill(pattern, &target.configuration) {
            return wrong(format!("The target action has no configuration property '{name}'"));
        }
    }
    Ok(())
}

/// Deleting what is not there succeeds.
pub(super) fn delete(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        name: String,
    }
    let Input { name } = call.read()?;
    service.change(|transaction| transaction.state.webhooks.remove(&name));
    Ok(json!({}))
}

pub(super) fn list(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        next_token: Option<String>,
        max_results: Option<usize>,
    }
    let input: Input = call.read()?;
    service.look(|state| {
        let most = input.max_results.unwrap_or(PAGE);
        let items = state.webhooks.iter().map(|(name, webhook)| (name.clone(), webhook));
        let (page, next) = page(items, Order::Ascending, input.next_token.as_deref(), most)?;
        let webhooks: Vec<Value> = page.into_iter().map(|webhook| shown(&service.context, webhook)).collect();
        Ok(present(json!({"webhooks": webhooks, "NextToken": next})))
    })
}

/// AWS registers webhooks with GitHub alone, for its own GitHub source action, which this service does not have.
pub(super) fn third_party(service: &CodePipeline, call: &Call) -> Answer {
    let name = call.input["webhookName"].as_str().unwrap_or_default();
    if !service.look(|state| state.webhooks.contains_key(name)) {
        return Err(Failure::new("WebhookNotFoundException", format!("There is no webhook '{name}'")));
    }
    let text = "Only webhooks whose target is a GitHub source action can be registered; \
                enter the webhook's URL at the git host yourself";
    Err(Failure::new("ValidationException", text))
}

fn shown(context: &ServiceContext, webhook: &Webhook) -> Value {
    let mut definition = webhook.definition.clone();
    if let Some(secret) = &mut definition.authentication_configuration.secret_token {
        MASK.clone_into(secret);
    }
    present(json!({
        "definition": definition,
        "url": format!("{}/_webhooks/trigger?t={}", context.endpoint, webhook.token),
        "lastTriggered": webhook.triggered.map(epoch_seconds),
        "arn": context.arn("codepipeline", &format!("webhook:{}", webhook.definition.name)),
        "tags": listed(&webhook.tags),
    }))
}
