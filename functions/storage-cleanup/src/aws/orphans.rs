//! What domains left behind that do not exist any more, in the whole account and Region.

use super::ec2::NetworkInterface;
use super::groups::{Ours, interface, names};
use super::observe::{ours, places};
use super::owned::id;
use super::storage::claims;
use super::{Aws, Error};
use crate::observation::{FileSystem, Group, Holder, Observation, Proof};
use crate::orphans::{Kind, Orphan};
use crate::spec::{Spec, Target};
use aws_sdk_efs::types::FileSystemDescription;
use futures_util::{FutureExt, future};
use shared::aws::ec2::Filter;
use shared::sagemaker_domain;
use std::collections::{BTreeMap, BTreeSet};

/// What SageMaker writes on every network interface that it makes for a domain, as a filter of EC2.
const WRITTEN: &str = "*SageMaker*";

/// What names a domain that does not exist.
struct Found {
    /// Its file systems and groups.
    observed: Observation,
    /// All file systems.
    listed: Vec<FileSystemDescription>,
    /// All interfaces that SageMaker wrote on.
    written: Vec<NetworkInterface>,
    /// The ids of these domains.
    gone: BTreeSet<String>,
}

impl Aws {
    /// All of them.
    pub(crate) async fn orphans(&self) -> Result<Vec<Orphan>, Error> {
        let Found { mut observed, listed, written, gone } = self.of_gone_domains().await?;
        let nobody = Spec { target: Target::Nothing, ..Spec::network_of(String::new(), None) };
        let vpcs = places(&nobody, &observed);
        observed.file_systems = self.with_consumers(observed.file_systems, None, &vpcs).boxed().await?;
        let mut owners = ours(&nobody, &observed, &listed);
        owners.names.extend(gone.iter().cloned());
        let in_groups = self.raw_interfaces_in(&observed.groups).await?;
        let referrers = self.referrers(&observed.groups).await?;
        let mut orphans: Vec<_> = observed.file_systems.iter().map(of_file_system).collect();
        orphans.extend(observed.groups.iter().map(|group| of_group(group, &in_groups, &referrers, &owners)));
        orphans.extend(of_interfaces(&in_groups, &written, &observed.groups, &gone, &owners));
        orphans.sort_by(|one, other| {
            (&one.domain, one.kind, &one.id).cmp(&(&other.domain, other.kind, &other.id))
        });
        Ok(orphans)
    }

    /// What names a domain that does not exist. A file system counts by its creation token, which nobody can change, and not
    /// by its tag alone: a copy that AWS Backup restored has the tag too.
    async fn of_gone_domains(&self) -> Result<Found, Error> {
        let written = self.network_interfaces(Filter::new("description", [WRITTEN]));
        let (listed, mut groups, written) =
            future::try_join3(self.file_systems(), self.owned_groups(), written).boxed().await?;
        let mut file_systems: Vec<_> = listed.iter().flat_map(|found| claims(found, &self.region)).collect();
        file_systems.retain(|found| match found.proof {
            Proof::Both => true,
            Proof::Token => is_generated(id(&found.domain)),
            Proof::Tag | Proof::Neither => false,
        });
        let of_files = file_systems.iter().map(|found| id(&found.domain).to_owned());
        let of_groups = groups.iter().map(|found| id(&found.domain).to_owned());
        let ids = of_files.chain(of_groups).chain(written.iter().flat_map(named_domains)).collect();
        let gone = self.gone(ids).await?;
        file_systems.retain(|found| gone.contains(id(&found.domain)));
        groups.retain(|found| gone.contains(id(&found.domain)));
        let file_systems = self.with_mounts(file_systems, &groups).await?;
        let observed = Observation { file_systems, groups, ..Observation::default() };
        Ok(Found { observed, listed, written, gone })
    }

    /// Those of these domains that do not exist. What the list of domains has exists; of all others SageMaker is asked.
    async fn gone(&self, mut ids: BTreeSet<String>) -> Result<BTreeSet<String>, Error> {
        if ids.is_empty() {
            return Ok(ids);
        }
        for listed in self.other_domains(None).await? {
            ids.remove(&listed);
        }
        let existing = self.domains(ids.clone()).await?;
        ids.retain(|id| !existing.contains_key(id));
        Ok(ids)
    }
}

/// Whether SageMaker may have generated this id: `d-` and twelve letters and digits, in all that were ever seen. The id of a
/// domain may have other forms, and so may the creation token that a person gives to a file system: `d-data`.
fn is_generated(id: &str) -> bool {
    id.strip_prefix("d-")
        .is_some_and(|rest| rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The ids of domains that are written on an interface.
fn named_domains(found: &NetworkInterface) -> Vec<String> {
    names(found).filter_map(|word| sagemaker_domain::id(word).ok()).collect()
}

fn of_file_system(found: &FileSystem) -> Orphan {
    let mut subnets: Vec<_> = found.mounts.iter().map(|mount| mount.subnet.clone()).collect();
    subnets.sort();
    subnets.dedup();
    Orphan {
        kind: Kind::FileSystem,
        id: found.id.clone(),
        domain: id(&found.domain).to_owned(),
        vpc: found.mounts.first().map(|mount| mount.vpc.clone()),
        subnets,
        size: Some(found.size),
        created: Some(found.created),
        users: found.users(),
        on_delete: found.on_delete(),
    }
}

fn of_group(
    group: &Group,
    interfaces: &[NetworkInterface],
    referrers: &[(String, String)],
    ours: &Ours,
) -> Orphan {
    let inside =
        interfaces.iter().filter(|found| is_in(found, &group.id)).map(|found| interface(found, ours, true));
    let others = inside.filter(|found| found.holder == Holder::Other).map(|found| found.named());
    let referring = referrers.iter().filter(|(_, to)| *to == group.id);
    let referring = referring.map(|(from, _)| format!("a rule of security group {from}"));
    Orphan {
        kind: Kind::SecurityGroup,
        id: group.id.clone(),
        domain: id(&group.domain).to_owned(),
        vpc: Some(group.vpc.clone()),
        subnets: Vec::new(),
        size: None,
        created: None,
        users: others.chain(referring).collect(),
        on_delete: group.on_delete,
    }
}

/// The interfaces that nobody else has: those in groups of gone domains, and those that name one. What a mount target of
/// a listed file system has is listed with that.
fn of_interfaces(
    in_groups: &[NetworkInterface],
    written: &[NetworkInterface],
    groups: &[Group],
    gone: &BTreeSet<String>,
    ours: &Ours,
) -> Vec<Orphan> {
    let mut orphans = BTreeMap::new();
    for (found, theirs) in
        in_groups.iter().map(|found| (found, true)).chain(written.iter().map(|found| (found, false)))
    {
        let by_group =
            groups.iter().find(|group| is_in(found, &group.id)).map(|group| id(&group.domain).to_owned());
        let by_name = || named_domains(found).into_iter().find(|domain| gone.contains(domain));
        let Some(domain) = by_group.or_else(by_name) else { continue };
        let known = interface(found, ours, theirs);
        if known.holder == Holder::Other
            || ours.interfaces.contains(&known.id)
            || ours.foreign.contains(&known.id)
        {
            continue;
        }
        let orphan = Orphan {
            kind: Kind::NetworkInterface,
            id: known.id.clone(),
            domain,
            vpc: found.vpc_id.clone(),
            subnets: found.subnet_id.iter().cloned().collect(),
            size: None,
            created: None,
            users: Vec::new(),
            on_delete: None,
        };
        orphans.entry(known.id).or_insert(orphan);
    }
    orphans.into_values().collect()
}

fn is_in(found: &NetworkInterface, group: &str) -> bool {
    found.group_set.iter().any(|of| of.group_id.as_deref() == Some(group))
}
