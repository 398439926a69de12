//! `env-sagemaker-studio.yaml` in a network of `env-vpc.yaml`: created, updated, deleted while people work, with roles of its own and with
//! brought ones.

use super::network::{OF_NETWORK, in_vpc, of_studio};
use super::{create_without_capabilities, delete, packaged, ssm, types};
use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::clean_up::leftovers::counts;
use crate::clean_up::population::{AppType, Owner};
use crate::cli::aws;
use crate::harness::{cloud, run, until};
use crate::one_shot::projects_enablement::{portfolio, principals};
use crate::one_shot::refused;
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack, Parameters};
use serde_json::{Value, json};
use shared::aws::sagemaker::Status;

/// The execution role, and roles for the functions and their state machines as a company may bring them.
const ROLES: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Execution:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: ['sts:AssumeRole', 'sts:SetSourceIdentity']}]
  Functions:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
      Policies: [{PolicyName: all, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}]
  Machines:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'}]
      Policies: [{PolicyName: all, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}]
Outputs:
  Execution: {Value: !GetAtt Execution.Arn}
  Functions: {Value: !GetAtt Functions.Arn}
  Machines: {Value: !GetAtt Machines.Arn}
";

/// What an environment finds its domain by.
const OF_STUDIO: [&str; 2] = ["sagemaker-domain-id", "pypi-repository"];

/// A network with the endpoints that Studio needs, and the roles. `name` is that of the environment.
struct Site {
    name: String,
    network: DeployedStack,
    roles: DeployedStack,
}

impl Site {
    async fn new(name: &str) -> anyhow::Result<Self> {
        let network = of_studio(name).await?;
        let roles = format!("{name}-roles");
        let roles = deploy::create(cloud().await, &roles, ROLES, deploy::named([]), |_| ()).await?;
        Ok(Self { name: name.into(), network, roles })
    }

    /// The parameters of the Studio stack of this environment, with these besides.
    async fn parameters(&self, given: &[(&str, &str)]) -> anyhow::Result<Parameters> {
        let mut parameters = release(cloud().await).await?;
        parameters.extend(deploy::named([
            ("EnvName", self.name.as_str()),
            ("VPCId", self.network.output("VPCId")?),
            ("SageMakerStudioSubnetIds", self.network.output("PrivateSubnetIds")?),
            ("SageMakerSecurityGroupIds", self.network.output("SageMakerSecurityGroupIds")?),
            ("SageMakerExecutionRoleArn", self.roles.output("Execution")?),
        ]));
        parameters.extend(deploy::named(given.iter().copied()));
        Ok(parameters)
    }

    /// A Studio stack whose functions get roles of their own.
    async fn studio(&self, given: &[(&str, &str)]) -> anyhow::Result<DeployedStack> {
        let template = packaged("env-sagemaker-studio")?;
        deploy::create(cloud().await, &self.stack(), &template, self.parameters(given).await?, |_| ()).await
    }

    fn stack(&self) -> String {
        format!("{}-studio", self.name)
    }

    /// Deletes the rest, after the Studio stack. Nothing of SageMaker keeps the network.
    async fn tear_down(&self) -> anyhow::Result<()> {
        delete(&self.network, &OF_NETWORK).await?;
        deploy::delete(cloud().await, &self.roles, |_| ()).await?;
        assert_eq!(in_vpc(self.network.output("VPCId")?).await?, counts([]));
        for (kind, names) in inventory(&self.name).await? {
            ensure!(names.is_empty(), "{kind} left behind: {names:?}");
        }
        Ok(())
    }
}

async fn update(deployed: &DeployedStack, changes: &[(&str, &str)]) -> anyhow::Result<DeployedStack> {
    let changes = deploy::named(changes.iter().copied());
    deploy::update(cloud().await, deployed, &packaged("env-sagemaker-studio")?, changes, |_| ()).await
}

/// The domain, as SageMaker describes it.
pub(super) async fn domain(id: &str) -> anyhow::Result<Value> {
    aws(&["sagemaker", "describe-domain", "--domain-id", id]).await
}

/// Somebody works: a profile of their own, a space with a volume, and a running app in it.
pub(super) async fn work(id: &str, owner: &str) -> anyhow::Result<()> {
    let clients = Clients::root(cloud().await).await;
    clients.profile(id, "alice").await?;
    for (space, owner) in [("alice-lab", "alice"), ("owner-lab", owner)] {
        clients.space(id, space, owner, Some(AppType::JupyterLab)).await?;
        clients.app(id, &(Owner::Space(space), AppType::JupyterLab, "default")).await?;
    }
    until("both apps in service", async || {
        let apps = clients.sagemaker.apps(id).await?.items;
        Ok(apps.len() == 2 && apps.iter().all(|app| app.status == Some(Status::InService)))
    })
    .await
}

/// The file systems of a domain, each with its number of mount targets.
pub(super) async fn file_systems(id: &str) -> anyhow::Result<Vec<i32>> {
    let clients = Clients::root(cloud().await).await;
    let systems = clients.file_systems(id).await?;
    Ok(systems.iter().map(aws_sdk_efs::types::FileSystemDescription::number_of_mount_targets).collect())
}

#[test]
fn a_domain_is_created_updated_and_deleted_while_people_work() {
    run(async {
        let site = Site::new("std-life").await?;
        let held = portfolio().await?;
        let stack = site.studio(&[("StartKernelGatewayApps", "YES")]).await?;
        let id = stack.output("SageMakerDomainId")?.to_owned();
        let found = domain(&id).await?;
        assert_eq!(found["DomainName"], "std-life-dev-us-east-1-sagemaker-domain");
        assert_eq!(found["AppNetworkAccessType"], "VpcOnly");
        assert_eq!(found["SubnetIds"].as_array().map(Vec::len), Some(2), "{found}");
        assert_eq!(found["DefaultUserSettings"]["ExecutionRole"], site.roles.output("Execution")?);
        let idle = |found: &Value, app: &str| {
            found["DefaultUserSettings"][app]["AppLifecycleManagement"]["IdleSettings"].clone()
        };
        let two_hours = json!({
            "LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 120,
            "MinIdleTimeoutInMinutes": 60, "MaxIdleTimeoutInMinutes": 120,
        });
        assert_eq!(idle(&found, "JupyterLabAppSettings"), two_hours);
        assert_eq!(idle(&found, "CodeEditorAppSettings"), two_hours);
        ensure!(stack.output("KernelGatewayApps")?.starts_with("None were created"), "{:?}", stack.outputs);
        assert_eq!(ssm("std-life").await?.get("sagemaker-domain-id"), Some(&id));
        let owner = "std-life-dev-us-east-1-user-profile";
        let profile =
            ["sagemaker", "describe-user-profile", "--domain-id", &id, "--user-profile-name", owner];
        assert_eq!(aws(&profile).await?["Status"], "InService");
        let role = site.roles.output("Execution")?.to_owned();
        let shared = [
            "servicecatalog",
            "list-accepted-portfolio-shares",
            "--query",
            "PortfolioDetails[?ProviderName=='Amazon SageMaker'].Id",
        ];
        let shared = aws(&shared).await?[0].as_str().context("projects are not enabled")?.to_owned();
        ensure!(principals(&shared).await?.contains(&role), "the execution role has no access to projects");

        let repository = "shared/111122223333/pypi";
        let changes = [("IdleTimeoutInMinutes", "180"), ("PyPIRepository", repository)];
        let stack = update(&stack, &changes).await?;
        assert_eq!(stack.output("SageMakerDomainId")?, id, "the update made another domain");
        let found = domain(&id).await?;
        assert_eq!(idle(&found, "JupyterLabAppSettings")["MaxIdleTimeoutInMinutes"], 180);
        for app in ["JupyterLab", "CodeEditor"] {
            let settings = &found["DefaultUserSettings"][format!("{app}AppSettings")];
            let script = format!("std-life-dev-{app}-pip-1");
            let arn = settings["DefaultResourceSpec"]["LifecycleConfigArn"].as_str().unwrap_or_default();
            ensure!(arn.to_lowercase().ends_with(&format!("/{}", script.to_lowercase())), "{settings}");
            assert_eq!(settings["LifecycleConfigArns"], json!([arn]));
        }
        assert_eq!(ssm("std-life").await?.get("pypi-repository").map(String::as_str), Some(repository));

        work(&id, owner).await?;
        delete(&stack, &OF_STUDIO).await?;
        ensure!(!principals(&shared).await?.contains(&role), "the execution role kept its access");
        drop(held);
        assert_eq!(Clients::root(cloud().await).await.in_domain(&id).await?, counts([]));
        assert_eq!(file_systems(&id).await?, [0], "the home directories stay, and nothing else");
        site.tear_down().await
    });
}

#[test]
fn with_brought_roles_nothing_of_iam_is_created() {
    run(async {
        let site = Site::new("std-brought").await?;
        let (functions, machines) = (site.roles.output("Functions")?, site.roles.output("Machines")?);
        let given = [
            ("SetupLambdaExecutionRoleArn", functions),
            ("StateMachineRoleArn", machines),
            ("EnableSageMakerProjects", "NO"),
            ("HomeDirectories", "delete"),
        ];
        let parameters = site.parameters(&given).await?;
        let stack = create_without_capabilities(&site.stack(), "env-sagemaker-studio", parameters).await?;
        let kinds = types(&stack.stack).await?;
        ensure!(!kinds.keys().any(|kind| kind.starts_with("AWS::IAM::")), "{kinds:?}");
        assert_eq!(kinds.get("AWS::StepFunctions::StateMachine"), Some(&2), "{kinds:?}");
        let id = stack.output("SageMakerDomainId")?.to_owned();

        // Without a role for the state machines, the functions wait by themselves.
        let stack = update(&stack, &[("StateMachineRoleArn", "")]).await?;
        let kinds = types(&stack.stack).await?;
        assert_eq!(kinds.get("AWS::StepFunctions::StateMachine"), None, "{kinds:?}");
        work(&id, "std-brought-dev-us-east-1-user-profile").await?;
        delete(&stack, &OF_STUDIO).await?;
        assert_eq!(Clients::root(cloud().await).await.in_domain(&id).await?, counts([]));
        assert_eq!(file_systems(&id).await?, [0; 0]);
        site.tear_down().await
    });
}

#[test]
fn a_vpc_that_no_stack_owns_goes_with_the_domain_if_asked() {
    run(async {
        let cloud = cloud().await;
        let clients = Clients::root(cloud).await;
        let roles = deploy::create(cloud, "std-vpc-roles", ROLES, deploy::named([]), |_| ()).await?;
        let (vpc, subnets) = clients.network(&cloud.context().region).await?;
        let group = [
            "ec2",
            "create-security-group",
            "--group-name",
            "apps",
            "--description",
            "apps",
            "--vpc-id",
            &vpc,
        ];
        let group = aws(&[&group[..], &["--query", "GroupId"]].concat()).await?;
        let mut parameters = release(cloud).await?;
        parameters.extend(deploy::named([
            ("EnvName", "std-vpc"),
            ("VPCId", &vpc),
            ("SageMakerStudioSubnetIds", &subnets.join(",")),
            ("SageMakerSecurityGroupIds", group.as_str().context("no group")?),
            ("SageMakerExecutionRoleArn", roles.output("Execution")?),
            ("DomainName", "team"),
            ("UserProfileName", "Lead"),
            ("EnableSageMakerProjects", "NO"),
            ("IdleShutdown", "NO"),
            ("HomeDirectories", "delete"),
            ("DeleteVPC", "YES"),
        ]));
        let template = packaged("env-sagemaker-studio")?;
        let stack = deploy::create(cloud, "std-vpc", &template, parameters, |_| ()).await?;
        let id = stack.output("SageMakerDomainId")?;
        let found = domain(id).await?;
        assert_eq!(found["DomainName"], "team");
        let idle = &found["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"];
        assert_eq!(idle["IdleSettings"], json!({"LifecycleManagement": "DISABLED"}));
        work(id, "Lead").await?;
        delete(&stack, &OF_STUDIO).await?;
        assert_eq!(in_vpc(&vpc).await?, counts([]));
        assert_eq!(file_systems(id).await?, [0; 0]);
        deploy::delete(cloud, &roles, |_| ()).await
    });
}

#[test]
fn a_creation_that_fails_after_the_domain_leaves_nothing() {
    run(async {
        let site = Site::new("std-fail").await?;
        let taken = "std-fail-dev-sagemaker-domain-id";
        aws(&["ssm", "put-parameter", "--name", taken, "--type", "String", "--value", "theirs"]).await?;
        let given = [("EnableSageMakerProjects", "NO"), ("HomeDirectories", "delete")];
        let told = refused(site.studio(&given).await)?;
        ensure!(told.contains("ROLLBACK_COMPLETE") && told.contains("already exists"), "{told}");
        let name = "std-fail-dev-us-east-1-sagemaker-domain";
        let query = format!("Domains[?DomainName=='{name}']");
        assert_eq!(aws(&["sagemaker", "list-domains", "--query", &query]).await?, json!([]));
        aws(&["ssm", "delete-parameter", "--name", taken]).await?;
        aws(&["cloudformation", "delete-stack", "--stack-name", &site.stack()]).await?;
        site.tear_down().await
    });
}
