//! Puts together what belongs to a goal.

use super::groups::{Ours, filter, names, refers};
use super::owned::id;
use super::{Aws, Error};
use crate::goal::{Goal, Storage, Target, Vpc};
use crate::seen::{FileSystem, Group, Network, Seen};
use futures_util::{FutureExt, future};
use std::collections::BTreeSet;

impl Aws {
    /// Reads the world, as far as the goal goes.
    pub(crate) async fn observe(&self, goal: &Goal) -> Result<Seen, Error> {
        let mut seen = match &goal.target {
            Target::Nothing => return Ok(Seen::default()),
            Target::Domain(domain) => self.left_by(domain).await?,
            Target::Vpc(vpc) => self.left_in(vpc, goal).await?,
        };
        if goal.storage == Storage::Backup {
            seen.file_systems = self.with_backups(seen.file_systems).await?;
            seen.no_vault = self.no_vault(&seen.file_systems).await?;
        }
        let ours = ours(goal, &seen);
        let rules = self.with_rules(std::mem::take(&mut seen.groups));
        // Boxed: the state of all these calls would else be moved about with every one of them.
        let (groups, networks) = future::try_join(rules, self.networks(goal, &seen).boxed()).await?;
        seen.groups = groups;
        let (interfaces, referrers) =
            future::try_join(self.interfaces_in(&seen.groups, &ours), self.referrers(&seen.groups)).await?;
        (seen.interfaces, seen.referrers, seen.networks) = (interfaces, referrers, networks);
        if goal.vpc == Vpc::Delete && seen.networks.len() == 1 {
            let network = &seen.networks[0];
            let contents = self.contents(&network.id, goal, &seen, ours).boxed().await?;
            seen.networks[0].contents = contents;
        }
        Ok(seen)
    }

    /// What this domain left, or still has.
    async fn left_by(&self, domain: &str) -> Result<Seen, Error> {
        let ids = BTreeSet::from([domain.to_owned()]);
        let (mut file_systems, mut groups, domains) =
            future::try_join3(self.file_systems(), self.owned_groups(), self.domains(ids)).await?;
        file_systems.retain(|found| id(&found.domain) == domain);
        groups.retain(|found| id(&found.domain) == domain);
        let file_systems = self.with_mounts(file_systems).await?;
        Ok(Seen { domains, file_systems, groups, ..Seen::default() })
    }

    /// What the domains of this VPC left that are gone. What those have that are there is theirs.
    async fn left_in(&self, vpc: &str, goal: &Goal) -> Result<Seen, Error> {
        let interfaces = self.network_interfaces(filter("vpc-id", [vpc]));
        let (mut file_systems, mut groups, interfaces) =
            future::try_join3(self.file_systems(), self.owned_groups(), interfaces).await?;
        groups.retain(|found| found.vpc == vpc);
        let of_groups: BTreeSet<_> = groups.iter().map(|found| &found.domain).collect();
        let mounted: BTreeSet<_> = interfaces.iter().flat_map(names).collect();
        // The others of the account are elsewhere, and each would cost a call.
        file_systems.retain(|found| {
            is_marked(found, vpc, goal) || of_groups.contains(&found.domain) || mounted.contains(&*found.id)
        });
        let mut file_systems = self.with_mounts(file_systems).await?;
        let tied = file_systems.iter().filter(|found| is_tied(found, vpc, goal)).map(|found| &found.domain);
        let tied: BTreeSet<_> = tied.chain(groups.iter().map(|found| &found.domain)).cloned().collect();
        let domains = self.domains(tied.iter().map(|domain| id(domain).to_owned()).collect()).await?;
        let gone = |domain: &String| tied.contains(domain) && !domains.contains_key(id(domain));
        file_systems.retain(|found| gone(&found.domain) && !is_elsewhere(found, vpc));
        groups.retain(|found| gone(&found.domain));
        Ok(Seen { domains, file_systems, groups, ..Seen::default() })
    }

    /// The VPC of the goal, or those of the domain's remains: looked for only when it is to be deleted.
    async fn networks(&self, goal: &Goal, seen: &Seen) -> Result<Vec<Network>, Error> {
        match &goal.target {
            Target::Nothing => Ok(Vec::new()),
            Target::Vpc(vpc) if goal.vpc == Vpc::Delete => {
                self.vpcs(filter("vpc-id", [vpc]), account(seen)).await
            }
            // Nothing more is asked of it, nor any permission.
            Target::Vpc(vpc) => Ok(vec![Network { id: vpc.clone(), ..Network::default() }]),
            Target::Domain(_) if goal.vpc == Vpc::Keep => Ok(Vec::new()),
            Target::Domain(domain) => {
                let of = seen.file_systems.iter().flat_map(|found| &found.mounts).map(|mount| &mount.vpc);
                let of: BTreeSet<_> = of.chain(seen.groups.iter().map(|group| &group.vpc)).collect();
                let of: Vec<_> = of.into_iter().filter(|id| !id.is_empty()).collect();
                let mut found = self.marked(domain).await?;
                if !of.is_empty() {
                    found.retain(|vpc| !of.contains(&&vpc.id));
                    found.extend(self.vpcs(filter("vpc-id", of), account(seen)).await?);
                }
                Ok(found)
            }
        }
    }

    /// Groups of others with rules that refer to one of these, and to which.
    async fn referrers(&self, groups: &[Group]) -> Result<Vec<(String, String)>, Error> {
        let ids: BTreeSet<_> = groups.iter().map(|group| group.id.as_str()).collect();
        let vpcs: BTreeSet<_> = groups.iter().map(|group| group.vpc.as_str()).collect();
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.security_groups(filter("vpc-id", vpcs)).await?;
        let others = all.iter().filter_map(|group| Some((group.group_id()?, group)));
        let others = others.filter(|(id, _)| !ids.contains(id));
        let referring =
            others.flat_map(|(id, group)| refers(group, &ids).into_iter().map(move |to| (id, to)));
        Ok(referring.map(|(from, to)| (from.to_owned(), to.to_owned())).collect())
    }
}

/// The account of the domains whose remains these are.
fn account(seen: &Seen) -> Option<&str> {
    let domains = seen.file_systems.iter().map(|found| &found.domain);
    domains.chain(seen.groups.iter().map(|found| &found.domain)).next()?.split(':').nth(4)
}

/// Whether a file system is, or was, in this VPC.
fn is_tied(file_system: &FileSystem, vpc: &str, goal: &Goal) -> bool {
    is_marked(file_system, vpc, goal) || file_system.mounts.iter().any(|mount| mount.vpc == vpc)
}

/// Whether an earlier run found a file system in this VPC. What it was told to keep was there for runs that keep only.
fn is_marked(file_system: &FileSystem, vpc: &str, goal: &Goal) -> bool {
    file_system.mark.as_deref().is_some_and(|mark| mark == vpc || mark == goal.mark(vpc))
}

/// Whether somebody has put a file system to use in another VPC since.
fn is_elsewhere(file_system: &FileSystem, vpc: &str) -> bool {
    file_system.mounts.iter().any(|mount| mount.vpc != vpc)
}

fn ours(goal: &Goal, seen: &Seen) -> Ours {
    let mounts = seen.file_systems.iter().flat_map(|found| &found.mounts);
    let file_systems = seen.file_systems.iter().map(|found| found.id.clone());
    let domains = seen.file_systems.iter().map(|found| &found.domain);
    let domains = domains.chain(seen.groups.iter().map(|found| &found.domain)).map(|arn| id(arn).to_owned());
    let asked = match &goal.target {
        Target::Domain(domain) => Some(domain.clone()),
        Target::Vpc(_) | Target::Nothing => None,
    };
    Ours {
        interfaces: mounts.map(|mount| mount.interface.clone()).collect(),
        names: file_systems.chain(domains).chain(asked).collect(),
    }
}
