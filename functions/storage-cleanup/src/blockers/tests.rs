//! Every blocker, as a line.

use super::*;
use crate::observation::{Contents, Owner};
use crate::samples::{DOMAIN, VPC, file_system, group, mount, network, spec, vpcs};
use std::collections::{BTreeMap, BTreeSet};

const OTHER: &str = "vpc-00000000000000009";

#[track_caller]
fn check(spec: &Spec, observed: &Observation, expected: &[&str]) {
    let told = blockers(spec, observed).into_iter();
    let told: Vec<_> = told
        .map(|found| {
            format!(
                "{} {}: {}",
                found.kind,
                found.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                found.reason
            )
        })
        .collect();
    let same =
        told.len() == expected.len() && told.iter().zip(expected).all(|(told, part)| told.contains(part));
    assert!(same, "\n    told: {told:#?}\nexpected: {expected:#?}");
}

fn of(file_system: FileSystem) -> Observation {
    Observation { file_systems: vec![file_system], ..Observation::default() }
}

#[test]
fn a_file_system_that_others_use_is_not_deleted() {
    let mut used = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up), mount("fsmt-9", State::Up)]);
    used.mounts[1].owner = Owner::Other;
    used.consumers.insert("domain d-new".to_owned());
    for storage in [Storage::Delete, Storage::Backup] {
        let told = format!(
            "file systems fs-1: in use by mount target fsmt-9 in {VPC}, domain d-new: remove that use"
        );
        check(&spec(storage, Vpc::Keep), &of(used.clone()), &[&told]);
    }
    check(&spec(Storage::Keep, Vpc::Keep), &of(used), &[]);
}

#[test]
fn one_proof_is_not_enough() {
    let with = |proof, home| of(FileSystem { proof, home, ..file_system("fs-1", State::Up, &[]) });
    for storage in [Storage::Keep, Storage::Delete, Storage::Backup] {
        let spec = spec(storage, Vpc::Keep);
        check(&spec, &with(Proof::Both, true), &[]);
        check(&spec, &with(Proof::Tag, false), &[]);
        check(&spec, &with(Proof::Token, false), &["put the tag back (key ManagedByAmazonSageMakerResource"]);
        check(&spec, &with(Proof::Neither, true), &["neither its tag ManagedByAmazonSageMakerResource nor"]);
    }
    check(&spec(Storage::Keep, Vpc::Keep), &with(Proof::Tag, true), &[]);
    check(
        &spec(Storage::Delete, Vpc::Keep),
        &with(Proof::Tag, true),
        &["its creation token does not say so"],
    );
}

#[test]
fn the_vpc_must_be_certain() {
    let delete = spec(Storage::Keep, Vpc::Delete);
    let said = |all: &[(&str, Witness)]| {
        let mut vpcs: BTreeMap<String, BTreeSet<Witness>> = BTreeMap::new();
        for (id, said) in all {
            vpcs.entry((*id).to_owned()).or_default().insert(*said);
        }
        vpcs
    };
    let observed = |vpcs| Observation { vpcs, groups: vec![group("sg-in", &[])], ..Observation::default() };
    check(&delete, &observed(said(&[(VPC, Witness::Groups), (VPC, Witness::FileSystem)])), &[]);
    let two = observed(said(&[(VPC, Witness::Groups), (OTHER, Witness::FileSystem)]));
    let told = format!(
        "VPCs {OTHER} (named by the tag sm-mlops:vpc of its file system), {VPC} (named by its security groups): it is not certain"
    );
    check(&delete, &two, &[&told]);
    check(&spec(Storage::Keep, Vpc::Keep), &two, &[]);
    check(&delete, &observed(said(&[])), &["VPCs unknown: nothing says which VPC domain d-abc123 was in"]);
    check(&delete, &Observation::default(), &[]);
    // A mount target says nothing about the VPC of the domain.
    let mut far = mount("fsmt-9", State::Up);
    (far.vpc, far.owner) = (OTHER.to_owned(), Owner::Other);
    check(&delete, &of(file_system("fs-1", State::Up, &[far])), &["VPCs unknown"]);
    // A domain without groups: nothing names its VPC when it is gone.
    let domains: BTreeMap<_, _> = [(DOMAIN.to_owned(), Domain::There("InService".to_owned()))].into();
    let bare = |vpcs| Observation { domains: domains.clone(), vpcs, ..Observation::default() };
    let told = ["domains d-abc123: it is still there (InService)", "has no security groups of SageMaker"];
    check(&delete, &bare(said(&[(VPC, Witness::Domain)])), &told);
    check(&delete, &bare(said(&[(VPC, Witness::Domain), (VPC, Witness::Vpc)])), &told[..1]);
}

#[test]
fn all_blockers_are_told_at_once() {
    let contents = Contents { others: ["domain d-other".to_owned()].into(), ..Contents::default() };
    let observed = Observation {
        referrers: vec![("sg-far".to_owned(), "sg-in".to_owned())],
        groups: vec![group("sg-in", &["sgr-1"])],
        vpcs: vpcs(),
        networks: vec![crate::observation::Network { contents, ..network() }],
        ..of(FileSystem {
            consumers: ["access point fsap-1".to_owned()].into(),
            ..file_system("fs-1", State::Up, &[])
        })
    };
    let told = [
        "in use by access point fsap-1",
        "sg-far refers to sg-in",
        "things of others domain d-other: in vpc-",
    ];
    check(&spec(Storage::Delete, Vpc::Delete), &observed, &told);
}
