//! What cannot go on ends with a sentence that names what is in the way, and goes on once a person has removed it.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::population::{AppType, Owner};
use crate::harness::run;
use anyhow::Context;

#[test]
fn an_app_with_an_unknown_status_fails_the_stack_by_name_and_the_next_deletion_goes_through() {
    run(async {
        let fixture = DomainFixture::of_stack("stuck", "delete").await?;
        fixture.populate_with_few().await?;
        let app = (Owner::Profile("alice"), AppType::KernelGateway, "datascience");
        fixture.force(&app, "Hibernating")?;

        let failed =
            fixture.delete().await.err().context("the stack was deleted with a stuck app")?.to_string();
        for word in ["DELETE_FAILED", "StudioContent", "Hibernating", "datascience", "alice"] {
            assert!(failed.contains(word), "no {word:?} in {failed}");
        }
        let left = fixture.left().await?;
        for kind in ["domains", "file systems", "mount targets", "VPCs"] {
            assert!(left.contains_key(kind), "no {kind} in {left:?}: they went while the domain was there");
        }

        fixture.force(&app, "InService")?;
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}

#[test]
fn an_app_that_never_goes_is_named_when_the_time_of_the_resource_is_over() {
    run(async {
        // A minute is held back for the answer: this leaves seconds.
        let parameters = [("Storage", "delete"), ("ServiceTimeout", "75")];
        let fixture = DomainFixture::with(Functions::shared().await?, "stuck-slow", &parameters).await?;
        fixture.populate_with_few().await?;
        let app = (Owner::Space("lab"), AppType::JupyterLab, "default");
        fixture.force(&app, "Deleting")?;

        let failed =
            fixture.delete().await.err().context("the stack was deleted with a stuck app")?.to_string();
        for word in ["DELETE_FAILED", "StudioContent", "1 app", "again"] {
            assert!(failed.contains(word), "no {word:?} in {failed}");
        }

        fixture.force(&app, "Deleted")?;
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}
