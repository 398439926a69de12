//! What conditions of policies see: the references that a call changes, tags of the request and of the repository.

use crate::CodeCommit;
use emulator_core::{Call, Permission, text, texts};
use serde_json::Value;

/// The operations that change a reference, with the member that names its branch.
const CHANGING: [(&str, &str); 6] = [
    ("CreateBranch", "branchName"),
    ("CreateCommit", "branchName"),
    ("DeleteBranch", "branchName"),
    ("DeleteFile", "branchName"),
    ("MergeBranchesByFastForward", "targetBranch"),
    ("PutFile", "branchName"),
];

/// Adds them to the permissions of a call.
pub(crate) fn add(service: &CodeCommit, call: &Call, permissions: &mut [Permission]) {
    let input = &call.input;
    let branch = CHANGING.iter().find(|(operation, _)| *operation == call.operation);
    let branch = branch.map(|(_, member)| text(input, member)).filter(|branch| !branch.is_empty());
    let given = input["tags"].as_object();
    let mut keys = texts(input, "tagKeys");
    keys.extend(given.into_iter().flat_map(|tags| tags.keys().cloned()));
    for permission in permissions {
        let asked = &mut permission.context;
        if let Some(branch) = branch {
            asked.insert("codecommit:References".into(), format!("refs/heads/{branch}").into());
        }
        for (key, value) in given.into_iter().flatten() {
            asked.insert(format!("aws:RequestTag/{key}"), value.clone());
        }
        if !keys.is_empty() {
            asked.insert("aws:TagKeys".into(), Value::from(keys.clone()));
        }
        let name = permission.resource.rsplit(':').next().unwrap_or_default();
        for (key, value) in service.store().find(&service.place(), name).into_iter().flat_map(|one| &one.tags)
        {
            asked.insert(format!("aws:ResourceTag/{key}"), value.as_str().into());
        }
    }
}
