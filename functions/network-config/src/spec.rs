//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use shared::drivers::cloudformation::properties::{list, optional_list};
use std::net::Ipv4Addr;

/// Subnets of one VPC, in the order in which they are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// `vpc-...`.
    pub vpc: String,
    pub subnets: Vec<Wanted>,
}

/// A subnet to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its IPv4 block, without bits of a host.
    pub cidr: String,
    /// The name of the Availability Zone that it must be in; any if there is none.
    pub zone: Option<String>,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The VPC that has the subnets.
    pub vpc_id: String,
    /// The IPv4 blocks of the subnets.
    #[serde(rename = "SubnetCIDRBlocks")]
    pub subnet_cidr_blocks: Vec<String>,
    /// The Availability Zones of the subnets, in the same order. Left out, the subnets may be in any.
    #[serde(default, deserialize_with = "optional_list")]
    pub availability_zones: Vec<String>,
    /// How many of the blocks are looked for, from the first on. Left out, all are.
    #[serde(default, rename = "NumberOfAZs")]
    pub number_of_azs: Option<String>,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self) -> Result<Spec, String> {
        if !is_vpc(&self.vpc_id) {
            return Err(format!(
                "VpcId is `{}`: give the id of a VPC, such as vpc-0123456789abcdef0",
                self.vpc_id
            ));
        }
        let count = number(self.number_of_azs.as_deref(), self.subnet_cidr_blocks.len())?;
        let blocks = self.subnet_cidr_blocks.into_iter().take(count).collect();
        let kind = "an IPv4 block of a subnet, such as 10.0.0.0/19";
        let blocks = list("SubnetCIDRBlocks", blocks, kind, |block| cidr(block).is_some())?;
        let zones: Vec<String> = self.availability_zones.into_iter().take(count).collect();
        let zones = if zones.is_empty() {
            vec![None; blocks.len()]
        } else {
            let zones =
                list("AvailabilityZones", zones, "the name of a zone, such as eu-central-1a", is_zone)?;
            if zones.len() < blocks.len() {
                return Err(format!(
                    "AvailabilityZones has {} for {} of SubnetCIDRBlocks: give one zone for each block, or lower NumberOfAZs",
                    zones.len(),
                    blocks.len()
                ));
            }
            zones.into_iter().map(Some).collect()
        };
        let blocks = blocks.iter().filter_map(|block| cidr(block));
        let subnets: Vec<_> = blocks.zip(zones).map(|(cidr, zone)| Wanted { cidr, zone }).collect();
        let twice = subnets
            .iter()
            .enumerate()
            .find(|(at, it)| subnets[..*at].iter().any(|other| other.cidr == it.cidr));
        match twice {
            Some((_, Wanted { cidr, .. })) => {
                Err(format!("SubnetCIDRBlocks holds {cidr} twice: leave one out"))
            }
            None => Ok(Spec { vpc: self.vpc_id, subnets }),
        }
    }
}

/// How many blocks count.
fn number(given: Option<&str>, blocks: usize) -> Result<usize, String> {
    let Some(text) = given.filter(|text| !text.is_empty()) else { return Ok(blocks) };
    match text.parse() {
        Ok(count) if (1..=blocks).contains(&count) => Ok(count),
        _ => Err(format!(
            "NumberOfAZs is `{text}` and SubnetCIDRBlocks has {blocks}: give a number from 1 up to that of the blocks"
        )),
    }
}

/// The pattern of ids of EC2: 8 or 17 hexadecimal digits.
fn is_vpc(text: &str) -> bool {
    let digits = text.strip_prefix("vpc-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zone(text: &str) -> bool {
    text.contains('-')
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The block as EC2 keeps it: without bits of a host. A subnet has a prefix of 16 to 28 bits
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>).
fn cidr(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits) = (address.parse::<Ipv4Addr>().ok()?, bits.parse::<u32>().ok()?);
    let network = Ipv4Addr::from_bits(address.to_bits() & u32::MAX << (32 - bits.clamp(16, 28)));
    (16..=28).contains(&bits).then(|| format!("{network}/{bits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(properties: Value) -> Result<Vec<(String, Option<String>)>, String> {
        let spec = serde_json::from_value::<Properties>(properties).unwrap().read()?;
        Ok(spec.subnets.into_iter().map(|wanted| (wanted.cidr, wanted.zone)).collect())
    }

    #[track_caller]
    fn refused(change: &[(&str, Value)], expected: &str) {
        let mut properties = json!({
            "VpcId": "vpc-0123456789abcdef0", "SubnetCIDRBlocks": ["10.0.0.0/19", "10.0.32.0/19"],
            "AvailabilityZones": ["eu-central-1a", "eu-central-1b"], "NumberOfAZs": "2",
        });
        for (property, value) in change {
            properties[property] = value.clone();
        }
        assert_eq!(read(properties), Err(expected.to_owned()));
    }

    #[test]
    fn the_first_blocks_are_paired_with_the_first_zones() {
        let both = json!({
            "VpcId": "vpc-01234567", "SubnetCIDRBlocks": ["10.0.0.0/19", "10.0.32.9/19", "10.0.64.0/19"],
            "AvailabilityZones": ["eu-central-1a", "eu-central-1b"], "NumberOfAZs": "2",
        });
        let pair = |cidr: &str, zone: Option<&str>| (cidr.to_owned(), zone.map(str::to_owned));
        let expected =
            [pair("10.0.0.0/19", Some("eu-central-1a")), pair("10.0.32.0/19", Some("eu-central-1b"))];
        assert_eq!(read(both), Ok(expected.to_vec()));
        let anywhere =
            json!({"VpcId": "vpc-01234567", "SubnetCIDRBlocks": ["10.0.0.0/28"], "AvailabilityZones": [""]});
        assert_eq!(
            read(anywhere).unwrap_err(),
            "AvailabilityZones is empty: give a list of at least one; each must be the name of a zone, such as eu-central-1a"
        );
        let anywhere =
            json!({"VpcId": "vpc-01234567", "SubnetCIDRBlocks": ["10.0.0.0/28"], "AvailabilityZones": ""});
        assert_eq!(read(anywhere), Ok(vec![pair("10.0.0.0/28", None)]));
    }

    #[test]
    fn every_bad_value_is_named_with_what_to_do() {
        refused(
            &[("VpcId", json!("subnet-1"))],
            "VpcId is `subnet-1`: give the id of a VPC, such as vpc-0123456789abcdef0",
        );
        refused(
            &[("SubnetCIDRBlocks", json!(["10.0.0.0/19", "10.0.0.0"]))],
            "SubnetCIDRBlocks holds `10.0.0.0`: each must be an IPv4 block of a subnet, such as 10.0.0.0/19",
        );
        for block in ["10.0.0.0/8", "10.0.0.0/29", "10.0.0.300/19", "fd00::/64", "10.0.0.0/-1", ""] {
            let expected = format!(
                "SubnetCIDRBlocks holds `{block}`: each must be an IPv4 block of a subnet, such as 10.0.0.0/19"
            );
            refused(&[("SubnetCIDRBlocks", json!(["10.0.0.0/19", block]))], &expected);
        }
        refused(
            &[("SubnetCIDRBlocks", json!(["10.0.0.0/19", "10.0.0.1/19"]))],
            "SubnetCIDRBlocks holds 10.0.0.0/19 twice: leave one out",
        );
        refused(
            &[("SubnetCIDRBlocks", json!([])), ("NumberOfAZs", json!(""))],
            "SubnetCIDRBlocks is empty: give a list of at least one; each must be an IPv4 block of a subnet, such as 10.0.0.0/19",
        );
        refused(
            &[("AvailabilityZones", json!(["eu-central-1a"]))],
            "AvailabilityZones has 1 for 2 of SubnetCIDRBlocks: give one zone for each block, or lower NumberOfAZs",
        );
        for count in ["0", "3", "two"] {
            let expected = format!(
                "NumberOfAZs is `{count}` and SubnetCIDRBlocks has 2: give a number from 1 up to that of the blocks"
            );
            refused(&[("NumberOfAZs", json!(count))], &expected);
        }
    }
}
