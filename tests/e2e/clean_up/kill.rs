//! A function dies after its k-th call, for every k: whoever invoked it tries again, the stack is deleted to the same
//! end, and CloudFormation gets one answer from each resource.

use super::by_stack::RESOURCES;
use super::estate::Estate;
use super::functions::Functions;
use super::record::{answered_once, questions};
use super::remains::counts;
use crate::harness::run;
use local_core::{Fault, FaultKind};

/// Lanes side by side, each with functions of its own, because a fault is planned by the name of a function.
const LANES: u32 = 3;
/// No function makes as many calls in a world this small: a lane that comes here does not converge.
const MOST: u32 = 120;
/// Rounds that must have killed something: fewer, and the calls were made by somebody else.
const LEAST: u32 = 15;

#[test]
fn functions_killed_after_any_call_converge_with_one_answer_each() {
    run(async {
        let (one, two, three) = tokio::try_join!(lane(0), lane(1), lane(2))?;
        let deaths = one + two + three;
        assert!(deaths >= LEAST, "only {deaths} rounds killed a function");
        Ok(())
    });
}

/// The rounds of one lane, until one kills nothing. Returns how many did.
async fn lane(lane: u32) -> anyhow::Result<u32> {
    let functions = Functions::deploy(&format!("kill-{lane}")).await?;
    for round in 0.. {
        let k = lane + round * LANES;
        assert!(k < MOST, "call {k} was made and killed its caller");
        if !killed_after(&functions, k).await? {
            return Ok(round);
        }
    }
    Ok(0)
}

/// Deletes a stack whose functions each die after call number `k` of the deletion. Whether one did.
async fn killed_after(functions: &Functions, k: u32) -> anyhow::Result<bool> {
    let estate =
        Estate::with(functions.clone(), &format!("kill-after-{k}"), &[("Storage", "delete")]).await?;
    estate.few().await?;
    let from = estate.cloud.invocations(0).await?.len();
    for function in functions.names() {
        estate.cloud.faults().plan(Fault {
            kind: FaultKind::KillCaller,
            service: None,
            operation: None,
            principal: Some(function.into()),
            after: k,
            times: 1,
            every: 1,
        });
    }
    let deleted = estate.delete().await;
    for function in functions.names() {
        estate.cloud.faults().forget(function);
    }
    deleted.map_err(|error| error.context(format!("killed after call {}", k + 1)))?;
    assert_eq!(estate.left().await?, counts([]), "killed after call {}", k + 1);
    answered_once(&questions(estate.cloud, &estate.name).await?, "Delete", &RESOURCES);
    let after = local::invocation::since(estate.cloud, from).await?;
    let mut own = after.iter().filter(|invocation| functions.names().contains(&&*invocation.function));
    Ok(own.any(|invocation| invocation.error.is_some()))
}
