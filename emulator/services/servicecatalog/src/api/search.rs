//! Searches for products: of an administrator, and of who may launch them.

use super::pages::{output, page_of};
use super::products::{show, summary};
use crate::ServiceCatalog;
use crate::access::{Identity, paths};
use crate::store::{Moment, Product};
use emulator_core::{Answer, Call, Failure, Order, Page, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Whether a product is what the filters of an input ask for.
fn wanted(id: &str, product: &Product, filters: &Value) -> bool {
    let about = |member: &str| product.about.get(member).map(String::as_str).unwrap_or_default();
    let fits = |name: &str, test: &dyn Fn(&str) -> bool| {
        let values = texts(filters, name);
        values.is_empty() || values.iter().any(|value| test(value))
    };
    let words = about("Name").to_lowercase() + " " + &about("ShortDescription").to_lowercase();
    fits("FullTextSearch", &|value| value.split(' ').all(|word| words.contains(&word.to_lowercase())))
        && fits("Owner", &|value| value == about("Owner"))
        && fits("ProductType", &|value| value == product.kind)
        && fits("SourceProductId", &|value| value == id)
}

/// The page of an input, in the order that it asks for.
fn sorted<'a>(
    found: impl Iterator<Item = (&'a String, &'a Product)>,
    input: &Value,
    most: usize,
    shown: impl Fn(&str, &Product) -> Value,
) -> Result<Page<Value>, Failure> {
    let place = |id: &String, product: &Product| -> (Moment, String, String) {
        match text(input, "SortBy") {
            "CreationDate" => (product.created, String::new(), id.clone()),
            "VersionCount" => {
                let versions = i64::try_from(product.artifacts.len()).unwrap_or(i64::MAX);
                (versions, String::new(), id.clone())
            }
            _ => (0, product.name().to_owned(), id.clone()),
        }
    };
    let items = found.map(|(id, product)| (place(id, product), shown(id, product)));
    let descending = text(input, "SortOrder") == "DESCENDING";
    let order = if descending { Order::Descending } else { Order::Ascending };
    page_of(items, order, input, most)
}

pub(super) fn as_admin(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    let portfolio = match text(input, "PortfolioId") {
        "" => None,
        id => Some(store.portfolio(id)?),
    };
    let found = store.products.iter().filter(|(id, product)| {
        portfolio.is_none_or(|it| it.products.contains_key(*id)) && wanted(id, product, &input["Filters"])
    });
    let page = sorted(found, input, 20, |id, product| show(service, id, product))?;
    Ok(output("ProductViewDetails", page))
}

pub(super) async fn products(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let identity = Identity::of(service, call).await?;
    let store = service.store();
    let found: Vec<_> = store
        .products
        .iter()
        .filter(|(id, product)| {
            wanted(id, product, &input["Filters"]) && !paths(&store, &identity, id).is_empty()
        })
        .collect();
    let mut owners = BTreeMap::<&str, usize>::new();
    let mut kinds = BTreeMap::<&str, usize>::new();
    for (_, product) in &found {
        *owners.entry(product.about.get("Owner").map(String::as_str).unwrap_or_default()).or_default() += 1;
        *kinds.entry(&product.kind).or_default() += 1;
    }
    let counted = |counts: &BTreeMap<&str, usize>| -> Vec<Value> {
        counts.iter().map(|(value, count)| json!({"Value": value, "ApproximateCount": count})).collect()
    };
    let aggregations = json!({"Owner": counted(&owners), "ProductType": counted(&kinds)});
    let page = sorted(found.into_iter(), input, 100, summary)?;
    let mut answer = output("ProductViewSummaries", page);
    answer["ProductViewAggregations"] = aggregations;
    Ok(answer)
}
