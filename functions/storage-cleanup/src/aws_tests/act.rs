//! Every action makes its calls, and knows which refusals are harmless.

use super::{function, scripted};
use crate::observation::RouteTable;
use crate::plan::{CleanupAction, Order};
use crate::samples::{DOMAIN_ARN, VPC, group};
use serde_json::json;
use shared::error::chain;
use shared::reconcile::step::Reconcile;
use std::time::Duration;
use testing::{Reply, ScriptedAws, ec2, reply};
use tokio::time::Instant;

/// How many calls were postponed, or the error.
async fn act(service: &ScriptedAws, next: &CleanupAction) -> Result<usize, String> {
    let until = Instant::now() + Duration::from_secs(30);
    function(service)
        .await
        .act(next, until)
        .await
        .map(|postponed| postponed.count)
        .map_err(|error| chain(&error))
}

/// The reason of the calls that were postponed.
async fn postponed(service: &ScriptedAws, next: &CleanupAction) -> String {
    let until = Instant::now() + Duration::from_secs(30);
    function(service).await.act(next, until).await.unwrap().reason.unwrap()
}

/// The ids in the table below.
fn ids() -> [&'static str; 12] {
    [
        "fsmt-1", "fs-1", "eni-1", "sg-1", "vpce-1", "nat-1", "igw-1", "eigw-1", "subnet-1", "rtb-1",
        "acl-1", VPC,
    ]
}

fn one(id: &str) -> Vec<String> {
    vec![id.to_owned()]
}

/// Every deletion: the action, the calls it makes, and how AWS says that the thing is gone.
fn deletions() -> Vec<(CleanupAction, &'static [&'static str], Reply)> {
    let table = RouteTable { id: "rtb-1".to_owned(), associations: one("rta-1") };
    let gateways = CleanupAction::DeleteInternetGateways { vpc: VPC.to_owned(), gateways: one("igw-1") };
    vec![
        (
            CleanupAction::DeleteMountTargets(one("fsmt-1")),
            &["DeleteMountTarget"],
            reply::refusal("MountTargetNotFound"),
        ),
        (
            CleanupAction::DeleteFileSystems(vec![("fs-1".to_owned(), None)]),
            &["DeleteFileSystem"],
            reply::refusal("FileSystemNotFound"),
        ),
        (
            CleanupAction::DeleteInterfaces(one("eni-1")),
            &["DeleteNetworkInterface"],
            ec2::refusal("InvalidNetworkInterfaceID.NotFound"),
        ),
        (
            CleanupAction::DeleteGroups(one("sg-1")),
            &["DeleteSecurityGroup"],
            ec2::refusal("InvalidGroup.NotFound"),
        ),
        (
            CleanupAction::DeleteEndpoints(one("vpce-1")),
            &["DeleteVpcEndpoints"],
            ec2::refusal("InvalidVpcEndpointId.NotFound"),
        ),
        (
            CleanupAction::DeleteNatGateways(one("nat-1")),
            &["DeleteNatGateway"],
            ec2::refusal("NatGatewayNotFound"),
        ),
        (
            gateways,
            &["DetachInternetGateway", "DeleteInternetGateway"],
            ec2::refusal("InvalidInternetGatewayID.NotFound"),
        ),
        (
            CleanupAction::DeleteEgressGateways(one("eigw-1")),
            &["DeleteEgressOnlyInternetGateway"],
            ec2::refusal("InvalidGatewayID.NotFound"),
        ),
        (
            CleanupAction::DeleteSubnets(one("subnet-1")),
            &["DeleteSubnet"],
            ec2::refusal("InvalidSubnetID.NotFound"),
        ),
        (
            CleanupAction::DeleteRouteTables(vec![table]),
            &["DisassociateRouteTable", "DeleteRouteTable"],
            ec2::refusal("InvalidRouteTableID.NotFound"),
        ),
        (
            CleanupAction::DeleteAcls(one("acl-1")),
            &["DeleteNetworkAcl"],
            ec2::refusal("InvalidNetworkAclID.NotFound"),
        ),
        (CleanupAction::DeleteVpc(VPC.to_owned()), &["DeleteVpc"], ec2::refusal("InvalidVpcID.NotFound")),
    ]
}

#[tokio::test]
async fn gone_is_done() {
    for (next, calls, gone) in deletions() {
        let plain = scripted();
        assert_eq!(act(&plain, &next).await, Ok(0), "{next}");
        assert_eq!(plain.written(), calls, "{next}");
        let service = calls.iter().fold(scripted(), |service, call| service.always(call, "", gone.clone()));
        assert_eq!(act(&service, &next).await, Ok(0), "{next}");
    }
}

#[tokio::test]
async fn what_is_held_or_throttled_is_postponed_and_what_is_denied_is_told() {
    for (next, calls, gone) in deletions() {
        let json = gone.text().starts_with('{');
        let refuse = |code: &str| if json { reply::refusal(code) } else { ec2::refusal(code) };
        let last = calls[calls.len() - 1];
        let service = |code: &str| scripted().always(last, "", refuse(code));
        let held = if last == "DeleteFileSystem" { "FileSystemInUse" } else { "DependencyViolation" };
        assert_eq!(act(&service(held), &next).await, Ok(1), "{next}");
        let reason = postponed(&service(held), &next).await;
        let names = ids().iter().any(|id| reason.contains(id));
        assert!(
            names && reason.contains(&format!(": {held}: ")) && reason.starts_with("could not "),
            "{reason}"
        );
        assert_eq!(act(&service("ThrottlingException"), &next).await, Ok(1), "{next}");
        let why = act(&service("AccessDenied"), &next).await.unwrap_err();
        assert!(why.starts_with("could not ") && why.contains(": AccessDenied: "), "{why}");
    }
}

#[tokio::test]
async fn an_endpoint_that_stayed_is_told_though_the_call_succeeded() {
    let stayed = |code: &str| {
        let error = format!("<error><code>{code}</code><message>for a test</message></error>");
        let item = format!("<item><resourceId>vpce-1</resourceId>{error}</item>");
        ec2::response("DeleteVpcEndpoints", &format!("<unsuccessful>{item}</unsuccessful>"))
    };
    let next = CleanupAction::DeleteEndpoints(one("vpce-1"));
    let service = |code: &str| scripted().always("DeleteVpcEndpoints", "", stayed(code));
    assert_eq!(act(&service("InvalidVpcEndpointId.NotFound"), &next).await, Ok(0));
    assert_eq!(act(&service("InvalidVpcEndpoint.NotFound"), &next).await, Ok(0));
    let reason = postponed(&service("DependencyViolation"), &next).await;
    assert_eq!(reason, "could not delete VPC endpoint vpce-1: DependencyViolation: for a test");
    assert_eq!(act(&service("Throttling"), &next).await, Ok(1));
    let why = act(&service("OperationNotPermitted"), &next).await.unwrap_err();
    assert_eq!(why, "could not delete VPC endpoint vpce-1: OperationNotPermitted: for a test");
}

#[tokio::test]
async fn an_interface_that_became_used_is_postponed() {
    let saying = |text: &str| {
        ec2::refusal("InvalidParameterValue").replacing("InvalidParameterValue for a test", text)
    };
    let used = saying("Network interface 'eni-1' is currently in use.");
    let next = CleanupAction::DeleteInterfaces(one("eni-1"));
    let service = |reply: Reply| scripted().always("DeleteNetworkInterface", "", reply);
    assert_eq!(act(&service(used), &next).await, Ok(1));
    assert!(act(&service(saying("no")), &next).await.is_err());
    let used = scripted().always("DeleteSecurityGroup", "", ec2::refusal("InvalidGroup.InUse"));
    assert_eq!(act(&used, &CleanupAction::DeleteGroups(one("sg-1"))).await, Ok(1));
}

#[tokio::test]
async fn an_internet_gateway_that_is_held_is_not_deleted() {
    let held = scripted().always("DetachInternetGateway", "", ec2::refusal("DependencyViolation"));
    let next = CleanupAction::DeleteInternetGateways { vpc: VPC.to_owned(), gateways: one("igw-1") };
    assert_eq!(act(&held, &next).await, Ok(1));
    assert_eq!(held.written(), ["DetachInternetGateway"]);
}

#[tokio::test]
async fn rules_are_revoked_by_their_ids_in_both_directions() {
    let service = scripted();
    let both = crate::observation::Group { outbound: one("sgr-3"), ..group("sg-in", &["sgr-1", "sgr-2"]) };
    assert_eq!(act(&service, &CleanupAction::RevokeRules(vec![both])).await, Ok(0));
    let inbound = &service.requests("RevokeSecurityGroupIngress")[0];
    assert!(inbound.contains("GroupId=sg-in") && inbound.contains("sgr-1") && inbound.contains("sgr-2"));
    assert!(service.requests("RevokeSecurityGroupEgress")[0].contains("sgr-3"));
    let gone = scripted().always(
        "RevokeSecurityGroupIngress",
        "",
        ec2::refusal("InvalidSecurityGroupRuleId.NotFound"),
    );
    assert_eq!(act(&gone, &CleanupAction::RevokeRules(vec![group("sg-in", &["sgr-1"])])).await, Ok(0));
}

#[tokio::test]
async fn tags_name_the_domain_and_the_vpc() {
    let service = scripted();
    let next = CleanupAction::TagVpc { vpc: VPC.to_owned(), domain: DOMAIN_ARN.to_owned() };
    assert_eq!(act(&service, &next).await, Ok(0));
    let asked = &service.requests("CreateTags")[0];
    assert!(asked.contains(VPC) && asked.contains("sm-mlops:clean-up") && asked.contains(DOMAIN_ARN));
    let next = CleanupAction::TagFileSystems { own_tag: VPC.to_owned(), file_systems: one("fs-1") };
    assert_eq!(act(&service, &next).await, Ok(0));
    let asked = &service.requests("TagResource")[0];
    assert!(asked.contains("/fs-1") && asked.contains("sm-mlops:vpc") && asked.contains(VPC));
    let gone = scripted().always("TagResource", "", reply::refusal("FileSystemNotFound"));
    assert_eq!(act(&gone, &next).await, Ok(0), "another run has deleted it");
}

#[tokio::test]
async fn a_backup_is_started_once_and_its_job_written_on_the_file_system() {
    let started = (200, json!({"BackupJobId": "job-1"}).to_string());
    let service = scripted().always("StartBackupJob", "", started);
    let arn = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1".to_owned();
    let order = |after: Option<&str>| Order {
        file_system: "fs-1".to_owned(),
        arn: arn.clone(),
        after: after.map(str::to_owned),
    };
    for after in [None, None, Some("job-0")] {
        assert_eq!(act(&service, &CleanupAction::StartBackups(vec![order(after)])).await, Ok(0));
    }
    let asked = service.requests("StartBackupJob");
    assert!(asked[0].contains(r#""BackupVaultName":"Default""#), "{}", asked[0]);
    assert!(asked[0].contains("arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole"));
    assert!(
        asked[0].contains("sm-mlops-fs-1-after-nothing") && asked[1].contains("sm-mlops-fs-1-after-nothing")
    );
    assert!(asked[2].contains("sm-mlops-fs-1-after-job-0"));
    assert!(service.requests("TagResource")[0].contains("job-1"));
    let denied = scripted().always("StartBackupJob", "", reply::refusal("AccessDeniedException"));
    let why = act(&denied, &CleanupAction::StartBackups(vec![order(None)])).await.unwrap_err();
    assert!(why.starts_with(
        "could not start the backup of file system fs-1 into vault Default with role arn:aws:iam"
    ));
    assert_eq!(denied.written(), ["StartBackupJob"]);
}
