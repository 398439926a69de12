//! The function dies after its k-th call, for every k, and the event is delivered again: one run, one result.

use crate::harness::{SourceFixture, run};
use emulator_core::{Fault, FaultKind};

/// More calls than one source action makes; the last rounds kill nothing and show that the count covers all.
const CALLS: u32 = 7;

#[test]
fn a_function_killed_after_any_call_converges_on_redelivery() {
    run(async {
        let fixture = SourceFixture::deploy("kill", &[]).await?;
        let mut deaths = 0;
        for k in 0..CALLS {
            let before = (fixture.clone_builds().await?.len(), fixture.invocations().await?.len());
            fixture.cloud.faults().plan(Fault {
                kind: FaultKind::KillCaller,
                service: None,
                operation: None,
                principal: Some(fixture.function().into()),
                after: k,
                times: 1,
                every: 1,
            });
            let execution = fixture.start().await?;
            // A kill between the end of the build and its report may leave the rest to the sweep.
            let outcome = fixture.wait(&execution).await?;
            assert_eq!(outcome.status, "Succeeded", "killed after call {}: {outcome:?}", k + 1);
            assert_eq!(outcome.source.variables["CommitId"], fixture.commit);
            assert_eq!(
                fixture.clone_builds().await?.len(),
                before.0 + 1,
                "killed after call {}: builds",
                k + 1
            );
            let new = fixture.invocations().await?.split_off(before.1);
            deaths += u32::from(new.iter().any(|invocation| invocation.error.is_some()));
            fixture.cloud.faults().forget(fixture.function());
        }
        assert!((4..CALLS).contains(&deaths), "{deaths} of {CALLS} rounds killed the function");
        Ok(())
    });
}
