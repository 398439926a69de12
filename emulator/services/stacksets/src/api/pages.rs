//! Pages of a list.

use crate::failure::invalid;
use emulator_core::{Answer, Order, page, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The most items of a page, and how many there are if the call does not say: the maximum of `MaxResults` in AWS's model.
const MOST: usize = 100;

/// The page that an input asks for of items with their places in the list.
pub(super) fn paged<K: Ord + Serialize + DeserializeOwned>(
    items: impl Iterator<Item = (K, Value)>,
    order: Order,
    input: &Value,
) -> Answer {
    let most = input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST);
    let page = page(items, order, text(input, "NextToken"), most);
    let page = page.map_err(|_| invalid("Invalid token"))?;
    let mut output = json!({"Summaries": page.items});
    if let Some(token) = page.next {
        output["NextToken"] = token.into();
    }
    Ok(output)
}
