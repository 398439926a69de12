//! The function dies after its k-th call, for every k, and Lambda delivers the job again: one product, once.

use super::fixture::{ASSOCIATE, CatalogFixture, TERMINATE};
use crate::clean_up::pipeline::CleanupPipeline;
use crate::harness::run;
use anyhow::ensure;
use emulator_core::{Fault, FaultKind};

/// More than one delivery makes calls; a later one is hit too.
const CALLS: u32 = 12;
/// Deaths that there must have been in all.
const LEAST: usize = 16;

#[test]
fn a_function_killed_after_any_call_provisions_once() {
    run(async {
        let fixture = CatalogFixture::deploy("catalog-kill").await?;
        let line = CleanupPipeline::named(&fixture.pipelines, fixture.cloud, &fixture.clients).await?;
        let from = fixture.cloud.invocations(0).await?.len();
        let killed = async |case: &str, parameters: &str, first: u32| {
            fixture.cloud.faults().plan(Fault {
                kind: FaultKind::KillCaller,
                service: None,
                operation: None,
                principal: Some(fixture.function.stack.clone()),
                after: first,
                times: 1,
                every: 1,
            });
            let ending = fixture.run(&line, &format!("{case}-{first}"), parameters).await;
            fixture.cloud.faults().forget(&fixture.function.stack);
            let ending = ending?;
            ensure!(ending.status == "Succeeded", "{case}, killed after call {first}: {ending:?}");
            Ok(())
        };
        for first in 0..3 {
            killed("associate", ASSOCIATE, first).await?;
        }
        let provision = CatalogFixture::provision();
        for first in 0..CALLS {
            killed("provision", &provision, first).await?;
            let made = fixture.provisioned().await?;
            ensure!(made.len() == 1, "killed after call {first}: {made:?}");
            ensure!(fixture.recorded().await?.as_ref() == Some(&made[0].0), "{made:?}");
            killed("terminate", TERMINATE, first).await?;
            let made = fixture.provisioned().await?;
            ensure!(made.is_empty() && fixture.recorded().await?.is_none(), "after call {first}: {made:?}");
        }
        let invocations = emulator::invocation::since(fixture.cloud, from).await?;
        let own = invocations.iter().filter(|it| it.function == fixture.function_name());
        let deaths = own.filter(|it| it.error.is_some()).count();
        ensure!(deaths >= LEAST, "only {deaths} times the function was killed");
        Ok(())
    });
}
