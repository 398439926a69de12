//! People in an environment: who may assume which role under which name, whose Studio they open, and what the team administrator
//! changes.

use super::{denied, deploy, has_outputs, place, role};
use crate::cli::{aws, aws_as};
use crate::harness::{run, until};
use anyhow::{Context, ensure};
use serde_json::Value;

const OUTPUTS: &[&str] = &[
    "AssumeDataScientistRole",
    "AssumeTeamAdminRole",
    "DSTeamAdministratorRoleArn",
    "DataScientistRoleArn",
    "DataScientistRoleId",
    "ProjectRolesBoundaryArn",
    "ProjectRolesPath",
    "SCProjectLaunchRoleArn",
    "SageMakerExecutionRoleArn",
    "SageMakerNotebookRoleArn",
    "SageMakerPipelineExecutionRoleArn",
    "SetupLambdaExecutionRoleArn",
    "SetupStackSetAdministrationRoleArn",
    "StackSetAdministrationRoleArn",
    "StackSetAdministrationRoleName",
    "VPCFlowLogsRoleArn",
];

/// A user of the account who may assume every role that lets them, with an access key.
pub(in crate::environment) async fn user(name: &str) -> anyhow::Result<Value> {
    aws(&["iam", "create-user", "--user-name", name]).await?;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;
    let put = ["iam", "put-user-policy", "--user-name", name, "--policy-name", "assume"];
    aws(&[&put[..], &["--policy-document", policy]].concat()).await?;
    let made = aws(&["iam", "create-access-key", "--user-name", name]).await?;
    Ok(made["AccessKey"].clone())
}

pub(in crate::environment) async fn forget(name: &str, key: &Value) -> anyhow::Result<()> {
    let id = key["AccessKeyId"].as_str().context("no key")?;
    aws(&["iam", "delete-access-key", "--user-name", name, "--access-key-id", id]).await?;
    aws(&["iam", "delete-user-policy", "--user-name", name, "--policy-name", "assume"]).await?;
    aws(&["iam", "delete-user", "--user-name", name]).await.map(drop)
}

pub(in crate::environment) async fn assume(of: &Value, role: &str, session: &str) -> anyhow::Result<Value> {
    let assume = ["sts", "assume-role", "--role-arn", role, "--role-session-name", session];
    Ok(aws_as(of, &assume).await?["Credentials"].clone())
}

/// A domain in a network of its own, without a file system.
async fn domain(execution_role: &str) -> anyhow::Result<(String, String, String)> {
    let vpc = aws(&["ec2", "create-vpc", "--cidr-block", "10.77.0.0/16", "--query", "Vpc.VpcId"]).await?;
    let vpc = vpc.as_str().context("no VPC")?.to_owned();
    let make = ["ec2", "create-subnet", "--vpc-id", &vpc, "--cidr-block", "10.77.0.0/24"];
    let subnet = aws(&[&make[..], &["--query", "Subnet.SubnetId"]].concat()).await?;
    let subnet = subnet.as_str().context("no subnet")?.to_owned();
    let settings = format!("ExecutionRole={execution_role}");
    let make = [
        ["sagemaker", "create-domain", "--domain-name", "roles-people", "--auth-mode", "IAM"],
        ["--vpc-id", &vpc, "--subnet-ids", &subnet, "--default-user-settings", &settings],
        [
            "--home-efs-file-system-creation",
            "Disabled",
            "--tags",
            "Key=EnvironmentName,Value=roles-people",
            "Key=EnvironmentType,Value=dev",
            "--no-paginate",
        ],
    ];
    let made = aws(&make.concat()).await?;
    let id = made["DomainArn"].as_str().and_then(|arn| arn.rsplit('/').next()).context("no domain")?;
    until("the domain is in service", async || {
        Ok(aws(&["sagemaker", "describe-domain", "--domain-id", id]).await?["Status"] == "InService")
    })
    .await?;
    Ok((id.to_owned(), vpc, subnet))
}

async fn in_service(domain: &str, profile: &str) -> anyhow::Result<()> {
    let describe = ["sagemaker", "describe-user-profile", "--domain-id", domain];
    until("the profile is in service", async || {
        let found = aws(&[&describe[..], &["--user-profile-name", profile]].concat()).await?;
        Ok(found["Status"] == "InService")
    })
    .await
}

#[test]
fn people_open_their_own_studio_and_the_team_administrator_says_whose_it_is() {
    run(async {
        let place = place().await?;
        let mut given = vec![("EnvName", "roles-people"), ("EnvType", "dev")];
        given.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        let made = deploy("env-iam", "roles-people-iam", &given, true).await?;
        has_outputs(&made, OUTPUTS)?;
        let scientist = &made["DataScientistRoleArn"];
        let (alice_key, bob_key) = (user("roles-alice").await?, user("roles-bob").await?);

        // The session has the name of the user, as the console gives it.
        denied(assume(&alice_key, scientist, "roles-bob").await)?;
        let alice = assume(&alice_key, scientist, "roles-alice").await?;
        // A person who signed in elsewhere keeps the name of that session, and gets no other.
        let admin = assume(&alice_key, &made["DSTeamAdministratorRoleArn"], "roles-carol").await?;
        denied(assume(&admin, scientist, "roles-alice").await)?;

        let (domain, vpc, subnet) = domain(&made["SageMakerExecutionRoleArn"]).await?;
        profiles(&admin, &domain, &made["DataScientistRoleId"]).await?;
        opens(&alice, &bob_key, scientist, &domain).await?;

        for profile in ["alice", "bob", "untagged"] {
            let delete = ["sagemaker", "delete-user-profile", "--domain-id", &domain];
            aws(&[&delete[..], &["--user-profile-name", profile]].concat()).await?;
        }
        until("the domain is empty", async || {
            let list = ["sagemaker", "list-user-profiles", "--domain-id-equals", &domain];
            Ok(aws(&list).await?["UserProfiles"].as_array().is_some_and(Vec::is_empty))
        })
        .await?;
        aws(&["sagemaker", "delete-domain", "--domain-id", &domain]).await?;
        until("the domain is gone", async || {
            Ok(aws(&["sagemaker", "describe-domain", "--domain-id", &domain]).await.is_err())
        })
        .await?;
        aws(&["ec2", "delete-subnet", "--subnet-id", &subnet]).await?;
        aws(&["ec2", "delete-vpc", "--vpc-id", &vpc]).await?;
        forget("roles-alice", &alice_key).await?;
        forget("roles-bob", &bob_key).await?;

        // Without the roles of people, and then without the stack.
        given.push(("CreateIAMUserRoles", "NO"));
        let fewer = deploy("env-iam", "roles-people-iam", &given, true).await?;
        for output in ["AssumeDataScientistRole", "AssumeTeamAdminRole", "DataScientistRoleArn"] {
            ensure!(fewer[output].is_empty(), "{fewer:?}");
        }
        ensure!(role(scientist).await.is_none(), "the role is left");
        let studio = &made["SageMakerExecutionRoleArn"];
        ensure!(fewer["SageMakerExecutionRoleArn"] == *studio, "{fewer:?}");
        super::delete("roles-people-iam").await?;
        ensure!(role(studio).await.is_none(), "the role is left");
        Ok(())
    });
}

/// The team administrator makes profiles with the tags of the environment, and no others.
async fn profiles(admin: &Value, domain: &str, role_id: &str) -> anyhow::Result<()> {
    let create = ["sagemaker", "create-user-profile", "--domain-id", domain, "--user-profile-name"];
    denied(aws_as(admin, &[&create[..], &["none"]].concat()).await)?;
    for (profile, user) in [("alice", "roles-alice"), ("bob", "roles-bob")] {
        let owner = format!("Key=StudioUserId,Value={role_id}:{user}");
        let tags =
            ["--tags", "Key=EnvironmentName,Value=roles-people", "Key=EnvironmentType,Value=dev", &owner];
        aws_as(admin, &[&create[..], &[profile], &tags[..]].concat()).await?;
        in_service(domain, profile).await?;
    }
    // A profile of another environment in the account is not its to change.
    aws(&[&create[..], &["untagged"]].concat()).await?;
    in_service(domain, "untagged").await?;
    let update = ["sagemaker", "update-user-profile", "--domain-id", domain, "--user-profile-name"];
    denied(aws_as(admin, &[&update[..], &["untagged"]].concat()).await)?;
    denied(open(admin, domain, "alice").await)?;
    // It passes on the role of Studio, and no role of others.
    let foreign = "ExecutionRole=arn:aws:iam::111122223333:role/Admin";
    denied(aws_as(admin, &[&update[..], &["bob", "--user-settings", foreign]].concat()).await)
}

async fn open(of: &Value, domain: &str, profile: &str) -> anyhow::Result<Value> {
    let open = ["sagemaker", "create-presigned-domain-url", "--domain-id", domain];
    aws_as(of, &[&open[..], &["--user-profile-name", profile]].concat()).await
}

/// Alice opens her Studio and neither that of Bob nor one that belongs to nobody, and cannot make it hers.
async fn opens(alice: &Value, bob_key: &Value, scientist: &str, domain: &str) -> anyhow::Result<()> {
    let url = open(alice, domain, "alice").await?;
    ensure!(url["AuthorizedUrl"].is_string(), "{url}");
    denied(open(alice, domain, "bob").await)?;
    denied(open(alice, domain, "untagged").await)?;
    let bob = assume(bob_key, scientist, "roles-bob").await?;
    open(&bob, domain, "bob").await?;
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:user-profile/{domain}/bob");
    let tag = ["sagemaker", "add-tags", "--resource-arn", &arn, "--tags", "Key=StudioUserId,Value=x"];
    denied(aws_as(alice, &tag).await)?;
    let create = ["sagemaker", "create-user-profile", "--domain-id", domain, "--user-profile-name", "x"];
    denied(aws_as(alice, &create).await)
}
