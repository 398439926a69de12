//! Appendix B of the guide: roles and network exist, and core and environment are made without any capability.

use super::existing_network::NETWORK;
use super::roles::{delete, deploy};
use super::studio::{domain, file_systems, work};
use super::{create_without_capabilities, forget_kept, gone, ssm, types};
use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::one_shot::projects_enablement::portfolio;
use crate::one_shot::refused;
use anyhow::{Context, ensure};
use emulator::deploy::{self as stacks, DeployedStack};
use std::collections::BTreeMap;

const ENV: &str = "brt-env";

/// The roles of a company, made by the templates of the guide.
struct Roles {
    shared: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    models: BTreeMap<String, String>,
}

impl Roles {
    async fn new() -> anyhow::Result<Self> {
        let names = [
            ("DSAdministratorRoleName", "brt-DataScienceAdministrator"),
            ("SageMakerDetectiveControlExecutionRoleName", "brt-DSSageMakerDetectiveControlRole"),
            ("SCLaunchRoleName", "brt-DSServiceCatalogLaunchRole"),
        ];
        let place = super::place().await?;
        let mut given = vec![("EnvName", ENV), ("EnvType", "dev")];
        given.extend(place.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let models = [("EnvName", ENV), ("EnvType", "dev")];
        Ok(Self {
            shared: deploy("core-iam-shared-roles", "brt-shared", &names, true).await?,
            environment: deploy("env-iam", "brt-iam", &given, true).await?,
            models: deploy("env-iam-target-account-roles", "brt-models", &models, true).await?,
        })
    }

    async fn forget() -> anyhow::Result<()> {
        for stack in ["brt-models", "brt-iam", "brt-shared"] {
            delete(stack).await?;
        }
        Ok(())
    }
}

#[test]
fn with_roles_and_a_network_that_exist_no_capability_is_needed() {
    run(async {
        let roles = Roles::new().await?;
        let network =
            stacks::create(cloud().await, "brt-network", NETWORK, stacks::named([]), |_| ()).await?;
        let held = portfolio().await?;
        let core = core(&roles).await?;
        let environment = environment(&roles, &network).await?;
        for stack in ["brt-core", ENV] {
            let kinds = types(stack).await?;
            ensure!(!kinds.keys().any(|kind| kind.starts_with("AWS::IAM::")), "{stack}: {kinds:?}");
        }
        ensure!(!types(ENV).await?.contains_key("AWS::EC2::Subnet"), "subnets were made");
        let published = ssm(ENV).await?;
        assert_eq!(published["private-subnet-ids"], network.output("Subnets")?);
        assert_eq!(published["s3-vpce-id"], network.output("S3")?);
        let role = roles.models["SageMakerModelExecutionRoleName"].as_str();
        assert_eq!(published.get("sm-model-execution-role-name").map(String::as_str), Some(role));
        ensure!(!published.contains_key("stackset-execution-role-name"), "{published:?}");
        let id = environment.output("SageMakerDomainId")?.to_owned();
        let found = domain(&id).await?;
        assert_eq!(found["VpcId"], network.output("Vpc")?);
        assert_eq!(
            found["DefaultUserSettings"]["ExecutionRole"],
            roles.environment["SageMakerExecutionRoleArn"].as_str()
        );

        work(&id, "brt-env-dev-us-east-1-user-profile").await?;
        gone(ENV).await?;
        drop(held);
        assert_eq!(file_systems(&id).await?, [0], "the home directories stay, and nothing else");
        assert_eq!(ssm(ENV).await?.len(), 0);
        gone(&core.stack).await?;
        stacks::delete(cloud().await, &network, |_| ()).await?;
        Roles::forget().await?;
        forget_kept(ENV, &published).await
    });
}

async fn core(roles: &Roles) -> anyhow::Result<DeployedStack> {
    let arn = |name: &str| roles.shared.get(name).map(String::as_str).with_context(|| format!("no {name}"));
    let administrator = arn("DSAdministratorRoleArn")?;
    let mut parameters = release(cloud().await).await?;
    parameters.extend(stacks::named([
        ("StackSetName", "brt-core"),
        ("CreateIAMRoles", "NO"),
        ("DSAdministratorRoleArn", administrator),
        ("SecurityControlExecutionRoleArn", arn("SageMakerDetectiveControlExecutionRoleArn")?),
        ("SCLaunchRoleArn", arn("SCLaunchRoleArn")?),
        // Another test has the core whose values are exported.
        ("ExportSharedValues", "NO"),
    ]));
    let core = create_without_capabilities("brt-core", "core-main", parameters).await?;
    let link =
        "https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=brt-DataScienceAdministrator";
    ensure!(core.output("AssumeDSAdministratorRole")?.starts_with(link), "{:?}", core.outputs);
    assert_eq!(core.output("DSAdministratorRoleArn")?, administrator);
    Ok(core)
}

/// With what the guide passes, and the name of the role of models, which target accounts have too.
async fn environment(roles: &Roles, network: &DeployedStack) -> anyhow::Result<DeployedStack> {
    let arn =
        |name: &str| roles.environment.get(name).map(String::as_str).with_context(|| format!("no {name}"));
    let mut parameters = release(cloud().await).await?;
    parameters.extend(stacks::named([
        ("EnvName", ENV),
        ("EnvType", "dev"),
        ("CreateEnvironmentIAMRoles", "NO"),
        ("CreateS3VPCEndpoint", "NO"),
        ("DSTeamAdministratorRoleArn", arn("DSTeamAdministratorRoleArn")?),
        ("DataScientistRoleArn", arn("DataScientistRoleArn")?),
        ("SageMakerExecutionRoleArn", arn("SageMakerExecutionRoleArn")?),
        ("SetupLambdaExecutionRoleArn", arn("SetupLambdaExecutionRoleArn")?),
        // As the pipelines of the solution pass what there is not.
        ("SCProjectLaunchRoleArn", "None"),
        ("SageMakerModelExecutionRoleName", &roles.models["SageMakerModelExecutionRoleName"]),
        ("CreateVPC", "NO"),
        ("CreateNATGateways", "NO"),
        ("ExistingVPCId", network.output("Vpc")?),
        ("ExistingS3VPCEndpointId", network.output("S3")?),
        ("CreatePrivateSubnets", "NO"),
        ("PrivateSubnet1ACIDR", "10.8.0.0/19"),
        ("PrivateSubnet2ACIDR", "10.8.32.0/19"),
        ("CreateVPCFlowLogsToCloudWatch", "NO"),
        ("CreateVPCFlowLogsRole", "NO"),
        ("AvailabilityZones", "us-east-1a,us-east-1b"),
        ("NumberOfAZs", "2"),
    ]));
    create_without_capabilities(ENV, "env-main", parameters).await
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
