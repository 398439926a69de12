//! Pages, and the lists that go through the tree.

use crate::Organizations;
use crate::access::{Callers, organization};
use crate::failure;
use emulator_core::{Answer, Call, Failure, Order, page, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The most items of a page, and how many come if the input does not say.
const PAGE: usize = 20;

/// A page of items, each with its place in the list.
pub(super) fn paged<K: Ord + Serialize + DeserializeOwned>(
    member: &str,
    items: impl Iterator<Item = (K, Value)>,
    input: &Value,
) -> Answer {
    let most = input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE);
    let page = page(items, Order::Ascending, text(input, "NextToken"), most);
    let page =
        page.map_err(|_| failure("InvalidInputException", "You provided an invalid NextToken value."))?;
    let mut output = json!({member: page.items});
    if let Some(token) = page.next {
        output["NextToken"] = token.into();
    }
    Ok(output)
}

pub(super) fn children(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let parent = text(&call.input, "ParentId");
    if !organization.is_parent(parent) {
        return Err(no_parent(parent));
    }
    let kind = text(&call.input, "ChildType");
    let ids: Vec<&String> = match kind {
        "ACCOUNT" => {
            organization.accounts.iter().filter(|(_, it)| it.parent == parent).map(|(id, _)| id).collect()
        }
        _ => organization.units.iter().filter(|(_, it)| it.parent == parent).map(|(id, _)| id).collect(),
    };
    paged("Children", ids.into_iter().map(|id| (id.clone(), json!({"Id": id, "Type": kind}))), &call.input)
}

pub(super) fn parents(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let child = text(&call.input, "ChildId");
    let parent = organization.parent_of(child).ok_or_else(|| {
        let message =
            format!("We can't find an organizational unit (OU) or account with the ChildId {child}");
        failure("ChildNotFoundException", message)
    })?;
    let kind = if parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(json!({"Parents": [{"Id": parent, "Type": kind}]}))
}

pub(super) fn no_parent(id: &str) -> Failure {
    failure(
        "ParentNotFoundException",
        format!("We can't find a root or organizational unit (OU) with the ParentId {id}"),
    )
}
