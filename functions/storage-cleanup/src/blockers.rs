//! What stops a run before it deletes anything, or before it deletes more. The plan and the inventory ask the same question,
//! so that a person is told before the domain is deleted what the function would find after it.

use crate::observation::{
    Domain, FileSystem, Holder, Interface, Network, Observation, Outcome, Proof, Role, State, Witness,
};
use crate::spec::{Spec, Storage, Target, Vpc};
use shared::reconcile::inventory::Name;

/// `SageMaker`'s tag; its value is the ARN of the domain.
const TAG: &str = "ManagedByAmazonSageMakerResource";

/// Things of one kind that only a person can see to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// A plural noun.
    pub kind: &'static str,
    pub names: Vec<Name>,
    /// Why they block, and what to do.
    pub reason: String,
}

impl Blocker {
    fn new<T: Into<Name>>(
        kind: &'static str,
        names: impl IntoIterator<Item = T>,
        reason: impl Into<String>,
    ) -> Self {
        Self { kind, names: names.into_iter().map(Into::into).collect(), reason: reason.into() }
    }
}

/// All of them.
#[must_use]
pub fn blockers(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    if spec.target == Target::Nothing {
        return Vec::new();
    }
    let mut found = domain(spec, observed);
    found.extend(observed.file_systems.iter().filter_map(|one| proof(spec, one)));
    found.extend(states(spec, observed));
    if spec.storage != Storage::Keep {
        found.extend(observed.proven().filter_map(in_use));
    }
    found.extend(backup(spec, observed));
    found.extend(groups(observed));
    if spec.vpc == Vpc::Delete {
        found.extend(vpc(spec, observed));
        found.extend(observed.networks.iter().filter_map(contents));
    }
    found.retain(|blocker| !blocker.names.is_empty());
    found
}

/// A domain that exists keeps everything that is its own.
fn domain(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    let own = spec.domain().and_then(|id| observed.domains.get_key_value(id));
    let blocker = own.and_then(|(id, domain)| match domain {
        Domain::There(status) => {
            let reason = format!("it is still there ({status}), and it uses all of this: delete it first");
            Some(Blocker::new("domains", [id.clone()], reason))
        }
        Domain::Leaving => None,
    });
    blocker.into_iter().collect()
}

/// A file system that is the domain's by one proof only.
fn proof(spec: &Spec, found: &FileSystem) -> Option<Blocker> {
    let FileSystem { id, domain, .. } = found;
    let restore = format!("put the tag back (key {TAG}, value {domain}), or delete it yourself");
    let reason = match found.proof {
        Proof::Both => return None,
        // A copy that somebody restored: it stays.
        Proof::Tag if !found.home || spec.storage == Storage::Keep => return None,
        Proof::Tag => "it is the home file system of the domain, but its creation token does not say so, as nothing would \
                       when the domain is gone: ask for Storage keep, and delete it yourself"
            .to_owned(),
        Proof::Token => format!(
            "its creation token says that SageMaker made it for this domain, but its tag {TAG} does not: {restore}"
        ),
        Proof::Neither => format!(
            "it is the home file system of the domain, but neither its tag {TAG} nor its creation token says so: {restore}"
        ),
    };
    Some(Blocker::new("file systems", [id.clone()], reason))
}

/// States of which nothing is known here.
fn states(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    let told = |kind, id: &str, state: &State| match state {
        State::Unknown(word) => {
            let reason =
                format!("it is in the state {word:?}, which is not known here: look at it in the console");
            Some(Blocker::new(kind, [id.to_owned()], reason))
        }
        State::Up | State::Busy | State::Leaving | State::Broken => None,
    };
    let mounts = observed.own_mounts().filter_map(|mount| told("mount targets", &mount.id, &mount.state));
    let deleted = observed.proven().filter(|_| spec.storage != Storage::Keep);
    mounts.chain(deleted.filter_map(|found| told("file systems", &found.id, &found.state))).collect()
}

/// Deleting it would take the data from others.
fn in_use(found: &FileSystem) -> Option<Blocker> {
    let users = found.users();
    let reason = || format!("{}: remove that use, or ask for Storage keep", crate::plan::shortened(&users));
    (!users.is_empty())
        .then(|| Blocker::new("file systems", [found.id.clone()], format!("in use by {}", reason())))
}

/// What keeps a backup from being made.
fn backup(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    if spec.storage != Storage::Backup {
        return Vec::new();
    }
    let reason = "there is no backup vault of this name in the Region, and a backup was asked for: create it, or name another";
    let mut found = vec![Blocker::new("backup vaults", observed.no_vault.clone(), reason)];
    if let Role::Unfit { arn, why } = &observed.role {
        found.push(Blocker::new("backup roles", [arn.clone()], why.clone()));
    }
    for file_system in observed.proven() {
        let outcome = file_system.backup.as_ref().map(|backup| &backup.outcome);
        let reason = match (outcome, &file_system.state) {
            (Some(Outcome::Failed { why, just_now: true }), _) => {
                format!("its backup failed: {why}; see to that and ask again, or ask for Storage keep")
            }
            (Some(Outcome::Made(_) | Outcome::Running { .. }), _) => continue,
            (_, State::Broken) => {
                "it is in the state error, in which AWS Backup cannot read it: ask for Storage keep or delete"
                    .to_owned()
            }
            _ => continue,
        };
        found.push(Blocker::new("file systems", [file_system.id.clone()], reason));
    }
    found
}

/// What others have in the domain's security groups, or point to them.
fn groups(observed: &Observation) -> Vec<Blocker> {
    // Those of a file system that is among the blockers itself are not told twice.
    let told =
        observed.file_systems.iter().filter(|found| [Proof::Token, Proof::Neither].contains(&found.proof));
    let told: Vec<_> = told.flat_map(|found| &found.mounts).map(|mount| &mount.interface).collect();
    let others = observed.interfaces.iter().filter(|found| found.holder == Holder::Other);
    let others = others.filter(|found| !told.contains(&&found.id));
    let outside = |group: &str| !observed.networks.iter().any(|network| network.contents.has_group(group));
    let referrers = observed.referrers.iter().filter(|(from, _)| outside(from));
    vec![
        Blocker::new(
            "network interfaces",
            others.map(Interface::name),
            "others use them, in security groups that are to be deleted: detach or delete them",
        ),
        Blocker::new(
            "security groups of others",
            referrers.map(|(from, to)| format!("{from} refers to {to}")),
            "a group that rules refer to cannot be deleted: remove these rules",
        ),
    ]
}

/// Which VPC is meant, and whether it may be deleted at all.
fn vpc(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    let blocked = |id: &str, reason: String| Blocker::new("VPCs", [id.to_owned()], reason);
    let mut found = Vec::new();
    if let Some(domain) = spec.domain() {
        let names = || {
            observed
                .vpcs
                .iter()
                .map(|(id, said)| Name::noted(id, format!("named by {}", witnesses(said.iter()))))
        };
        let remains = observed.proven().count() + observed.groups.len() + observed.domains.len();
        let lasting =
            |said: &std::collections::BTreeSet<Witness>| said.iter().any(|one| *one != Witness::Domain);
        match observed.vpcs.len() {
            0 if remains > 0 => found.push(blocked(
                "unknown",
                format!(
                    "nothing says which VPC domain {domain} was in, neither its security groups nor a tag of an earlier run: \
                     ask for this VPC by VpcId, or delete it yourself"
                ),
            )),
            1 if observed.domains.contains_key(domain) && !observed.vpcs.values().any(lasting) => found.push(Blocker::new(
                "VPCs",
                observed.vpcs.keys().cloned(),
                format!(
                    "domain {domain} has no security groups of SageMaker, so nothing will say which VPC it was in when it is \
                     deleted: keep the VPC, and delete it afterwards by VpcId"
                ),
            )),
            0 | 1 => {}
            _ => found.push(Blocker::new(
                "VPCs",
                names(),
                format!("it is not certain which of them is the VPC of domain {domain}: correct the tags, or ask by VpcId"),
            )),
        }
    }
    for Network { id, default, owner, .. } in &observed.networks {
        if *default {
            let reason = "it is the default VPC of the Region, which others rely on: ask for it to be kept";
            found.push(blocked(id, reason.to_owned()));
        }
        if let Some(owner) = owner {
            found.push(blocked(
                id,
                format!("it belongs to account {owner}, and only that account can delete it"),
            ));
        }
    }
    found
}

/// `DescribeDomain and its security groups`.
fn witnesses<'a>(of: impl Iterator<Item = &'a Witness>) -> String {
    let words = of.map(|witness| match witness {
        Witness::Domain => "DescribeDomain",
        Witness::Groups => "its security groups",
        Witness::FileSystem => "the tag sm-mlops:vpc of its file system",
        Witness::Vpc => "the tag sm-mlops:clean-up of the VPC",
    });
    words.collect::<Vec<_>>().join(" and ")
}

/// What others have in a VPC.
fn contents(network: &Network) -> Option<Blocker> {
    let others = network.contents.others.iter().cloned();
    let reason = format!(
        "in {}, which cannot be deleted with them: remove these, or ask for the VPC to be kept",
        network.id
    );
    (!network.contents.others.is_empty()).then(|| Blocker::new("things of others", others, reason))
}

#[cfg(test)]
mod tests;
