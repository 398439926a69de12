//! A function dies after its k-th call, for every k: the caller tries again, the stack is deleted to the same
//! end, and CloudFormation is never told two different things.

use super::by_stack::RESOURCES;
use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::record::{answered_alike, questions};
use crate::harness::run;
use emulator_core::{Fault, FaultKind};

/// Lanes side by side, each with functions of its own, because a fault is planned by the name of a function.
const LANES: u32 = 4;
/// From one death to the next in the same deletion: far enough apart that each hits another invocation. So many rounds,
/// each beginning one call later than the one before, go through every call.
const STRIDE: u32 = 16;
/// Deaths planned in one deletion, for each function: more than it has calls, or the last calls would be spared.
const DEATHS: u32 = 16;
/// The services whose calls count towards a death of storage-cleanup, in rounds of their own: a function that dies three
/// times in one delivery is not asked again. Its calls to SageMaker do not count: it asks every domain of the account
/// whether it uses a file system, and the account of the tests has many.
const LIVES: [&str; 3] = ["cloudformation", "ec2", "elasticfilesystem"];
/// Deaths that there must have been in all: fewer, and the calls were made by somebody else.
const LEAST: usize = 40;

#[test]
fn functions_killed_after_any_call_converge_and_answer_alike() {
    run(async {
        let (one, two, three, four) = tokio::try_join!(lane(0), lane(1), lane(2), lane(3))?;
        let deaths = one + two + three + four;
        assert!(deaths >= LEAST, "only {deaths} times a function was killed");
        Ok(())
    });
}

/// The rounds of one lane. Returns how many times a function died.
async fn lane(lane: u32) -> anyhow::Result<usize> {
    let functions = Functions::deploy(&format!("kill-{lane}")).await?;
    let mut deaths = 0;
    for first in (lane..STRIDE).step_by(usize::try_from(LANES)?) {
        for service in LIVES {
            deaths += killed_from(&functions, first, service).await?;
        }
    }
    Ok(deaths)
}

/// Deletes a stack whose functions each die after call number `first` of the deletion and every so many calls later. Of
/// storage-cleanup the calls to this service count.
async fn killed_from(functions: &Functions, first: u32, service: &str) -> anyhow::Result<usize> {
    let name = format!("kill-from-{first}-{service}");
    let fixture = DomainFixture::with(functions.clone(), &name, &[("Storage", "delete")]).await?;
    fixture.populate_with_few().await?;
    let from = fixture.cloud.invocations(0).await?.len();
    let [studio, storage] = functions.names();
    for (function, service) in [(studio, None), (storage, Some(service))] {
        // The last one first: a call that is hit is not counted by the plans behind the one that hits it.
        for death in (0..DEATHS).rev() {
            fixture.cloud.faults().plan(Fault {
                kind: FaultKind::KillCaller,
                service: service.map(str::to_owned),
                operation: None,
                principal: Some(function.into()),
                after: first + death * STRIDE,
                times: 1,
                every: 1,
            });
        }
    }
    let deleted = fixture.delete().await;
    for function in functions.names() {
        fixture.cloud.faults().forget(function);
    }
    deleted.map_err(|error| error.context(name.clone()))?;
    assert_eq!(fixture.left().await?, counts([]), "{name}");
    answered_alike(&questions(fixture.cloud, &name).await?, "Delete", &RESOURCES);
    let after = emulator::invocation::since(fixture.cloud, from).await?;
    let died = functions.names().map(|function| {
        let own = after.iter().filter(|invocation| invocation.function == function);
        own.filter(|invocation| invocation.error.is_some()).count()
    });
    let most = usize::try_from(DEATHS)?;
    assert!(died.iter().all(|died| *died < most), "{name}: plan more deaths: {died:?}");
    Ok(died.iter().sum())
}
