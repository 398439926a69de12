//! What the caller of an operation may launch: the products of the portfolios that it is a principal of.

use crate::ServiceCatalog;
use crate::failure::{invalid, not_found, unknown_caller};
use crate::store::{Artifact, Portfolio, PrincipalType, Product, Store};
use emulator_core::{Call, Failure, text};
use serde::Deserialize;
use serde_json::{Value, json};

/// The caller in IAM.
#[derive(Debug, Deserialize)]
pub(crate) struct Identity {
    /// Its role, or its user and the groups of the user.
    arns: Vec<String>,
}

impl Identity {
    pub(crate) async fn of(service: &ServiceCatalog, call: &Call) -> Result<Self, Failure> {
        let access_key = &call.caller.access_key;
        let asked = json!({"accessKey": access_key});
        service.context.bridge.post("identify", &asked).await.map_err(unknown_caller)
    }

    /// Whether a principal of a portfolio is this caller.
    fn is(&self, arn: &str, kind: PrincipalType) -> bool {
        self.arns.iter().any(|own| match kind {
            PrincipalType::Iam => own == arn,
            PrincipalType::IamPattern => matches(resource(arn), resource(own)),
        })
    }

    fn is_in(&self, portfolio: &Portfolio) -> bool {
        portfolio.principals.iter().any(|(arn, kind)| self.is(arn, *kind))
    }
}

/// What follows the account in an ARN.
fn resource(arn: &str) -> &str {
    arn.splitn(6, ':').last().unwrap_or_default()
}

/// Whether a text matches a pattern with `*` and `?`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if first == '*' {
        return text.char_indices().any(|(at, _)| matches(rest, &text[at..])) || matches(rest, "");
    }
    let mut letters = text.chars();
    letters.next().is_some_and(|letter| (first == '?' || letter == first) && matches(rest, letters.as_str()))
}

/// A way to launch a product: through one portfolio.
#[derive(Clone, Debug)]
pub(crate) struct LaunchPath {
    /// `lpv3-...`.
    pub(crate) id: String,
    pub(crate) portfolio: String,
    /// The portfolio's.
    pub(crate) name: String,
}

/// The ways in which a caller may launch a product.
pub(crate) fn paths(store: &Store, identity: &Identity, product: &str) -> Vec<LaunchPath> {
    let portfolios = store.portfolios.iter().filter(|(_, it)| identity.is_in(it));
    let path = |(id, portfolio): (&String, &Portfolio)| {
        let path = portfolio.products.get(product)?;
        Some(LaunchPath { id: path.clone(), portfolio: id.clone(), name: portfolio.name.clone() })
    };
    portfolios.filter_map(path).collect()
}

/// The one path that an input means.
pub(crate) fn path(
    store: &Store,
    identity: &Identity,
    product: &str,
    input: &Value,
) -> Result<LaunchPath, Failure> {
    let mut all = paths(store, identity, product);
    if all.is_empty() {
        return Err(no_paths(product));
    }
    let (id, name) = (text(input, "PathId"), text(input, "PathName"));
    if !id.is_empty() && !name.is_empty() {
        return Err(invalid("You must provide either the path id or the path name, but not both."));
    }
    if !(id.is_empty() && name.is_empty()) {
        all.retain(|path| path.id == id || path.name == name);
    }
    match all.len() {
        0 => Err(not_found(format!("Launch path {id}{name} not found for product {product}."))),
        1 => Ok(all.remove(0)),
        _ => Err(invalid("More than one launch path ids exist. Please specify the launch path id")),
    }
}

pub(crate) fn no_paths(product: &str) -> Failure {
    not_found(format!("No launch paths found for resource: {product}"))
}

/// The product that an input names by its id or its name, if the caller may launch it.
pub(crate) fn launchable<'a>(
    store: &'a Store,
    identity: &Identity,
    (id, name): (&str, &str),
) -> Result<(&'a String, &'a Product), Failure> {
    match (id, name) {
        ("", "") => Err(invalid("You must provide either the product id or the product name.")),
        ("", name) => {
            let found = store
                .products
                .iter()
                .filter(|(id, it)| it.name() == name && !paths(store, identity, id).is_empty());
            one(found, &format!("Product with name {name} does not exist or access was denied."))
        }
        (id, "") => {
            let (id, product) = store.products.get_key_value(id).ok_or_else(|| no_paths(id))?;
            if paths(store, identity, id).is_empty() { Err(no_paths(id)) } else { Ok((id, product)) }
        }
        _ => Err(invalid("You must provide either the product id or the product name, but not both.")),
    }
}

/// The version of a product that an input names by its id or its name.
pub(crate) fn artifact<'a>(
    product: (&str, &'a Product),
    (id, name): (&str, &str),
) -> Result<&'a Artifact, Failure> {
    let (product_id, product) = product;
    if id.is_empty() == name.is_empty() {
        return Err(invalid(
            "You must provide either the provisioning artifact id or the provisioning artifact name, but not both.",
        ));
    }
    let found = product.artifacts.iter().filter(|it| it.active && (it.id == id || it.name == name));
    one(found, &format!("Provisioning Artifact {id}{name} not found for product {product_id}."))
}

/// The only one; names need not be unique.
pub(crate) fn one<T>(mut found: impl Iterator<Item = T>, missing: &str) -> Result<T, Failure> {
    let first = found.next().ok_or_else(|| not_found(missing))?;
    if found.next().is_some() {
        return Err(invalid("The name is not unique. Use the id instead."));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("role/*", "role/path/Name", true),
            ("role/Name", "role/Name", true),
            ("role/Nam?", "role/Name", true),
            ("role/Nam?", "role/Nam", false),
            ("role/*-admin-*", "role/a-admin-", true),
            ("role/*-admin-*", "role/admin-", false),
            ("user/*", "role/Name", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
