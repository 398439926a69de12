//! Responses of EC2, which speaks a form of the query protocol of its own.

use crate::Reply;

/// The VPC of all that is made here.
pub const VPC: &str = "vpc-0123456789abcdef0";

/// The needle of a request for the page after the first.
pub const NEXT_PAGE: &str = "NextToken=page-2";

/// A success.
#[must_use]
pub fn response(operation: &str, members: &str) -> Reply {
    (200, format!("<{operation}Response><requestId>r</requestId>{members}</{operation}Response>")).into()
}

/// An error.
#[must_use]
pub fn refusal(code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>{code} for a test</Message></Error>");
    (400, format!("<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>")).into()
}

/// One page of a list: the name of its set, its items, and whether there is another page.
#[must_use]
pub fn page(operation: &str, set: &str, items: &[String], more: bool) -> Reply {
    let items: String = items.iter().flat_map(|item| ["<item>", item, "</item>"]).collect();
    let token = if more { "<nextToken>page-2</nextToken>" } else { "" };
    response(operation, &format!("<{set}>{items}</{set}>{token}"))
}

/// A security group with the tag of SageMaker's, and a rule that refers to another group.
#[must_use]
pub fn sagemaker_group(id: &str, domain_arn: &str, refers_to: &str) -> String {
    let tag = format!("<key>ManagedByAmazonSageMakerResource</key><value>{domain_arn}</value>");
    let domain = domain_arn.rsplit('/').next().unwrap_or_default();
    format!(
        "<groupId>{id}</groupId><groupName>security-group-for-inbound-nfs-{domain}</groupName><ownerId>111122223333</ownerId><vpcId>{VPC}</vpcId>\
         <tagSet><item>{tag}</item></tagSet><ipPermissions><item><groups><item><groupId>{refers_to}</groupId></item>\
         </groups></item></ipPermissions>"
    )
}

/// The network interfaces of these mount targets, in these groups.
#[must_use]
pub fn interfaces_of_mount_targets(mount_targets: &[&str], groups: &[&str]) -> Reply {
    let groups: Vec<_> = groups.iter().map(|id| format!("<item><groupId>{id}</groupId></item>")).collect();
    let groups = groups.concat();
    let interface = |id: &&str| {
        format!("<networkInterfaceId>eni-of-{id}</networkInterfaceId><groupSet>{groups}</groupSet>")
    };
    let items: Vec<_> = mount_targets.iter().map(interface).collect();
    page("DescribeNetworkInterfaces", "networkInterfaceSet", &items, false)
}
