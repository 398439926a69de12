//! What still runs is stopped, if it is the resource's own.

use super::fixture::{BuildFixture, variable};
use crate::harness::run;
use crate::one_shot::refused;
use anyhow::ensure;
use aws_sdk_codebuild::types::StatusType::{InProgress, Stopped, Succeeded};

#[test]
fn an_update_that_is_rolled_back_stops_its_build_and_no_build_of_others() {
    run(async {
        let fixture = BuildFixture::deploy("stopped").await?;
        let user = fixture.create("stopped-user", &[("Timeout", "60")]).await?;
        let foreign = fixture.start(&[]).await?;

        let told = refused(fixture.update(&user, &[("Tag", "v2"), ("Command", "sleep 600")]).await)?;
        ensure!(told.contains("out of time after 30 seconds: 1 build running"), "{told}");
        let statuses = fixture.statuses().await?;
        ensure!(statuses == [Succeeded, InProgress, Stopped, Succeeded], "{statuses:?}");
        let ran = fixture.ran().await?;
        ensure!(variable(&ran[3], "TAG") == Some("v1"), "{ran:?}");

        fixture.delete(&user).await?;
        let statuses = fixture.statuses().await?;
        ensure!(statuses == [Succeeded, InProgress, Stopped, Succeeded], "{statuses:?}");
        fixture.builds.stop_build().id(foreign).send().await?;
        fixture.tear_down().await
    });
}
