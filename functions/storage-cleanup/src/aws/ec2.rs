//! What is read of EC2, with the names of its API reference. A thing without an id is an answer that cannot be read.
#![expect(clippy::struct_field_names, reason = "the names are EC2's")]

use super::{Aws, Error};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::aws::ec2::{Filter, Tag, items};

impl Aws {
    /// All that a filter lets through. `what` names them for the error.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        action: &'static str,
        what: &str,
        by: impl Into<Option<Filter>>,
    ) -> Result<Vec<T>, Error> {
        let listed = self.ec2.list(action, by.into()).await;
        listed.map_err(|source| Error::List { what: what.to_owned(), source })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkInterface {
    pub(super) network_interface_id: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) interface_type: String,
    /// Whether an AWS service made it.
    #[serde(default)]
    pub(super) requester_managed: bool,
    #[serde(default, deserialize_with = "items")]
    pub(super) group_set: Vec<GroupReference>,
    pub(super) vpc_id: Option<String>,
    pub(super) subnet_id: Option<String>,
}

/// A security group that something names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupReference {
    pub(super) group_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityGroup {
    pub(super) group_id: String,
    #[serde(default)]
    pub(super) group_name: String,
    #[serde(default)]
    pub(super) group_description: String,
    pub(super) owner_id: Option<String>,
    #[serde(default)]
    pub(super) vpc_id: String,
    pub(super) security_group_arn: Option<String>,
    #[serde(default, deserialize_with = "items")]
    pub(super) tag_set: Vec<Tag>,
    #[serde(default, deserialize_with = "items")]
    pub(super) ip_permissions: Vec<IpPermission>,
    #[serde(default, deserialize_with = "items")]
    pub(super) ip_permissions_egress: Vec<IpPermission>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpPermission {
    #[serde(default, deserialize_with = "items")]
    pub(super) groups: Vec<GroupReference>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityGroupRule {
    pub(super) security_group_rule_id: String,
    pub(super) group_id: Option<String>,
    #[serde(default)]
    pub(super) is_egress: bool,
    pub(super) referenced_group_info: Option<GroupReference>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vpc {
    pub(super) vpc_id: String,
    #[serde(default)]
    pub(super) owner_id: String,
    #[serde(default)]
    pub(super) is_default: bool,
    #[serde(default, deserialize_with = "items")]
    pub(super) tag_set: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VpcEndpoint {
    pub(super) vpc_endpoint_id: String,
    #[serde(default)]
    pub(super) state: String,
    /// Whether an AWS service made it.
    #[serde(default)]
    pub(super) requester_managed: bool,
    #[serde(default, deserialize_with = "items")]
    pub(super) network_interface_id_set: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NatGateway {
    pub(super) nat_gateway_id: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default, deserialize_with = "items")]
    pub(super) nat_gateway_address_set: Vec<NatGatewayAddress>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NatGatewayAddress {
    /// A private gateway has none.
    pub(super) allocation_id: Option<String>,
    pub(super) network_interface_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InternetGateway {
    pub(super) internet_gateway_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EgressOnlyInternetGateway {
    pub(super) egress_only_internet_gateway_id: String,
    #[serde(default, deserialize_with = "items")]
    pub(super) attachment_set: Vec<Attachment>,
}

/// Of a gateway to a VPC.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attachment {
    pub(super) vpc_id: Option<String>,
    #[serde(default)]
    pub(super) state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subnet {
    pub(super) subnet_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteTable {
    pub(super) route_table_id: String,
    #[serde(default, deserialize_with = "items")]
    pub(super) association_set: Vec<RouteTableAssociation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteTableAssociation {
    pub(super) route_table_association_id: Option<String>,
    #[serde(default)]
    pub(super) main: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NetworkAcl {
    pub(super) network_acl_id: String,
    #[serde(default)]
    pub(super) default: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VpcPeeringConnection {
    pub(super) vpc_peering_connection_id: String,
    pub(super) status: Option<PeeringStatus>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PeeringStatus {
    #[serde(default)]
    pub(super) code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VpnGateway {
    pub(super) vpn_gateway_id: String,
    #[serde(default, deserialize_with = "items")]
    pub(super) attachments: Vec<Attachment>,
}

/// What `DeleteVpcEndpoints` answers.
#[derive(Debug, Deserialize)]
pub(super) struct DeletedEndpoints {
    #[serde(default, deserialize_with = "items")]
    pub(super) unsuccessful: Vec<Unsuccessful>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unsuccessful {
    pub(super) error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}
