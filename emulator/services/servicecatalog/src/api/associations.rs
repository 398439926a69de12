//! Products and principals of portfolios.

use super::pages::paged;
use super::portfolios::{owned, show};
use crate::ServiceCatalog;
use crate::failure::{in_use, invalid, limit, not_found};
use crate::store::{PrincipalType, new_id};
use emulator_core::{Answer, Call, text};
use serde_json::json;

/// How many principals with wildcards a portfolio may have.
const PATTERNS: usize = 10;

pub(super) fn add_product(service: &ServiceCatalog, call: &Call) -> Answer {
    let (portfolio, product) = (text(&call.input, "PortfolioId"), text(&call.input, "ProductId"));
    let mut store = service.store();
    store.product(product)?;
    let found = store.portfolio_mut(portfolio)?;
    owned(service, portfolio, found)?;
    found.products.entry(product.to_owned()).or_insert_with(|| new_id("lpv3"));
    Ok(json!({}))
}

pub(super) fn remove_product(service: &ServiceCatalog, call: &Call) -> Answer {
    let (portfolio, product) = (text(&call.input, "PortfolioId"), text(&call.input, "ProductId"));
    let mut store = service.store();
    if !store.portfolio(portfolio)?.products.contains_key(product) {
        return Err(not_found(format!("Product {product} is not associated with portfolio {portfolio}.")));
    }
    if store.constraints_of(portfolio, product).next().is_some() {
        return Err(in_use(format!("Product {product} has constraints in portfolio {portfolio}.")));
    }
    store.portfolio_mut(portfolio)?.products.remove(product);
    Ok(json!({}))
}

pub(super) fn portfolios(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let product = text(&call.input, "ProductId");
    store.product(product)?;
    let with = store.portfolios.iter().filter(|(_, it)| it.products.contains_key(product));
    let shown = with.map(|(id, it)| ((it.created, id.clone()), show(service, id, it)));
    paged("PortfolioDetails", shown, &call.input, 100)
}

pub(super) fn add_principal(service: &ServiceCatalog, call: &Call) -> Answer {
    let arn = text(&call.input, "PrincipalARN");
    let kind = PrincipalType::of(text(&call.input, "PrincipalType"));
    let portfolio = text(&call.input, "PortfolioId");
    let mut store = service.store();
    let found = store.portfolio_mut(portfolio)?;
    if !is_principal(arn, kind) {
        return Err(invalid(format!("Invalid principal ARN: {arn}")));
    }
    let patterns = found.principals.values().filter(|kind| **kind == PrincipalType::IamPattern).count();
    let new = !found.principals.contains_key(arn);
    if new && kind == PrincipalType::IamPattern && patterns == PATTERNS {
        return Err(limit(format!("A portfolio has at most {PATTERNS} principals of type IAM_PATTERN.")));
    }
    found.principals.insert(arn.to_owned(), kind);
    Ok(json!({}))
}

/// Whether an ARN names roles, users or groups; one with wildcards has no account.
fn is_principal(arn: &str, kind: PrincipalType) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts[..] else { return false };
    let named = ["role/", "user/", "group/"]
        .iter()
        .any(|prefix| resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty()));
    named
        && match kind {
            PrincipalType::Iam => account.len() == 12 && !resource.contains(['*', '?']),
            PrincipalType::IamPattern => account.is_empty(),
        }
}

pub(super) fn remove_principal(service: &ServiceCatalog, call: &Call) -> Answer {
    let kind = PrincipalType::of(text(&call.input, "PrincipalType"));
    let mut store = service.store();
    let found = store.portfolio_mut(text(&call.input, "PortfolioId"))?;
    found.principals.retain(|arn, its| arn != text(&call.input, "PrincipalARN") || *its != kind);
    Ok(json!({}))
}

pub(super) fn principals(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let found = store.portfolio(text(&call.input, "PortfolioId"))?;
    let shown = found
        .principals
        .iter()
        .map(|(arn, kind)| (arn.clone(), json!({"PrincipalARN": arn, "PrincipalType": kind.word()})));
    paged("Principals", shown, &call.input, 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_roles_users_and_groups() {
        use PrincipalType::{Iam, IamPattern};
        for (arn, kind, expected) in [
            ("arn:aws:iam::111122223333:role/path/Name", Iam, true),
            ("arn:aws:iam::111122223333:group/Team", Iam, true),
            ("arn:aws:iam::111122223333:root", Iam, false),
            ("arn:aws:iam::111122223333:role/*", Iam, false),
            ("arn:aws:iam:::role/Name", Iam, false),
            ("arn:aws:iam:::role/*", IamPattern, true),
            ("arn:aws:iam::111122223333:role/*", IamPattern, false),
            ("arn:aws:sts::111122223333:assumed-role/Name/s", Iam, false),
        ] {
            assert_eq!(is_principal(arn, kind), expected, "{arn}");
        }
    }
}
