//! Shares of portfolios: those of this account, and the ones of AWS's own services that it accepts.

use super::pages::paged;
use super::portfolios::{owned, show};
use crate::ServiceCatalog;
use crate::failure::{invalid, not_found};
use crate::store::{Portfolio, Tags};
use emulator_core::{Answer, Call, Failure, text};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long after its acceptance a portfolio can be seen.
const ACCEPTANCE: Duration = Duration::from_secs(10);

/// The portfolio that SageMaker shares with every account. SageMaker accepts it for the account in
/// `EnableSagemakerServicecatalogPortfolio`; its products are not in the emulator.
const SAGEMAKER: &str = "port-sagemakerprojs";
/// The account that it belongs to.
const SAGEMAKER_OWNER: &str = "999988887777";

pub(super) fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let (portfolio, account) = (text(&call.input, "PortfolioId"), account(call)?);
    let mut store = service.store();
    let found = store.portfolio_mut(portfolio)?;
    owned(service, portfolio, found)?;
    found.shares.insert(account.to_owned());
    Ok(json!({}))
}

/// The account that a call shares with.
fn account(call: &Call) -> Result<&str, Failure> {
    if call.input.get("OrganizationNode").is_some() {
        let message = "The emulator shares portfolios with accounts only.";
        return Err(Failure::new("OperationNotSupportedException", message));
    }
    let account = text(&call.input, "AccountId");
    let fits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(account).ok_or_else(|| invalid("AccountId must be the id of an account."))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let (portfolio, account) = (text(&call.input, "PortfolioId"), account(call)?);
    let mut store = service.store();
    if store.portfolio_mut(portfolio)?.shares.remove(account) {
        return Ok(json!({}));
    }
    Err(not_found(format!("Portfolio {portfolio} is not shared with account {account}.")))
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let found = store.portfolio(text(&call.input, "PortfolioId"))?;
    let accounts = found.shares.iter().filter(|_| text(&call.input, "Type") == "ACCOUNT");
    let shown = accounts.map(|account| {
        let share = json!({"PrincipalId": account, "Type": "ACCOUNT", "Accepted": false, "ShareTagOptions": false, "SharePrincipals": false});
        (account.clone(), share)
    });
    paged("PortfolioShareDetails", shown, &call.input, 100)
}

pub(super) fn accounts(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let found = store.portfolio(text(&call.input, "PortfolioId"))?;
    let shown = found.shares.iter().map(|account| (account.clone(), json!(account)));
    paged("AccountIds", shown, &call.input, 100)
}

pub(super) fn accept(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "PortfolioId");
    if id != SAGEMAKER {
        return Err(not_found(format!("Portfolio {id} is not shared with this account.")));
    }
    let mut store = service.store();
    if store.portfolios.contains_key(id) {
        return Ok(json!({}));
    }
    let now = service.now();
    let after = service.context.clock.scaled(ACCEPTANCE).as_millis();
    let visible = now.saturating_add(i64::try_from(after).unwrap_or(i64::MAX));
    let portfolio = Portfolio {
        owner: SAGEMAKER_OWNER.to_owned(),
        name: "Amazon SageMaker Solutions and ML Ops products".to_owned(),
        description: Some("Products for SageMaker projects and JumpStart solutions".to_owned()),
        provider: "Amazon SageMaker".to_owned(),
        created: now,
        tags: Tags::new(),
        principals: BTreeMap::new(),
        products: BTreeMap::new(),
        shares: BTreeSet::new(),
    };
    store.accepted.entry(id.to_owned()).or_insert((visible, portfolio));
    Ok(json!({}))
}

pub(super) fn reject(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "PortfolioId");
    let mut store = service.store();
    let foreign = store.portfolios.get(id).is_some_and(|it| it.owner != service.context.account);
    let known = store.accepted.remove(id).is_some() || foreign && store.portfolios.remove(id).is_some();
    known
        .then(|| json!({}))
        .ok_or_else(|| not_found(format!("Portfolio {id} is not shared with this account.")))
}

pub(super) fn accepted(service: &ServiceCatalog, call: &Call) -> Answer {
    let imported = matches!(text(&call.input, "PortfolioShareType"), "" | "IMPORTED");
    let store = service.store();
    let foreign = store.portfolios.iter().filter(|(_, it)| imported && it.owner != service.context.account);
    let shown = foreign.map(|(id, it)| ((it.created, id.clone()), show(service, id, it)));
    paged("PortfolioDetails", shown, &call.input, 100)
}
