//! Each function dies after its k-th call, for every k, and is invoked again: the stack gets the same answer, grants are made once
//! and go away whole. And what the functions were given is nowhere where others read.

use super::accounts::{account, organization, unit};
use super::cross_account_access::{READER, policies, target};
use super::function_in;
use super::launch_roles::classic_roles;
use super::projects_enablement::{portfolio, principals};
use crate::clean_up::canaries::kept;
use crate::clean_up::record::{answered_alike, questions};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::secrets::{calls, canaries, logs};
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack, Parameters};
use emulator::invocation;
use emulator_core::{Fault, FaultKind};
use serde_json::Value;

/// The functions, and the parameter of the stack that uses them.
const FUNCTIONS: [(&str, &str); 6] = [
    ("cross-account-access", "Access"),
    ("environment-config", "Environment"),
    ("launch-roles", "Roles"),
    ("network-config", "Network"),
    ("ou-accounts", "Accounts"),
    ("projects-enablement", "Projects"),
];
/// The custom resources, by name.
const RESOURCES: [&str; 6] = [
    "AccessResource",
    "AccountsResource",
    "EnvironmentResource",
    "NetworkResource",
    "ProjectsResource",
    "RolesResource",
];
/// Rounds, each of which kills every function after one call more than the one before.
const ROUNDS: u32 = 7;
/// A function dies twice in each operation of a stack, so many calls apart: after the third death nobody asks it again.
const DEATHS: u32 = 2;
const BUCKET: &str = "one-shot-kill-models";

const BASE: &str = include_str!("kill/base.yaml");
const USER: &str = include_str!("kill/user.yaml");

/// From now on each of these functions dies after the call of this number, counted from 0, and after a later one.
async fn kill(functions: &[DeployedStack], first: u32) {
    // The last one first: a call that is hit is not counted by the plans behind the one that hits it.
    for death in (0..DEATHS).rev() {
        for function in functions {
            cloud().await.faults().plan(Fault {
                kind: FaultKind::KillCaller,
                service: None,
                operation: None,
                principal: Some(function.stack.clone()),
                after: first + death * ROUNDS,
                times: 1,
                every: 1,
            });
        }
    }
}

/// How many calls each function has made since there were so many calls of all.
async fn calls_of(functions: &[DeployedStack], from: usize) -> Vec<usize> {
    let calls = cloud().await.recorder().since(from);
    let own = |function: &DeployedStack| {
        calls.iter().filter(|call| call.principal.contains(&function.stack)).count()
    };
    functions.iter().map(own).collect()
}

async fn spare(functions: &[DeployedStack]) {
    for function in functions {
        cloud().await.faults().forget(&function.stack);
    }
}

/// How many statements the policies of bucket and key have, and how many of the stack's roles use SageMaker's portfolio.
async fn grants(key: &str) -> anyhow::Result<(usize, usize, usize)> {
    let count = |policy: &str| -> anyhow::Result<usize> {
        let policy: Value = serde_json::from_str(policy)?;
        Ok(policy["Statement"].as_array().context("no statements")?.len())
    };
    let (of_bucket, of_key) = policies(BUCKET, key).await?;
    let portfolio = aws(&["servicecatalog", "list-accepted-portfolio-shares"]).await?;
    let mut with_access = 0;
    if let Some(id) = portfolio["PortfolioDetails"][0]["Id"].as_str() {
        let principals = principals(id).await?;
        with_access = principals.iter().filter(|arn| arn.contains("role/one-shot-kill-")).count();
    }
    Ok((of_bucket.as_deref().map_or(Ok(0), count)?, count(&of_key)?, with_access))
}

/// The functions, what the user's stack is given, and the key.
async fn set_up() -> anyhow::Result<(Vec<DeployedStack>, DeployedStack, Parameters)> {
    let cloud = cloud().await;
    let mut functions = Vec::new();
    let mut parameters = Parameters::new();
    for (name, parameter) in FUNCTIONS {
        let deployed = function_in(&format!("one-shot-kill-{name}"), name).await?;
        parameters.extend(deploy::named([(parameter, deployed.output("FunctionArn")?)]));
        functions.push(deployed);
    }
    let base = deploy::create(cloud, "one-shot-kill-base", BASE, Parameters::new(), |_| ()).await?;
    let root = organization().await?;
    let found = unit(root, "killed").await?;
    account("killed-one", root, &found).await?;
    account("killed-two", root, &found).await?;
    let role = functions[0].output("RoleName")?;
    let trusted = format!("arn:aws:iam::{}:role/{role}", cloud.context().account);
    let (target, _) = target("killed-target", &found, &trusted).await?;
    let given =
        [("Vpc", base.output("Vpc")?), ("Key", base.output("Key")?), ("Target", &target), ("Unit", &found)];
    parameters.extend(deploy::named([("Role", base.output("Role")?), ("Domain", base.output("Domain")?)]));
    parameters.extend(deploy::named(given));
    Ok((functions, base, parameters))
}

#[test]
fn functions_killed_after_any_call_answer_alike_and_keep_no_secret() {
    run(async {
        let cloud = cloud().await;
        let (functions, base, parameters) = set_up().await?;
        let key = base.output("Key")?.to_owned();
        let before = grants(&key).await?;
        let from = cloud.invocations(0).await?.len();
        let mut expected = None;
        let mut calls_of_operations = Vec::new();
        // Nothing is killed in the first round, which tells what the others must come to.
        for first in [None].into_iter().chain((0..ROUNDS).map(Some)) {
            let name = format!("one-shot-killed-{}", first.map_or("never".to_owned(), |k| k.to_string()));
            let from = cloud.recorder().len();
            let _held = portfolio().await?;
            let _roles = classic_roles().await?;
            if let Some(first) = first {
                kill(&functions, first).await;
            }
            let user = deploy::create(cloud, &name, USER, parameters.clone(), |_| ()).await;
            spare(&functions).await;
            let user = user.with_context(|| name.clone())?;
            let made = (user.outputs.clone(), grants(&key).await?);
            ensure!(made == *expected.get_or_insert_with(|| made.clone()), "{name}: {made:?} {expected:?}");
            ensure!(
                made.1.0 > before.0 && made.1.1 > before.1 && made.1.2 == 2,
                "nothing was granted: {made:?}"
            );
            let between = cloud.recorder().len();
            if let Some(first) = first {
                kill(&functions, first).await;
            } else {
                calls_of_operations.extend(calls_of(&functions, from).await);
            }
            let deleted = deploy::delete(cloud, &user, |_| ()).await;
            spare(&functions).await;
            deleted.with_context(|| name.clone())?;
            if first.is_none() {
                calls_of_operations.extend(calls_of(&functions, between).await);
            }
            ensure!(grants(&key).await? == before, "{name} left grants behind");
            for request in ["Create", "Delete"] {
                answered_alike(&questions(cloud, &name).await?, request, &RESOURCES);
            }
        }
        let after = invocation::since(cloud, from).await?;
        let killed =
            |one: &&invocation::Invocation| one.error.is_some() && one.function.contains("one-shot-kill-");
        let deaths = after.iter().filter(killed).count();
        let rounds = usize::try_from(ROUNDS)?;
        let spared = calls_of_operations.iter().any(|calls| *calls > rounds * 2);
        ensure!(!spared, "plan more deaths: {calls_of_operations:?}");
        let least: usize = calls_of_operations.iter().map(|calls| rounds.min(*calls)).sum();
        ensure!(
            deaths >= least,
            "{deaths} times a function was killed, and not {least}: {calls_of_operations:?}"
        );

        let mut places = logs(cloud, "one-shot-kill").await?;
        let logged = places.iter().filter(|(_, text)| !text.is_empty()).count();
        ensure!(logged >= FUNCTIONS.len(), "a function logged nothing: the search would prove nothing");
        places.extend(calls(cloud));
        places.extend(kept(cloud).await?);
        for canary in canaries(cloud).await? {
            for (place, text) in &places {
                assert!(!text.contains(&canary), "a secret is in {place}: {}...", &canary[..8]);
            }
        }
        deploy::delete(cloud, &base, |_| ()).await?;
        for function in functions {
            deploy::delete(cloud, &function, |_| ()).await?;
        }
        ensure!(USER.contains(READER) && BASE.contains(BUCKET), "the templates name other things");
        Ok(())
    });
}
