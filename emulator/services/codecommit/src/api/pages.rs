//! Lists in pages.

use crate::failure::failure;
use emulator_core::{Failure, Order, Page, page};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The items of a page of repositories or branches.
pub(super) const PAGE: usize = 100;

/// The page with this token, of items with their places in the list.
pub(super) fn paged<K: Ord + Serialize + DeserializeOwned>(
    items: impl IntoIterator<Item = (K, Value)>,
    order: Order,
    token: &str,
    most: usize,
) -> Result<Page<Value>, Failure> {
    page(items, order, token, most)
        .map_err(|_| failure("InvalidContinuationToken", "The continuation token is not valid"))
}
