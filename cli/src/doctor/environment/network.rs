//! Availability Zones, and what a new network or an existing VPC needs.

use super::{Planned, unknown};
use crate::doctor::finding::{Check, Finding};
use crate::session::Session;
use serde::Deserialize;
use shared::aws::ec2::{Ec2, Filter, Input, items};
use shared::error::Cause;
use shared::text::{counted, list};

/// How many VPCs and Elastic IP addresses a Region of an account has, unless AWS raised it
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>), with the codes of the quotas.
const VPCS: (usize, &str, &str) = (5, "vpc", "L-F678F1CE");
const ADDRESSES: (usize, &str, &str) = (5, "ec2", "L-0263D0A3");

#[derive(Deserialize)]
struct Zones {
    #[serde(rename = "availabilityZoneInfo", deserialize_with = "items", default)]
    zones: Vec<Zone>,
}

#[derive(Deserialize)]
struct Zone {
    #[serde(rename = "zoneName")]
    name: String,
    #[serde(rename = "zoneState")]
    state: String,
    #[serde(rename = "zoneType", default)]
    kind: String,
}

#[derive(Deserialize)]
struct Addresses {
    #[serde(rename = "addressesSet", deserialize_with = "items", default)]
    all: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(rename = "publicIp")]
    _public: String,
}

#[derive(Deserialize)]
struct Vpc {
    #[serde(rename = "vpcId")]
    id: String,
}

#[derive(Deserialize)]
struct Gateway {
    #[serde(rename = "internetGatewayId")]
    id: String,
}

pub(super) async fn findings(planned: Planned<'_>, session: &Session) -> Vec<Finding> {
    let ec2 = Ec2::new(&session.config);
    let mut findings = vec![zones(&ec2, planned, session).await];
    findings.push(if let Some(vpc) = planned.vpc {
        gateway(&ec2, vpc).await
    } else {
        let found = ec2.list::<Vpc>("DescribeVpcs", None).await.map(|all| all.len());
        quota("VPCs", 1, VPCS, found, "ec2:DescribeVpcs", session)
    });
    let found = ec2.call::<Addresses>("DescribeAddresses", &Input::default()).await.map(|all| all.all.len());
    let needed = usize::from(planned.zones);
    findings.push(quota("Elastic IP addresses", needed, ADDRESSES, found, "ec2:DescribeAddresses", session));
    findings
}

async fn zones(ec2: &Ec2, planned: Planned<'_>, session: &Session) -> Finding {
    let (check, region, wanted) = (Check::AvailabilityZones, &session.region, usize::from(planned.zones));
    let found = ec2.call::<Zones>("DescribeAvailabilityZones", &Input::default()).await;
    let all = match found {
        Ok(found) => found.zones,
        Err(cause) => return unknown(check, region, "ec2:DescribeAvailabilityZones", &cause),
    };
    // Local and Wavelength Zones are listed once a person opted in, and have no SageMaker.
    let is_usable =
        |zone: &Zone| zone.state == "available" && matches!(zone.kind.as_str(), "" | "availability-zone");
    let names: Vec<_> = all.into_iter().filter(is_usable).map(|zone| zone.name).collect();
    let told = format!("{} can be used: {}", counted(names.len(), "zones"), list(&names, usize::MAX));
    if names.len() >= wanted {
        return Finding::passed(check, region, told);
    }
    Finding::missing(
        check,
        region,
        format!("{told}, and {wanted} are asked for"),
        "Lower NumberOfAZs, or choose another Region.",
    )
}

/// Whether the default quota leaves room. AWS may have raised it, so that it is no fault if it does not.
fn quota(
    what: &str,
    needed: usize,
    (most, service, code): (usize, &str, &str),
    found: Result<usize, Cause>,
    action: &str,
    session: &Session,
) -> Finding {
    let (check, region) = (Check::Quota, &session.region);
    let there = match found {
        Ok(there) => there,
        Err(cause) => return unknown(check, what, action, &cause),
    };
    let told =
        format!("{there} in use, up to {needed} needed, and an account has {most} unless AWS raised it");
    if there + needed <= most {
        return Finding::passed(check, what, told);
    }
    let remedy = format!(
        "`aws service-quotas get-service-quota --service-code {service} --quota-code {code} --region {region}` shows the quota of \
         this account; have it raised, or delete some."
    );
    Finding::notice(check, what, told, remedy)
}

/// A VPC has one internet gateway, so a second one cannot be attached.
async fn gateway(ec2: &Ec2, vpc: &str) -> Finding {
    let check = Check::InternetGateway;
    let by = Some(Filter::new("vpc-id", [vpc]));
    match ec2.list::<Vpc>("DescribeVpcs", by).await {
        Ok(found) if found.iter().any(|it| it.id == vpc) => {}
        Ok(_) => {
            let remedy = "Correct --vpc: `aws ec2 describe-vpcs` lists them.";
            return Finding::missing(check, vpc, "there is no such VPC in this account and Region", remedy);
        }
        Err(cause) => return unknown(check, vpc, "ec2:DescribeVpcs", &cause),
    }
    let by = Some(Filter::new("attachment.vpc-id", [vpc]));
    match ec2.list::<Gateway>("DescribeInternetGateways", by).await {
        Ok(found) => match found.first() {
            Some(gateway) => Finding::notice(
                check,
                vpc,
                format!("{} is attached, and a VPC has one only", gateway.id),
                format!("With CreateNATGateways=YES, give ExistingInternetGatewayId={}.", gateway.id),
            ),
            None => {
                Finding::passed(check, vpc, "none is attached: one is made if NAT gateways are asked for")
            }
        },
        Err(cause) => unknown(check, vpc, "ec2:DescribeInternetGateways", &cause),
    }
}
