//! Appendix B of the guide: roles and network exist, and core and environment are made without any capability.

use super::roles::outputs;
use super::studio::{domain, file_systems, work};
use super::{change, created, forget_kept, gone, ssm, types, until_gone};
use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::guides::replay::Replay;
use crate::harness::{cloud, project, run};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use crate::one_shot::refused;
use anyhow::{Context, ensure};
use emulator::deploy::{self as stacks, DeployedStack};
use std::collections::BTreeMap;

/// As the guide names it, and its environment.
const ENV: &str = "ds-team-env";

/// The roles of a company, made by the commands of the guide: the outputs of their stacks.
struct Roles {
    shared: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    models: BTreeMap<String, String>,
}

impl Roles {
    async fn new(replay: &mut Replay) -> anyhow::Result<Self> {
        replay.set("ACCOUNT_ID", "111122223333").await?;
        for step in ["project-roles", "shared-roles", "environment-roles", "target-account-roles"] {
            replay.step(&format!("brought/{step}")).await?;
        }
        let shared = outputs("core-iam-shared-roles").await?;
        let printed = replay.step("brought/role-arns").await?;
        ensure!(printed.contains(&shared["SCLaunchRoleArn"]), "{printed}");
        let environment = outputs("env-iam-roles").await?;
        Ok(Self { shared, environment, models: outputs("env-iam-target-account-roles").await? })
    }
}

#[test]
fn with_roles_and_a_network_that_exist_no_capability_is_needed() {
    run(async {
        // Held until the stacks are gone: one stack makes the roles of projects, and the domain enables the portfolio.
        let _held = (portfolio().await?, classic_roles().await?);
        let mut replay = Replay::start("brought").await?;
        let network = network(&mut replay).await?;
        let roles = Roles::new(&mut replay).await?;
        core(&mut replay, &roles).await?;
        replay.step("brought/outputs").await?;
        let environment = environment(&mut replay, &roles, &network).await?;
        for stack in ["ds-team-core", ENV] {
            let kinds = types(stack).await?;
            ensure!(!kinds.keys().any(|kind| kind.starts_with("AWS::IAM::")), "{stack}: {kinds:?}");
        }
        ensure!(!types(ENV).await?.contains_key("AWS::EC2::Subnet"), "subnets were made");
        let published = ssm(ENV).await?;
        assert_eq!(published["private-subnet-ids"], network.output("Subnets")?);
        assert_eq!(published["s3-vpce-id"], network.output("S3VPCEndpoint")?);
        ensure!(!published.contains_key("stackset-execution-role-name"), "{published:?}");
        let id = environment.output("SageMakerDomainId")?.to_owned();
        let found = domain(&id).await?;
        assert_eq!(
            (&found["Status"], &found["VpcId"]),
            (&"InService".into(), &network.output("VPCID")?.into())
        );
        assert_eq!(
            found["DefaultUserSettings"]["ExecutionRole"],
            roles.environment["SageMakerExecutionRoleArn"].as_str()
        );
        // With the role of models, which target accounts have too.
        let model_role = roles.models["SageMakerModelExecutionRoleName"].as_str();
        change(&environment, &[("SageMakerModelExecutionRoleName", model_role)]).await?;
        assert_eq!(ssm(ENV).await?["sm-model-execution-role-name"], model_role);

        work(&id, "ds-team-env-dev-us-east-1-user-profile").await?;
        replay.step("brought/clean-up").await?;
        for stack in ["env-iam-target-account-roles", "env-iam-roles", "core-iam-shared-roles", "ds-team-vpc"]
        {
            until_gone(stack).await?;
        }
        for stack in [ENV, "ds-team-core"] {
            ensure!(super::described(stack).await.is_err(), "{stack} is left");
        }
        assert_eq!(file_systems(&id).await?, [0], "the home directories stay, and nothing else");
        assert_eq!(ssm(ENV).await?.len(), 0);
        replay.end().await?;
        // The guide keeps the roles of projects, and their stack.
        gone("core-iam-sc-sm-projects-roles").await?;
        forget_kept(ENV, &published).await
    });
}

/// Puts a template where the guide says that AWS has one, and makes the network.
async fn network(replay: &mut Replay) -> anyhow::Result<DeployedStack> {
    let bucket = ["--bucket", "aws-quickstart"];
    aws(&[&["s3api", "create-bucket"][..], &bucket].concat()).await?;
    let file = project().join("tests/e2e/guides/network.yaml");
    let object = [
        "--key",
        "quickstart-aws-vpc/templates/aws-vpc.template.yaml",
        "--body",
        file.to_str().context("path")?,
    ];
    aws(&[&["s3api", "put-object"][..], &bucket, &object].concat()).await?;
    replay.step("brought/network").await?;
    created("ds-team-vpc").await
}

async fn core(replay: &mut Replay, roles: &Roles) -> anyhow::Result<()> {
    for (variable, output) in [
        ("DS_ADMINISTRATOR_ROLE_ARN", "DSAdministratorRoleArn"),
        ("SECURITY_CONTROL_ROLE_ARN", "SageMakerDetectiveControlExecutionRoleArn"),
        ("SC_LAUNCH_ROLE_ARN", "SCLaunchRoleArn"),
    ] {
        replay.set(variable, &roles.shared[output]).await?;
    }
    replay.step("brought/core").await?;
    let core = created("ds-team-core").await?;
    let link = "https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=ds-team-us-east-1-DataScienceAdministrator";
    ensure!(core.output("AssumeDSAdministratorRole")?.starts_with(link), "{:?}", core.outputs);
    assert_eq!(core.output("DSAdministratorRoleArn")?, roles.shared["DSAdministratorRoleArn"]);
    Ok(())
}

async fn environment(
    replay: &mut Replay,
    roles: &Roles,
    network: &DeployedStack,
) -> anyhow::Result<DeployedStack> {
    for (variable, output) in [
        ("DS_TEAM_ADMINISTRATOR_ROLE_ARN", "DSTeamAdministratorRoleArn"),
        ("DATA_SCIENTIST_ROLE_ARN", "DataScientistRoleArn"),
        ("SAGEMAKER_EXECUTION_ROLE_ARN", "SageMakerExecutionRoleArn"),
        ("SETUP_LAMBDA_EXECUTION_ROLE_ARN", "SetupLambdaExecutionRoleArn"),
    ] {
        replay.set(variable, &roles.environment[output]).await?;
    }
    for (variable, value) in [
        // As the pipelines of the solution pass what there is not.
        ("SC_PROJECT_LAUNCH_ROLE_ARN", "None"),
        ("VPC_ID", network.output("VPCID")?),
        ("S3_VPC_ENDPOINT_ID", network.output("S3VPCEndpoint")?),
        ("PRIVATE_SUBNET_1A_CIDR", "10.0.0.0/19"),
        ("PRIVATE_SUBNET_2A_CIDR", "10.0.32.0/19"),
        ("PRIVATE_SUBNET_3A_CIDR", "10.0.64.0/19"),
    ] {
        replay.set(variable, value).await?;
    }
    replay.step("brought/environment").await?;
    created(ENV).await
}

/// What is refused before anything is made: parameters, and the sentence.
#[test]
fn what_does_not_fit_together_is_refused_before_anything_is_made() {
    run(async {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("EnvName", "")], "give EnvName"),
            (&[("EnvTypeStagingName", "prod")], "give two stages"),
            (&[("CreateEnvironmentIAMRoles", "NO")], "give SageMakerExecutionRoleArn"),
            (
                &[("CreateEnvironmentIAMRoles", "NO"), ("SageMakerExecutionRoleArn", "None")],
                "give SageMakerExecutionRoleArn",
            ),
            (
                &[
                    ("CreateEnvironmentIAMRoles", "NO"),
                    ("SageMakerExecutionRoleArn", "arn:aws:iam::111122223333:role/x"),
                ],
                "give SetupLambdaExecutionRoleArn",
            ),
            (&[("SageMakerExecutionRoleArn", "x")], "SageMakerExecutionRoleArn"),
            (&[("CreateEnvironmentS3Buckets", "NO")], "give DataBucketName and ModelBucketName"),
            (&[("DataBucketName", "x-data")], "let CreateEnvironmentS3Buckets be NO"),
            (
                &[("StagingAccountList", "222233334444")],
                "give both StagingAccountList and ProductionAccountList",
            ),
            (&[("StagingAccountList", "2222")], "ids of accounts, separated by commas without blanks"),
            (
                &[("OrganizationalUnitStagingId", "ou-ab12-11111111")],
                "give both OrganizationalUnitStagingId and OrganizationalUnitProdId",
            ),
            (
                &[("StagingAccountList", "222233334444"), ("ProductionAccountList", "333344445555")],
                "give SetupStackSetExecutionRoleName",
            ),
            (
                &[("StagingAccountList", "222233334444"), ("ProductionAccountList", "222233334444")],
                "give different accounts",
            ),
            (&[("CreateS3VPCEndpoint", "NO")], "give ExistingS3VPCEndpointId"),
            (&[("CreateVPC", "NO")], "give ExistingVPCId"),
            (&[("CreatePrivateSubnets", "NO")], "CreatePrivateSubnets must be YES"),
            (&[("SsoUserName", "alice")], "SsoUserName is for AuthMode SSO"),
            (&[("PermissionsBoundary", "none")], "the ARN of a policy, NONE or nothing"),
        ];
        for (given, sentence) in cases {
            let mut parameters = release(cloud().await).await?;
            parameters.extend(stacks::named([
                ("EnvName", "brt-bad"),
                ("AvailabilityZones", "us-east-1a,us-east-1b"),
            ]));
            parameters.extend(stacks::named(given.iter().copied()));
            let told = refused(
                super::create_with(&["CAPABILITY_NAMED_IAM"], "brt-bad", "env-main", parameters).await,
            )?;
            ensure!(told.contains(sentence), "{given:?}: {told}");
        }
        ensure!(
            aws(&["cloudformation", "describe-stacks", "--stack-name", "brt-bad"]).await.is_err(),
            "a stack was made"
        );
        Ok(())
    });
}
