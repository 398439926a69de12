//! A deployment of the function, a project that runs the command it is given, and stacks that run builds of that project.

use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, project};
use anyhow::Context;
use aws_sdk_codebuild::types::{Build, EnvironmentVariable, StatusType};
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack, Parameters};

/// A project whose builds run `COMMAND` and export `IMAGE`.
const PROJECT: &str = r#"
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Project: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: codebuild.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: log
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{Effect: Allow, Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*'}]
  Builds:
    Type: AWS::CodeBuild::Project
    Properties:
      Name: !Ref Project
      ServiceRole: !GetAtt Role.Arn
      Artifacts: {Type: NO_ARTIFACTS}
      Environment: {Type: LINUX_CONTAINER, ComputeType: BUILD_GENERAL1_SMALL, Image: 'aws/codebuild/amazonlinux2-x86_64-standard:5.0'}
      Source:
        Type: NO_SOURCE
        BuildSpec: |
          version: 0.2
          env: {exported-variables: [IMAGE]}
          phases:
            build:
              commands:
                - export IMAGE=app:$TAG
                - sh -c "$COMMAND"
"#;

/// A stack that runs a build and hands on what it exported.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: {Type: String}
  Project: {Type: String}
  Command: {Type: String, Default: 'true'}
  Tag: {Type: String, Default: v1}
  Timeout: {Type: Number, Default: 300}
  Name: {Type: String, Default: COMMAND}
Resources:
  Run:
    Type: Custom::BuildRun
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: !Ref Timeout
      ProjectName: !Ref Project
      EnvironmentVariables:
        - {Name: TAG, Value: !Ref Tag}
        - {Name: !Ref Name, Value: !Ref Command}
      ExportedVariables: [IMAGE]
      Trigger: !Ref Tag
  Deployed:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: !Sub '/builds/${AWS::StackName}', Value: !GetAtt Run.Exported.IMAGE}
Outputs:
  Build: {Value: !GetAtt Run.BuildId}
  Arn: {Value: !GetAtt Run.BuildArn}
  Log: {Value: !GetAtt Run.LogsLink}
  Image: {Value: !GetAtt Deployed.Value}
  Id: {Value: !Ref Run}
  Stack: {Value: !Ref AWS::StackId}
";

/// One deployment of the function for one test: faults are planned by its name.
pub(super) struct BuildFixture {
    pub(super) cloud: &'static Cloud,
    pub(super) deployed: DeployedStack,
    project_stack: DeployedStack,
    /// The name of the project.
    pub(super) project: String,
    pub(super) builds: aws_sdk_codebuild::Client,
}

impl BuildFixture {
    /// `name` must be unique among the tests.
    pub(super) async fn deploy(name: &str) -> anyhow::Result<Self> {
        let cloud = cloud().await;
        let template = package::template(&project().join("infra/functions/build-runner.yaml"))?;
        let mut parameters = release(cloud).await?;
        parameters.extend(deploy::named([("ProjectName", format!("{name}-*").as_str())]));
        let deployed =
            deploy::create(cloud, &format!("{name}-function"), &template, parameters, |_| ()).await?;
        let project = format!("{name}-project");
        let parameters = deploy::named([("Project", project.as_str())]);
        let project_stack = deploy::create(cloud, &project, PROJECT, parameters, |_| ()).await?;
        let builds = aws_sdk_codebuild::Client::new(&cloud.root().await);
        Ok(Self { cloud, deployed, project_stack, project, builds })
    }

    pub(super) fn function(&self) -> &str {
        self.deployed.output("FunctionName").unwrap()
    }

    fn parameters(&self, given: &[(&str, &str)]) -> Parameters {
        let function = self.deployed.output("FunctionArn").unwrap();
        let mut parameters = deploy::named([("Function", function), ("Project", &self.project)]);
        parameters.extend(deploy::named(given.iter().copied()));
        parameters
    }

    /// Creates a stack that runs a build.
    pub(super) async fn create(&self, stack: &str, given: &[(&str, &str)]) -> anyhow::Result<DeployedStack> {
        deploy::create(self.cloud, stack, USER, self.parameters(given), |_| ()).await
    }

    /// Updates it.
    pub(super) async fn update(
        &self,
        stack: &DeployedStack,
        given: &[(&str, &str)],
    ) -> anyhow::Result<DeployedStack> {
        deploy::update(self.cloud, stack, USER, deploy::named(given.iter().copied()), |_| ()).await
    }

    pub(super) async fn delete(&self, stack: &DeployedStack) -> anyhow::Result<()> {
        deploy::delete(self.cloud, stack, |_| ()).await
    }

    /// Starts a build that does not end, with these variables.
    pub(super) async fn start(&self, variables: &[(&str, &str)]) -> anyhow::Result<String> {
        let variables = variables.iter().chain(&[("COMMAND", "sleep 600")]);
        let variables =
            variables.map(|(name, value)| EnvironmentVariable::builder().name(*name).value(*value).build());
        let start = self.builds.start_build().project_name(&self.project);
        let start = start.set_environment_variables_override(Some(variables.collect::<Result<_, _>>()?));
        start.send().await?.build_value.and_then(|build| build.id).context("no build")
    }

    /// The builds of the project, the first one first.
    pub(super) async fn ran(&self) -> anyhow::Result<Vec<Build>> {
        let ids = self.builds.list_builds_for_project().project_name(&self.project).send().await?.ids;
        let mut ids = ids.unwrap_or_default();
        ids.reverse();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.builds.batch_get_builds().set_ids(Some(ids)).send().await?;
        Ok(found.builds.unwrap_or_default())
    }

    /// Their statuses.
    pub(super) async fn statuses(&self) -> anyhow::Result<Vec<StatusType>> {
        self.ran().await?.into_iter().map(|build| build.build_status.context("no status")).collect()
    }

    /// Deletes a stack that failed to be created.
    pub(super) async fn forget(&self, stack: &str) -> anyhow::Result<()> {
        aws(&["cloudformation", "delete-stack", "--stack-name", stack]).await?;
        aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack]).await.map(drop)
    }

    pub(super) async fn tear_down(self) -> anyhow::Result<()> {
        self.delete(&self.project_stack).await?;
        self.delete(&self.deployed).await
    }
}

/// A variable of a build.
pub(super) fn variable<'a>(build: &'a Build, name: &str) -> Option<&'a str> {
    let variables = build.environment.as_ref()?.environment_variables();
    variables.iter().find(|variable| variable.name == name).map(|variable| variable.value.as_str())
}
