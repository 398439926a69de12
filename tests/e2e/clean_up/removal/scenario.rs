//! A stack with a domain in it, changed in every way that CloudFormation has.

use crate::clean_up::domain_fixture::DomainFixture;
use crate::clean_up::functions::Functions;
use crate::clean_up::leftovers::{Counts, counts};
use crate::clean_up::population::{AppType, Owner};
use crate::clean_up::record::questions;
use crate::cli::aws;
use crate::harness::until;
use anyhow::{Context, ensure};
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack, Parameters};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A stack with a domain in a VPC that exists already. `TOPIC`, `DOMAIN` and `CONTENT` are put in or left out.
pub(super) const HEAD: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: {Type: String}
  StorageFunction: {Type: String}
  Vpc: {Type: String}
  Subnet: {Type: String}
  Name: {Type: String}
Resources:
  Topic: {Type: AWS::SNS::Topic}
";
pub(super) const DOMAIN: &str = "
  Domain:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: !Ref Name
      AuthMode: IAM
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      DefaultUserSettings: {ExecutionRole: 'arn:aws:iam::111122223333:role/studio'}
";
pub(super) const CONTENT: &str = "
  Content:
    Type: Custom::StudioCleanup
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 600
      DomainId: !Ref Domain
      DeleteSpaceStorage: true
";
pub(super) const STORAGE: &str = "
  Storage:
    Type: Custom::StorageCleanup
    Properties: {ServiceToken: !Ref StorageFunction, ServiceTimeout: 600, VpcId: !Ref Vpc, Storage: delete}
";
/// A resource that cannot be made, after the custom resource was.
pub(super) const FAILING: &str = "
  Failing:
    Type: AWS::SageMaker::UserProfile
    DependsOn: Content
    Properties: {DomainId: d-nosuchdomain, UserProfileName: nobody}
";
pub(super) const OUTPUTS: &str = "
Outputs:
  DomainId: {Value: !Ref Domain}
";

pub(super) fn retained() -> String {
    DOMAIN.replace("    Properties:", "    DeletionPolicy: Retain\n    Properties:")
}

/// Change sets so far: each has a name of its own.
static CHANGES: AtomicUsize = AtomicUsize::new(0);

/// A stack and the domain in it.
pub(super) struct Scenario {
    pub(super) cloud: &'static Cloud,
    pub(super) fixture: DomainFixture,
    pub(super) stack: String,
}

impl Scenario {
    /// Prepares a network; the stack is made by the test.
    pub(super) async fn new(functions: Functions, name: &str) -> anyhow::Result<Self> {
        let fixture = DomainFixture::by_hand(functions, name).await?;
        Ok(Self { cloud: fixture.cloud, stack: format!("{name}-stack"), fixture })
    }

    pub(super) fn parameters(&self, domain_name: &str) -> anyhow::Result<Parameters> {
        let function = self.fixture.functions.studio.output("FunctionArn")?;
        let storage = self.fixture.functions.storage.output("FunctionArn")?;
        let given = [
            ("Function", function),
            ("StorageFunction", storage),
            ("Vpc", &self.fixture.vpc),
            ("Subnet", &self.fixture.subnets[0]),
            ("Name", domain_name),
        ];
        Ok(deploy::named(given))
    }

    pub(super) async fn create(&self, parts: &[&str]) -> anyhow::Result<DeployedStack> {
        let template = [&[HEAD], parts, &[OUTPUTS]].concat().concat();
        deploy::create(self.cloud, &self.stack, &template, self.parameters(&self.stack)?, |_| ()).await
    }

    /// Updates the stack by a change set, as `aws cloudformation deploy` does, whose change sets are named by the second.
    pub(super) async fn change(&self, parts: &[&str]) -> anyhow::Result<()> {
        let name = format!("change-{}", CHANGES.fetch_add(1, Ordering::Relaxed));
        let file = self.cloud.state().join(format!("{}.yaml", self.stack));
        tokio::fs::write(&file, [&[HEAD], parts].concat().concat()).await?;
        let body = format!("file://{}", file.display());
        let keys = ["Function", "StorageFunction", "Vpc", "Subnet", "Name"];
        let given = keys.map(|key| format!("ParameterKey={key},UsePreviousValue=true"));
        let of = ["--stack-name", &self.stack, "--change-set-name", &name];
        let create =
            [&["cloudformation", "create-change-set"], &of[..], &["--template-body", &body, "--parameters"]];
        let create = create.concat().into_iter().chain(given.iter().map(String::as_str));
        aws(&create.collect::<Vec<_>>()).await?;
        let describe = [&["cloudformation", "describe-change-set"], &of[..], &["--query", "Status"]].concat();
        until(&format!("{name} of {}", self.stack), async || Ok(aws(&describe).await? == "CREATE_COMPLETE"))
            .await?;
        aws(&[&["cloudformation", "execute-change-set"], &of[..]].concat()).await?;
        let settled = async || Ok(!self.status().await?.ends_with("_IN_PROGRESS"));
        until(&format!("{} settled", self.stack), settled).await?;
        let status = self.status().await?;
        ensure!(status == "UPDATE_COMPLETE", "{} is {status}", self.stack);
        Ok(())
    }

    pub(super) async fn status(&self) -> anyhow::Result<String> {
        let query = "Stacks[0].StackStatus";
        let told = aws(&["cloudformation", "describe-stacks", "--stack-name", &self.stack, "--query", query])
            .await?;
        Ok(told.as_str().unwrap_or_default().to_owned())
    }

    /// What somebody works with: a user profile, a space with a volume, a running app.
    pub(super) async fn populate(&self, domain: &str) -> anyhow::Result<Counts> {
        let clients = &self.fixture.clients;
        clients.profile(domain, "alice").await?;
        clients.space(domain, "thesis", "alice", Some(AppType::JupyterLab)).await?;
        clients.app(domain, &(Owner::Space("thesis"), AppType::JupyterLab, "default")).await?;
        let full = clients.in_domain(domain).await?;
        ensure!(
            full == counts([("apps", 1), ("domains", 1), ("spaces", 1), ("user profiles", 1)]),
            "{full:?}"
        );
        Ok(full)
    }

    /// Fails unless the last Delete request of the custom resource was answered with success.
    pub(super) async fn deleted_well(&self) -> anyhow::Result<()> {
        let asked = questions(self.cloud, &self.stack).await?;
        let last = asked.iter().rev().find(|question| question.is("Delete")).context("no Delete request")?;
        ensure!(last.succeeded(), "{last:?}");
        Ok(())
    }
}
