//! Portfolios: made, described, changed, deleted, listed.

use super::pages::paged;
use super::tags;
use crate::ServiceCatalog;
use crate::failure::{in_use, invalid};
use crate::provisioned::seconds;
use crate::store::{Portfolio, catalog_arn, new_id};
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let known = store.tokens.replayed(call, "IdempotencyToken")?;
    let id = if let Some(id) = known.filter(|id| store.portfolios.contains_key(id)) {
        id
    } else {
        let portfolio = Portfolio {
            owner: service.context.account.clone(),
            name: text(input, "DisplayName").to_owned(),
            description: input["Description"].as_str().map(str::to_owned),
            provider: text(input, "ProviderName").to_owned(),
            created: service.now(),
            tags: tags::given(&input["Tags"])?,
            principals: BTreeMap::new(),
            products: BTreeMap::new(),
            shares: BTreeSet::new(),
        };
        let id = new_id("port");
        store.tokens.remember(call, "IdempotencyToken", &id);
        store.portfolios.insert(id.clone(), portfolio);
        id
    };
    let portfolio = store.portfolio(&id)?;
    Ok(json!({"PortfolioDetail": show(service, &id, portfolio), "Tags": tags::show(&portfolio.tags)}))
}

/// `PortfolioDetail`.
pub(super) fn show(service: &ServiceCatalog, id: &str, portfolio: &Portfolio) -> Value {
    let Portfolio { owner, name, description, provider, created, .. } = portfolio;
    present(json!({
        "Id": id,
        "ARN": catalog_arn(&service.context.region, owner, &format!("portfolio/{id}")),
        "DisplayName": name,
        "Description": description,
        "CreatedTime": seconds(*created),
        "ProviderName": provider,
    }))
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let id = text(&call.input, "Id");
    let portfolio = store.portfolio(id)?;
    Ok(json!({
        "PortfolioDetail": show(service, id, portfolio),
        "Tags": tags::show(&portfolio.tags),
        "TagOptions": [],
        "Budgets": [],
    }))
}

pub(super) fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let id = text(input, "Id");
    let portfolio = store.portfolio_mut(id)?;
    owned(service, id, portfolio)?;
    tags::change(&mut portfolio.tags, input)?;
    if let Some(name) = input["DisplayName"].as_str() {
        name.clone_into(&mut portfolio.name);
    }
    if let Some(description) = input["Description"].as_str() {
        portfolio.description = Some(description.to_owned());
    }
    if let Some(provider) = input["ProviderName"].as_str() {
        provider.clone_into(&mut portfolio.provider);
    }
    Ok(json!({"PortfolioDetail": show(service, id, portfolio), "Tags": tags::show(&portfolio.tags)}))
}

/// Refuses to change a portfolio of another account.
pub(super) fn owned(service: &ServiceCatalog, id: &str, portfolio: &Portfolio) -> Result<(), Failure> {
    if portfolio.owner == service.context.account {
        return Ok(());
    }
    Err(invalid(format!("Portfolio {id} is shared with this account and belongs to another one.")))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let mut store = service.store();
    let id = text(&call.input, "Id");
    let portfolio = store.portfolio(id)?;
    owned(service, id, portfolio)?;
    let constrained = store.constraints.values().any(|constraint| constraint.portfolio == id);
    let Portfolio { products, principals, shares, .. } = portfolio;
    if constrained || !products.is_empty() || !principals.is_empty() || !shares.is_empty() {
        let message = format!(
            "Portfolio {id} has associated products, principals, constraints or shares. Remove them before you delete it."
        );
        return Err(in_use(message));
    }
    store.portfolios.remove(id);
    Ok(json!({}))
}

pub(super) fn list(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let own = store.portfolios.iter().filter(|(_, it)| it.owner == service.context.account);
    let shown = own.map(|(id, it)| ((it.created, id.clone()), show(service, id, it)));
    paged("PortfolioDetails", shown, &call.input, 100)
}
