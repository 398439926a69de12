//! The commands that find domains, and what a plan says about its domain.

use crate::program::{answering, ask, identity, word};
use crate::{empty, json, told};
use testing::ScriptedAws;

const VPC: &str = "vpc-0123456789abcdef0";

/// A domain `d-live`, and what a deleted one, `d-gone`, left in the same VPC.
fn one_and_remains(call: &str) -> (u16, String) {
    let tag = r#"{"Key":"ManagedByAmazonSageMakerResource","Value":"arn:aws:sagemaker:eu-central-1:111122223333:domain/d-gone"}"#;
    let arn = "arn:aws:sagemaker:eu-central-1:111122223333:domain/d-live";
    let brief = format!(
        r#""DomainArn":"{arn}","DomainId":"d-live","DomainName":"team","Status":"InService","CreationTime":1767323045.5"#
    );
    match call {
        "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/ann"),
        "ListDomains" => (200, format!(r#"{{"Domains":[{{{brief}}}]}}"#)),
        "DescribeDomain" => (200, format!(r#"{{{brief},"VpcId":"{VPC}"}}"#)),
        "ListUserProfiles" => {
            (200, r#"{"UserProfiles":[{"UserProfileName":"a","Status":"InService"}]}"#.into())
        }
        "ListSpaces" => (200, r#"{"Spaces":[]}"#.into()),
        "ListApps" => (
            200,
            r#"{"Apps":[{"AppType":"JupyterLab","AppName":"x","UserProfileName":"a","Status":"Deleted"}]}"#
                .into(),
        ),
        "ListTags" => (200, r#"{"Tags":[{"Key":"Owner","Value":"ann"}]}"#.into()),
        "GET /2015-02-01/file-systems" => {
            let arn = "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-1";
            (
                200,
                format!(
                    r#"{{"FileSystems":[{{"OwnerId":"111122223333","CreationToken":"d-gone","FileSystemId":"fs-1","FileSystemArn":"{arn}","CreationTime":1.0,"LifeCycleState":"available","NumberOfMountTargets":1,"SizeInBytes":{{"Value":6144}},"PerformanceMode":"generalPurpose","Tags":[{tag}]}}]}}"#
                ),
            )
        }
        "GET /2015-02-01/mount-targets" => (
            200,
            format!(
                r#"{{"MountTargets":[{{"MountTargetId":"fsmt-1","FileSystemId":"fs-1","SubnetId":"subnet-1","VpcId":"{VPC}","NetworkInterfaceId":"eni-1","LifeCycleState":"available"}}]}}"#
            ),
        ),
        "DescribeNetworkInterfaces" => {
            let item = "<item><networkInterfaceId>eni-1</networkInterfaceId><description>EFS mount target for fs-1 (fsmt-1)</description><status>in-use</status><groupSet><item><groupId>sg-1</groupId></item></groupSet></item>";
            (
                200,
                format!(
                    "<DescribeNetworkInterfacesResponse><networkInterfaceSet>{item}</networkInterfaceSet></DescribeNetworkInterfacesResponse>"
                ),
            )
        }
        "DescribeSecurityGroups" => {
            let tag = r"<item><key>ManagedByAmazonSageMakerResource</key><value>arn:aws:sagemaker:eu-central-1:111122223333:domain/d-gone</value></item>";
            let item = format!(
                "<item><ownerId>111122223333</ownerId><groupId>sg-1</groupId><groupName>security-group-for-inbound-nfs-d-gone</groupName><vpcId>{VPC}</vpcId><tagSet>{tag}</tagSet></item>"
            );
            (
                200,
                format!(
                    "<DescribeSecurityGroupsResponse><securityGroupInfo>{item}</securityGroupInfo></DescribeSecurityGroupsResponse>"
                ),
            )
        }
        other => empty(other),
    }
}

/// The same, in which the deleted domain is not found by its id.
fn one_domain_and_leftovers() -> ScriptedAws {
    ScriptedAws::in_front_of(|call| {
        let word = word(call);
        if word == "DescribeDomain" && call.text.contains("d-gone") {
            empty(&word)
        } else {
            one_and_remains(&word)
        }
    })
}

#[test]
fn domains_are_listed_by_name_status_and_vpc() {
    let fake_aws = one_domain_and_leftovers();
    let row =
        ["Account 111122223333, eu-central-1", "d-live", "team", "InService", VPC, "2026-01-02 03:04 UTC"];
    told(&ask(&fake_aws, "domain list"), 0, &row, &[]);
    assert!(!fake_aws.called().contains(&"ListApps".to_owned()), "counts cost calls");
    let document = json(&ask(&fake_aws, "domain list --counts --json"));
    let domain = &document["Domains"][0];
    assert_eq!((&domain["DomainName"], &domain["VpcId"]), (&"team".into(), &VPC.into()), "{document}");
    assert_eq!(
        (&domain["UserProfiles"], &domain["Spaces"], &domain["Apps"]),
        (&1.into(), &0.into(), &0.into())
    );
    let none = answering(|call| match call {
        "ListDomains" => (200, r#"{"Domains":[]}"#.into()),
        other => empty(other),
    });
    told(&ask(&none, "domain list"), 0, &[], &["There is no domain in account 111122223333, eu-central-1."]);
}

#[test]
fn a_vpc_tells_its_domains_and_what_they_left() {
    let fake_aws = one_domain_and_leftovers();
    let line = format!("find --vpc {VPC} --region eu-central-1");
    let said = [
        "d-live",
        "InService",
        "the domain itself",
        "d-gone",
        "Deleted",
        "file systems fs-1; mount targets fsmt-1; security groups sg-1",
        "sm-mlops clean-up d-gone --region eu-central-1",
    ];
    told(&ask(&fake_aws, &line), 0, &said, &[]);
    let document = json(&ask(&fake_aws, &format!("find --vpc {VPC} --json")));
    assert_eq!(document["Domains"][0]["Command"], "sm-mlops clean-up d-gone", "{document}");
    let none = answering(|call| match call {
        "ListDomains" => (200, r#"{"Domains":[]}"#.into()),
        other => empty(other),
    });
    told(&ask(&none, &line), 3, &[], &["no domain is or was in vpc-0123456789abcdef0"]);
    assert!(fake_aws.called().iter().all(|call| !call.contains("Delete")));
}

#[test]
fn a_plan_says_which_domain_it_is_for() {
    let fake_aws = one_domain_and_leftovers();
    let said = [
        "Domain d-live (team) in account 111122223333, eu-central-1",
        "Status InService, created 2026-01-02 03:04 UTC, owner ann",
    ];
    told(&ask(&fake_aws, "clean-up d-live --dry-run"), 0, &said, &["dry run"]);
    let document = json(&ask(&fake_aws, "clean-up d-live --dry-run --json"));
    assert_eq!(document["Domain"]["DomainName"], "team", "{document}");
}

#[test]
fn every_page_of_domains_is_listed() {
    let fake_aws = ScriptedAws::in_front_of(|call| match word(call).as_str() {
        "ListDomains" if call.text.contains("page-2") => {
            (200, r#"{"Domains":[{"DomainId":"d-two","DomainName":"b","Status":"Failed"}]}"#.into())
        }
        "ListDomains" => {
            (200, r#"{"NextToken":"page-2","Domains":[{"DomainId":"d-one","DomainName":"a"}]}"#.into())
        }
        "DescribeDomain" => (400, r#"{"__type":"AccessDeniedException","message":"no"}"#.into()),
        other => empty(other),
    });
    let warned = ["warning: could not describe domain d-one", "AccessDeniedException"];
    told(&ask(&fake_aws, "domain list"), 0, &["d-one", "d-two", "Failed", "unknown"], &warned);
    let denied = "could not describe domain d-one: AccessDeniedException";
    told(&ask(&fake_aws, &format!("find --vpc {VPC}")), 1, &[], &[denied]);
}
