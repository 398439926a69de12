//! What cannot go on ends with a sentence that names what is in the way, and goes on once a person has removed it.

use super::estate::Estate;
use super::functions::Functions;
use super::population::Owner;
use super::remains::counts;
use crate::harness::run;
use anyhow::Context;
use aws_sdk_sagemaker::types::AppType;

#[test]
fn an_app_with_an_unknown_status_fails_the_stack_by_name_and_the_next_deletion_goes_through() {
    run(async {
        let estate = Estate::of_stack("stuck", "delete").await?;
        estate.few().await?;
        let app = (Owner::Profile("alice"), AppType::KernelGateway, "datascience");
        estate.force(&app, "Hibernating")?;

        let failed =
            estate.delete().await.err().context("the stack was deleted with a stuck app")?.to_string();
        for word in ["DELETE_FAILED", "StudioContent", "Hibernating", "datascience", "alice"] {
            assert!(failed.contains(word), "no {word:?} in {failed}");
        }
        let left = estate.left().await?;
        for kind in ["domains", "file systems", "mount targets", "VPCs"] {
            assert!(left.contains_key(kind), "no {kind} in {left:?}: they went while the domain was there");
        }

        estate.force(&app, "InService")?;
        estate.delete().await?;
        assert_eq!(estate.left().await?, counts([]));
        Ok(())
    });
}

#[test]
fn an_app_that_never_goes_is_named_when_the_time_of_the_resource_is_over() {
    run(async {
        // A minute is held back for the answer: this leaves seconds.
        let parameters = [("Storage", "delete"), ("ServiceTimeout", "75")];
        let estate = Estate::with(Functions::shared().await?, "stuck-slow", &parameters).await?;
        estate.few().await?;
        let app = (Owner::Space("lab"), AppType::JupyterLab, "default");
        estate.force(&app, "Deleting")?;

        let failed =
            estate.delete().await.err().context("the stack was deleted with a stuck app")?.to_string();
        for word in ["DELETE_FAILED", "StudioContent", "1 app", "again"] {
            assert!(failed.contains(word), "no {word:?} in {failed}");
        }

        estate.force(&app, "Deleted")?;
        estate.delete().await?;
        assert_eq!(estate.left().await?, counts([]));
        Ok(())
    });
}
