//! The function dies after its k-th call, for every k: each request has one build and one result.

use super::fixture::BuildFixture;
use crate::clean_up::record::{all_answered_alike, questions};
use crate::harness::run;
use anyhow::ensure;
use aws_sdk_codebuild::types::StatusType::Stopped;
use emulator_core::{Fault, FaultKind};

/// More calls than one update makes; the last rounds kill nothing and show that the count covers all.
const CALLS: u32 = 20;
/// The same for a delete that stops a build.
const DELETE_CALLS: u32 = 14;

/// Lets the function die after so many calls.
fn kill(fixture: &BuildFixture, after: u32) {
    fixture.cloud.faults().plan(Fault {
        kind: FaultKind::KillCaller,
        service: None,
        operation: None,
        principal: Some(fixture.function().into()),
        after,
        times: 1,
        every: 1,
    });
}

/// Whether it died in an invocation after the first `from`.
async fn died(fixture: &BuildFixture, from: usize) -> anyhow::Result<bool> {
    let new = emulator::invocation::since(fixture.cloud, from).await?;
    let mut own = new.iter().filter(|invocation| invocation.function == fixture.function());
    Ok(own.any(|invocation| invocation.error.is_some()))
}

#[test]
fn a_function_killed_after_any_call_runs_one_build() {
    run(async {
        let fixture = BuildFixture::deploy("killed").await?;
        let mut user = fixture.create("killed-user", &[]).await?;
        let mut deaths = 0;
        for k in 0..CALLS {
            let from = fixture.cloud.invocations(0).await?.len();
            kill(&fixture, k);
            let tag = format!("after-{k}");
            user = fixture.update(&user, &[("Tag", &tag)]).await?;
            fixture.cloud.faults().forget(fixture.function());
            ensure!(user.output("Image")? == format!("app:{tag}"), "{:?}", user.outputs);
            let ran = fixture.ran().await?.len();
            ensure!(ran == usize::try_from(k)? + 2, "killed after call {}: {ran} builds", k + 1);
            deaths += u32::from(died(&fixture, from).await?);
        }
        ensure!((8..CALLS).contains(&deaths), "{deaths} of {CALLS} rounds killed the function");
        fixture.delete(&user).await?;
        all_answered_alike(&questions(fixture.cloud, "killed-user").await?);
        fixture.tear_down().await
    });
}

#[test]
fn a_function_killed_after_any_call_of_a_delete_stops_what_runs() {
    run(async {
        let fixture = BuildFixture::deploy("undone").await?;
        let mut deaths = 0;
        for k in 0..DELETE_CALLS {
            let stack = format!("undone-user-{k}");
            let user = fixture.create(&stack, &[]).await?;
            // As if the request before had had no time left for it.
            let own = [("SM_MLOPS_STACK_ID", user.output("Stack")?), ("SM_MLOPS_LOGICAL_ID", "Run")];
            fixture.start(&own).await?;
            let from = fixture.cloud.invocations(0).await?.len();
            kill(&fixture, k);
            fixture.delete(&user).await?;
            fixture.cloud.faults().forget(fixture.function());
            let statuses = fixture.statuses().await?;
            ensure!(statuses.last() == Some(&Stopped), "killed after call {}: {statuses:?}", k + 1);
            deaths += u32::from(died(&fixture, from).await?);
            all_answered_alike(&questions(fixture.cloud, &stack).await?);
        }
        ensure!((4..DELETE_CALLS).contains(&deaths), "{deaths} of {DELETE_CALLS} rounds killed the function");
        fixture.tear_down().await
    });
}
