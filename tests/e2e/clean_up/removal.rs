//! When a stack's Delete request empties a domain, and when it does not: only if CloudFormation deletes the domain itself in
//! the same operation.

mod scenario;

use super::functions::Functions;
use super::leftovers::counts;
use crate::harness::run;
use anyhow::{Context, ensure};
use emulator::deploy;
use scenario::{CONTENT, DOMAIN, FAILING, HEAD, OUTPUTS, STORAGE, Scenario, retained};
use serde_json::json;

#[test]
fn a_custom_resource_that_leaves_a_living_stack_touches_nothing() {
    run(async {
        let it = Scenario::new(Functions::shared().await?, "living").await?;
        let deployed = it.create(&[DOMAIN]).await?;
        let domain = deployed.output("DomainId")?.to_owned();
        let full = it.populate(&domain).await?;
        let clients = &it.fixture.clients;

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
        let deployed = it.create(&[&retained(), CONTENT]).await?;
        let domain = deployed.output("DomainId")?.to_owned();
        let full = it.populate(&domain).await?;
        deploy::delete(it.cloud, &deployed, |_| ()).await?;
        it.deleted_well().await?;
        assert_eq!(it.fixture.clients.in_domain(&domain).await?, full);
        Ok(())
    });
}

/// A replaced domain goes with its contents, and so does one that a change set removes. What it left behind stays while the
/// stack lives, also when the custom resource for it is removed.
pub(super) async fn domains_that_leave(functions: Functions, name: &str) -> anyhow::Result<()> {
    let it = Scenario::new(functions, name).await?;
    // The functions see that others use other file systems.
    it.populate(&it.fixture.domain).await?;
    let deployed = it.create(&[DOMAIN, CONTENT, STORAGE]).await?;
    let old = deployed.output("DomainId")?.to_owned();
    it.populate(&old).await?;
    let clients = &it.fixture.clients;

    // Without a change set: another name is another domain.
    let template = [HEAD, DOMAIN, CONTENT, STORAGE, OUTPUTS].concat();
    let other = format!("{name}-other");
    let deployed = deploy::update(it.cloud, &deployed, &template, it.parameters(&other)?, |_| ()).await?;
    let new = deployed.output("DomainId")?.to_owned();
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
    let spec = json!({"DomainId": old, "Storage": "delete"});
    let (status, text) = it.fixture.walk(it.fixture.functions.state_machines()[1], &spec).await?;
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
        let clients = &it.fixture.clients;
        let (bucket, key) = ("nested-domain-templates", "domain.yaml");
        clients.s3.create_bucket().bucket(bucket).send().await?;
        let body = [HEAD, DOMAIN, OUTPUTS].concat().into_bytes();
        clients.s3.put_object().bucket(bucket).key(key).body(body.into()).send().await?;
        let mut parameters = it.parameters(&it.stack)?;
        let url = format!("https://s3.{}.amazonaws.com/{bucket}/{key}", it.cloud.context().region);
        parameters.extend(deploy::named([("TemplateUrl", &*url)]));
        let deployed = deploy::create(it.cloud, &it.stack, ROOT, parameters, |_| ()).await?;
        let domain = deployed.output("DomainId")?.to_owned();
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

        deploy::delete(it.cloud, &deployed, |_| ()).await?;
        it.deleted_well().await?;
        assert_eq!(clients.in_domain(&domain).await?, counts([]));
        Ok(())
    });
}
