//! Products as their administrator sees them.

use super::{artifacts, tags};
use crate::ServiceCatalog;
use crate::access::one;
use crate::failure::{in_use, invalid};
use crate::provisioned::seconds;
use crate::store::{Product, Store, new_id, no_product, product_arn};
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Map, Value, json};

/// What an administrator tells of a product: the member of inputs, and that of `ProductViewSummary`.
const ABOUT: [(&str, &str); 7] = [
    ("Name", "Name"),
    ("Owner", "Owner"),
    ("Description", "ShortDescription"),
    ("Distributor", "Distributor"),
    ("SupportDescription", "SupportDescription"),
    ("SupportEmail", "SupportEmail"),
    ("SupportUrl", "SupportUrl"),
];

pub(super) async fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    if input.get("SourceConnection").is_some() {
        return Err(invalid("The emulator has no products with a source connection."));
    }
    supported(text(input, "ProductType"))?;
    let tags = tags::given(&input["Tags"])?;
    let parameters = &input["ProvisioningArtifactParameters"];
    if parameters.is_null() {
        return Err(invalid("ProvisioningArtifactParameters must be provided."));
    }
    let known = service.store().tokens.replayed(call, "IdempotencyToken")?;
    if let Some(id) = known {
        return shown_whole(service, &id);
    }
    let artifact = artifacts::read(service, call, parameters).await?;
    let product = Product {
        view: new_id("prodview"),
        about: about(input).collect(),
        kind: text(input, "ProductType").to_owned(),
        created: service.now(),
        tags,
        artifacts: vec![artifact],
    };
    let id = new_id("prod");
    {
        let mut store = service.store();
        store.tokens.remember(call, "IdempotencyToken", &id);
        store.products.insert(id.clone(), product);
    }
    shown_whole(service, &id)
}

/// The output of `CreateProduct`.
fn shown_whole(service: &ServiceCatalog, id: &str) -> Answer {
    let store = service.store();
    let product = store.product(id)?;
    Ok(json!({
        "ProductViewDetail": show(service, id, product),
        "ProvisioningArtifactDetail": product.artifacts.first().map(artifacts::show),
        "Tags": tags::show(&product.tags),
    }))
}

/// Refuses what is not made of templates of CloudFormation.
pub(super) fn supported(kind: &str) -> Result<(), Failure> {
    if kind.is_empty() || kind == "CLOUD_FORMATION_TEMPLATE" {
        return Ok(());
    }
    Err(invalid(format!("The emulator has no products of type {kind}.")))
}

fn about(input: &Value) -> impl Iterator<Item = (&'static str, String)> {
    ABOUT.into_iter().filter_map(|(member, shown)| Some((shown, input[member].as_str()?.to_owned())))
}

/// `ProductViewSummary`.
pub(super) fn summary(id: &str, product: &Product) -> Value {
    let about = product.about.iter().map(|(member, value)| ((*member).to_owned(), value.as_str().into()));
    let mut summary: Map<_, _> = about.collect();
    summary.extend([
        ("Id".to_owned(), product.view.as_str().into()),
        ("ProductId".to_owned(), id.into()),
        ("Type".to_owned(), product.kind.as_str().into()),
        ("HasDefaultPath".to_owned(), false.into()),
    ]);
    summary.into()
}

/// `ProductViewDetail`.
pub(super) fn show(service: &ServiceCatalog, id: &str, product: &Product) -> Value {
    json!({
        "ProductViewSummary": summary(id, product),
        "Status": "AVAILABLE",
        "ProductARN": product_arn(&service.context, id),
        "CreatedTime": seconds(product.created),
    })
}

/// The product that an input names by its id or its name.
pub(super) fn find<'a>(store: &'a Store, id: &str, name: &str) -> Result<(&'a String, &'a Product), Failure> {
    match (id, name) {
        ("", "") => Err(invalid("You must provide either the product id or the product name.")),
        ("", name) => {
            let found = store.products.iter().filter(|(_, product)| product.name() == name);
            one(found, &format!("Product with name {name} does not exist or access was denied."))
        }
        (id, "") => store.products.get_key_value(id).ok_or_else(|| no_product(id)),
        _ => Err(invalid("You must provide either the product id or the product name, but not both.")),
    }
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let (id, product) = find(&store, text(&call.input, "Id"), text(&call.input, "Name"))?;
    Ok(json!({
        "ProductViewDetail": show(service, id, product),
        "ProvisioningArtifactSummaries": product.artifacts.iter().map(artifacts::summary).collect::<Vec<_>>(),
        "Tags": tags::show(&product.tags),
        "TagOptions": [],
        "Budgets": [],
    }))
}

pub(super) fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    if input.get("SourceConnection").is_some() {
        return Err(invalid("The emulator has no products with a source connection."));
    }
    let mut store = service.store();
    let id = text(input, "Id");
    let product = store.product_mut(id)?;
    tags::change(&mut product.tags, input)?;
    product.about.extend(about(input));
    let product = store.product(id)?;
    Ok(json!({
        "ProductViewDetail": show(service, id, product),
        "Tags": tags::show(&product.tags),
    }))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let mut store = service.store();
    let id = text(&call.input, "Id");
    store.product(id)?;
    if store.portfolios.values().any(|portfolio| portfolio.products.contains_key(id)) {
        let message =
            format!("Product {id} is associated with a portfolio. Disassociate it before you delete it.");
        return Err(in_use(message));
    }
    store.products.remove(id);
    Ok(json!({}))
}
