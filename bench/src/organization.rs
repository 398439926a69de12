//! What ou-accounts takes in a large organization: all accounts of its units are read, and the answer is that CloudFormation takes
//! fewer.

use crate::function::Program;
use crate::sandbox::{Sandbox, Spent};
use crate::tls::TlsEndpoint;
use anyhow::{Context, ensure};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::AccountJoinedMethod;
use emulator::Cloud;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

/// How many units and accounts the organization has.
const UNITS: usize = 50;
const ACCOUNTS: usize = 1000;
/// How many are made at a time.
const AT_ONCE: usize = 4;

/// What finding the accounts took. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Search {
    pub(crate) accounts: usize,
    pub(crate) units: usize,
    pub(crate) calls: usize,
    pub(crate) cpu: f64,
    /// Wall time, which is what Lambda bills.
    pub(crate) billed: f64,
    pub(crate) peak_mb: f64,
}

/// Makes the organization, and has its accounts found. `event` is a request of CloudFormation.
pub(crate) async fn measure(
    cloud: &Cloud,
    endpoint: &TlsEndpoint,
    program: &Program,
    mut event: Value,
) -> anyhow::Result<Search> {
    let root = make(&Client::new(&cloud.root().await)).await.context("could not make an organization")?;
    event["ResourceProperties"]["OUIds"] = json!([root]);
    let mut sandbox = Sandbox::start(program, endpoint, &[]).await?;
    let before = cloud.recorder().len();
    let (Spent { wall_ms, cpu_ms }, _answer) = sandbox.try_ask(event).await?;
    let made = cloud.recorder().since(before);
    let calls = made.iter().filter(|call| call.service == "organizations").count();
    ensure!(calls > UNITS, "only {calls} calls: the accounts were not read");
    let peak_mb = sandbox.peak_mb()?;
    sandbox.end().await?;
    Ok(Search { accounts: ACCOUNTS, units: UNITS, calls, cpu: cpu_ms, billed: wall_ms, peak_mb })
}

/// An organization whose units have as many accounts each. Returns the id of its root.
async fn make(client: &Client) -> anyhow::Result<String> {
    client.create_organization().send().await?;
    let root = client.list_roots().send().await?.roots.and_then(|roots| roots.into_iter().next()?.id);
    let root = root.context("an organization has a root")?;
    let units = stream::iter(0..UNITS)
        .map(|at| client.create_organizational_unit().parent_id(&root).name(format!("unit-{at}")).send());
    let units: Vec<_> = units.buffered(AT_ONCE).try_collect().await?;
    let units: Vec<_> = units.into_iter().filter_map(|made| made.organizational_unit?.id).collect();
    let accounts = stream::iter(0..ACCOUNTS).map(|at| {
        let email = format!("account-{at}@example.com");
        client.create_account().account_name(format!("account-{at}")).email(email).send()
    });
    accounts.buffered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let mut listed = Vec::new();
    let mut pages = client.list_accounts_for_parent().parent_id(&root).into_paginator().send();
    while let Some(page) = pages.next().await {
        listed.extend(page?.accounts.unwrap_or_default());
    }
    let made =
        listed.into_iter().filter(|account| account.joined_method == Some(AccountJoinedMethod::Created));
    let made = made.filter_map(|account| account.id).zip(units.iter().cycle());
    let moved = stream::iter(made).map(|(account, unit)| {
        client.move_account().account_id(account).source_parent_id(&root).destination_parent_id(unit).send()
    });
    moved.buffered(AT_ONCE).try_collect::<Vec<_>>().await?;
    Ok(root)
}
