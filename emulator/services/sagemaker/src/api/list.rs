//! Lists, sorted and in pages.

use super::invalid;
use crate::SageMaker;
use crate::store::{Kind, Resource};
use emulator_core::{Answer, Order, page, text};
use serde_json::{Map, Value};

/// AWS's page when `MaxResults` is not given.
const PAGE: u64 = 10;

/// What is listed, and how.
pub(super) struct List<'a> {
    pub(super) kind: Kind,
    /// The member of the output that holds the items.
    pub(super) member: &'a str,
    /// The order when `SortOrder` is not given.
    pub(super) order: Order,
}

impl List<'_> {
    /// The page that `input` asks for of the wanted resources, each as `show` shows it.
    pub(super) fn answer(
        &self,
        service: &SageMaker,
        input: &Value,
        wanted: impl Fn(&Resource) -> bool,
        show: impl Fn(&Resource) -> Value,
    ) -> Answer {
        let store = service.store();
        let by = text(input, "SortBy");
        let items =
            store.all(self.kind).filter(|(_, resource)| wanted(resource) && made_in_time(resource, input));
        let items = items.map(|(key, resource)| (place_in_order(by, key, resource), resource));
        let order = match text(input, "SortOrder") {
            "" => self.order,
            "Descending" => Order::Descending,
            _ => Order::Ascending,
        };
        let most = usize::try_from(input["MaxResults"].as_u64().unwrap_or(PAGE)).unwrap_or(usize::MAX);
        let page = page(items, order, text(input, "NextToken"), most)
            .map_err(|_| invalid("Invalid pagination token"))?;
        let shown: Vec<_> = page.items.into_iter().map(show).collect();
        let mut output = Map::from_iter([(self.member.to_owned(), Value::from(shown))]);
        if let Some(token) = page.next {
            output.insert("NextToken".into(), token.into());
        }
        Ok(output.into())
    }
}

/// Sorts by what is asked for, and items that are equal there by their keys.
fn place_in_order(by: &str, key: &str, resource: &Resource) -> (i64, String, String) {
    let (number, word) = match by {
        "LastModifiedTime" => (resource.life.modified, ""),
        "Name" | "PipelineExecutionArn" => (0, ""),
        "Status" => (0, resource.life.status.as_str()),
        _ => (resource.life.created, ""),
    };
    (number, word.to_owned(), key.to_owned())
}

/// The bounds of times in an input, under the names that its operation has for them.
fn made_in_time(resource: &Resource, input: &Value) -> bool {
    let moment = |member: &str| input[member].as_f64().map(std::time::Duration::from_secs_f64);
    let passed = |moment: i64| std::time::Duration::from_millis(u64::try_from(moment).unwrap_or_default());
    let (created, modified) = (passed(resource.life.created), passed(resource.life.modified));
    [
        ("CreatedAfter", "CreatedBefore", created),
        ("CreationTimeAfter", "CreationTimeBefore", created),
        ("LastModifiedTimeAfter", "LastModifiedTimeBefore", modified),
        ("ModifiedTimeAfter", "ModifiedTimeBefore", modified),
    ]
    .into_iter()
    .all(|(after, before, at)| {
        moment(after).is_none_or(|after| at > after) && moment(before).is_none_or(|before| at < before)
    })
}

/// An input with the order that its operation has if none is asked for.
pub(super) fn sorted_by(input: &Value, by: &str) -> Value {
    let mut input = input.clone();
    if text(&input, "SortBy").is_empty() {
        input["SortBy"] = by.into();
    }
    input
}
