//! What exists, as plain data. Everything in here names a domain by tag or creation token, or is in a VPC that is to be
//! deleted.

mod network;

pub use network::{Contents, NatGateway, Network, RouteTable, Thing};

use crate::spec::Target;
use shared::reconcile::inventory::Name;
use std::collections::{BTreeMap, BTreeSet};

/// What concerns the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// How far the request goes.
    pub scope: Scope,
    /// Where it was looked for.
    pub region: String,
    /// Domains that AWS still has: the spec's own, or, for a VPC, those whose remains would be in it.
    pub domains: BTreeMap<String, Domain>,
    /// File systems of the spec's domain, or of domains of the VPC that are gone.
    pub file_systems: Vec<FileSystem>,
    /// The two NFS security groups of each of these domains.
    pub groups: Vec<Group>,
    /// Network interfaces in these groups.
    pub interfaces: Vec<Interface>,
    /// Groups of others with rules that refer to one of these: group, and the one it refers to.
    pub referrers: Vec<(String, String)>,
    /// The id of the project of SageMaker Unified Studio that the spec's domain is of, while the domain exists.
    pub project: Option<String>,
    /// The ids of VPCs that are said to be the domain's, each with what says so. A mount target is no such proof: anyone
    /// may add one in a VPC of their own.
    pub vpcs: BTreeMap<String, BTreeSet<Witness>>,
    /// Those of these VPCs that exist, or the VPC of the spec.
    pub networks: Vec<Network>,
    /// The vault that a recovery point is yet to be made in, if there is none of this name.
    pub no_vault: Option<String>,
    /// The role that a backup is to be made with.
    pub role: Role,
}

impl Observation {
    /// Whether nothing at all is known of what was asked for: a domain id that was mistyped, for example.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let known = self.domains.len() + self.file_systems.len() + self.groups.len() + self.networks.len();
        known == 0
    }

    /// The file systems that two proofs say are the home file system of their domain.
    pub(crate) fn proven(&self) -> impl Iterator<Item = &FileSystem> {
        self.file_systems.iter().filter(|found| found.proof == Proof::Both)
    }

    /// The mount targets that `SageMaker` made, or that may be its own: those of others are never deleted.
    pub(crate) fn own_mounts(&self) -> impl Iterator<Item = &Mount> {
        self.proven().flat_map(|found| &found.mounts).filter(|mount| mount.owner != Owner::Other)
    }
}

/// How much of a spec is done. A stack that asks may live on: its custom resource was only removed from its template, or an
/// update that added it is rolled back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it: a person or a pipeline asks, or the stack or its VPC is being deleted.
    #[default]
    Everything,
    /// The network only: a rollback deletes what was created minutes ago, and never data.
    Network,
    /// Nothing: the stack lives on.
    Nothing,
}

/// What says that a VPC is a domain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// `DescribeDomain`, while the domain exists.
    Domain,
    /// `SageMaker`'s security groups, which it makes in the VPC of the domain.
    Groups,
    /// The tag that an earlier run wrote on the kept file system.
    FileSystem,
    /// The tag that an earlier run wrote on the VPC itself.
    Vpc,
}

/// The role of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing is known against it.
    #[default]
    Fit,
    /// Why AWS Backup cannot use it.
    Unfit { arn: String, why: String },
    /// IAM did not answer, and why.
    Unchecked { arn: String, why: String },
}

/// A domain that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// On its way out.
    Leaving,
    /// In this status.
    There(String),
}

/// How a thing of EFS is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Up,
    /// Being created or changed.
    Busy,
    /// Being deleted.
    Leaving,
    /// AWS calls it `error`.
    Broken,
    /// A word AWS did not use when this was written.
    Unknown(String),
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    pub id: String,
    pub arn: String,
    /// The ARN of the domain it was made for.
    pub domain: String,
    /// What says so.
    pub proof: Proof,
    /// Whether `DescribeDomain` names it as the home file system.
    pub home: bool,
    pub state: State,
    /// Metered size in bytes, as of some hours ago.
    pub size: i64,
    pub mounts: Vec<Mount>,
    /// What it was tagged with: the VPC it was in, and whether it was kept then.
    pub own_tag: Option<String>,
    /// What its owner wants when the domain is gone.
    pub on_delete: Option<OnDelete>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Its latest backup by this function.
    pub backup: Option<Recovery>,
    /// What else uses it: access points, replication, other domains. Looked for only when it is to be deleted.
    pub consumers: BTreeSet<String>,
}

impl FileSystem {
    /// The VPC in the tag of an earlier run.
    pub(crate) fn tagged_vpc(&self) -> Option<&str> {
        self.own_tag.as_deref()?.split(' ').next().filter(|vpc| Target::vpc(vpc).is_ok())
    }

    /// What its owner wants, where it counts: a copy that AWS Backup restored has the tags of the original, and consents
    /// to nothing.
    pub(crate) fn on_delete(&self) -> Option<OnDelete> {
        self.on_delete.filter(|on_delete| *on_delete == OnDelete::Keep || self.proof == Proof::Both)
    }

    /// What else uses it, mount targets of others included.
    pub(crate) fn users(&self) -> Vec<String> {
        let others = self.mounts.iter().filter(|mount| mount.owner == Owner::Other);
        let others = others.map(|mount| format!("mount target {} in {}", mount.id, mount.vpc));
        others.chain(self.consumers.iter().cloned()).collect()
    }
}

/// What the tag `sm-mlops:on-delete` says about a thing whose domain is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// `free-network`: an event may delete mount targets, groups and interfaces.
    FreeNetwork,
    /// `keep`: no event may, and it is no orphan.
    Keep,
}

/// What says that a file system is the home file system of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// `SageMaker`'s tag and the creation token, which `SageMaker` sets to the id of the domain.
    Both,
    /// Only the tag, which anyone may write: a copy that AWS Backup restored has it too.
    Tag,
    /// Only the creation token: the tag was removed or changed.
    Token,
    /// Neither, but `DescribeDomain` names it.
    Neither,
}

/// A mount target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub id: String,
    pub vpc: String,
    pub subnet: String,
    pub interface: String,
    pub state: State,
    pub owner: Owner,
}

/// Who made a mount target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `SageMaker`: all its security groups are the domain's own.
    Domain,
    /// Somebody else.
    Other,
    /// EC2 does not list its network interface, or not yet.
    Unknown,
}

/// A backup job of this function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The job.
    pub job: String,
    pub outcome: Outcome,
}

/// How a backup job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At work. Percent are an estimate, as AWS words it; the bytes tell that it goes on.
    Running { percent: String, bytes: i64 },
    /// The ARN of the recovery point.
    Made(String),
    /// Why, and whether that was only just: so that a person hears of it before it is tried again.
    Failed { why: String, just_now: bool },
    /// AWS has forgotten the job, or it is too long ago to stand for today's data.
    Forgotten,
}

/// A security group that is to go, with the ids of its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub vpc: String,
    /// The ARN of the domain it was made for; empty for a group of the VPC.
    pub domain: String,
    pub inbound: Vec<String>,
    pub outbound: Vec<String>,
    /// What its owner wants when the domain is gone.
    pub on_delete: Option<OnDelete>,
}

impl Group {
    /// Whether it has any rule that is known.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.inbound.is_empty() || !self.outbound.is_empty()
    }
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub id: String,
    pub holder: Holder,
    /// What AWS or its maker wrote on it.
    pub description: String,
}

impl Interface {
    /// Its kind, its id and what is written on it.
    #[must_use]
    pub fn named(&self) -> String {
        format!("network interface {}", self.name())
    }

    /// Its id and what is written on it.
    #[must_use]
    pub fn name(&self) -> Name {
        match self.description.as_str() {
            "" => Name::from(&*self.id),
            words => Name::noted(&*self.id, words),
        }
    }
}

/// Who has a network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody: its status is `available`.
    Nobody,
    /// Something that goes: a mount target of ours, an endpoint or a NAT gateway of the VPC. It goes by itself.
    Leaving,
    /// An AWS service made it, and removes it some time after its own resource is gone.
    Service,
    /// Somebody else: a virtual machine, for example.
    Other,
}
