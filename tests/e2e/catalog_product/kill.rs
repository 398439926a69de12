//! The function dies after each kind of call that it makes, and Lambda delivers the job again: one product, once.

use super::fixture::{ASSOCIATE, CatalogFixture, TERMINATE};
use crate::clean_up::pipeline::CleanupPipeline;
use crate::harness::run;
use anyhow::ensure;
use emulator_core::{Fault, FaultKind};

/// The calls after which the function dies in one action: two, because Lambda delivers a job three times.
type Deaths = [&'static str; 2];

const OF_ACCESS: Deaths = ["ListPrincipalsForPortfolio", "AssociatePrincipalWithPortfolio"];
const ROUNDS: [(Deaths, Deaths); 4] = [
    (["ProvisionProduct", "PutParameter"], ["TerminateProvisionedProduct", "DeleteParameter"]),
    (["DescribeProvisionedProduct", "DescribeRecord"], ["DescribeRecord", "PutJobSuccessResult"]),
    (["ListLaunchPaths", "DescribeProvisioningParameters"], ["GetParameter", "DescribeProvisionedProduct"]),
    (["GetParameter", "PutJobSuccessResult"], ["GetParameter", "TerminateProvisionedProduct"]),
];
/// Deaths that there must have been in all.
const LEAST: usize = 2 + ROUNDS.len() * 4;

#[test]
fn a_function_killed_after_any_call_provisions_once() {
    run(async {
        let fixture = CatalogFixture::deploy("catalog-kill").await?;
        let line = CleanupPipeline::named(&fixture.pipelines, fixture.cloud, &fixture.clients).await?;
        let from = fixture.cloud.invocations(0).await?.len();
        // Not the name of the stack: the launch role has it in its name too.
        let role = fixture.function.output("RoleName")?;
        let killed = async |case: &str, parameters: &str, deaths: Deaths| {
            for operation in deaths {
                fixture.cloud.faults().plan(Fault {
                    kind: FaultKind::KillCaller,
                    service: None,
                    operation: Some(operation.to_owned()),
                    principal: Some(role.to_owned()),
                    after: 0,
                    times: 1,
                    every: 1,
                });
            }
            let ending = fixture.run(&line, case, parameters).await;
            fixture.cloud.faults().forget(role);
            let ending = ending?;
            ensure!(ending.status == "Succeeded", "{case}, killed after {deaths:?}: {ending:?}");
            Ok(())
        };
        killed("associate", ASSOCIATE, OF_ACCESS).await?;
        let provision = CatalogFixture::provision();
        for (round, (launch, end)) in ROUNDS.into_iter().enumerate() {
            killed(&format!("provision-{round}"), &provision, launch).await?;
            let made = fixture.provisioned().await?;
            ensure!(made.len() == 1, "killed after {launch:?}: {made:?}");
            ensure!(fixture.recorded().await?.as_ref() == Some(&made[0].0), "{made:?}");
            killed(&format!("terminate-{round}"), TERMINATE, end).await?;
            let made = fixture.provisioned().await?;
            ensure!(made.is_empty() && fixture.recorded().await?.is_none(), "after {end:?}: {made:?}");
        }
        let invocations = emulator::invocation::since(fixture.cloud, from).await?;
        let own = invocations.iter().filter(|it| it.function == fixture.function_name());
        let deaths = own.filter(|it| it.error.is_some()).count();
        ensure!(deaths >= LEAST, "only {deaths} times the function was killed, and not {LEAST}");
        Ok(())
    });
}
