//! What a run will do, told before it begins: as if the domain were gone already.

use crate::goal::{Goal, Storage, Vpc};
use crate::seen::{Domain, Holder, Interface, Network, Seen};
use shared::inventory::{CleanupAction, Item};

/// One item for each kind and action, in the order in which things go.
#[must_use]
pub fn inventory(goal: &Goal, seen: &Seen) -> Vec<Item> {
    let mut items = domains(seen);
    let mounts = seen.file_systems.iter().flat_map(|found| &found.mounts).map(|mount| mount.id.clone());
    items.push(item(
        "mount targets",
        mounts,
        CleanupAction::Delete,
        "they hold network interfaces in the subnets; the data stays",
    ));
    items.push(file_systems(goal, seen));
    let reason =
        "there is none of this name in the Region, and a backup was asked for: make it, or name another";
    items.push(item("backup vaults", seen.no_vault.clone(), CleanupAction::Blocked, reason));
    items.extend(interfaces(&seen.interfaces));
    let groups = seen.groups.iter().map(|group| format!("{} ({})", group.id, group.name));
    items.push(item(
        "security groups",
        groups,
        CleanupAction::Delete,
        "they refer to each other: rules go first",
    ));
    let inside = |group: &str| seen.networks.iter().any(|network| network.contents.has_group(group));
    let referrers = seen.referrers.iter().filter(|(from, _)| !inside(from));
    let referrers = referrers.map(|(from, to)| format!("{from} refers to {to}"));
    let reason = "a group that rules refer to cannot be deleted: remove these rules";
    items.push(item("security groups of others", referrers, CleanupAction::Blocked, reason));
    items.extend(seen.networks.iter().flat_map(|network| vpc(goal, network)));
    items.retain(|item| !item.names.is_empty());
    items
}

fn item(
    kind: &'static str,
    names: impl IntoIterator<Item = String>,
    action: CleanupAction,
    reason: &str,
) -> Item {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort();
    Item { kind, names, action, reason: reason.to_owned() }
}

fn domains(seen: &Seen) -> Vec<Item> {
    let domains = |leaving: bool| {
        let found = seen.domains.iter().filter(move |(_, state)| (**state == Domain::Leaving) == leaving);
        found.map(|(id, _)| id.clone())
    };
    vec![
        item(
            "domains",
            domains(false),
            CleanupAction::Blocked,
            "nothing of a domain is touched while it is there",
        ),
        item("domains", domains(true), CleanupAction::Report, "being deleted; it is waited for"),
    ]
}

fn file_systems(goal: &Goal, seen: &Seen) -> Item {
    let names = seen.file_systems.iter().map(|found| format!("{} ({})", found.id, size(found.size)));
    let (action, reason) = match goal.storage {
        Storage::Keep => (CleanupAction::Keep, "people's data; it goes on costing money until it is deleted"),
        Storage::Backup => (CleanupAction::Delete, "with all data, after a recovery point was made of it"),
        Storage::Delete => (CleanupAction::Delete, "with all data, and without a backup"),
    };
    item("file systems", names, action, reason)
}

/// A size in the unit in which it reads best.
pub(crate) fn size(bytes: i64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fit = units.into_iter().find(|(_, bits)| bytes >= 1 << bits);
    match fit {
        Some((unit, bits)) => {
            let tenths = bytes.saturating_mul(10) >> bits;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

fn interfaces(interfaces: &[Interface]) -> Vec<Item> {
    let held_by = |holders: &[Holder]| {
        let found = interfaces.iter().filter(|found| holders.contains(&found.holder));
        found.map(|found| found.id.clone()).collect::<Vec<_>>()
    };
    let service = "AWS removes them by itself; they are waited for";
    vec![
        item(
            "network interfaces",
            held_by(&[Holder::Nobody]),
            CleanupAction::Delete,
            "nobody uses them any more",
        ),
        item(
            "network interfaces",
            held_by(&[Holder::Leaving, Holder::Service]),
            CleanupAction::Report,
            service,
        ),
        item("network interfaces", held_by(&[Holder::Other]), CleanupAction::Blocked, "others use them"),
    ]
}

fn vpc(goal: &Goal, network: &Network) -> Vec<Item> {
    let this = |action, reason: &str| item("VPCs", [network.id.clone()], action, reason);
    if goal.vpc == Vpc::Keep {
        return vec![this(CleanupAction::Keep, "it was not asked to be deleted")];
    }
    if network.default {
        return vec![this(CleanupAction::Blocked, "the default VPC of the Region, which others count on")];
    }
    if let Some(owner) = &network.owner {
        return vec![this(CleanupAction::Blocked, &format!("it belongs to account {owner}"))];
    }
    let has = &network.contents;
    if !has.others.is_empty() {
        let others = item(
            "things of others",
            has.others.iter().cloned(),
            CleanupAction::Blocked,
            "they are in the VPC",
        );
        return vec![
            others,
            this(CleanupAction::Keep, "nothing in it is deleted while it holds things of others"),
        ];
    }
    let gone = |kind, names: Vec<String>| {
        item(kind, names, CleanupAction::Delete, "in the VPC that is to be deleted")
    };
    let addresses = has.nat_gateways.iter().flat_map(|gateway| gateway.addresses.clone());
    let mut items = vec![
        gone("VPC endpoints", has.endpoints.iter().map(|found| found.id.clone()).collect()),
        gone("NAT gateways", has.nat_gateways.iter().map(|found| found.id.clone()).collect()),
        item(
            "elastic IPs",
            addresses,
            CleanupAction::Keep,
            "of the NAT gateways; they cost money until released",
        ),
    ];
    items.extend(interfaces(&has.interfaces));
    items.extend([
        gone("internet gateways", [has.internet_gateways.clone(), has.egress_gateways.clone()].concat()),
        gone("subnets", has.subnets.clone()),
        gone("route tables", has.route_tables.iter().map(|found| found.id.clone()).collect()),
        gone("network ACLs", has.acls.clone()),
        gone("other security groups", has.groups.iter().map(|found| found.id.clone()).collect()),
        this(CleanupAction::Delete, "asked for"),
    ]);
    items
}

#[cfg(test)]
mod tests;
