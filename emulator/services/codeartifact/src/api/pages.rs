//! Lists in pages.

use crate::failure::invalid;
use emulator_core::{Answer, Order, page, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// AWS's page when `maxResults` is not given.
const PAGE: u64 = 100;

/// The page that an input asks for, in a member of this name.
pub(super) fn paged<K: Ord + Serialize + DeserializeOwned>(
    member: &str,
    items: impl IntoIterator<Item = (K, Value)>,
    input: &Value,
) -> Answer {
    let most = usize::try_from(input["maxResults"].as_u64().unwrap_or(PAGE)).unwrap_or(usize::MAX);
    let page = page(items, Order::Ascending, text(input, "nextToken"), most)
        .map_err(|_| invalid("The pagination token is not valid."))?;
    let mut output = Map::from_iter([(member.to_owned(), Value::from(page.items))]);
    if let Some(next) = page.next {
        output.insert("nextToken".into(), next.into());
    }
    Ok(output.into())
}
