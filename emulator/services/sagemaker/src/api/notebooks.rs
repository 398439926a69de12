//! Operations on notebook instances: records with AWS's statuses over time. No notebook runs.

use super::list::{List, sorted_by};
use super::target::Target;
use super::{SHAPES, invalid, made, members};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::{Kind, Resource, Store};
use emulator_core::{Answer, Call, Failure, Order, ServiceContext, text};
use serde_json::{Map, Value, json};

const KIND: Kind = Kind::NotebookInstance;
/// Of the volume in GB, by the reference of `CreateNotebookInstance`.
const VOLUME_SIZE: u64 = 5;
/// Members that an input and Describe name differently.
const RENAMED: &[(&str, &str)] =
    &[("LifecycleConfigName", "NotebookInstanceLifecycleConfigName"), ("SecurityGroupIds", "SecurityGroups")];
/// Flags of an update, each with what it takes away.
const DISSOCIATED: &[(&str, &str)] = &[
    ("DisassociateAcceleratorTypes", "AcceleratorTypes"),
    ("DisassociateAdditionalCodeRepositories", "AdditionalCodeRepositories"),
    ("DisassociateDefaultCodeRepository", "DefaultCodeRepository"),
    ("DisassociateLifecycleConfig", "NotebookInstanceLifecycleConfigName"),
];

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, KIND, input);
    let now = service.now();
    let mut store = service.store();
    target.unused(&store)?;
    check_references(&service.context, &mut store, input)?;
    if text(input, "DirectInternetAccess") == "Disabled" && text(input, "SubnetId").is_empty() {
        return Err(invalid("DirectInternetAccess can be Disabled only if SubnetId is specified"));
    }
    let mut notebook = made(&target, input, now, "Pending")?;
    rename(&mut notebook.members);
    notebook.life.then(service.end_of(now, takes::NOTEBOOK_TO_START), Next::Status("InService"));
    let url = format!("{}.notebook.{}.sagemaker.aws", target.key, service.context.region);
    for (member, value) in [
        ("NotebookInstanceArn", Value::from(target.arn.clone())),
        ("Url", url.into()),
        ("DirectInternetAccess", "Enabled".into()),
        ("RootAccess", "Enabled".into()),
        ("VolumeSizeInGB", VOLUME_SIZE.into()),
    ] {
        notebook.members.entry(member).or_insert(value);
    }
    store.put(target.kind, target.key, notebook);
    Ok(json!({"NotebookInstanceArn": target.arn}))
}

fn rename(members: &mut Map<String, Value>) {
    for (given, shown) in RENAMED {
        if let Some(value) = members.remove(*given) {
            members.insert((*shown).into(), value);
        }
    }
}

/// The lifecycle configuration and the code repositories that an input names have to exist; a repository may be a URL.
fn check_references(context: &ServiceContext, store: &mut Store, input: &Value) -> Result<(), Failure> {
    let config = text(input, "LifecycleConfigName");
    let more = input["AdditionalCodeRepositories"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let repositories = more.chain([text(input, "DefaultCodeRepository")]);
    let named = repositories
        .filter(|name| !name.contains("://"))
        .map(|name| (Kind::CodeRepository, "CodeRepositoryName", name))
        .chain([(Kind::NotebookInstanceLifecycleConfig, "NotebookInstanceLifecycleConfigName", config)]);
    for (kind, member, name) in named.filter(|(_, _, name)| !name.is_empty()) {
        Target::of(context, kind, &json!({member: name})).required(store)?;
    }
    Ok(())
}

pub(super) fn describe(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    Ok(target.known(&mut service.store())?.describe(KIND))
}

/// The notebook instance, if it may go from its status to another one.
fn to<'a>(
    target: &Target,
    store: &'a mut Store,
    from: &[&str],
    status: &str,
) -> Result<&'a mut Resource, Failure> {
    let notebook = target.known(store)?;
    if notebook.life.is(from) {
        return Ok(notebook);
    }
    Err(invalid(format!(
        "Status ({}) not in ([{}]). Unable to transition to ({status}) for Notebook Instance ({})",
        notebook.life.status,
        from.join(", "),
        target.arn
    )))
}

pub(super) fn start(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let now = service.now();
    let mut store = service.store();
    let notebook = to(&target, &mut store, &["Stopped", "Failed"], "Pending")?;
    let started = service.end_of(now, takes::NOTEBOOK_TO_START);
    notebook.life.set_status(now, "Pending").then(started, Next::Status("InService"));
    Ok(Value::Null)
}

pub(super) fn stop(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let now = service.now();
    let mut store = service.store();
    let notebook = to(&target, &mut store, &["InService"], "Stopping")?;
    let stopped = service.end_of(now, takes::NOTEBOOK_TO_STOP);
    notebook.life.set_status(now, "Stopping").then(stopped, Next::Status("Stopped"));
    Ok(Value::Null)
}

/// Of a stopped notebook instance; it stays stopped.
pub(super) fn update(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, KIND, input);
    let now = service.now();
    let mut store = service.store();
    to(&target, &mut store, &["Stopped", "Failed"], "Updating")?;
    check_references(&service.context, &mut store, input)?;
    let notebook = target.known(&mut store)?;
    let mut given = members(input);
    given.remove("NotebookInstanceName");
    for (flag, member) in DISSOCIATED {
        if given.remove(*flag) == Some(Value::Bool(true)) {
            notebook.members.remove(*member);
        }
    }
    rename(&mut given);
    notebook.members.extend(given);
    let updated = service.end_of(now, takes::NOTEBOOK_TO_UPDATE);
    notebook.life.set_status(now, "Updating").then(updated, Next::Status("Stopped"));
    Ok(json!({}))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let now = service.now();
    let mut store = service.store();
    let notebook = to(&target, &mut store, &["Stopped", "Failed"], "Deleting")?;
    notebook.life.set_status(now, "Deleting").then(service.end_of(now, takes::NOTEBOOK_TO_GO), Next::Gone);
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = sorted_by(&call.input, "Name");
    let list = List { kind: KIND, member: "NotebookInstances", order: Order::Ascending };
    let status = text(&input, "StatusEquals");
    let parts = [
        ("NotebookInstanceName", text(&input, "NameContains")),
        ("NotebookInstanceLifecycleConfigName", text(&input, "NotebookInstanceLifecycleConfigNameContains")),
        ("DefaultCodeRepository", text(&input, "DefaultCodeRepositoryContains")),
    ];
    let repository = text(&input, "AdditionalCodeRepositoryEquals");
    let has_repository = |notebook: &Resource| {
        let named = notebook.members.get("AdditionalCodeRepositories").and_then(Value::as_array);
        repository.is_empty() || named.is_some_and(|named| named.iter().any(|name| name == repository))
    };
    list.answer(
        service,
        &input,
        |notebook| {
            (status.is_empty() || notebook.life.is(&[status]))
                && parts.iter().all(|(member, part)| notebook.text(member).contains(part))
                && has_repository(notebook)
        },
        |notebook| SHAPES.only("NotebookInstanceSummary", &notebook.describe(KIND)),
    )
}
