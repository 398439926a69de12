//! The environment of a project, found by a stack: by the tags of its domain, by the domain's id, and not at all.

use super::{function, refused};
use crate::cli::aws;
use crate::harness::{cloud, run, until};
use crate::permissions::{check_both_ways, unused};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::json;

/// Two environments of the same type, with what their templates publish.
const ENVIRONMENTS: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/19, AvailabilityZone: us-east-1a}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: of Studio}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}]
  First:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: config-first
      AuthMode: IAM
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      HomeEfsFileSystemCreation: Disabled
      DefaultUserSettings: {ExecutionRole: !GetAtt Role.Arn, SecurityGroups: [!Ref Group]}
      Tags: [{Key: EnvironmentName, Value: config-first}, {Key: EnvironmentType, Value: dev}]
  Second:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: config-second
      AuthMode: IAM
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      HomeEfsFileSystemCreation: Disabled
      DefaultUserSettings: {ExecutionRole: !GetAtt Role.Arn}
      Tags: [{Key: EnvironmentName, Value: config-second}, {Key: EnvironmentType, Value: dev}]
  FirstData: {Type: AWS::SSM::Parameter, Properties: {Name: config-first-dev-data-bucket-name, Type: String, Value: first-data}}
  SecondData: {Type: AWS::SSM::Parameter, Properties: {Name: config-second-dev-data-bucket-name, Type: String, Value: second-data}}
Outputs:
  Vpc: {Value: !Ref Vpc}
  Subnet: {Value: !Ref Subnet}
  Group: {Value: !Ref Group}
  Role: {Value: !GetAtt Role.Arn}
  Second: {Value: !Ref Second}
";

/// What the template of a project has.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: {Type: String}
  Name: {Type: String, Default: ''}
  Domain: {Type: String, Default: ''}
  Project: {Type: String, Default: ''}
  Suffix: {Type: String, Default: data-bucket-name}
Resources:
  Environment:
    Type: Custom::GetEnvironmentConfiguration
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 300
      SageMakerProjectName: !Ref Project
      EnvironmentName: !Ref Name
      DomainId: !Ref Domain
      SSMParams:
        - {VariableName: DataBucketName, ParameterName: !Ref Suffix}
        - {VariableName: StagingAccountList, ParameterName: staging-account-list}
Outputs:
  Domain: {Value: !GetAtt Environment.DomainId}
  Network: {Value: !Sub ['${Environment.VpcId} ${Subnets} ${Groups}', {Subnets: !Join [',', !GetAtt Environment.SubnetIds], Groups: !Join [',', !GetAtt Environment.SecurityGroups]}]}
  Role: {Value: !GetAtt Environment.ExecutionRole}
  Told: {Value: !Sub '${Environment.EnvironmentName} ${Environment.EnvironmentType} ${Environment.DataBucketName} <${Environment.StagingAccountList}>'}
";

/// A project with the tags of the first environment, whose own template asks for its environment.
async fn of_a_project(function: &str) -> anyhow::Result<()> {
    let template = USER
        .replace(
            "Parameters:",
            "Parameters:\n  SageMakerProjectName: {Type: String}\n  SageMakerProjectId: {Type: String}",
        )
        .replace("!Ref Project", "!Ref SageMakerProjectName");
    let file = cloud().await.state().join("config-project.yaml");
    tokio::fs::write(&file, template).await?;
    let body = file.to_str().context("path")?;
    aws(&["s3api", "create-bucket", "--bucket", "config-templates"]).await?;
    aws(&["s3api", "put-object", "--bucket", "config-templates", "--key", "project.yaml", "--body", body])
        .await?;
    let role = ["iam", "create-role", "--role-name", "config-project-maker", "--assume-role-policy-document"];
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let made = aws(&[&role[..], &[&trust.to_string()]].concat()).await?;
    let invoke = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function},
    ]});
    let put = ["iam", "put-role-policy", "--role-name", "config-project-maker", "--policy-name", "invoke"];
    aws(&[&put[..], &["--policy-document", &invoke.to_string()]].concat()).await?;
    let provider = json!([{"CfnTemplateProvider": {
        "TemplateName": "project",
        "TemplateURL": "https://config-templates.s3.us-east-1.amazonaws.com/project.yaml",
        "RoleARN": made["Role"]["Arn"],
        "Parameters": [{"Key": "Function", "Value": function}],
    }}]);
    let create = ["sagemaker", "create-project", "--project-name", "config-project", "--tags"];
    let tags =
        ["Key=EnvironmentName,Value=config-first", "Key=EnvironmentType,Value=dev", "--template-providers"];
    aws(&[&create[..], &tags, &[&provider.to_string()]].concat()).await?;
    let describe = ["sagemaker", "describe-project", "--project-name", "config-project"];
    until("the project is there", async || {
        let status = aws(&describe).await?["ProjectStatus"].take();
        ensure!(status != "CreateFailed", "{}", aws(&describe).await?);
        Ok(status == "CreateCompleted")
    })
    .await?;
    let found = aws(&describe).await?;
    let stack = &found["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["StackDetail"]["Name"];
    let stack = stack.as_str().with_context(|| found.to_string())?;
    let outputs =
        ["cloudformation", "describe-stacks", "--stack-name", stack, "--query", "Stacks[0].Outputs"];
    let outputs = aws(&outputs).await?.to_string();
    ensure!(outputs.contains("config-first dev first-data <>"), "{outputs}");
    aws(&["sagemaker", "delete-project", "--project-name", "config-project"]).await?;
    until("the project is gone", async || Ok(aws(&describe).await?["ProjectStatus"] == "DeleteCompleted"))
        .await
}

#[test]
fn a_stack_finds_its_environment_and_the_parameters_of_no_other() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("environment-config").await?;
        let base = deploy::create(cloud, "config-base", ENVIRONMENTS, deploy::named([]), |_| ()).await?;
        let asked = deploy::named([("Function", deployed.output("FunctionArn")?), ("Name", "config-first")]);
        let user = deploy::create(cloud, "config-user", USER, asked, |_| ()).await?;
        ensure!(user.output("Told")? == "config-first dev first-data <>", "{:?}", user.outputs);
        let network = format!("{} {} {}", base.output("Vpc")?, base.output("Subnet")?, base.output("Group")?);
        ensure!(user.output("Network")? == network, "{:?}", user.outputs);
        ensure!(user.output("Role")? == base.output("Role")?, "{:?}", user.outputs);

        let second = base.output("Second")?.to_owned();
        let other = deploy::named([("Name", ""), ("Domain", &*second)]);
        let user = deploy::update(cloud, &user, USER, other, |_| ()).await?;
        ensure!(user.output("Told")? == "config-second dev second-data <>", "{:?}", user.outputs);
        ensure!(user.output("Domain")? == second, "{:?}", user.outputs);

        for (changes, part) in [
            (
                [("Name", "third"), ("Domain", "")],
                "no domain of this account and Region has the tags EnvironmentName third",
            ),
            (
                [("Domain", "d-nosuchdomain"), ("Name", "")],
                "there is no domain d-nosuchdomain: correct DomainId",
            ),
            ([("Project", "no-such-project"), ("Name", "")], "no-such-project"),
            (
                [("Suffix", "model-bucket-name"), ("Name", "config-first")],
                "there is no parameter config-first-dev-model-bucket-name (for DataBucketName)",
            ),
        ] {
            let told = refused(deploy::update(cloud, &user, USER, deploy::named(changes), |_| ()).await)?;
            ensure!(told.contains(part), "{told}");
        }
        deploy::delete(cloud, &user, |_| ()).await?;
        of_a_project(deployed.output("FunctionArn")?).await?;
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &base, |_| ()).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
