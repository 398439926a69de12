//! Constraints on a product in a portfolio.

use super::pages::paged;
use super::portfolios;
use crate::ServiceCatalog;
use crate::constraint::{Constraint, Kind, parameters};
use crate::failure::{duplicate, not_found};
use crate::store::new_id;
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::{Value, json};

pub(super) fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let kind = Kind::of(text(input, "Type"))?;
    let given = text(input, "Parameters");
    parameters(kind, given)?;
    let (portfolio, product) = (text(input, "PortfolioId"), text(input, "ProductId"));
    let mut store = service.store();
    if let Some(id) = store.tokens.replayed(call, "IdempotencyToken")? {
        return whole(service, &id, store.constraints.get(&id));
    }
    store.product(product)?;
    let found = store.portfolio(portfolio)?;
    portfolios::owned(service, portfolio, found)?;
    if !found.products.contains_key(product) {
        return Err(not_found(format!("Product {product} is not associated with portfolio {portfolio}.")));
    }
    let alone = matches!(kind, Kind::Launch | Kind::ResourceUpdate);
    if alone && store.constraints_of(portfolio, product).any(|(_, it)| it.kind == kind) {
        let message = format!(
            "A constraint of type {} exists for product {product} in portfolio {portfolio}.",
            kind.word()
        );
        return Err(duplicate(message));
    }
    let constraint = Constraint {
        portfolio: portfolio.to_owned(),
        product: product.to_owned(),
        kind,
        description: input["Description"].as_str().map(str::to_owned),
        parameters: given.to_owned(),
        created: service.now(),
    };
    let id = new_id("cons");
    store.tokens.remember(call, "IdempotencyToken", &id);
    let output = whole(service, &id, Some(&constraint));
    store.constraints.insert(id, constraint);
    output
}

/// `ConstraintDetail`.
fn show(service: &ServiceCatalog, id: &str, constraint: &Constraint) -> Value {
    present(json!({
        "ConstraintId": id,
        "Type": constraint.kind.word(),
        "Description": constraint.description,
        "Owner": service.context.account,
        "ProductId": constraint.product,
        "PortfolioId": constraint.portfolio,
    }))
}

/// The output of the operations on one constraint.
fn whole(service: &ServiceCatalog, id: &str, constraint: Option<&Constraint>) -> Answer {
    let constraint = constraint.ok_or_else(|| missing(id))?;
    Ok(json!({
        "ConstraintDetail": show(service, id, constraint),
        "ConstraintParameters": constraint.parameters,
        "Status": "AVAILABLE",
    }))
}

fn missing(id: &str) -> Failure {
    not_found(format!("Constraint {id} not found."))
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "Id");
    whole(service, id, service.store().constraints.get(id))
}

pub(super) fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let id = text(input, "Id");
    let mut store = service.store();
    let constraint = store.constraints.get_mut(id).ok_or_else(|| missing(id))?;
    if let Some(given) = input["Parameters"].as_str() {
        parameters(constraint.kind, given)?;
        given.clone_into(&mut constraint.parameters);
    }
    if let Some(description) = input["Description"].as_str() {
        constraint.description = Some(description.to_owned());
    }
    whole(service, id, Some(constraint))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "Id");
    service.store().constraints.remove(id).map(|_| json!({})).ok_or_else(|| missing(id))
}

pub(super) fn list(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let (portfolio, product) = (text(&call.input, "PortfolioId"), text(&call.input, "ProductId"));
    store.portfolio(portfolio)?;
    let wanted = store
        .constraints
        .iter()
        .filter(|(_, it)| it.portfolio == portfolio && (product.is_empty() || it.product == product));
    let shown = wanted.map(|(id, it)| ((it.created, id.clone()), show(service, id, it)));
    paged("ConstraintDetails", shown, &call.input, 20)
}
