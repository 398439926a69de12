//! Operations on domains.

use super::SHAPES;
use super::pages::paged;
use super::tags::merged;
use crate::CodeArtifact;
use crate::failure::{conflict, too_many};
use crate::names::DomainId;
use crate::store::{Domain, Tags, seconds};
use emulator_core::{Answer, Call, ServiceContext, text};
use serde_json::{Value, json};

/// AWS's quota of an account in a Region.
const MOST: usize = 10;

pub(super) fn create(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let tags = merged(Tags::new(), &call.input["tags"])?;
    let mut store = service.store();
    if store.find(&id).is_some() {
        let told = format!("Domain '{}' owned by account '{}' already exists.", id.name, id.owner);
        return Err(conflict(told));
    }
    if store.in_region(&id.region).filter(|(other, _)| other.owner == id.owner).count() >= MOST {
        return Err(too_many(format!("The account has {MOST} domains in this Region, which is its quota.")));
    }
    let key = key_arn(&service.context, text(&call.input, "encryptionKey"));
    let domain = Domain::new(service.now(), key, tags);
    let shown = shown(&id, &domain);
    store.put(id, domain);
    Ok(json!({"domain": shown}))
}

pub(super) fn describe(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let store = service.store();
    Ok(json!({"domain": shown(&id, store.domain(&id)?)}))
}

/// AWS has no error for a domain that is not there.
pub(super) fn delete(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let mut store = service.store();
    let Some(domain) = store.find(&id) else { return Ok(json!({})) };
    if !domain.repositories.is_empty() {
        let told = format!("Domain '{}' has repositories: delete them first.", id.name);
        return Err(conflict(told));
    }
    let Some(domain) = store.remove(&id) else { return Ok(json!({})) };
    let mut shown = shown(&id, &domain);
    shown["status"] = "Deleted".into();
    Ok(json!({"domain": shown}))
}

/// The domains of the account; others that it may use are not listed.
pub(super) fn list(service: &CodeArtifact, call: &Call) -> Answer {
    let ServiceContext { account, region, .. } = &service.context;
    let store = service.store();
    let own = store.in_region(region).filter(|(id, _)| id.owner == *account);
    let items = own.map(|(id, domain)| (id.name.clone(), SHAPES.only("DomainSummary", &shown(id, domain))));
    paged("domains", items, &call.input)
}

fn shown(id: &DomainId, domain: &Domain) -> Value {
    json!({
        "name": id.name,
        "owner": id.owner,
        "arn": id.arn(),
        "status": "Active",
        "createdTime": seconds(domain.created),
        "encryptionKey": domain.key,
        "repositoryCount": domain.repositories.len(),
        "assetSizeBytes": 0,
        // AWS keeps assets in a bucket of its own in each Region.
        "s3BucketArn": format!("arn:aws:s3:::assets-000000000000-{}", id.region),
    })
}

/// The ARN of a key that is named by its id, its alias or its ARN; that of AWS's own key if none is named.
fn key_arn(context: &ServiceContext, key: &str) -> String {
    match key {
        "" => context.arn("kms", "alias/aws/codeartifact"),
        arn if arn.starts_with("arn:") => arn.to_owned(),
        alias if alias.starts_with("alias/") => context.arn("kms", alias),
        id => context.arn("kms", &format!("key/{id}")),
    }
}
