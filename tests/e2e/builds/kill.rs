//! The function dies after its k-th call, for every k: each request has one build and one result.

use super::fixture::BuildFixture;
use crate::clean_up::record::{all_answered_alike, questions};
use crate::harness::run;
use anyhow::ensure;
use emulator_core::{Fault, FaultKind};

/// More calls than one update makes; the last rounds kill nothing and show that the count covers all.
const CALLS: u32 = 20;

#[test]
fn a_function_killed_after_any_call_runs_one_build() {
    run(async {
        let fixture = BuildFixture::deploy("killed").await?;
        let mut user = fixture.create("killed-user", &[]).await?;
        let mut deaths = 0;
        for k in 0..CALLS {
            let from = fixture.cloud.invocations(0).await?.len();
            fixture.cloud.faults().plan(Fault {
                kind: FaultKind::KillCaller,
                service: None,
                operation: None,
                principal: Some(fixture.function().into()),
                after: k,
                times: 1,
                every: 1,
            });
            let tag = format!("after-{k}");
            user = fixture.update(&user, &[("Tag", &tag)]).await?;
            fixture.cloud.faults().forget(fixture.function());
            ensure!(user.output("Image")? == format!("app:{tag}"), "{:?}", user.outputs);
            let ran = fixture.ran().await?.len();
            ensure!(ran == usize::try_from(k)? + 2, "killed after call {}: {ran} builds", k + 1);
            let new = emulator::invocation::since(fixture.cloud, from).await?;
            let own = new.iter().filter(|invocation| invocation.function == fixture.function());
            deaths += u32::from(own.into_iter().any(|invocation| invocation.error.is_some()));
        }
        ensure!((8..CALLS).contains(&deaths), "{deaths} of {CALLS} rounds killed the function");
        fixture.delete(&user).await?;
        all_answered_alike(&questions(fixture.cloud, "killed-user").await?);
        fixture.tear_down().await
    });
}
