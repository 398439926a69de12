//! Operations on domains. Their storage is made and removed by a task of its own, as on AWS: the call answers before.

use super::list::List;
use super::target::{Target, in_use};
use super::{SHAPES, invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::storage::{DomainStorage, Storage, StorageSpec};
use crate::store::{Kind, Store};
use emulator_core::{Answer, Call, Failure, Order, random_id, text};
use serde_json::{Value, json};

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let subnets: Vec<_> =
        input["SubnetIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if text(input, "VpcId").is_empty() || subnets.is_empty() {
        return Err(invalid("VpcId and SubnetIds are required to create a domain"));
    }
    let id = format!("d-{}", random_id(12));
    let target = Target::of(&service.context, Kind::Domain, &json!({"DomainId": id}));
    let url = format!("https://{id}.studio.{}.sagemaker.aws", service.context.region);
    let now = service.now();
    let mut domain = made(&target, input, now, "Pending")?;
    let output = json!({"DomainArn": target.arn, "DomainId": id, "Url": url});
    domain.members.extend(output.as_object().cloned().unwrap_or_default());
    domain.members.entry("AppNetworkAccessType").or_insert("PublicInternetOnly".into());
    let key = match (text(input, "HomeEfsFileSystemKmsKeyId"), text(input, "KmsKeyId")) {
        ("", key) | (key, _) => (!key.is_empty()).then(|| key.to_owned()),
    };
    if text(input, "HomeEfsFileSystemCreation") == "Disabled" {
        domain.life.then(service.end_of(now, takes::DOMAIN_TO_START), Next::Status("InService"));
    } else {
        let spec = StorageSpec {
            domain: id,
            arn: target.arn.clone(),
            vpc: text(input, "VpcId").into(),
            subnets: subnets.into_iter().map(str::to_owned).collect(),
            key,
        };
        tokio::spawn(build(service.clone(), target.clone(), spec));
    }
    service.store().put(target.kind, target.key, domain);
    Ok(output)
}

/// Makes a domain's storage; what goes wrong makes the domain `Failed`.
async fn build(service: SageMaker, target: Target, spec: StorageSpec) {
    let storage = Storage::of(&service).build(&spec).await;
    let now = service.now();
    let mut store = service.store();
    let Ok(domain) = target.find_mut(&mut store) else { return };
    let storage = match storage {
        Ok(storage) => storage,
        Err(reason) => {
            domain.life.set_status(now, "Failed").reason = Some(reason);
            return;
        }
    };
    domain.members.insert("HomeEfsFileSystemId".into(), storage.file_system.clone().into());
    // A test may have injected another status meanwhile.
    if domain.life.is(&["Pending"]) {
        let at = service.end_of(domain.life.created, takes::DOMAIN_TO_START);
        domain.life.then(at.max(now), Next::Status("InService"));
    }
    store.storage.insert(target.key, storage);
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Domain, input);
    let now = service.now();
    let mut store = service.store();
    target.deletable(&store)?;
    for kind in [Kind::UserProfile, Kind::Space, Kind::App] {
        refuse_if_used(&store, &target, kind, "DomainId", &target.key)?;
    }
    let remove_all = text(&input["RetentionPolicy"], "HomeEfsFileSystem") == "Delete";
    let storage = store.storage.get(&target.key).filter(|_| remove_all).cloned();
    let domain = target.find_mut(&mut store)?;
    domain.life.set_status(now, "Deleting");
    if let Some(storage) = storage {
        tokio::spawn(remove(service.clone(), target, storage));
    } else {
        domain.life.then(service.end_of(now, takes::DOMAIN_TO_STOP), Next::Gone);
    }
    Ok(Value::Null)
}

/// Removes a domain's storage, then the domain; what goes wrong makes it `Delete_Failed`.
async fn remove(service: SageMaker, target: Target, storage: DomainStorage) {
    let removed = Storage::of(&service).remove(&storage).await;
    let now = service.now();
    let mut store = service.store();
    let Ok(domain) = target.find_mut(&mut store) else { return };
    match removed {
        Ok(()) => {
            let at = service.end_of(domain.life.modified, takes::DOMAIN_TO_STOP);
            domain.life.then(at.max(now), Next::Gone);
        }
        Err(reason) => domain.life.set_status(now, "Delete_Failed").reason = Some(reason),
    }
}

/// Refuses to delete what something of this kind still belongs to: whose `member` is `owner`. Apps that are deleted or
/// failed do not count.
pub(super) fn refuse_if_used(
    store: &Store,
    target: &Target,
    kind: Kind,
    member: &str,
    owner: &str,
) -> Result<(), Failure> {
    let domain = target.key.split_once('/').map_or(target.key.as_str(), |(domain, _)| domain);
    let used = store.all(kind).any(|(_, resource)| {
        let named = resource.members.get(member).or(resource.members.get("OwnershipSettings"));
        let named = named.and_then(|named| named.as_str().or(named[member].as_str()));
        resource.text("DomainId") == domain
            && named == Some(owner)
            && !(kind == Kind::App && resource.life.is(&["Deleted", "Failed"]))
    });
    if !used {
        return Ok(());
    }
    let why = format!("{}(s) are associated with it", kind.name());
    Err(in_use(target.refusal("ResourceInUse", &why).message))
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::Domain, member: "Domains", order: Order::Ascending };
    list.answer(
        service,
        input,
        |_| true,
        |domain| SHAPES.only("DomainDetails", &domain.describe(Kind::Domain)),
    )
}
