//! A VPC and what is in it.

use super::{Group, Interface};
use std::collections::BTreeSet;

/// A VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    pub id: String,
    /// The default VPC of the Region.
    pub default: bool,
    /// The account that shares it with ours, when it is not ours.
    pub owner: Option<String>,
    /// The ARN of the domain it was tagged with.
    pub own_tag: Option<String>,
    /// What is in it; looked at only when it is to be deleted.
    pub contents: Contents,
}

/// What is in a VPC, in the order in which it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    pub endpoints: Vec<Thing>,
    pub nat_gateways: Vec<NatGateway>,
    pub internet_gateways: Vec<String>,
    pub egress_gateways: Vec<String>,
    /// Those that nobody has, and those of things that go.
    pub interfaces: Vec<Interface>,
    pub subnets: Vec<String>,
    pub route_tables: Vec<RouteTable>,
    pub acls: Vec<String>,
    /// All but the default group and those in [`super::Observation::groups`].
    pub groups: Vec<Group>,
    /// Rules of the default group that refer to a group that goes.
    pub default_rules: Option<Group>,
    /// What others have in it: `network interface eni-1 (web server)`.
    pub others: BTreeSet<String>,
}

impl Contents {
    /// Whether this group loses its rules with the VPC.
    pub(crate) fn has_group(&self, id: &str) -> bool {
        self.groups.iter().chain(&self.default_rules).any(|group| group.id == id)
    }
}

/// A thing with an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub id: String,
    /// Being deleted.
    pub leaving: bool,
}

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGateway {
    pub id: String,
    /// Being deleted.
    pub leaving: bool,
    /// Its Elastic IP addresses, which stay.
    pub addresses: Vec<String>,
}

/// A route table other than the main one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    pub id: String,
    /// Its associations with subnets and gateways.
    pub associations: Vec<String>,
}
