//! What is told before a run is what the run will do.

use super::*;
use crate::samples::{file_system, goal, group, interface, mount, network, vpcs};
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
        vpcs: vpcs(),
        networks: vec![Network { contents, ..network() }],
        ..Seen::default()
    }
}

#[test]
fn it_tells_what_is_deleted_what_is_kept_and_what_blocks() {
    let first = |file_systems| {
        [
            "Blocked domains: d-abc123",
            "Delete mount targets: fsmt-1",
            file_systems,
            "Delete network interfaces: eni-1",
            "Blocked network interfaces: eni-2 (made for a test)",
            "Delete security groups: sg-in (sg-in-name)",
        ]
    };
    let far = "Blocked security groups of others: sg-far refers to sg-in";
    let vpc = "VPCs: vpc-0123456789abcdef0";
    let kept = first("Keep file systems: fs-1 (1.5 GiB)");
    // Without the VPC both groups of others stay.
    let both = "Blocked security groups of others: sg-far refers to sg-in, sg-theirs refers to sg-in";
    let alone = Seen { networks: Vec::new(), ..seen() };
    check(&goal(Storage::Keep, Vpc::Keep), &alone, &[&kept[..], &[both]].concat());
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
fn what_is_in_a_blocked_vpc_is_listed_as_kept() {
    let alone = |network| Seen { networks: vec![network], vpcs: vpcs(), ..Seen::default() };
    let contents = || Contents { subnets: vec!["subnet-1".to_owned()], ..Contents::default() };
    let others = Contents { others: ["domain d-other".to_owned()].into(), ..contents() };
    let held = alone(Network { contents: others, ..network() });
    let told = [
        "Blocked things of others: domain d-other",
        "Keep subnets: subnet-1",
        "Keep VPCs: vpc-0123456789abcdef0",
    ];
    check(&goal(Storage::Keep, Vpc::Delete), &held, &told);
    let default = alone(Network { default: true, contents: contents(), ..network() });
    let told = ["Blocked VPCs: vpc-0123456789abcdef0", "Keep subnets: subnet-1"];
    check(&goal(Storage::Keep, Vpc::Delete), &default, &told);
}

#[test]
fn a_vpc_that_is_to_be_deleted_always_has_a_row() {
    let delete = goal(Storage::Keep, Vpc::Delete);
    let kept = || vec![file_system("fs-1", State::Up, &[])];
    let fs = "Keep file systems: fs-1 (1.5 GiB)";
    let unknown = Seen { file_systems: kept(), ..Seen::default() };
    check(&delete, &unknown, &[fs, "Blocked VPCs: unknown"]);
    let gone = Seen { file_systems: kept(), vpcs: vpcs(), ..Seen::default() };
    check(&delete, &gone, &[fs, "Report deleted VPCs: vpc-0123456789abcdef0"]);
}

#[test]
fn what_others_made_is_kept() {
    let mut copy = file_system("fs-copy", State::Up, &[mount("fsmt-2", State::Up)]);
    copy.proof = Proof::Tag;
    let mut own = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up), mount("fsmt-9", State::Up)]);
    own.mounts[1].owner = Owner::Other;
    let seen = Seen { file_systems: vec![own, copy], ..Seen::default() };
    let told = [
        "Delete mount targets: fsmt-1",
        "Keep mount targets: fsmt-9",
        "Keep mount targets: fsmt-2",
        "Keep file systems: fs-1 (1.5 GiB)",
        "Keep file systems: fs-copy (1.5 GiB)",
    ];
    check(&goal(Storage::Keep, Vpc::Keep), &seen, &told);
    let told = [told[0], told[1], told[2], "Blocked file systems: fs-1", told[4]];
    check(&goal(Storage::Delete, Vpc::Keep), &seen, &told);
}

#[test]
fn sizes_are_told_in_the_unit_that_fits() {
    for (bytes, told) in [(0, "0 bytes"), (6144, "6.0 KiB"), (1 << 40, "1.0 TiB"), (i64::MAX, "838860.7 TiB")]
    {
        assert_eq!(size(bytes), told);
    }
}

#[test]
fn a_backup_that_cannot_be_made_blocks() {
    let role = |role| Seen { role, ..Seen::default() };
    let (arn, why) = ("arn:role".to_owned(), "no".to_owned());
    let backup = goal(Storage::Backup, Vpc::Keep);
    let vault = Seen { no_vault: Some("attic".to_owned()), ..Seen::default() };
    check(&backup, &vault, &["Blocked backup vaults: attic"]);
    check(
        &backup,
        &role(Role::Unfit { arn: arn.clone(), why: why.clone() }),
        &["Blocked backup roles: arn:role"],
    );
    check(&backup, &role(Role::Unchecked { arn, why }), &["Report backup roles: arn:role"]);
}
