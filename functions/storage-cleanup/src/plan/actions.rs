//! The moves, and how they are told to people.

use crate::observation::{Group, RouteTable};
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
    /// The job before, when it came to nothing: a start that is repeated is told from one that is tried anew.
    pub after: Option<String>,
}

impl fmt::Display for CleanupAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deleting = |out: &mut fmt::Formatter<'_>, count: usize, kind: &str| {
            write!(out, "deleting {}", counted(count, kind))
        };
        match self {
            Self::TagVpc { vpc, domain } => write!(out, "tagging {vpc} as what {domain} left behind"),
            Self::TagFileSystems { own_tag, file_systems } => {
                write!(out, "tagging {} with {own_tag}", counted(file_systems.len(), "file systems"))
            }
            Self::DeleteMountTargets(ids) => deleting(out, ids.len(), "mount targets"),
            Self::StartBackups(orders) => write!(out, "starting {}", counted(orders.len(), "backups")),
            Self::DeleteFileSystems(file_systems) => {
                deleting(out, file_systems.len(), "file systems")?;
                let points = file_systems.iter().filter_map(|(id, point)| Some((id, point.as_ref()?)));
                points.into_iter().try_for_each(|(id, point)| write!(out, ", of {id} {point} stays"))
            }
            Self::RevokeRules(groups) => {
                let rules = groups.iter().map(|group| group.inbound.len() + group.outbound.len()).sum();
                write!(out, "revoking {}", counted(rules, "security group rules"))
            }
            Self::DeleteInterfaces(ids) => deleting(out, ids.len(), "network interfaces"),
            Self::DeleteGroups(ids) => deleting(out, ids.len(), "security groups"),
            Self::DeleteEndpoints(ids) => deleting(out, ids.len(), "VPC endpoints"),
            Self::DeleteNatGateways(ids) => deleting(out, ids.len(), "NAT gateways"),
            Self::DeleteInternetGateways { gateways, .. } => {
                deleting(out, gateways.len(), "internet gateways")
            }
            Self::DeleteEgressGateways(ids) => deleting(out, ids.len(), "egress-only internet gateways"),
            Self::DeleteSubnets(ids) => deleting(out, ids.len(), "subnets"),
            Self::DeleteRouteTables(tables) => deleting(out, tables.len(), "route tables"),
            Self::DeleteAcls(ids) => deleting(out, ids.len(), "network ACLs"),
            Self::DeleteVpc(id) => write!(out, "deleting {id}"),
        }
    }
}
