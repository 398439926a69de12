//! CloudFormation alone: a stack with a domain that people worked in is deleted, and nobody helps.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::record::{Question, answered_once, calls, questions, writes};
use crate::harness::run;
use anyhow::Context;
use emulator::deploy;

/// Custom resources of the user's stack.
pub(super) const RESOURCES: [&str; 2] = ["StudioContent", "StudioStorage"];

#[test]
fn a_full_domain_goes_and_only_its_file_system_stays() {
    run(async {
        let fixture = DomainFixture::of_stack("full-keep", "keep").await?;
        fixture.populate().await?;
        let system = fixture.clients.file_system(&fixture.domain).await?;

        fixture.delete().await?;

        assert_eq!(fixture.left().await?, counts([("file systems", 1)]));
        let kept = fixture.clients.file_system(&fixture.domain).await?;
        assert_eq!(kept.file_system_id(), system.file_system_id());
        answered_once(&questions(fixture.cloud, &fixture.name).await?, "Delete", &RESOURCES);
        Ok(())
    });
}

#[test]
fn the_example_goes_and_only_its_file_system_stays() {
    run(async {
        let fixture = DomainFixture::of_example("example").await?;
        fixture.populate().await?;
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([("file systems", 1)]));
        answered_once(&questions(fixture.cloud, &fixture.name).await?, "Delete", &RESOURCES);
        Ok(())
    });
}

#[test]
fn with_storage_delete_nothing_stays() {
    run(async {
        let fixture = DomainFixture::of_stack("full-delete", "delete").await?;
        fixture.populate().await?;
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([]));
        answered_once(&questions(fixture.cloud, &fixture.name).await?, "Delete", &RESOURCES);
        Ok(())
    });
}

#[test]
fn with_storage_backup_a_recovery_point_stays() {
    run(async {
        let fixture = DomainFixture::of_stack("full-backup", "backup").await?;
        fixture.populate_with_few().await?;
        let system = fixture.clients.file_system(&fixture.domain).await?;
        let arn = system.file_system_arn().context("no ARN")?;

        fixture.delete().await?;

        assert_eq!(fixture.left().await?, counts([]));
        let jobs = fixture.clients.backup.list_backup_jobs().by_resource_arn(arn).send().await?;
        let states: Vec<_> =
            jobs.backup_jobs().iter().filter_map(|job| Some(job.state()?.as_str())).collect();
        assert_eq!(states, ["COMPLETED"], "{jobs:?}");
        assert!(jobs.backup_jobs()[0].recovery_point_arn().is_some(), "{jobs:?}");
        Ok(())
    });
}

#[test]
fn creating_and_updating_the_custom_resources_touches_nothing() {
    run(async {
        let fixture = DomainFixture::of_stack("no-touch", "keep").await?;
        fixture.populate_with_few().await?;
        let before = fixture.left().await?;
        fixture.update(&[("Storage", "delete")]).await?;
        assert_eq!(fixture.left().await?, before);
        let asked = questions(fixture.cloud, &fixture.name).await?;
        answered_once(&asked, "Create", &RESOURCES);
        assert!(asked.iter().all(Question::succeeded), "{asked:?}");

        // The update counts: the storage is deleted now.
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}

/// A stack of nothing but the custom resource, for a domain that others own.
const ONLY: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, DomainId: {Type: String}}
Resources:
  Content:
    Type: Custom::StudioCleanup
    Properties: {ServiceToken: !Ref Function, ServiceTimeout: 3600, DomainId: !Ref DomainId}
";

#[test]
fn replacing_the_domain_id_touches_neither_domain() {
    run(async {
        // With functions of its own: what they called is looked at, and others' deletions go through the shared ones.
        let functions = Functions::deploy("replaced").await?;
        let old = DomainFixture::with(functions, "replaced", &[("Storage", "delete")]).await?;
        let new = old.clients.domain("replacement", &old.vpc, &old.subnets).await?;
        old.clients.profile(&new, "survivor").await?;
        old.populate_with_few().await?;
        let full = old.left().await?;
        let before = old.clients.in_domain(&new).await?;
        let function = old.functions.studio.output("FunctionArn")?;
        let given = deploy::named([("Function", function), ("DomainId", &old.domain)]);
        let deployed = deploy::create(old.cloud, "replaced-only", ONLY, given, |_| ()).await?;

        let changes = deploy::named([("DomainId", &*new)]);
        deploy::update(old.cloud, &deployed, ONLY, changes, |_| ()).await?;
        assert_eq!(old.clients.in_domain(&new).await?, before);
        assert_eq!(old.left().await?, full, "the old domain belongs to a stack that lives on");

        // An update to a new domain that fails must not empty the old one's successor either.
        let name = old.functions.names()[0];
        let from = old.cloud.recorder().len();
        let changes = deploy::named([("DomainId", "no domain")]);
        let refused = deploy::update(old.cloud, &deployed, ONLY, changes, |_| ()).await;
        let refused = refused.err().context("an update to a bad DomainId went through")?.to_string();
        assert!(refused.contains("no domain"), "{refused}");
        assert_eq!(old.clients.in_domain(&new).await?, before);
        let written = writes(&calls(old.cloud, name, from));
        assert!(written.iter().all(|call| !call.contains("Delete")), "{written:?}");
        Ok(())
    });
}
