//! Domains of SageMaker with their real storage in ministack, driven by the AWS command line as a person would.

use crate::{Cloud, Options};
use serde_json::{Value, json};

/// What the AWS command line answers the root; the message of a refusal.
pub(super) async fn aws(cloud: &Cloud, command: &str) -> Result<Value, String> {
    let [(_, id), (_, secret)] = cloud.root_variables();
    aws_as(cloud, &json!({"AccessKeyId": id, "SecretAccessKey": secret}), command).await
}

/// What the AWS command line answers the holder of these credentials.
pub(super) async fn aws_as(cloud: &Cloud, credentials: &Value, command: &str) -> Result<Value, String> {
    aws_with(cloud, credentials, command, "").await
}

/// The same with a name of the application (`AWS_SDK_UA_APP_ID`), if it is not empty.
pub(super) async fn aws_with(
    cloud: &Cloud,
    credentials: &Value,
    command: &str,
    application: &str,
) -> Result<Value, String> {
    let program = cloud.project().join(".venv/emulator/bin/aws");
    let part = |name: &str| credentials[name].as_str().unwrap_or_default().to_owned();
    let output = tokio::process::Command::new(program)
        .args(command.split(' '))
        .args(["--output", "json"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", cloud.state())
        .env("AWS_ENDPOINT_URL", cloud.endpoint())
        .env("AWS_ACCESS_KEY_ID", part("AccessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey"))
        .env("AWS_SESSION_TOKEN", part("SessionToken"))
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_SDK_UA_APP_ID", application)
        .output()
        .await
        .unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// The status of a domain once it is none of these.
async fn settled(cloud: &Cloud, domain: &str, passing: &[&str]) -> Value {
    let what = format!("the domain is none of {passing:?}");
    testing::until(&what, async || {
        match aws(cloud, &format!("sagemaker describe-domain --domain-id {domain}")).await {
            Ok(seen) if passing.contains(&seen["Status"].as_str().unwrap()) => None,
            Ok(seen) => Some(seen),
            Err(message) => Some(message.into()),
        }
    })
    .await
}

/// File systems, mount targets and security groups of a domain.
async fn storage(cloud: &Cloud, domain: &str) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}");
    let list = |mut answer: Value, member: &str| -> Vec<Value> {
        serde_json::from_value(answer[member].take()).unwrap()
    };
    let tag = json!([{"Key": "ManagedByAmazonSageMakerResource", "Value": arn}]);
    let mut systems = list(aws(cloud, "efs describe-file-systems").await.unwrap(), "FileSystems");
    systems.retain(|system| system["Tags"] == tag);
    let mut targets = Vec::new();
    for system in &systems {
        let id = system["FileSystemId"].as_str().unwrap();
        let seen = aws(cloud, &format!("efs describe-mount-targets --file-system-id {id}")).await.unwrap();
        targets.extend(list(seen, "MountTargets"));
    }
    let filter = format!("Name=tag:ManagedByAmazonSageMakerResource,Values={arn}");
    let groups = aws(cloud, &format!("ec2 describe-security-groups --filters {filter}")).await.unwrap();
    (systems, targets, list(groups, "SecurityGroups"))
}

/// A VPC in this Region, and a subnet of it.
pub(super) async fn network(cloud: &Cloud, region: &str) -> (String, String) {
    let made =
        aws(cloud, &format!("ec2 create-vpc --cidr-block 10.0.0.0/16 --region {region}")).await.unwrap();
    let vpc = made["Vpc"]["VpcId"].as_str().unwrap().to_owned();
    let subnet = format!("ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.0.0/24 --region {region}");
    let made = aws(cloud, &subnet).await.unwrap();
    (vpc, made["Subnet"]["SubnetId"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_region_knows_nothing_of_what_another_holds() {
    let cloud = Cloud::start(Options { speed: 500.0, ..Options::default() }).await.unwrap();
    let (home, other) = ("us-east-1", "eu-west-1");
    let kind = "--category Source --provider Own --action-version 1";
    let artifacts = "--input-artifact-details minimumCount=0,maximumCount=0 --output-artifact-details minimumCount=1,maximumCount=1";
    aws(&cloud, &format!("codepipeline create-custom-action-type {kind} {artifacts}")).await.unwrap();
    for (region, count) in [(home, 1), (other, 0)] {
        let list = format!("codepipeline list-action-types --action-owner-filter Custom --region {region}");
        let listed = aws(&cloud, &list).await.unwrap();
        assert_eq!(listed["actionTypes"].as_array().unwrap().len(), count);
    }
    let mut ids = Vec::new();
    for region in [home, other] {
        let (vpc, subnet) = network(&cloud, region).await;
        let create = format!(
            "sagemaker create-domain --domain-name d --auth-mode IAM --vpc-id {vpc} --subnet-ids {subnet} \
             --default-user-settings {{}} --region {region}"
        );
        ids.push(aws(&cloud, &create).await.unwrap()["DomainId"].as_str().unwrap().to_owned());
    }
    for (region, mine, its) in [(home, &ids[0], &ids[1]), (other, &ids[1], &ids[0])] {
        let in_region = async |command: &str| aws(&cloud, &format!("{command} --region {region}")).await;
        super::until("the domain has its storage", async || {
            let seen = in_region(&format!("sagemaker describe-domain --domain-id {mine}")).await.unwrap();
            assert_ne!(seen["Status"], "Failed", "{seen}");
            seen["Status"] == "InService"
        })
        .await;
        let listed = in_region("sagemaker list-domains").await.unwrap();
        assert_eq!(listed["Domains"].as_array().unwrap().len(), 1);
        assert!(listed["Domains"][0]["DomainArn"].as_str().unwrap().contains(&format!(":{region}:")));
        let systems = in_region("efs describe-file-systems").await.unwrap();
        let tokens: Vec<_> =
            systems["FileSystems"].as_array().unwrap().iter().map(|one| &one["CreationToken"]).collect();
        assert_eq!(tokens, [mine.as_str()]);
        let groups = in_region(
            "ec2 describe-security-groups --filters Name=tag-key,Values=ManagedByAmazonSageMakerResource",
        );
        assert_eq!(groups.await.unwrap()["SecurityGroups"].as_array().unwrap().len(), 2);
        for call in ["describe-domain", "delete-domain"] {
            let refused = in_region(&format!("sagemaker {call} --domain-id {its}")).await.unwrap_err();
            assert!(refused.contains("ResourceNotFound"), "{refused}");
        }
        let arn = listed["Domains"][0]["DomainArn"].as_str().unwrap().replace(mine.as_str(), its);
        let refused = in_region(&format!("sagemaker list-tags --resource-arn {arn}")).await.unwrap_err();
        assert!(refused.contains("does not exist"), "{refused}");
        // A state is injected wherever the resource is.
        cloud
            .registry
            .inject_state(&emulator_core::InjectedState::new(&format!("domain/{mine}"), "Delete_Failed"))
            .unwrap();
        let seen = in_region(&format!("sagemaker describe-domain --domain-id {mine}")).await.unwrap();
        assert_eq!(seen["Status"], "Delete_Failed");
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_domain_has_storage_of_its_own_that_outlives_it_unless_it_is_to_go() {
    let cloud = Cloud::start(Options { speed: 200.0, ..Options::default() }).await.unwrap();
    let made = aws(&cloud, "ec2 create-vpc --cidr-block 10.0.0.0/16").await.unwrap();
    let vpc = made["Vpc"]["VpcId"].as_str().unwrap();
    let mut subnets = Vec::new();
    for (zone, block) in [("us-east-1a", "10.0.0.0/24"), ("us-east-1b", "10.0.1.0/24")] {
        let subnet =
            format!("ec2 create-subnet --vpc-id {vpc} --cidr-block {block} --availability-zone {zone}");
        subnets.push(aws(&cloud, &subnet).await.unwrap()["Subnet"]["SubnetId"].as_str().unwrap().to_owned());
    }
    let create = format!(
        "sagemaker create-domain --domain-name studio --auth-mode IAM --vpc-id {vpc} --default-user-settings {{}}"
    );
    for (policy, left) in [("", (1, 2, 2)), (" --retention-policy HomeEfsFileSystem=Delete", (0, 0, 0))] {
        let made = aws(&cloud, &format!("{create} --subnet-ids {}", subnets.join(" "))).await.unwrap();
        let id = made["DomainId"].as_str().unwrap();
        let seen = settled(&cloud, id, &["Pending"]).await;
        assert_eq!(seen["Status"], "InService", "{seen}");
        let (systems, targets, groups) = storage(&cloud, id).await;
        assert_eq!((systems.len(), targets.len(), groups.len()), (1, 2, 2));
        assert_eq!(
            (&systems[0]["FileSystemId"], &systems[0]["Encrypted"]),
            (&seen["HomeEfsFileSystemId"], &true.into())
        );
        let group = |direction: &str| {
            let name = format!("security-group-for-{direction}-nfs-{id}");
            groups.iter().find(|group| group["GroupName"] == name).unwrap()
        };
        for (group, rules, empty, other) in [
            (group("inbound"), "IpPermissions", "IpPermissionsEgress", group("outbound")),
            (group("outbound"), "IpPermissionsEgress", "IpPermissions", group("inbound")),
        ] {
            let rules = group[rules].as_array().unwrap();
            let ports: Vec<_> = rules.iter().map(|rule| (&rule["FromPort"], &rule["ToPort"])).collect();
            assert_eq!(json!(ports), json!([[988, 988], [1018, 1023], [2049, 2049]]));
            assert!(rules.iter().all(|rule| rule["UserIdGroupPairs"][0]["GroupId"] == other["GroupId"]));
            assert_eq!(group[empty], json!([]));
            assert!(group["Description"].as_str().unwrap().starts_with("[DO NOT DELETE] "));
        }
        let recorded = cloud.recorder().since(0);
        assert!(
            recorded.iter().all(|call| call.operation != "CreateSecurityGroup"),
            "these are nobody's calls"
        );
        aws(&cloud, &format!("sagemaker delete-domain --domain-id {id}{policy}")).await.unwrap();
        let gone = settled(&cloud, id, &["Deleting"]).await;
        assert!(gone.as_str().unwrap_or_default().contains("ResourceNotFound"), "{gone}");
        let (systems, targets, groups) = storage(&cloud, id).await;
        assert_eq!((systems.len(), targets.len(), groups.len()), left);
    }
    let made = aws(&cloud, &format!("{create} --subnet-ids subnet-none")).await.unwrap();
    let failed = settled(&cloud, made["DomainId"].as_str().unwrap(), &["Pending"]).await;
    assert_eq!(failed["Status"], "Failed");
    assert!(failed["FailureReason"].as_str().unwrap().contains("SubnetNotFound"), "{failed}");
    cloud.stop().await;
}

#[tokio::test]
async fn a_speed_that_is_none_is_refused() {
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = Cloud::start(Options { speed, ..Options::default() }).await.err().unwrap();
        assert!(refused.to_string().contains("the speed must be between"), "{refused}");
    }
}
