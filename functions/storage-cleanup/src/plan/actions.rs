//! The actions, and how they are told to people.

use crate::observation::{Group, RouteTable};
use shared::reconcile::progress::{State, Tracked};
use shared::text::counted;
use std::fmt;

/// One idempotent batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CleanupAction {
    /// Writes on the VPC whose clean-up it belongs to, so that it is found when all else of the domain is gone.
    TagVpc {
        vpc: String,
        /// The ARN of the domain.
        domain: String,
    },
    /// Writes on file systems which VPC they were in, so that they are found when all else is gone.
    TagFileSystems {
        /// The VPC, and whether they are kept.
        own_tag: String,
        file_systems: Vec<String>,
    },
    DeleteMountTargets(Vec<String>),
    StartBackups(Vec<Order>),
    /// Each with the recovery point that was made of it, when one was asked for.
    DeleteFileSystems(Vec<(String, Option<String>)>),
    RevokeRules(Vec<Group>),
    DeleteInterfaces(Vec<String>),
    DeleteGroups(Vec<String>),
    DeleteEndpoints(Vec<String>),
    DeleteNatGateways(Vec<String>),
    DeleteInternetGateways {
        vpc: String,
        gateways: Vec<String>,
    },
    DeleteEgressGateways(Vec<String>),
    DeleteSubnets(Vec<String>),
    DeleteRouteTables(Vec<RouteTable>),
    DeleteAcls(Vec<String>),
    DeleteVpc(String),
}

/// A backup to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The id of the file system.
    pub file_system: String,
    pub arn: String,
    /// The job before, when it failed: a start that is repeated is told from one that is tried anew.
    pub after: Option<String>,
}

impl CleanupAction {
    /// What it is for, as kind and ids.
    fn targets(&self) -> (&'static str, Vec<String>) {
        let groups = |groups: &[Group]| groups.iter().map(|group| group.id.clone()).collect();
        match self {
            Self::TagVpc { vpc, .. } | Self::DeleteVpc(vpc) => ("VPCs", vec![vpc.clone()]),
            Self::TagFileSystems { file_systems, .. } => ("file systems", file_systems.clone()),
            Self::DeleteMountTargets(ids) => ("mount targets", ids.clone()),
            Self::StartBackups(orders) => {
                ("file systems", orders.iter().map(|order| order.file_system.clone()).collect())
            }
            Self::DeleteFileSystems(of) => ("file systems", of.iter().map(|(id, _)| id.clone()).collect()),
            Self::RevokeRules(of) => ("security groups", groups(of)),
            Self::DeleteInterfaces(ids) => ("network interfaces", ids.clone()),
            Self::DeleteGroups(ids) => ("security groups", ids.clone()),
            Self::DeleteEndpoints(ids) => ("VPC endpoints", ids.clone()),
            Self::DeleteNatGateways(ids) => ("NAT gateways", ids.clone()),
            Self::DeleteInternetGateways { gateways, .. } => ("internet gateways", gateways.clone()),
            Self::DeleteEgressGateways(ids) => ("egress-only internet gateways", ids.clone()),
            Self::DeleteSubnets(ids) => ("subnets", ids.clone()),
            Self::DeleteRouteTables(tables) => {
                ("route tables", tables.iter().map(|table| table.id.clone()).collect())
            }
            Self::DeleteAcls(ids) => ("network ACLs", ids.clone()),
        }
    }

    /// What it is for, with the recovery points of what is deleted.
    pub(crate) fn resources(&self) -> Vec<Tracked> {
        let (kind, ids) = self.targets();
        let mut resources = Tracked::all(kind, ids, &State::ActedOn);
        if let Self::DeleteFileSystems(file_systems) = self {
            for (resource, (_, point)) in resources.iter_mut().zip(file_systems) {
                if let Some(point) = point {
                    resource.state = State::DeletedWithRecoveryPoint(point.clone());
                }
            }
        }
        resources
    }
}

impl fmt::Display for CleanupAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, ids) = self.targets();
        match self {
            Self::TagVpc { vpc, domain } => write!(out, "tagging {vpc} as what {domain} left behind"),
            Self::TagFileSystems { own_tag, .. } => {
                write!(out, "tagging {} with {own_tag}", counted(ids.len(), kind))
            }
            Self::StartBackups(orders) => write!(out, "starting {}", counted(orders.len(), "backups")),
            Self::DeleteFileSystems(file_systems) => {
                write!(out, "deleting {}", counted(ids.len(), kind))?;
                let points = file_systems.iter().filter_map(|(id, point)| Some((id, point.as_ref()?)));
                points.into_iter().try_for_each(|(id, point)| write!(out, ", of {id} {point} stays"))
            }
            Self::RevokeRules(groups) => {
                let rules = groups.iter().map(|group| group.inbound.len() + group.outbound.len()).sum();
                write!(out, "revoking {}", counted(rules, "security group rules"))
            }
            Self::DeleteVpc(id) => write!(out, "deleting {id}"),
            _ => write!(out, "deleting {}", counted(ids.len(), kind)),
        }
    }
}
