//! Puts together what belongs to a spec.

use super::groups::{Ours, names, refers};
use super::owned::id;
use super::storage::{claims, unproven};
use super::{Aws, Error};
use crate::consent;
use crate::observation::{
    FileSystem, Group, Mount, Network, Observation, Outcome, Owner, Proof, Scope, Witness,
};
use crate::spec::{Spec, Storage, Target, Vpc};
use aws_sdk_efs::types::FileSystemDescription;
use futures_util::{FutureExt, future};
use shared::aws::ec2::Filter;
use std::collections::{BTreeMap, BTreeSet};

impl Aws {
    /// Reads everything that concerns the spec.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        let scope = match spec.target {
            Target::Nothing => Scope::Nothing,
            Target::Domain(_) | Target::Vpc(_) => self.scope(spec).boxed().await?,
        };
        let observed = self.within(&spec.within(scope)).await?;
        if let Err(reason) = consent::check(spec, &observed) {
            tracing::info!(
                domain = spec.domain(),
                reason = reason.to_string(),
                "an event may not free the network"
            );
            return Ok(Observation { scope: Scope::Nothing, ..observed });
        }
        Ok(Observation { scope, ..observed })
    }

    /// The same, of a spec that is within its scope.
    async fn within(&self, spec: &Spec) -> Result<Observation, Error> {
        let listed = match spec.target {
            Target::Nothing => return Ok(Observation::default()),
            Target::Domain(_) | Target::Vpc(_) => self.file_systems().await?,
        };
        let mut observed = match &spec.target {
            Target::Nothing => Observation::default(),
            Target::Domain(domain) => self.left_by(domain, &listed).await?,
            Target::Vpc(vpc) => self.left_in(vpc, spec, &listed).await?,
        };
        observed.region.clone_from(&self.region);
        if spec.storage == Storage::Backup {
            observed.file_systems = self.with_backups(observed.file_systems).await?;
            if due_for_backup(&observed) {
                let (no_vault, role) = future::try_join(self.no_vault(), self.role(&observed)).await?;
                (observed.no_vault, observed.role) = (no_vault, role);
            }
        }
        if spec.storage != Storage::Keep {
            let vpcs = places(spec, &observed);
            let looks = self.with_consumers(observed.file_systems, spec.domain(), &vpcs);
            observed.file_systems = looks.boxed().await?;
        }
        let ours = ours(spec, &observed, &listed);
        let rules = self.with_rules(std::mem::take(&mut observed.groups));
        // Boxed: the state of all these calls would else be moved about with every one of them.
        let (groups, networks) = future::try_join(rules, self.networks(spec, &observed).boxed()).await?;
        observed.groups = groups;
        let (interfaces, referrers) =
            future::try_join(self.interfaces_in(&observed.groups, &ours), self.referrers(&observed.groups))
                .await?;
        (observed.interfaces, observed.referrers, observed.networks) = (interfaces, referrers, networks);
        if spec.target != Target::Nothing && spec.vpc == Vpc::Delete {
            for network in &observed.networks {
                note(&mut observed.vpcs, &network.id, network.own_tag.as_ref().map(|_| Witness::Vpc));
            }
            if let [network] = &observed.networks[..] {
                let contents = self.contents(&network.id, spec, &observed, ours).boxed().await?;
                observed.networks[0].contents = contents;
            }
        }
        Ok(observed)
    }

    /// What this domain left, or still has.
    async fn left_by(&self, domain: &str, listed: &[FileSystemDescription]) -> Result<Observation, Error> {
        let (mut groups, described) = future::try_join(self.owned_groups(), self.domain(domain)).await?;
        groups.retain(|found| id(&found.domain) == domain);
        let claimed = listed.iter().flat_map(|found| claims(found, &self.region));
        let mut file_systems: Vec<_> = claimed.filter(|found| id(&found.domain) == domain).collect();
        if let Some(home) = described.as_ref().and_then(|found| found.home.as_deref()) {
            if !file_systems.iter().any(|found| found.id == home) {
                let home = listed.iter().find(|found| found.file_system_id() == home);
                file_systems.extend(home.and_then(|found| unproven(found, &self.region, domain)));
            }
            for found in &mut file_systems {
                found.home = found.id == home;
            }
        }
        let file_systems = self.with_mounts(file_systems, &groups).await?;
        let mut vpcs = BTreeMap::new();
        for group in &groups {
            note(&mut vpcs, &group.vpc, Some(Witness::Groups));
        }
        let proven = file_systems.iter().filter(|found| found.proof == Proof::Both);
        for vpc in proven.filter_map(|found| found.tagged_vpc()) {
            note(&mut vpcs, vpc, Some(Witness::FileSystem));
        }
        if let Some(vpc) = described.as_ref().and_then(|found| found.vpc.as_deref()) {
            note(&mut vpcs, vpc, Some(Witness::Domain));
        }
        let (state, project) = described.map(|found| (found.state, found.project)).unzip();
        let domains = state.map(|state| (domain.to_owned(), state)).into_iter().collect();
        Ok(Observation {
            domains,
            file_systems,
            groups,
            vpcs,
            project: project.flatten(),
            ..Observation::default()
        })
    }

    /// What the domains of this VPC left that are gone. What those have that exist is theirs.
    async fn left_in(
        &self,
        vpc: &str,
        spec: &Spec,
        listed: &[FileSystemDescription],
    ) -> Result<Observation, Error> {
        let interfaces = self.network_interfaces(Filter::new("vpc-id", [vpc]));
        let (mut groups, interfaces) = future::try_join(self.owned_groups(), interfaces).await?;
        groups.retain(|found| found.vpc == vpc);
        let of_groups: BTreeSet<_> = groups.iter().map(|found| &found.domain).collect();
        let mounted: BTreeSet<_> = interfaces.iter().flat_map(names).collect();
        let mut file_systems: Vec<_> = listed.iter().flat_map(|found| claims(found, &self.region)).collect();
        // The others of the account are elsewhere, and each would cost a call.
        file_systems.retain(|found| {
            is_tagged(found, vpc, spec) || of_groups.contains(&found.domain) || mounted.contains(&*found.id)
        });
        let mut file_systems = self.with_mounts(file_systems, &groups).await?;
        let tied = file_systems.iter().filter(|found| is_tied(found, vpc, spec)).map(|found| &found.domain);
        let tied: BTreeSet<_> = tied.chain(groups.iter().map(|found| &found.domain)).cloned().collect();
        let domains = self.domains(tied.iter().map(|domain| id(domain).to_owned()).collect()).await?;
        let gone = |domain: &String| tied.contains(domain) && !domains.contains_key(id(domain));
        file_systems.retain(|found| gone(&found.domain) && !is_elsewhere(found, vpc));
        groups.retain(|found| gone(&found.domain));
        Ok(Observation { domains, file_systems, groups, ..Observation::default() })
    }

    /// The VPC of the spec, or those that are said to be the domain's: looked for only when it is to be deleted.
    async fn networks(&self, spec: &Spec, observed: &Observation) -> Result<Vec<Network>, Error> {
        match &spec.target {
            Target::Nothing => Ok(Vec::new()),
            Target::Vpc(vpc) if spec.vpc == Vpc::Delete => {
                self.vpcs(Filter::new("vpc-id", [vpc]), account(observed)).await
            }
            // Nothing more is asked of it, nor any permission.
            Target::Vpc(vpc) => Ok(vec![Network { id: vpc.clone(), ..Network::default() }]),
            Target::Domain(_) if spec.vpc == Vpc::Keep => Ok(Vec::new()),
            Target::Domain(domain) => {
                let mut found = self.tagged(domain).await?;
                let said = observed.vpcs.keys().filter(|id| Target::vpc(id).is_ok());
                let said: Vec<_> = said.filter(|id| !found.iter().any(|vpc| vpc.id == **id)).collect();
                if !said.is_empty() {
                    found.extend(self.vpcs(Filter::new("vpc-id", said), account(observed)).await?);
                }
                // The tag may name another domain, which shared this VPC.
                for vpc in &mut found {
                    vpc.own_tag = vpc.own_tag.take().filter(|arn| id(arn) == domain);
                }
                Ok(found)
            }
        }
    }

    /// Groups of others with rules that refer to one of these, and to which.
    pub(super) async fn referrers(&self, groups: &[Group]) -> Result<Vec<(String, String)>, Error> {
        let ids: BTreeSet<_> = groups.iter().map(|group| group.id.as_str()).collect();
        let vpcs: BTreeSet<_> = groups.iter().map(|group| group.vpc.as_str()).collect();
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.security_groups(Filter::new("vpc-id", vpcs)).await?;
        let others = all.iter().map(|group| (group.group_id.as_str(), group));
        let others = others.filter(|(id, _)| !ids.contains(id));
        let referring =
            others.flat_map(|(id, group)| refers(group, &ids).into_iter().map(move |to| (id, to)));
        Ok(referring.map(|(from, to)| (from.to_owned(), to.to_owned())).collect())
    }
}

/// The VPCs where the file systems are, or were.
pub(super) fn places(spec: &Spec, observed: &Observation) -> BTreeSet<String> {
    let mounts = observed.file_systems.iter().flat_map(|found| &found.mounts).map(|mount| &mount.vpc);
    let tagged = observed.file_systems.iter().filter_map(FileSystem::tagged_vpc).map(str::to_owned);
    let asked = match &spec.target {
        Target::Vpc(vpc) => Some(vpc),
        Target::Domain(_) | Target::Nothing => None,
    };
    let known =
        observed.vpcs.keys().chain(observed.groups.iter().map(|group| &group.vpc)).chain(asked).chain(mounts);
    known.cloned().chain(tagged).filter(|vpc| !vpc.is_empty()).collect()
}

/// The account of the domains whose remains these are.
fn account(observed: &Observation) -> Option<&str> {
    let domains = observed.file_systems.iter().map(|found| &found.domain);
    domains.chain(observed.groups.iter().map(|found| &found.domain)).next()?.split(':').nth(4)
}

/// Notes what says that a VPC is the domain's.
fn note(vpcs: &mut BTreeMap<String, BTreeSet<Witness>>, vpc: &str, witness: Option<Witness>) {
    if let Some(witness) = witness.filter(|_| !vpc.is_empty()) {
        vpcs.entry(vpc.to_owned()).or_default().insert(witness);
    }
}

/// Whether a backup is yet to be made.
fn due_for_backup(observed: &Observation) -> bool {
    observed.proven().any(|found| {
        let outcome = found.backup.as_ref().map(|backup| &backup.outcome);
        !matches!(outcome, Some(Outcome::Made(_) | Outcome::Running { .. }))
    })
}

/// Whether a file system is, or was, the home of a domain in this VPC. A mount target of somebody else ties it to nothing.
fn is_tied(file_system: &FileSystem, vpc: &str, spec: &Spec) -> bool {
    let own = |mount: &Mount| mount.vpc == vpc && mount.owner != Owner::Other;
    is_tagged(file_system, vpc, spec) || file_system.mounts.iter().any(own)
}

/// Whether an earlier run found a file system in this VPC. What it was told to keep was there for runs that keep only.
fn is_tagged(file_system: &FileSystem, vpc: &str, spec: &Spec) -> bool {
    file_system.own_tag.as_deref().is_some_and(|own_tag| own_tag == vpc || own_tag == spec.own_tag(vpc))
}

/// Whether somebody uses a file system in another VPC, and nothing in this one.
fn is_elsewhere(file_system: &FileSystem, vpc: &str) -> bool {
    !file_system.mounts.is_empty() && file_system.mounts.iter().all(|mount| mount.vpc != vpc)
}

/// What is known of the owners of network interfaces.
pub(super) fn ours(spec: &Spec, observed: &Observation, listed: &[FileSystemDescription]) -> Ours {
    let proven: BTreeSet<_> = observed.proven().map(|found| found.id.clone()).collect();
    let all = listed.iter().map(|found| found.file_system_id().to_owned());
    let mounts =
        observed.file_systems.iter().flat_map(|found| found.mounts.iter().map(move |mount| (found, mount)));
    let foreign = mounts.filter(|(found, mount)| found.proof != Proof::Both || mount.owner == Owner::Other);
    let domains = observed.file_systems.iter().map(|found| &found.domain);
    let domains =
        domains.chain(observed.groups.iter().map(|found| &found.domain)).map(|arn| id(arn).to_owned());
    let asked = spec.domain().map(str::to_owned);
    Ours {
        interfaces: observed.own_mounts().map(|mount| mount.interface.clone()).collect(),
        foreign: foreign.map(|(_, mount)| mount.interface.clone()).collect(),
        standing: all.filter(|id| !proven.contains(id)).collect(),
        names: proven.iter().cloned().chain(domains).chain(asked).collect(),
    }
}
