//! A stack's whole life: each change of the resource runs one build, and the stack has what the build says.

use super::fixture::{BuildFixture, variable};
use crate::harness::run;
use crate::one_shot::refused;
use crate::permissions::overrides::{every_override_is_refused, refusal};
use crate::permissions::{check_both_ways, unused};
use anyhow::ensure;
use aws_sdk_codebuild::types::StatusType::{Failed, InProgress, Stopped, Succeeded};

#[test]
fn each_change_runs_one_build_and_a_build_that_fails_is_told() {
    run(async {
        let fixture = BuildFixture::deploy("builds").await?;
        let user = fixture.create("builds-user", &[]).await?;
        let ran = fixture.ran().await?;
        ensure!(ran.len() == 1 && ran[0].build_status == Some(Succeeded), "{ran:?}");
        ensure!(user.output("Build")? == ran[0].id().unwrap_or_default(), "{:?}", user.outputs);
        ensure!(user.output("Arn")? == ran[0].arn().unwrap_or_default(), "{:?}", user.outputs);
        ensure!(user.output("Log")?.starts_with("file://"), "{:?}", user.outputs);
        ensure!(user.output("Image")? == "app:v1", "{:?}", user.outputs);
        ensure!(variable(&ran[0], "SM_MLOPS_LOGICAL_ID") == Some("Run"), "{ran:?}");

        let updated = fixture.update(&user, &[("Tag", "v2")]).await?;
        ensure!(updated.output("Image")? == "app:v2", "{:?}", updated.outputs);
        ensure!(updated.output("Id")? == user.output("Id")?, "an update replaced the resource");
        ensure!(fixture.statuses().await? == [Succeeded, Succeeded]);

        // The roll-back runs what ran before.
        let told = refused(fixture.update(&updated, &[("Tag", "v3"), ("Command", "exit 3")]).await)?;
        for part in ["failed in phase BUILD: COMMAND_EXECUTION_ERROR: ", "exit status 3", "Log: file://"] {
            ensure!(told.contains(part), "no {part} in {told}");
        }
        let ran = fixture.ran().await?;
        ensure!(fixture.statuses().await? == [Succeeded, Succeeded, Failed, Succeeded]);
        ensure!(variable(&ran[3], "TAG") == Some("v2"), "{ran:?}");

        for (given, part) in [
            (
                ("Project", "builds-none"),
                "ProjectName is builds-none, and CodeBuild has no project builds-none",
            ),
            (("Project", "no project"), "ProjectName is `no project`: give the name of a project"),
            (
                ("Name", "CODEBUILD_SRC_DIR"),
                "EnvironmentVariables has CODEBUILD_SRC_DIR: names that begin with",
            ),
            (("Name", "TAG"), "EnvironmentVariables has TAG twice: leave one out"),
        ] {
            let told = refused(fixture.create("builds-refused", &[given]).await)?;
            ensure!(told.contains(part), "{told}");
            fixture.forget("builds-refused").await?;
        }
        ensure!(fixture.ran().await?.len() == 4, "a refused request ran a build");

        // A build that outlasts the request. Seconds are enough for the other requests.
        let long = [("Command", "sleep 600"), ("Timeout", "60")];
        let told = refused(fixture.create("builds-long", &long).await)?;
        ensure!(told.contains("out of time after 30 seconds: 1 build running (builds-project:"), "{told}");
        fixture.forget("builds-long").await?;
        let statuses = fixture.statuses().await?;
        ensure!(statuses[4..] == [Stopped], "{statuses:?}");

        fixture.delete(&updated).await?;
        let statuses = fixture.statuses().await?;
        ensure!(statuses.len() == 5 && !statuses.contains(&InProgress), "{statuses:?}");
        check_both_ways(fixture.cloud, &fixture.deployed.stack, unused::WITH_STATE_MACHINE).await?;
        let (stack, project) = (&fixture.deployed.stack, &fixture.project);
        let (_, plain) = every_override_is_refused(fixture.cloud, stack, "FunctionRole", project).await?;
        ensure!(refusal(plain).await.is_none(), "the function may start no build at all");
        fixture.tear_down().await
    });
}
