//! The attributes. Pure: no clock, no call.

use crate::observation::{Observation, RouteTable, Subnet};
use crate::spec::{Spec, Wanted};
use shared::reconcile::output::{Output, attributes};
use shared::text;

/// How many blocks of other subnets a sentence lists.
const LISTED: usize = 10;

/// `SubnetIds` in the order asked for, and `RouteTableIds`, the tables that these subnets use, each once.
///
/// # Errors
/// A sentence, when a subnet does not exist or is in another zone.
pub(crate) fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
    let found = spec.subnets.iter().map(|wanted| subnet(spec, wanted, observed));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let mut tables: Vec<String> = Vec::new();
    for subnet in &found {
        let table = route_table(subnet, observed).ok_or_else(|| {
            format!("{} uses no route table: {} has no main one that can be seen", subnet.id, spec.vpc)
        })?;
        if !tables.contains(&table.id) {
            tables.push(table.id.clone());
        }
    }
    let subnets: Vec<_> = found.into_iter().map(|subnet| subnet.id.clone()).collect();
    Ok(attributes([("SubnetIds", subnets), ("RouteTableIds", tables)]))
}

fn subnet<'a>(spec: &Spec, wanted: &Wanted, observed: &'a Observation) -> Result<&'a Subnet, String> {
    let Spec { vpc, .. } = spec;
    let Wanted { cidr, zone } = wanted;
    let Some(subnet) = observed.subnets.iter().find(|subnet| subnet.cidr == *cidr) else {
        let others: Vec<_> = observed.subnets.iter().map(|subnet| subnet.cidr.as_str()).collect();
        let instead = if others.is_empty() {
            "it has no subnets, or is not in this account and Region".to_owned()
        } else {
            format!("it has {}", text::list(&others, LISTED))
        };
        return Err(format!(
            "no subnet of {vpc} has the CIDR block {cidr}: {instead}; correct SubnetCIDRBlocks or VpcId, or create the subnet"
        ));
    };
    match zone {
        Some(zone) if subnet.zone != *zone => Err(format!(
            "{} with the CIDR block {cidr} is in {} and not in {zone}: correct AvailabilityZones, whose order is that of \
             SubnetCIDRBlocks",
            subnet.id, subnet.zone
        )),
        _ => Ok(subnet),
    }
}

/// The table that a subnet is associated with, or else the main one of the VPC.
fn route_table<'a>(subnet: &Subnet, observed: &'a Observation) -> Option<&'a RouteTable> {
    let associated = observed.route_tables.iter().find(|table| table.subnets.contains(&subnet.id));
    associated.or_else(|| observed.route_tables.iter().find(|table| table.main))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn observed() -> Observation {
        let subnet = |id: &str, cidr: &str, zone: &str| Subnet {
            id: id.to_owned(),
            cidr: cidr.to_owned(),
            zone: zone.to_owned(),
        };
        let table = |id: &str, main: bool, subnets: &[&str]| RouteTable {
            id: id.to_owned(),
            main,
            subnets: subnets.iter().map(|id| (*id).to_owned()).collect(),
        };
        Observation {
            subnets: vec![
                subnet("subnet-a", "10.0.0.0/19", "eu-central-1a"),
                subnet("subnet-b", "10.0.32.0/19", "eu-central-1b"),
                subnet("subnet-c", "10.0.64.0/19", "eu-central-1c"),
            ],
            route_tables: vec![
                table("rtb-private", false, &["subnet-c", "subnet-a"]),
                table("rtb-main", true, &[]),
            ],
        }
    }

    fn spec(subnets: &[(&str, Option<&str>)]) -> Spec {
        let subnets = subnets
            .iter()
            .map(|(cidr, zone)| Wanted { cidr: (*cidr).to_owned(), zone: zone.map(str::to_owned) });
        Spec { vpc: "vpc-01234567".to_owned(), subnets: subnets.collect() }
    }

    #[test]
    fn subnets_come_in_the_order_asked_for_and_each_table_once() {
        let wanted = spec(&[("10.0.64.0/19", None), ("10.0.0.0/19", Some("eu-central-1a"))]);
        let expected = json!({"SubnetIds": ["subnet-c", "subnet-a"], "RouteTableIds": ["rtb-private"]});
        assert_eq!(json!(answer(&wanted, &observed()).unwrap()), expected);
    }

    #[test]
    fn a_subnet_without_a_table_of_its_own_uses_the_main_one() {
        let wanted = spec(&[("10.0.32.0/19", None), ("10.0.0.0/19", None)]);
        let expected =
            json!({"SubnetIds": ["subnet-b", "subnet-a"], "RouteTableIds": ["rtb-main", "rtb-private"]});
        assert_eq!(json!(answer(&wanted, &observed()).unwrap()), expected);
    }

    #[test]
    fn what_is_missing_or_elsewhere_is_named() {
        let missing = answer(&spec(&[("10.1.0.0/19", None)]), &observed()).unwrap_err();
        let expected = "no subnet of vpc-01234567 has the CIDR block 10.1.0.0/19: it has 10.0.0.0/19, 10.0.32.0/19, 10.0.64.0/19; ";
        assert!(missing.starts_with(expected), "{missing}");
        let empty = answer(&spec(&[("10.1.0.0/19", None)]), &Observation::default()).unwrap_err();
        assert!(empty.contains("it has no subnets, or is not in this account and Region"), "{empty}");
        let elsewhere = answer(&spec(&[("10.0.0.0/19", Some("eu-central-1b"))]), &observed()).unwrap_err();
        let expected =
            "subnet-a with the CIDR block 10.0.0.0/19 is in eu-central-1a and not in eu-central-1b: ";
        assert!(elsewhere.starts_with(expected), "{elsewhere}");
    }
}
