//! What is told before a run is what the run will do.

use super::*;
use crate::samples::{file_system, goal, group, interface, mount, network};
use crate::seen::{Contents, NatGateway, State};

#[track_caller]
fn check(goal: &Goal, seen: &Seen, expected: &[&str]) {
    let told = inventory(goal, seen).into_iter();
    let told = told.map(|item| format!("{:?} {}: {}", item.action, item.kind, item.names.join(", ")));
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

fn seen() -> Seen {
    let nat = NatGateway { id: "nat-1".to_owned(), leaving: false, addresses: vec!["eipalloc-1".to_owned()] };
    let contents = Contents {
        nat_gateways: vec![nat],
        subnets: vec!["subnet-1".to_owned()],
        groups: vec![group("sg-theirs", &[])],
        ..Contents::default()
    };
    Seen {
        domains: [("d-abc123".to_owned(), Domain::There("InService".to_owned()))].into(),
        file_systems: vec![file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])],
        groups: vec![group("sg-in", &["sgr-1"])],
        interfaces: vec![interface("eni-1", Holder::Nobody), interface("eni-2", Holder::Other)],
        referrers: vec![
            ("sg-theirs".to_owned(), "sg-in".to_owned()),
            ("sg-far".to_owned(), "sg-in".to_owned()),
        ],
        networks: vec![Network { contents, ..network() }],
        no_vault: None,
    }
}

#[test]
fn it_tells_what_goes_what_stays_and_what_is_in_the_way() {
    let first = |file_systems| {
        [
            "Blocks domains: d-abc123",
            "Delete mount targets: fsmt-1",
            file_systems,
            "Delete network interfaces: eni-1",
            "Blocks network interfaces: eni-2",
            "Delete security groups: sg-in (sg-in-name)",
        ]
    };
    let far = "Blocks security groups of others: sg-far refers to sg-in";
    let vpc = "VPCs: vpc-0123456789abcdef0";
    let kept = first("Keep file systems: fs-1 (1.5 GiB)");
    check(&goal(Storage::Keep, Vpc::Keep), &seen(), &[&kept[..], &[far, &format!("Keep {vpc}")]].concat());
    let gone = first("Delete file systems: fs-1 (1.5 GiB)");
    let contents = [
        far,
        "Delete NAT gateways: nat-1",
        "Keep elastic IPs: eipalloc-1",
        "Delete subnets: subnet-1",
        "Delete other security groups: sg-theirs",
        &format!("Delete {vpc}"),
    ];
    check(&goal(Storage::Delete, Vpc::Delete), &seen(), &[&gone[..], &contents].concat());
    check(&goal(Storage::Keep, Vpc::Delete), &Seen::default(), &[]);
}

#[test]
fn a_vpc_with_things_of_others_stays_with_all_it_has() {
    let alone = |network| Seen { networks: vec![network], ..Seen::default() };
    let contents = Contents {
        subnets: vec!["subnet-1".to_owned()],
        others: ["domain d-other".to_owned()].into(),
        ..Contents::default()
    };
    let held = alone(Network { contents, ..network() });
    let told = ["Blocks things of others: domain d-other", "Keep VPCs: vpc-0123456789abcdef0"];
    check(&goal(Storage::Keep, Vpc::Delete), &held, &told);
    let default = alone(Network { default: true, ..network() });
    check(&goal(Storage::Keep, Vpc::Delete), &default, &["Blocks VPCs: vpc-0123456789abcdef0"]);
}

#[test]
fn sizes_are_told_in_the_unit_that_fits() {
    for (bytes, told) in [(0, "0 bytes"), (6144, "6.0 KiB"), (1 << 40, "1.0 TiB"), (i64::MAX, "838860.7 TiB")]
    {
        assert_eq!(size(bytes), told);
    }
}

#[test]
fn a_vault_that_is_not_there_is_in_the_way() {
    let seen = Seen { no_vault: Some("attic".to_owned()), ..Seen::default() };
    check(&goal(Storage::Backup, Vpc::Keep), &seen, &["Blocks backup vaults: attic"]);
}
