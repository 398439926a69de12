//! Provisioning artifacts: the versions of a product.

use super::products;
use crate::ServiceCatalog;
use crate::failure::{in_use, not_found};
use crate::provisioned::seconds;
use crate::store::{Artifact, Product, new_id};
use crate::template::{Source, Template};
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::{Map, Value, json};

/// A version that is made now of `ProvisioningArtifactProperties`, with its template.
pub(super) async fn read(
    service: &ServiceCatalog,
    call: &Call,
    parameters: &Value,
) -> Result<Artifact, Failure> {
    products::supported(text(parameters, "Type"))?;
    let validate = parameters["DisableTemplateValidation"] != true;
    let access_key = &call.caller.access_key;
    let template = Template::of_info(service, access_key, &parameters["Info"], validate).await?;
    let id = new_id("pa");
    let name = match text(parameters, "Name") {
        "" => id.clone(),
        name => name.to_owned(),
    };
    Ok(Artifact {
        id,
        name,
        description: parameters["Description"].as_str().map(str::to_owned),
        kind: "CLOUD_FORMATION_TEMPLATE".to_owned(),
        created: service.now(),
        active: true,
        guidance: "DEFAULT".to_owned(),
        template,
    })
}

pub(super) async fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "ProductId");
    {
        let store = service.store();
        let product = store.product(id)?;
        if let Some(known) = store.tokens.replayed(call, "IdempotencyToken")? {
            return Ok(whole(find(product, &known)?));
        }
    }
    let artifact = read(service, call, &call.input["Parameters"]).await?;
    let mut store = service.store();
    store.tokens.remember(call, "IdempotencyToken", &artifact.id);
    let product = store.product_mut(id)?;
    let shown = whole(&artifact);
    product.artifacts.push(artifact);
    Ok(shown)
}

/// `ProvisioningArtifactDetail`.
pub(super) fn show(artifact: &Artifact) -> Value {
    let Artifact { id, name, description, kind, created, active, guidance, template: _ } = artifact;
    present(json!({
        "Id": id,
        "Name": name,
        "Description": description,
        "Type": kind,
        "CreatedTime": seconds(*created),
        "Active": active,
        "Guidance": guidance,
    }))
}

/// `ProvisioningArtifactSummary` and `ProvisioningArtifact`.
pub(super) fn summary(artifact: &Artifact) -> Value {
    present(json!({
        "Id": artifact.id,
        "Name": artifact.name,
        "Description": artifact.description,
        "CreatedTime": seconds(artifact.created),
    }))
}

/// The output of the operations on one version.
fn whole(artifact: &Artifact) -> Value {
    let info = match &artifact.template.source {
        Source::Url(url) => json!({"TemplateUrl": url}),
        Source::Stack(stack) => json!({"ImportFromPhysicalId": stack}),
    };
    json!({"ProvisioningArtifactDetail": show(artifact), "Info": info, "Status": "AVAILABLE"})
}

/// The version of a product with this id.
fn find<'a>(product: &'a Product, id: &str) -> Result<&'a Artifact, Failure> {
    product.artifacts.iter().find(|artifact| artifact.id == id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Failure {
    not_found(format!("Provisioning Artifact {id} not found."))
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    let (id, name) = (text(input, "ProvisioningArtifactId"), text(input, "ProvisioningArtifactName"));
    let (product_id, product_name) = (text(input, "ProductId"), text(input, "ProductName"));
    let artifact = if product_id.is_empty() && product_name.is_empty() {
        let all = store.products.values().flat_map(|product| &product.artifacts);
        all.into_iter().find(|artifact| artifact.id == id).ok_or_else(|| missing(id))?
    } else {
        let (_, product) = products::find(&store, product_id, product_name)?;
        let found = product.artifacts.iter().find(|it| it.id == id || it.name == name);
        found.ok_or_else(|| missing(if id.is_empty() { name } else { id }))?
    };
    let mut output = whole(artifact);
    if input["IncludeProvisioningArtifactParameters"] == true {
        output["ProvisioningArtifactParameters"] = parameters(&artifact.template.parameters).into();
    }
    Ok(output)
}

/// `ProvisioningArtifactParameters`, out of the section of a template.
pub(super) fn parameters(section: &Map<String, Value>) -> Vec<Value> {
    let word = |value: &Value| match value {
        Value::Null => Value::Null,
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    };
    let one = |(key, said): (&String, &Value)| {
        let values = said["AllowedValues"].as_array();
        let constraints = json!({
            "AllowedValues": values.map(|values| values.iter().map(word).collect::<Vec<_>>()),
            "AllowedPattern": word(&said["AllowedPattern"]),
            "ConstraintDescription": word(&said["ConstraintDescription"]),
            "MaxLength": word(&said["MaxLength"]),
            "MinLength": word(&said["MinLength"]),
            "MaxValue": word(&said["MaxValue"]),
            "MinValue": word(&said["MinValue"]),
        });
        present(json!({
            "ParameterKey": key,
            "DefaultValue": word(&said["Default"]),
            "ParameterType": said["Type"],
            "IsNoEcho": word(&said["NoEcho"]).as_str() == Some("true"),
            "Description": said["Description"],
            "ParameterConstraints": present(constraints),
        }))
    };
    section.iter().map(one).collect()
}

pub(super) fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let product = store.product_mut(text(input, "ProductId"))?;
    let id = text(input, "ProvisioningArtifactId");
    let artifact =
        product.artifacts.iter_mut().find(|artifact| artifact.id == id).ok_or_else(|| missing(id))?;
    if let Some(name) = input["Name"].as_str() {
        name.clone_into(&mut artifact.name);
    }
    if let Some(description) = input["Description"].as_str() {
        artifact.description = Some(description.to_owned());
    }
    if let Some(active) = input["Active"].as_bool() {
        artifact.active = active;
    }
    if let Some(guidance) = input["Guidance"].as_str() {
        guidance.clone_into(&mut artifact.guidance);
    }
    Ok(whole(artifact))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let mut store = service.store();
    let product_id = text(&call.input, "ProductId");
    let product = store.product_mut(product_id)?;
    let id = text(&call.input, "ProvisioningArtifactId");
    find(product, id)?;
    if product.artifacts.len() == 1 {
        let message = format!("Provisioning Artifact {id} is the last one of product {product_id}.");
        return Err(in_use(message));
    }
    product.artifacts.retain(|artifact| artifact.id != id);
    Ok(json!({}))
}

pub(super) fn list(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let product = store.product(text(&call.input, "ProductId"))?;
    Ok(json!({"ProvisioningArtifactDetails": product.artifacts.iter().map(show).collect::<Vec<_>>()}))
}
