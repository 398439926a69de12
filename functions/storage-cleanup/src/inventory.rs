//! What a run will do, told before it begins: as if the domain were gone already.

use crate::blockers::{Blocker, blockers};
use crate::observation::{Domain, FileSystem, Holder, Interface, Network, Observation, Owner, Proof, Role};
use crate::spec::{Spec, Storage, Vpc};
use shared::reconcile::inventory::{Item, Name, PlannedAction};
use shared::text;
use std::collections::BTreeSet;

/// One item for each kind and action, in the order in which things are deleted. What blocks the run comes where its kind
/// does.
#[must_use]
pub fn inventory(spec: &Spec, observed: &Observation) -> Vec<Item> {
    let blockers = blockers(spec, observed);
    let blocked = |kinds: &[&str]| {
        let of_kinds = blockers.iter().filter(|found| kinds.contains(&found.kind));
        let items = of_kinds
            .map(|found| item(found.kind, found.names.clone(), PlannedAction::Blocked, &found.reason));
        items.collect::<Vec<_>>()
    };
    let mut items = blocked(&["domains"]);
    items.push(leaving(spec, observed));
    items.push(item(
        "mount targets",
        observed.own_mounts().map(|mount| mount.id.clone()),
        PlannedAction::Delete,
        "they hold network interfaces in the subnets; the data stays",
    ));
    let others = |own_file_system: bool| {
        let found =
            observed.file_systems.iter().filter(move |found| (found.proof == Proof::Both) == own_file_system);
        let mounts = found
            .flat_map(|found| &found.mounts)
            .filter(move |mount| !own_file_system || mount.owner == Owner::Other);
        mounts.map(|mount| mount.id.clone())
    };
    let reason = "SageMaker did not make them: their security groups are not those of the domain";
    items.push(item("mount targets", others(true), PlannedAction::Keep, reason));
    let reason = "their file system is not proven to be the home file system of the domain";
    items.push(item("mount targets", others(false), PlannedAction::Keep, reason));
    items.extend(blocked(&["mount targets", "file systems"]));
    items.extend(file_systems(spec, observed, &blockers));
    items.extend(blocked(&["backup vaults", "backup roles"]));
    if let Role::Unchecked { arn, why } = &observed.role {
        let reason = format!("it could not be looked at before the backup starts: {why}");
        items.push(item("backup roles", [arn.clone()], PlannedAction::Report, &reason));
    }
    items.extend(interfaces(&observed.interfaces));
    items.extend(blocked(&["network interfaces"]));
    let groups = observed.groups.iter().map(|group| Name::noted(&*group.id, &*group.name));
    items.push(item(
        "security groups",
        groups,
        PlannedAction::Delete,
        "they refer to each other: rules go first",
    ));
    items.extend(blocked(&["security groups of others", "things of others", "VPCs"]));
    let vpc_blocked = blockers.iter().any(|found| ["things of others", "VPCs"].contains(&found.kind));
    items.extend(observed.networks.iter().flat_map(|network| vpc(spec, network, vpc_blocked)));
    items.extend(gone_vpcs(spec, observed));
    drop_repeated(&mut items);
    items.retain(|item| !item.names.is_empty());
    items
}

/// What blocks the run is told once.
fn drop_repeated(items: &mut [Item]) {
    let blocked = items.iter().filter(|item| item.action == PlannedAction::Blocked);
    let blocked = blocked.flat_map(|item| item.names.iter().map(|name| (item.kind, name.id.clone())));
    let blocked: BTreeSet<_> = blocked.collect();
    for item in items.iter_mut().filter(|item| item.action != PlannedAction::Blocked) {
        item.names.retain(|name| !blocked.contains(&(item.kind, name.id.clone())));
    }
}

/// VPCs that were to be deleted and do not exist any more. Of a kind of its own: what is listed as a VPC exists.
fn gone_vpcs(spec: &Spec, observed: &Observation) -> Option<Item> {
    let gone = observed.vpcs.keys().filter(|id| !observed.networks.iter().any(|network| network.id == **id));
    (spec.vpc == Vpc::Delete).then(|| {
        item(
            "deleted VPCs",
            gone.cloned(),
            PlannedAction::Report,
            "the VPC of the domain does not exist any more",
        )
    })
}

fn item<T: Into<Name>>(
    kind: &'static str,
    names: impl IntoIterator<Item = T>,
    action: PlannedAction,
    reason: &str,
) -> Item {
    let mut names: Vec<_> = names.into_iter().map(Into::into).collect();
    names.sort();
    Item { kind, names, action, reason: reason.to_owned() }
}

fn leaving(spec: &Spec, observed: &Observation) -> Item {
    let leaving = observed
        .domains
        .iter()
        .filter(|(id, state)| **state == Domain::Leaving && spec.domain().is_none_or(|own| own == *id));
    let names = leaving.map(|(id, _)| id.clone());
    item("domains", names, PlannedAction::Report, "being deleted; it is waited for")
}

fn file_systems(spec: &Spec, observed: &Observation, blockers: &[Blocker]) -> Vec<Item> {
    let name = |found: &FileSystem| Name::noted(&*found.id, text::bytes(found.size));
    let blocked = |found: &FileSystem| {
        blockers.iter().any(|of| of.kind == "file systems" && of.names.iter().any(|name| name.id == found.id))
    };
    let (action, reason) = match spec.storage {
        Storage::Keep => (PlannedAction::Keep, "people's data; it goes on costing money until it is deleted"),
        Storage::Backup => (PlannedAction::Delete, "with all data, after a recovery point was made of it"),
        Storage::Delete => (PlannedAction::Delete, "with all data, and without a backup"),
    };
    let own = observed.proven().filter(|found| !blocked(found)).map(name);
    let copies = observed.file_systems.iter().filter(|found| found.proof != Proof::Both && !blocked(found));
    let reason_of_copies =
        "they carry the tag of the domain, but not its id as creation token: copies, which others may use";
    vec![
        item("file systems", own, action, reason),
        item("file systems", copies.map(name), PlannedAction::Keep, reason_of_copies),
    ]
}

fn interfaces(interfaces: &[Interface]) -> Vec<Item> {
    let held_by = |holders: &[Holder]| {
        let found = interfaces.iter().filter(|found| holders.contains(&found.holder));
        found.map(|found| found.id.clone()).collect::<Vec<_>>()
    };
    let service = "AWS removes them by itself, because their owner is deleted; they are waited for";
    vec![
        item("network interfaces", held_by(&[Holder::Nobody]), PlannedAction::Delete, "nobody uses them"),
        item(
            "network interfaces",
            held_by(&[Holder::Leaving, Holder::Service]),
            PlannedAction::Report,
            service,
        ),
    ]
}

fn vpc(spec: &Spec, network: &Network, blocked: bool) -> Vec<Item> {
    let this = |action, reason: &str| item("VPCs", [network.id.clone()], action, reason);
    if spec.vpc == Vpc::Keep {
        return vec![this(PlannedAction::Keep, "it was not asked to be deleted")];
    }
    let has = &network.contents;
    // They are listed also while they stay: what is not in the list any more is reported as deleted.
    let (action, reason) = if blocked {
        (PlannedAction::Keep, "nothing in the VPC is deleted while the VPC is blocked")
    } else {
        (PlannedAction::Delete, "in the VPC that is to be deleted")
    };
    let gone = |kind, names: Vec<String>| item(kind, names, action, reason);
    let addresses = has.nat_gateways.iter().flat_map(|gateway| gateway.addresses.clone());
    let mut items = vec![
        gone("VPC endpoints", has.endpoints.iter().map(|found| found.id.clone()).collect()),
        gone("NAT gateways", has.nat_gateways.iter().map(|found| found.id.clone()).collect()),
        item(
            "elastic IPs",
            addresses,
            PlannedAction::Keep,
            "of the NAT gateways; they cost money until released",
        ),
    ];
    let mut unused = interfaces(&has.interfaces);
    unused
        .iter_mut()
        .filter(|found| found.action == PlannedAction::Delete)
        .for_each(|found| found.action = action);
    items.extend(unused);
    items.extend([
        gone("internet gateways", [has.internet_gateways.clone(), has.egress_gateways.clone()].concat()),
        gone("subnets", has.subnets.clone()),
        gone("route tables", has.route_tables.iter().map(|found| found.id.clone()).collect()),
        gone("network ACLs", has.acls.clone()),
        gone("other security groups", has.groups.iter().map(|found| found.id.clone()).collect()),
        this(action, if blocked { reason } else { "asked for" }),
    ]);
    items
}

#[cfg(test)]
mod tests;
