//! Products as those see them who may launch them.

use super::artifacts;
use super::pages::paged;
use super::products::summary;
use crate::ServiceCatalog;
use crate::access::{Identity, LaunchPath, artifact, launchable, no_paths, path, paths};
use crate::constraint::Limits;
use crate::store::{Product, Store, no_product};
use emulator_core::{Answer, Call, present, text};
use serde_json::{Value, json};

/// The versions of a product that can be launched.
fn versions(product: &Product) -> Vec<Value> {
    let shown = product.artifacts.iter().filter(|artifact| artifact.active).map(|artifact| {
        let mut shown = artifacts::summary(artifact);
        shown["Guidance"] = artifact.guidance.as_str().into();
        shown
    });
    shown.collect()
}

pub(super) async fn product(service: &ServiceCatalog, call: &Call) -> Answer {
    let identity = Identity::of(service, call).await?;
    let store = service.store();
    let (id, name) = (text(&call.input, "Id"), text(&call.input, "Name"));
    let (id, product) = launchable(&store, &identity, (id, name)).map_err(|failure| {
        if failure.code == "ResourceNotFoundException" && name.is_empty() { no_product(id) } else { failure }
    })?;
    let paths = paths(&store, &identity, id);
    let paths: Vec<_> = paths.iter().map(|path| json!({"Id": path.id, "Name": path.name})).collect();
    Ok(json!({
        "ProductViewSummary": summary(id, product),
        "ProvisioningArtifacts": versions(product),
        "Budgets": [],
        "LaunchPaths": paths,
    }))
}

pub(super) async fn view(service: &ServiceCatalog, call: &Call) -> Answer {
    let identity = Identity::of(service, call).await?;
    let store = service.store();
    let view = text(&call.input, "Id");
    let found = store.products.iter().find(|(_, product)| product.view == view);
    let found = found.filter(|(id, _)| !paths(&store, &identity, id).is_empty());
    let (id, product) = found.ok_or_else(|| no_product(view))?;
    Ok(json!({"ProductViewSummary": summary(id, product), "ProvisioningArtifacts": versions(product)}))
}

/// `ConstraintSummaries` of a path.
fn constraints(store: &Store, path: &LaunchPath, product: &str) -> Vec<Value> {
    let all = store.constraints_of(&path.portfolio, product);
    all.map(|(_, it)| present(json!({"Type": it.kind.word(), "Description": it.description}))).collect()
}

pub(super) async fn paths_of(service: &ServiceCatalog, call: &Call) -> Answer {
    let identity = Identity::of(service, call).await?;
    let store = service.store();
    let product = text(&call.input, "ProductId");
    let found = paths(&store, &identity, product);
    if found.is_empty() {
        return Err(no_paths(product));
    }
    let shown = found.into_iter().map(|path| {
        let tags = store.portfolios.get(&path.portfolio).map(|portfolio| super::tags::show(&portfolio.tags));
        let constraints = constraints(&store, &path, product);
        let shown = json!({
            "Id": path.id,
            "ConstraintSummaries": constraints,
            "Tags": tags,
            "Name": path.name,
        });
        (path.id, shown)
    });
    paged("LaunchPathSummaries", shown, &call.input, 20)
}

pub(super) async fn parameters(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let identity = Identity::of(service, call).await?;
    let store = service.store();
    let name = (text(input, "ProductId"), text(input, "ProductName"));
    let (id, product) = launchable(&store, &identity, name)?;
    let version = (text(input, "ProvisioningArtifactId"), text(input, "ProvisioningArtifactName"));
    let artifact = artifact((id, product), version)?;
    let path = path(&store, &identity, id, input)?;
    let limits = store.constraints_of(&path.portfolio, id).map(|(_, it)| it);
    let limits = Limits::of(limits, &service.context.account);
    let outputs = artifact.template.outputs.iter();
    let outputs = outputs.map(|(key, description)| present(json!({"Key": key, "Description": description})));
    Ok(json!({
        "ProvisioningArtifactParameters": artifacts::parameters(&artifact.template.parameters),
        "ConstraintSummaries": constraints(&store, &path, id),
        "UsageInstructions": limits.instructions(),
        "TagOptions": [],
        "ProvisioningArtifactOutputKeys": outputs.collect::<Vec<_>>(),
    }))
}
