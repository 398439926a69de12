//! What is told before a run is what the run will do.

use super::*;
use crate::observation::{Contents, NatGateway, State};
use crate::samples::{file_system, group, interface, mount, network, spec, vpcs};

#[track_caller]
fn check(spec: &Spec, observed: &Observation, expected: &[&str]) {
    let told = inventory(spec, observed).into_iter();
    let told = told.map(|item| format!("{:?} {}: {}", item.action, item.kind, item.shown().join(", ")));
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

fn observed() -> Observation {
    let nat = NatGateway { id: "nat-1".to_owned(), leaving: false, addresses: vec!["eipalloc-1".to_owned()] };
    let contents = Contents {
        nat_gateways: vec![nat],
        subnets: vec!["subnet-1".to_owned()],
        groups: vec![group("sg-theirs", &[])],
        ..Contents::default()
    };
    Observation {
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
        ..Observation::default()
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
    let alone = Observation { networks: Vec::new(), ..observed() };
    check(&spec(Storage::Keep, Vpc::Keep), &alone, &[&kept[..], &[both]].concat());
    let gone = first("Delete file systems: fs-1 (1.5 GiB)");
    let contents = [
        far,
        "Delete NAT gateways: nat-1",
        "Keep elastic IPs: eipalloc-1",
        "Delete subnets: subnet-1",
        "Delete other security groups: sg-theirs",
        &format!("Delete {vpc}"),
    ];
    check(&spec(Storage::Delete, Vpc::Delete), &observed(), &[&gone[..], &contents].concat());
    check(&spec(Storage::Keep, Vpc::Delete), &Observation::default(), &[]);
}

#[test]
fn what_is_in_a_blocked_vpc_is_listed_as_kept() {
    let alone = |network| Observation { networks: vec![network], vpcs: vpcs(), ..Observation::default() };
    let contents = || Contents { subnets: vec!["subnet-1".to_owned()], ..Contents::default() };
    let others = Contents { others: ["domain d-other".to_owned()].into(), ..contents() };
    let held = alone(Network { contents: others, ..network() });
    let told = [
        "Blocked things of others: domain d-other",
        "Keep subnets: subnet-1",
        "Keep VPCs: vpc-0123456789abcdef0",
    ];
    check(&spec(Storage::Keep, Vpc::Delete), &held, &told);
    let default = alone(Network { default: true, contents: contents(), ..network() });
    let told = ["Blocked VPCs: vpc-0123456789abcdef0", "Keep subnets: subnet-1"];
    check(&spec(Storage::Keep, Vpc::Delete), &default, &told);
}

#[test]
fn a_vpc_that_is_to_be_deleted_always_has_a_row() {
    let delete = spec(Storage::Keep, Vpc::Delete);
    let kept = || vec![file_system("fs-1", State::Up, &[])];
    let fs = "Keep file systems: fs-1 (1.5 GiB)";
    let unknown = Observation { file_systems: kept(), ..Observation::default() };
    check(&delete, &unknown, &[fs, "Blocked VPCs: unknown"]);
    let gone = Observation { file_systems: kept(), vpcs: vpcs(), ..Observation::default() };
    check(&delete, &gone, &[fs, "Report deleted VPCs: vpc-0123456789abcdef0"]);
}

#[test]
fn what_others_made_is_kept() {
    let mut copy = file_system("fs-copy", State::Up, &[mount("fsmt-2", State::Up)]);
    copy.proof = Proof::Tag;
    let mut own = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up), mount("fsmt-9", State::Up)]);
    own.mounts[1].owner = Owner::Other;
    let observed = Observation { file_systems: vec![own, copy], ..Observation::default() };
    let told = [
        "Delete mount targets: fsmt-1",
        "Keep mount targets: fsmt-9",
        "Keep mount targets: fsmt-2",
        "Keep file systems: fs-1 (1.5 GiB)",
        "Keep file systems: fs-copy (1.5 GiB)",
    ];
    check(&spec(Storage::Keep, Vpc::Keep), &observed, &told);
    let told = [told[0], told[1], told[2], "Blocked file systems: fs-1", told[4]];
    check(&spec(Storage::Delete, Vpc::Keep), &observed, &told);
}

#[test]
fn a_backup_that_cannot_be_made_blocks() {
    let role = |role| Observation { role, ..Observation::default() };
    let (arn, why) = ("arn:role".to_owned(), "no".to_owned());
    let backup = spec(Storage::Backup, Vpc::Keep);
    let vault = Observation { no_vault: Some("attic".to_owned()), ..Observation::default() };
    check(&backup, &vault, &["Blocked backup vaults: attic"]);
    check(
        &backup,
        &role(Role::Unfit { arn: arn.clone(), why: why.clone() }),
        &["Blocked backup roles: arn:role"],
    );
    check(&backup, &role(Role::Unchecked { arn, why }), &["Report backup roles: arn:role"]);
}
