//! Lists, sorted and in pages. A token names the last item of its page, so that what is made or deleted between two
//! pages moves nothing else.

use super::{invalid, text};
use crate::Service;
use crate::store::{Kind, Resource};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use emulator_core::{Answer, Failure};
use serde_json::{Map, Value, json};

/// AWS's page when `MaxResults` is not given.
const PAGE: u64 = 10;

/// What is listed, and how.
pub(super) struct List<'a> {
    pub(super) kind: Kind,
    /// The member of the output that holds the items.
    pub(super) member: &'a str,
    /// The order when `SortOrder` is not given.
    pub(super) descending: bool,
}

impl List<'_> {
    /// The page that `input` asks for of the wanted resources, each as `show` shows it.
    pub(super) fn answer(
        &self,
        service: &Service,
        input: &Value,
        wanted: impl Fn(&Resource) -> bool,
        show: impl Fn(&Resource) -> Value,
    ) -> Answer {
        let store = service.store();
        let by = text(input, "SortBy");
        let mut items: Vec<_> = store
            .all(self.kind)
            .filter(|(_, resource)| wanted(resource) && made_in_time(resource, input))
            .map(|(key, resource)| (place_in_order(by, key, resource), resource))
            .collect();
        items.sort_by(|one, other| one.0.cmp(&other.0));
        let descending = match text(input, "SortOrder") {
            "" => self.descending,
            order => order == "Descending",
        };
        if descending {
            items.reverse();
        }
        if let Some(last) = last_seen(input)? {
            items.retain(|(target, _)| if descending { *target < last } else { *target > last });
        }
        let most = usize::try_from(input["MaxResults"].as_u64().unwrap_or(PAGE)).unwrap_or(usize::MAX);
        let next =
            (items.len() > most).then(|| items.get(most - 1)).flatten().map(|(target, _)| token(target));
        let shown: Vec<_> = items.iter().take(most).map(|(_, resource)| show(resource)).collect();
        let mut output = Map::from_iter([(self.member.to_owned(), Value::from(shown))]);
        if let Some(token) = next {
            output.insert("NextToken".into(), token.into());
        }
        Ok(output.into())
    }
}

/// Sorts by what is asked for, and items that are equal there by their keys.
type Order = (i64, String, String);

fn place_in_order(by: &str, key: &str, resource: &Resource) -> Order {
    let (number, word) = match by {
        "LastModifiedTime" => (resource.life.modified, ""),
        "Name" | "PipelineExecutionArn" => (0, ""),
        "Status" => (0, resource.life.status.as_str()),
        _ => (resource.life.created, ""),
    };
    (number, word.to_owned(), key.to_owned())
}

/// `CreatedAfter` and `CreatedBefore` of an input, where it has them.
fn made_in_time(resource: &Resource, input: &Value) -> bool {
    let moment = |member: &str| input[member].as_f64().map(std::time::Duration::from_secs_f64);
    let created = u64::try_from(resource.life.created).unwrap_or_default();
    let created = std::time::Duration::from_millis(created);
    moment("CreatedAfter").is_none_or(|after| created > after)
        && moment("CreatedBefore").is_none_or(|before| created < before)
}

fn token(order: &Order) -> String {
    URL_SAFE_NO_PAD.encode(json!(order).to_string())
}

fn last_seen(input: &Value) -> Result<Option<Order>, Failure> {
    let token = text(input, "NextToken");
    if token.is_empty() {
        return Ok(None);
    }
    let decoded = URL_SAFE_NO_PAD.decode(token).ok();
    let order = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    order.map(Some).ok_or_else(|| invalid("Invalid pagination token"))
}
