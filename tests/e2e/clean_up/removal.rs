//! When a stack's Delete request empties a domain, and when it does not: only if CloudFormation deletes the domain itself in
//! the same operation.

use super::estate::Estate;
use super::functions::Functions;
use super::population::Owner;
use super::record::questions;
use super::remains::{Counts, counts};
use crate::cli::aws;
use crate::harness::run;
use anyhow::{Context, ensure};
use aws_sdk_sagemaker::types::AppType;
use local::cloud::Cloud;
use local::deploy::{self, Parameters, Site};
use serde_json::json;

/// A stack with a domain in a VPC that exists already. `TOPIC`, `DOMAIN` and `CONTENT` are put in or left out.
const HEAD: &str = "
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
const DOMAIN: &str = "
  Domain:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: !Ref Name
      AuthMode: IAM
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      DefaultUserSettings: {ExecutionRole: 'arn:aws:iam::111122223333:role/studio'}
";
const CONTENT: &str = "
  Content:
    Type: Custom::StudioCleanup
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 600
      DomainId: !Ref Domain
      DeleteSpaceStorage: true
";
const STORAGE: &str = "
  Storage:
    Type: Custom::StorageCleanup
    Properties: {ServiceToken: !Ref StorageFunction, ServiceTimeout: 600, VpcId: !Ref Vpc, Storage: delete}
";
/// A resource that cannot be made, after the custom resource was.
const FAILING: &str = "
  Failing:
    Type: AWS::SageMaker::UserProfile
    DependsOn: Content
    Properties: {DomainId: d-nosuchdomain, UserProfileName: nobody}
";
const OUTPUTS: &str = "
Outputs:
  DomainId: {Value: !Ref Domain}
";

fn retained() -> String {
    DOMAIN.replace("    Properties:", "    DeletionPolicy: Retain\n    Properties:")
}

/// A stack and the domain in it.
struct Scenario {
    cloud: &'static Cloud,
    estate: Estate,
    stack: String,
}

impl Scenario {
    /// Prepares a network; the stack is made by the test.
    async fn new(functions: Functions, name: &str) -> anyhow::Result<Self> {
        let estate = Estate::by_hand(functions, name).await?;
        Ok(Self { cloud: estate.cloud, stack: format!("{name}-stack"), estate })
    }

    fn parameters(&self, domain_name: &str) -> anyhow::Result<Parameters> {
        let function = self.estate.functions.studio.output("FunctionArn")?;
        let storage = self.estate.functions.storage.output("FunctionArn")?;
        let given = [
            ("Function", function),
            ("StorageFunction", storage),
            ("Vpc", &self.estate.vpc),
            ("Subnet", &self.estate.subnets[0]),
            ("Name", domain_name),
        ];
        Ok(deploy::named(given))
    }

    async fn create(&self, parts: &[&str]) -> anyhow::Result<Site> {
        let template = [&[HEAD], parts, &[OUTPUTS]].concat().concat();
        deploy::create(self.cloud, &self.stack, &template, self.parameters(&self.stack)?, |_| ()).await
    }

    /// Updates the stack by a change set, as `aws cloudformation deploy` does.
    async fn change(&self, parts: &[&str]) -> anyhow::Result<()> {
        let file = self.cloud.state().join(format!("{}.yaml", self.stack));
        tokio::fs::write(&file, [&[HEAD], parts].concat().concat()).await?;
        let file = file.to_string_lossy();
        let deploy = ["cloudformation", "deploy", "--stack-name", &self.stack, "--template-file", &file];
        aws(&deploy).await.map(|_| ())
    }

    async fn status(&self) -> anyhow::Result<String> {
        let query = "Stacks[0].StackStatus";
        let told = aws(&["cloudformation", "describe-stacks", "--stack-name", &self.stack, "--query", query])
            .await?;
        Ok(told.as_str().unwrap_or_default().to_owned())
    }

    /// What somebody works with: a user profile, a space with a volume, a running app.
    async fn populate(&self, domain: &str) -> anyhow::Result<Counts> {
        let clients = &self.estate.clients;
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
    async fn deleted_well(&self) -> anyhow::Result<()> {
        let asked = questions(self.cloud, &self.stack).await?;
        let last = asked.iter().rev().find(|question| question.is("Delete")).context("no Delete request")?;
        ensure!(last.succeeded(), "{last:?}");
        Ok(())
    }
}

#[test]
fn a_custom_resource_that_leaves_a_living_stack_touches_nothing() {
    run(async {
        let it = Scenario::new(Functions::shared().await?, "living").await?;
        let site = it.create(&[DOMAIN]).await?;
        let domain = site.output("DomainId")?.to_owned();
        let full = it.populate(&domain).await?;
        let clients = &it.estate.clients;

        // An update that adds it fails, and is rolled back.
        ensure!(it.change(&[DOMAIN, CONTENT, FAILING]).await.is_err(), "the update went through");
        assert_eq!(it.status().await?, "UPDATE_ROLLBACK_COMPLETE");
        it.deleted_well().await?;
        assert_eq!(clients.in_domain(&domain).await?, full);

        // It is added, and removed again.
        it.change(&[DOMAIN, CONTENT]).await?;
        it.change(&[DOMAIN]).await?;
        assert_eq!(it.status().await?, "UPDATE_COMPLETE");
        it.deleted_well().await?;
        assert_eq!(clients.in_domain(&domain).await?, full);

        // Both leave the stack, which retains the domain: by a change set, as when it moves to another stack.
        it.change(&[&retained(), CONTENT]).await?;
        it.change(&[]).await?;
        assert_eq!(it.status().await?, "UPDATE_COMPLETE");
        it.deleted_well().await?;
        assert_eq!(clients.in_domain(&domain).await?, full);
        Ok(())
    });
}

#[test]
fn a_stack_that_retains_its_domain_is_deleted_without_touching_it() {
    run(async {
        let it = Scenario::new(Functions::shared().await?, "retained").await?;
        let site = it.create(&[&retained(), CONTENT]).await?;
        let domain = site.output("DomainId")?.to_owned();
        let full = it.populate(&domain).await?;
        deploy::delete(it.cloud, &site, |_| ()).await?;
        it.deleted_well().await?;
        assert_eq!(it.estate.clients.in_domain(&domain).await?, full);
        Ok(())
    });
}

/// A replaced domain goes with its contents, and so does one that a change set removes. What it left behind stays while the
/// stack lives, also when the custom resource for it is removed.
pub(super) async fn domains_that_leave(functions: Functions, name: &str) -> anyhow::Result<()> {
    let it = Scenario::new(functions, name).await?;
    // The functions see that others use other file systems.
    it.populate(&it.estate.domain).await?;
    let site = it.create(&[DOMAIN, CONTENT, STORAGE]).await?;
    let old = site.output("DomainId")?.to_owned();
    it.populate(&old).await?;
    let clients = &it.estate.clients;

    // Without a change set: another name is another domain.
    let template = [HEAD, DOMAIN, CONTENT, STORAGE, OUTPUTS].concat();
    let other = format!("{name}-other");
    let site = deploy::update(it.cloud, &site, &template, it.parameters(&other)?, |_| ()).await?;
    let new = site.output("DomainId")?.to_owned();
    ensure!(new != old, "the domain was not replaced");
    it.deleted_well().await?;
    assert_eq!(clients.in_domain(&old).await?, counts([]));

    let full = it.populate(&new).await?;
    let left = clients.file_system(&old).await?;
    it.change(&[DOMAIN]).await?;
    assert_eq!(clients.in_domain(&new).await?, full);
    let still = clients.file_system(&old).await?;
    assert_eq!(still.number_of_mount_targets(), left.number_of_mount_targets());
    it.change(&[DOMAIN, CONTENT]).await?;
    it.change(&[]).await?;
    it.deleted_well().await?;
    assert_eq!(clients.in_domain(&new).await?, counts([]));

    // Asked by a person, and unused by the domain that still is in the VPC, it goes.
    let goal = json!({"DomainId": old, "Storage": "delete"});
    let (status, text) = it.estate.walk(it.estate.functions.loops()[1], &goal).await?;
    ensure!(status == "SUCCEEDED", "{text}");
    ensure!(clients.file_systems(&old).await?.is_empty(), "the file system of {old} is still there");
    Ok(())
}

#[test]
fn a_domain_that_leaves_its_stack_is_emptied_and_goes() {
    run(async { domains_that_leave(Functions::shared().await?, "leaving").await });
}

/// The domain is in a nested stack, the custom resource beside it.
const ROOT: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: {Type: String}
  StorageFunction: {Type: String}
  Vpc: {Type: String}
  Subnet: {Type: String}
  Name: {Type: String}
  TemplateUrl: {Type: String}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Ref TemplateUrl
      Parameters:
        Function: !Ref Function
        StorageFunction: !Ref StorageFunction
        Vpc: !Ref Vpc
        Subnet: !Ref Subnet
        Name: !Ref Name
  Content:
    Type: Custom::StudioCleanup
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 600
      DomainId: !GetAtt Child.Outputs.DomainId
      DeleteSpaceStorage: true
Outputs:
  DomainId: {Value: !GetAtt Child.Outputs.DomainId}
";

#[test]
fn a_domain_in_a_nested_stack_goes_with_the_whole_and_not_before() {
    run(async {
        let it = Scenario::new(Functions::shared().await?, "nested").await?;
        let clients = &it.estate.clients;
        let (bucket, key) = ("nested-domain-templates", "domain.yaml");
        clients.s3.create_bucket().bucket(bucket).send().await?;
        let body = [HEAD, DOMAIN, OUTPUTS].concat().into_bytes();
        clients.s3.put_object().bucket(bucket).key(key).body(body.into()).send().await?;
        let mut parameters = it.parameters(&it.stack)?;
        let url = format!("https://s3.{}.amazonaws.com/{bucket}/{key}", it.cloud.world().region);
        parameters.extend(deploy::named([("TemplateUrl", &*url)]));
        let site = deploy::create(it.cloud, &it.stack, ROOT, parameters, |_| ()).await?;
        let domain = site.output("DomainId")?.to_owned();
        let full = it.populate(&domain).await?;

        // A stack of others, with a custom resource for a domain that is not its own.
        let foreign = format!("{}-foreign", it.stack);
        let only = ROOT.split_once("  Child:").context("no child")?.0;
        let content = CONTENT.replace("!Ref Domain", "!Ref Name");
        let mut given = it.parameters(&domain)?;
        given.extend(deploy::named([("TemplateUrl", "none")]));
        let other = deploy::create(it.cloud, &foreign, &format!("{only}{content}"), given, |_| ()).await?;
        deploy::delete(it.cloud, &other, |_| ()).await?;
        assert_eq!(clients.in_domain(&domain).await?, full);

        deploy::delete(it.cloud, &site, |_| ()).await?;
        it.deleted_well().await?;
        assert_eq!(clients.in_domain(&domain).await?, counts([]));
        Ok(())
    });
}
