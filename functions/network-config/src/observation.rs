//! What is read, in plain data: everything that the VPC has of both kinds.

/// The network of one VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    pub subnets: Vec<Subnet>,
    pub route_tables: Vec<RouteTable>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-...`.
    pub id: String,
    /// Its IPv4 block, as EC2 writes it: without bits of a host.
    pub cidr: String,
    /// The name of its Availability Zone.
    pub zone: String,
}

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// `rtb-...`.
    pub id: String,
    /// Whether subnets use it that are associated with no other.
    pub main: bool,
    /// The ids of the subnets that are associated with it.
    pub subnets: Vec<String>,
}
