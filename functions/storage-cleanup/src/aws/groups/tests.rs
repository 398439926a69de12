//! Whose a network interface is taken to be.

use super::*;

/// The holder of an interface: its id, status, type and description, and whether AWS manages it.
#[track_caller]
fn check(found: [&str; 4], managed: bool, theirs: bool, expected: &Holder) {
    let [id, status, kind, description] = found;
    let found = NetworkInterface {
        network_interface_id: id.to_owned(),
        status: status.to_owned(),
        interface_type: kind.to_owned(),
        description: description.to_owned(),
        requester_managed: managed,
        ..NetworkInterface::default()
    };
    let ours = Ours {
        interfaces: BTreeSet::from(["eni-ours".to_owned()]),
        names: BTreeSet::from(["fs-1".to_owned(), "d-abc".to_owned()]),
        foreign: BTreeSet::from(["eni-theirs".to_owned()]),
        standing: BTreeSet::from(["fs-12".to_owned()]),
    };
    assert_eq!(interface(&found, &ours, theirs).holder, *expected, "{id} {status} {kind} {description}");
}

#[test]
fn an_interface_is_others_unless_it_is_known_to_go() {
    let plain = |status, description| ["eni-1", status, "interface", description];
    check(plain("available", "web"), false, false, &Holder::Nobody);
    check(plain("available", "web"), false, true, &Holder::Other);
    check(plain("available", "[DO NOT DELETE] ENI managed by SageMaker"), false, true, &Holder::Nobody);
    check(plain("available", "ELB app/web/1"), true, false, &Holder::Other);
    check(plain("available", "ENI of a service"), true, true, &Holder::Nobody);
    check(plain("available", "EFS mount target for fs-1 (fsmt-1)"), true, false, &Holder::Nobody);
    check(plain("in-use", "web"), false, false, &Holder::Other);
    check(plain("in-use", "web"), false, true, &Holder::Other);
    check(plain("detaching", "web"), false, false, &Holder::Leaving);
    check(plain("attaching", "web"), false, false, &Holder::Other);
    check(plain("new", ""), false, false, &Holder::Other);
    check(["eni-ours", "in-use", "interface", ""], false, false, &Holder::Leaving);
    for bound in ["natGateway", "nat_gateway", "vpc_endpoint"] {
        check(["eni-1", "in-use", bound, ""], true, false, &Holder::Leaving);
    }
    check(["eni-1", "in-use", "transit_gateway", ""], true, false, &Holder::Other);
    check(["eni-1", "in-use", "lambda", ""], true, false, &Holder::Other);
    // A service's own is waited for in a group of SageMaker's, or where its text names a domain that is gone.
    check(plain("in-use", "ENI of SageMaker"), true, true, &Holder::Service);
    check(plain("in-use", "AWS Lambda VPC ENI-report-1"), true, true, &Holder::Other);
    check(plain("in-use", "[DO NOT DELETE] ENI of d-abc"), true, false, &Holder::Service);
    check(plain("in-use", "[DO NOT DELETE] ENI of d-abcd"), true, false, &Holder::Other);
    check(plain("in-use", "[DO NOT DELETE] ENI of d-abc"), false, false, &Holder::Other);
    check(plain("in-use", "EFS mount target for fs-1 (fsmt-1)"), true, false, &Holder::Leaving);
    check(plain("in-use", "EFS mount target for fs-12 (fsmt-1)"), true, false, &Holder::Other);
    // AWS does not remove the mount target of somebody else, whatever group it is in.
    check(plain("in-use", "EFS mount target for fs-12 (fsmt-1)"), true, true, &Holder::Other);
    check(plain("available", "EFS mount target for fs-12 (fsmt-1)"), true, true, &Holder::Other);
    check(["eni-theirs", "in-use", "efs", "EFS mount target for fs-1 (fsmt-9)"], true, true, &Holder::Other);
    // One whose file system does not exist any more is on its way.
    check(plain("in-use", "EFS mount target for fs-gone (fsmt-1)"), true, true, &Holder::Leaving);
}
