//! Pages of a list.

use crate::failure::invalid;
use emulator_core::{Answer, Failure, Order, Page, page, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The page that an input asks for of items with their places in the list.
pub(super) fn page_of<K: Ord + Serialize + DeserializeOwned, T>(
    items: impl Iterator<Item = (K, T)>,
    order: Order,
    input: &Value,
    most: usize,
) -> Result<Page<T>, Failure> {
    let asked = input["PageSize"].as_u64().and_then(|size| usize::try_from(size).ok());
    let most = asked.filter(|size| *size > 0).unwrap_or(most).min(most);
    page(items, order, text(input, "PageToken"), most).map_err(|_| invalid("Invalid page token."))
}

/// The output with this page in a member.
pub(super) fn output(member: &str, page: Page<Value>) -> Value {
    let mut output = json!({member: page.items});
    if let Some(token) = page.next {
        output["NextPageToken"] = token.into();
    }
    output
}

/// A page of at most `most` items, by their places.
pub(super) fn paged<K: Ord + Serialize + DeserializeOwned>(
    member: &str,
    items: impl Iterator<Item = (K, Value)>,
    input: &Value,
    most: usize,
) -> Answer {
    Ok(output(member, page_of(items, Order::Ascending, input, most)?))
}
