//! The lists: ids and names in pages of 100. A token names the last item of its page, so that what is added or deleted
//! between two pages moves nothing.

use super::{invalid, no_project, text};
use crate::{Service, check};
use emulator_core::{Answer, Call, Failure};
use serde_json::{Value, json};

const PAGE: usize = 100;

pub(crate) fn list_builds(service: &Service, call: &Call) -> Answer {
    check::input(&call.operation, &call.input)?;
    builds(service, &call.input, |_| true)
}

pub(crate) fn list_builds_for_project(service: &Service, call: &Call) -> Answer {
    check::input(&call.operation, &call.input)?;
    let project = text(&call.input, "projectName");
    if !service.store().projects.contains_key(project) {
        return Err(no_project(&service.context, project));
    }
    builds(service, &call.input, |name| name == project)
}

fn builds(service: &Service, input: &Value, wanted: impl Fn(&str) -> bool) -> Answer {
    let ascending = text(input, "sortOrder") == "ASCENDING";
    let after = match text(input, "nextToken") {
        "" => None,
        token => Some(u64::from_str_radix(token, 16).map_err(|_| bad_token())?),
    };
    let store = service.store();
    let mut items: Vec<_> = store.builds().filter(|(_, build)| wanted(&build.project_name)).collect();
    if !ascending {
        items.reverse();
    }
    items.retain(|(order, _)| {
        after.is_none_or(|after| if ascending { *order > after } else { *order < after })
    });
    let page = &items[..items.len().min(PAGE)];
    let ids: Vec<_> = page.iter().map(|(_, build)| build.id.as_str()).collect();
    let next = page.last().filter(|_| items.len() > PAGE).map(|(order, _)| format!("{order:x}"));
    Ok(page_of("ids", &ids, next))
}

pub(crate) fn list_projects(service: &Service, call: &Call) -> Answer {
    check::input(&call.operation, &call.input)?;
    let store = service.store();
    let mut projects: Vec<_> = store.projects.values().collect();
    match text(&call.input, "sortBy") {
        "CREATED_TIME" => projects.sort_by_key(|project| project.created),
        "LAST_MODIFIED_TIME" => projects.sort_by_key(|project| project.last_modified),
        _ => {}
    }
    if text(&call.input, "sortOrder") == "DESCENDING" {
        projects.reverse();
    }
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    let from = match text(&call.input, "nextToken") {
        "" => 0,
        token => names.iter().position(|name| *name == token).ok_or_else(bad_token)? + 1,
    };
    let page: Vec<_> = names.iter().skip(from).take(PAGE).copied().collect();
    let next = page.last().filter(|_| names.len() > from + PAGE).map(|name| (*name).to_owned());
    Ok(page_of("projects", &page, next))
}

fn page_of(member: &str, items: &[&str], next: Option<String>) -> Value {
    let mut output = json!({member: items});
    if let Some(token) = next {
        output["nextToken"] = token.into();
    }
    output
}

fn bad_token() -> Failure {
    invalid("The nextToken is not valid")
}
