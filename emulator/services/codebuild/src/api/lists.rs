//! The lists: ids and names in pages of 100.

use super::{invalid, no_project};
use crate::CodeBuild;
use emulator_core::{Answer, Call, Order, page, text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const PAGE: usize = 100;

pub(super) fn list_builds(service: &CodeBuild, call: &Call) -> Answer {
    builds(service, &call.input, |_| true)
}

pub(super) fn list_builds_for_project(service: &CodeBuild, call: &Call) -> Answer {
    let project = text(&call.input, "projectName");
    if !service.store().projects.contains_key(project) {
        return Err(no_project(&service.context, project));
    }
    builds(service, &call.input, |name| name == project)
}

/// Newest first, if the input does not say.
fn builds(service: &CodeBuild, input: &Value, wanted: impl Fn(&str) -> bool) -> Answer {
    let store = service.store();
    let items = store.builds().filter(|(_, build)| wanted(&build.project_name));
    let order = if text(input, "sortOrder") == "ASCENDING" { Order::Ascending } else { Order::Descending };
    list("ids", items.map(|(place, build)| (place, build.id.as_str())), order, input)
}

pub(super) fn list_projects(service: &CodeBuild, call: &Call) -> Answer {
    let store = service.store();
    let by = text(&call.input, "sortBy");
    let items = store.projects.values().map(|project| {
        let time = match by {
            "CREATED_TIME" => project.created.milliseconds(),
            "LAST_MODIFIED_TIME" => project.last_modified.milliseconds(),
            _ => 0,
        };
        ((time, project.name.clone()), project.name.as_str())
    });
    let order =
        if text(&call.input, "sortOrder") == "DESCENDING" { Order::Descending } else { Order::Ascending };
    list("projects", items, order, &call.input)
}

fn list<'a, K: Ord + Serialize + DeserializeOwned>(
    member: &str,
    items: impl Iterator<Item = (K, &'a str)>,
    order: Order,
    input: &Value,
) -> Answer {
    let page = page(items, order, text(input, "nextToken"), PAGE);
    let page = page.map_err(|_| invalid("The nextToken is not valid"))?;
    let mut output = json!({member: page.items});
    if let Some(token) = page.next {
        output["nextToken"] = token.into();
    }
    Ok(output)
}
