//! The files that differ between two commits. Renamed files are deleted and added.

use super::inputs::commit;
use super::pages::paged;
use crate::CodeCommit;
use crate::failure::failure;
use crate::git::Entry;
use emulator_core::{Answer, Call, Order, present, text};
use serde_json::{Value, json};

/// AWS's page.
const PAGE: usize = 400;

pub(super) async fn get(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let repository = service.repository(text(input, "repositoryName"))?;
    let most = match input["MaxResults"].as_i64() {
        None => PAGE,
        Some(most) => {
            usize::try_from(most).ok().filter(|most| (1..=PAGE).contains(most)).ok_or_else(|| {
                failure("InvalidMaxResults", format!("The most results are between 1 and {PAGE}"))
            })?
        }
    };
    let after = commit(&repository, text(input, "afterCommitSpecifier")).await?;
    let before = match text(input, "beforeCommitSpecifier") {
        "" => None,
        specifier => Some(commit(&repository, specifier).await?),
    };
    let within = [text(input, "beforePath"), text(input, "afterPath")].map(|path| path.trim_matches('/'));
    let inside = |path: &str| {
        let covers =
            |folder: &str| folder.is_empty() || path == folder || path.starts_with(&format!("{folder}/"));
        within.iter().all(|folder| covers(folder))
    };
    let found = repository.git.differences(before.as_deref(), &after).await?;
    let found = found.into_iter().filter(|(path, _, _)| inside(path));
    let items = found.map(|(path, before, after)| (path.clone(), shown(&path, before, after)));
    let page = paged(items, Order::Ascending, text(input, "NextToken"), most)?;
    Ok(present(json!({"differences": page.items, "NextToken": page.next})))
}

fn shown(path: &str, before: Option<Entry>, after: Option<Entry>) -> Value {
    let kind = match (&before, &after) {
        (None, _) => "A",
        (Some(_), None) => "D",
        (Some(_), Some(_)) => "M",
    };
    let blob = |entry: Option<Entry>| {
        entry.map(|entry| json!({"blobId": entry.id, "path": path, "mode": entry.mode.octal()}))
    };
    present(json!({"beforeBlob": blob(before), "afterBlob": blob(after), "changeType": kind}))
}
