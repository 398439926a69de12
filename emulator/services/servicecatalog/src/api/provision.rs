//! Requests that change provisioned products. Each is answered with a record; what it asks for is done afterwards.

use super::tags;
use crate::ServiceCatalog;
use crate::access::{Identity, LaunchPath, artifact, launchable, path};
use crate::constraint::Limits;
use crate::failure::{duplicate, invalid, not_found};
use crate::provisioned::{Creator, Provisioned, Record, Status, named, names};
use crate::run::{Run, Task, Version};
use crate::store::{Artifact, Store, Tags, catalog_arn, new_id, product_arn};
use emulator_core::{Answer, Call, Failure, text, texts};
use emulator_stacks::{Spec, Template, Value as Parameter, all_capabilities};
use serde_json::{Value, json};

pub(super) async fn provision(service: &ServiceCatalog, call: &Call) -> Answer {
    let identity = Identity::of(service, call).await?;
    let mut store = service.store();
    if let Some(record) = replay(&store, call, "ProvisionToken")? {
        return Ok(record);
    }
    let (product, record, version) = {
        let input = &call.input;
        let (product_id, product) =
            launchable(&store, &identity, (text(input, "ProductId"), text(input, "ProductName")))?;
        let version = (text(input, "ProvisioningArtifactId"), text(input, "ProvisioningArtifactName"));
        let artifact = artifact((product_id, product), version)?;
        let path = path(&store, &identity, product_id, input)?;
        if input.get("ProvisioningPreferences").is_some() {
            return Err(invalid("Provisioning preferences are for products with a stack set constraint."));
        }
        let name = text(input, "ProvisionedProductName");
        if store.provisioned.values().any(|it| it.name == name) {
            let message = format!("A stack named {name} already exists.");
            return Err(duplicate(message));
        }
        let limits = limits(service, &store, &path, product_id);
        let provisioned = made(service, call, &store, (product_id, artifact, path), &limits)?;
        let parameters = given(input).into_iter().map(|(key, value, _)| (key, Parameter::New(value)));
        let spec =
            spec(service, &provisioned, parameters.collect(), &limits, &texts(input, "NotificationArns"));
        let record = Record::new(&provisioned, "PROVISION_PRODUCT", call, service.now());
        let version =
            Version { template: artifact.template.clone(), artifact: artifact.id.clone(), limits, spec };
        (provisioned, record, version)
    };
    Ok(start(service, &mut store, call, "ProvisionToken", product, record, Task::Provision(version)))
}

/// The record of an earlier call with the same token.
fn replay(store: &Store, call: &Call, member: &str) -> Result<Option<Value>, Failure> {
    let known = store.tokens.replayed(call, member)?.and_then(|id| store.records.get(&id));
    Ok(known.map(|record| json!({"RecordDetail": record.show()})))
}

fn limits(service: &ServiceCatalog, store: &Store, path: &LaunchPath, product: &str) -> Limits {
    Limits::of(store.constraints_of(&path.portfolio, product).map(|(_, it)| it), &service.context.account)
}

/// A provisioned product that is made now.
fn made(
    service: &ServiceCatalog,
    call: &Call,
    store: &Store,
    (product, artifact, path): (&String, &Artifact, LaunchPath),
    limits: &Limits,
) -> Result<Provisioned, Failure> {
    let input = &call.input;
    let id = new_id("pp");
    let name = text(input, "ProvisionedProductName").to_owned();
    let record = new_id("rec");
    Ok(Provisioned {
        arn: service.context.arn("servicecatalog", &format!("stack/{name}/{id}")),
        status: Status::UnderChange,
        message: None,
        created: service.now(),
        token: text(input, "ProvisionToken").to_owned(),
        product: product.clone(),
        artifact: artifact.id.clone(),
        launch_role: limits.launch_role.clone(),
        tags: inherited(store, &path, product, tags::given(&input["Tags"])?)?,
        creator: Creator::of(&call.caller),
        stack: None,
        outputs: Vec::new(),
        last_record: record.clone(),
        last_provisioning_record: record,
        last_successful_record: None,
        id,
        name,
        path,
    })
}

/// The tags of the portfolio, the product and the request together.
fn inherited(store: &Store, path: &LaunchPath, product: &str, given: Tags) -> Result<Tags, Failure> {
    let mut all = store.portfolio(&path.portfolio)?.tags.clone();
    all.extend(store.product(product)?.tags.clone());
    if let Some((key, _)) = given.iter().find(|(key, value)| all.get(*key).is_some_and(|own| own != *value)) {
        return Err(invalid(format!("Tag {key} has another value in the portfolio or the product.")));
    }
    all.extend(given);
    Ok(all)
}

/// Key, value and whether the previous value is meant of each parameter of an input.
fn given(input: &Value) -> Vec<(String, String, bool)> {
    let parameters = input["ProvisioningParameters"].as_array().into_iter().flatten();
    let one = |it: &Value| {
        (text(it, "Key").to_owned(), text(it, "Value").to_owned(), it["UsePreviousValue"] == true)
    };
    parameters.map(one).collect()
}

fn spec(
    service: &ServiceCatalog,
    product: &Provisioned,
    parameters: Vec<(String, Parameter)>,
    limits: &Limits,
    notifications: &[String],
) -> Spec {
    let context = &service.context;
    let portfolio = format!("portfolio/{}", product.path.portfolio);
    let own = [
        ("portfolioArn", catalog_arn(&context.region, &context.account, &portfolio)),
        ("productArn", product_arn(context, &product.product)),
        ("provisionedProductArn", product.arn.clone()),
        ("provisioningArtifactIdentifier", product.artifact.clone()),
        ("provisioningPrincipalArn", product.creator.session.clone()),
    ];
    let own = own.map(|(name, value)| (format!("aws:servicecatalog:{name}"), value));
    Spec {
        name: product.stack_name(context),
        template: Template::Url(String::new()),
        parameters,
        tags: product.tags.clone().into_iter().chain(own).collect(),
        capabilities: all_capabilities(),
        notifications: limits.notifications.iter().chain(notifications).cloned().collect(),
        role: None,
    }
}

pub(super) async fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let identity = Identity::of(service, call).await?;
    let mut store = service.store();
    if let Some(record) = replay(&store, call, "UpdateToken")? {
        return Ok(record);
    }
    let (product, record, version) = {
        let input = &call.input;
        let old = settled(&store, call, "InvalidParametersException")?;
        let (id, name) = (text(input, "ProductId"), text(input, "ProductName"));
        let same = (old.product.as_str(), "");
        let asked = if id.is_empty() && name.is_empty() { same } else { (id, name) };
        let (product_id, product) = launchable(&store, &identity, asked)?;
        let version = (text(input, "ProvisioningArtifactId"), text(input, "ProvisioningArtifactName"));
        let version = if version == ("", "") { (old.artifact.as_str(), "") } else { version };
        let artifact = artifact((product_id, product), version)?;
        let unnamed = text(input, "PathId").is_empty() && text(input, "PathName").is_empty();
        let same = json!({"PathId": old.path.id});
        let path = path(
            &store,
            &identity,
            product_id,
            if unnamed && *product_id == old.product { &same } else { input },
        )?;
        let limits = limits(service, &store, &path, product_id);
        let mut new = Provisioned {
            status: Status::UnderChange,
            product: product_id.clone(),
            artifact: artifact.id.clone(),
            path,
            last_record: new_id("rec"),
            ..old.clone()
        };
        new.last_provisioning_record.clone_from(&new.last_record);
        let asked = tags::given(&input["Tags"])?;
        if !asked.is_empty() {
            if !limits.tag_updates {
                let message = "Tags can be updated only where a RESOURCE_UPDATE constraint allows it.";
                return Err(invalid(message));
            }
            new.tags = inherited(&store, &new.path, product_id, asked)?;
        }
        let parameters = kept(input, old, &store, artifact);
        let spec = spec(service, &new, parameters, &limits, &[]);
        let record = Record::new(&new, "UPDATE_PROVISIONED_PRODUCT", call, service.now());
        let version =
            Version { template: artifact.template.clone(), artifact: artifact.id.clone(), limits, spec };
        (new, record, version)
    };
    Ok(start(service, &mut store, call, "UpdateToken", product, record, Task::Update(version)))
}

/// The parameters of an update: those of the input, and the others of the new version as they were.
fn kept(input: &Value, old: &Provisioned, store: &Store, new: &Artifact) -> Vec<(String, Parameter)> {
    let given = given(input);
    let before = store.products.get(&old.product).into_iter().flat_map(|product| &product.artifacts);
    let before: Vec<_> =
        before.filter(|it| it.id == old.artifact).map(|it| &it.template.parameters).collect();
    let rest = new.template.parameters.keys().filter(|key| {
        !given.iter().any(|(name, ..)| name == *key) && before.iter().any(|old| old.contains_key(*key))
    });
    let rest: Vec<_> = rest.map(|key| (key.clone(), Parameter::Previous)).collect();
    let said = given.into_iter().map(|(key, value, previous)| {
        (key, if previous { Parameter::Previous } else { Parameter::New(value) })
    });
    said.chain(rest).collect()
}

/// The provisioned product of a call, if nothing is done to it now.
fn settled<'a>(store: &'a Store, call: &Call, code: &str) -> Result<&'a Provisioned, Failure> {
    let found = named(store, names(&call.input))?;
    if found.status == Status::UnderChange {
        return Err(Failure::new(code, format!("Provisioned product {} is under change.", found.id)));
    }
    Ok(found)
}

pub(super) fn terminate(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let known = replay(&store, call, "TerminateToken");
    // The model has no other error for a token with other parameters here.
    if let Some(record) = known.map_err(|failure| not_found(failure.message))? {
        return Ok(record);
    }
    let (product, record, task) = {
        let old = settled(&store, call, "ValidationException")?;
        let new = Provisioned { status: Status::UnderChange, last_record: new_id("rec"), ..old.clone() };
        let record = Record::new(&new, "TERMINATE_PROVISIONED_PRODUCT", call, service.now());
        let ignore_errors = input["IgnoreErrors"] == true;
        let retain = input["RetainPhysicalResources"] == true;
        (new, record, Task::Terminate { ignore_errors, retain })
    };
    Ok(start(service, &mut store, call, "TerminateToken", product, record, task))
}

/// Keeps the record of a request and begins to carry it out.
fn start(
    service: &ServiceCatalog,
    store: &mut Store,
    call: &Call,
    token: &str,
    product: Provisioned,
    record: Record,
    task: Task,
) -> Value {
    let shown = json!({"RecordDetail": record.show()});
    store.tokens.remember(call, token, &record.id);
    store.provisioned.insert(product.id.clone(), product.clone());
    store.records.insert(record.id.clone(), record.clone());
    let access_key = call.caller.access_key.clone();
    let run = Run { service: service.clone(), product, record: record.id, access_key, task };
    service.tasks.spawn(run.carry_out());
    shown
}
