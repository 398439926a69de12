//! An incoming webhook request: who may send it, whether its body is wanted, and the pipeline it starts.

use crate::CodePipeline;
use crate::json_path::JsonPath;
use crate::model::{Authentication, AuthenticationConfiguration, Configuration, Filter, WebhookDefinition};
use crate::state::Trigger;
use emulator_core::Delivery;
use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Answers a POST to the webhook with this token: status and body. None if there is no such webhook here.
pub(crate) fn receive(service: &CodePipeline, delivery: Delivery<'_>) -> Option<(u16, String)> {
    let Delivery { token, .. } = delivery;
    let (definition, configuration) = service.look(|state| {
        let webhook = state.webhooks.values().find(|webhook| webhook.token == token)?;
        let definition = webhook.definition.clone();
        let pipeline = state.pipelines.get(&definition.target_pipeline);
        let mut actions =
            pipeline.into_iter().flat_map(|p| p.current().stages.iter().flat_map(|s| &s.actions));
        let target = actions.find(|action| action.name == definition.target_action);
        let configuration = target.map(|action| action.configuration.clone());
        Some((definition, configuration))
    })?;
    Some(take(service, &definition, &configuration.unwrap_or_default(), delivery))
}

fn take(
    service: &CodePipeline,
    definition: &WebhookDefinition,
    configuration: &Configuration,
    Delivery { peer, headers, body, .. }: Delivery<'_>,
) -> (u16, String) {
    let settings = &definition.authentication_configuration;
    if !may_send(definition.authentication, settings, peer, headers, body) {
        return (403, "The request is not from an allowed sender".into());
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return (400, "The body is not JSON".into());
    };
    if !definition.filters.iter().all(|filter| wanted(filter, configuration, &body)) {
        // AWS ignores events that the filters do not want; the sender need not know.
        return (200, String::new());
    }
    let arn = service.context.arn("codepipeline", &format!("webhook:{}", definition.name));
    let trigger = Trigger { kind: "Webhook", detail: arn };
    let started = service.change(|transaction| {
        let now = transaction.now;
        if let Some(webhook) = transaction.state.webhooks.get_mut(&definition.name) {
            webhook.triggered = Some(now);
        }
        transaction.start(&definition.target_pipeline, trigger, &BTreeMap::new())
    });
    match started {
        Ok(_) => (200, String::new()),
        Err(failure) => (failure.status, failure.to_string()),
    }
}

/// Whether the sender is one the webhook accepts.
pub(crate) fn may_send(
    authentication: Authentication,
    settings: &AuthenticationConfiguration,
    peer: IpAddr,
    headers: &[(String, String)],
    body: &[u8],
) -> bool {
    match authentication {
        Authentication::Unauthenticated => true,
        Authentication::Ip => settings
            .allowed_ip_range
            .as_deref()
            .and_then(network)
            .is_some_and(|network| network.contains(&peer.to_canonical())),
        Authentication::GithubHmac => {
            settings.secret_token.as_deref().is_some_and(|secret| signed(secret, headers, body))
        }
    }
}

/// A CIDR range; a bare address is a range of one.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whether the body carries GitHub's signature: the SHA-256 one if there is any, else the older SHA-1.
fn signed(secret: &str, headers: &[(String, String)], body: &[u8]) -> bool {
    let header = |wanted: &str, scheme: &str| {
        let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(value.strip_prefix(scheme).and_then(|text| hex::decode(text).ok()).unwrap_or_default())
    };
    // `verify_slice` compares in constant time.
    if let Some(signature) = header("x-hub-signature-256", "sha256=") {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
        return mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok());
    }
    let Some(signature) = header("x-hub-signature", "sha1=") else {
        return false;
    };
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes());
    mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
}

/// Whether one filter wants this body. Without `matchEquals` the value only has to be there.
pub(crate) fn wanted(filter: &Filter, configuration: &Configuration, body: &Value) -> bool {
    let Some(path) = JsonPath::parse(&filter.json_path) else {
        return false;
    };
    let found = path.select(body);
    let Some(pattern) = &filter.match_equals else {
        return !found.is_empty();
    };
    let Ok(text) = fill(pattern, configuration) else {
        return false;
    };
    found.into_iter().any(|value| {
        let other = value.to_string();
        value.as_str().unwrap_or(&other) == text
    })
}

/// `matchEquals` with each `{Property}` replaced by the target action's value; the name of one it does not have.
pub(crate) fn fill(pattern: &str, configuration: &Configuration) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((text, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(text);
        filled.push_str(configuration.get(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
