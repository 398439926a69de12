//! Operations on repositories.

use super::pages::{PAGE, paged};
use super::tags;
use crate::CodeCommit;
use crate::failure::{failure, no_repository};
use crate::git::Git;
use crate::store::{Repository, Tags};
use emulator_core::{Answer, Call, Failure, Order, text, texts};
use serde_json::{Value, json};
use uuid::Uuid;

/// AWS's limit on a batch.
const BATCH: usize = 100;

pub(super) async fn create(service: &CodeCommit, call: &Call) -> Answer {
    let name = text(&call.input, "repositoryName");
    if name.to_lowercase().ends_with(".git") || name == "." || name == ".." {
        return Err(failure("InvalidRepositoryName", "The repository name is not valid"));
    }
    let tags = tags::merged(Tags::new(), &call.input["tags"])?;
    if service.repository(name).is_ok() {
        return Err(exists(name));
    }
    let id = Uuid::new_v4().to_string();
    let git = Git::at(service.context.folder.join("codecommit").join(format!("{id}.git")));
    git.create().await?;
    let created = service.now();
    let repository = Repository {
        id,
        name: name.into(),
        description: text(&call.input, "repositoryDescription").into(),
        default_branch: None,
        key: key_arn(service, text(&call.input, "kmsKeyId")),
        created,
        modified: created,
        tags,
        git,
    };
    let shown = shown(service, &repository);
    let mut store = service.store();
    if store.find(&service.place(), name).is_some() {
        // Another call has made it meanwhile.
        discard(&repository);
        return Err(exists(name));
    }
    store.put(service.place(), repository);
    Ok(json!({"repositoryMetadata": shown}))
}

pub(super) fn get(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    Ok(json!({"repositoryMetadata": shown(service, &repository)}))
}

pub(super) fn batch_get(service: &CodeCommit, call: &Call) -> Answer {
    let names = texts(&call.input, "repositoryNames");
    match names.len() {
        0 => return Err(failure("RepositoryNamesRequired", "A list of repository names is required")),
        1..=BATCH => {}
        _ => {
            let told = format!("A request can name {BATCH} repositories at most");
            return Err(failure("MaximumRepositoryNamesExceeded", told));
        }
    }
    let (mut found, mut missing, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        match service.repository(&name) {
            Ok(repository) => found.push(shown(service, &repository)),
            Err(failure) => {
                errors.push(json!({
                    "repositoryName": name, "errorCode": failure.code, "errorMessage": failure.message,
                }));
                missing.push(name);
            }
        }
    }
    Ok(json!({"repositories": found, "repositoriesNotFound": missing, "errors": errors}))
}

pub(super) fn list(service: &CodeCommit, call: &Call) -> Answer {
    let by_date = text(&call.input, "sortBy") == "lastModifiedDate";
    let order = if text(&call.input, "order") == "descending" { Order::Descending } else { Order::Ascending };
    let items: Vec<_> = {
        let store = service.store();
        let place = |one: &Repository| (if by_date { one.modified } else { 0 }, one.name.clone());
        let item = |one: &Repository| json!({"repositoryName": one.name, "repositoryId": one.id});
        store.of(&service.place()).map(|one| (place(one), item(one))).collect()
    };
    let page = paged(items, order, text(&call.input, "nextToken"), PAGE)?;
    Ok(emulator_core::present(json!({"repositories": page.items, "nextToken": page.next})))
}

/// A repository that is not there is no error: then the answer has no id.
#[expect(clippy::unnecessary_wraps, reason = "the table of operations has one signature")]
pub(super) fn delete(service: &CodeCommit, call: &Call) -> Answer {
    let removed = service.store().remove(&service.place(), text(&call.input, "repositoryName"));
    let Some(repository) = removed else { return Ok(json!({})) };
    discard(&repository);
    Ok(json!({"repositoryId": repository.id}))
}

pub(super) fn rename(service: &CodeCommit, call: &Call) -> Answer {
    let (old, new) = (text(&call.input, "oldName"), text(&call.input, "newName"));
    let place = service.place();
    let mut store = service.store();
    if store.find(&place, old).is_none() {
        return Err(no_repository(old));
    }
    if store.find(&place, new).is_some() {
        return Err(exists(new));
    }
    if let Some(repository) = store.remove(&place, old) {
        let modified = service.now();
        store.put(place, Repository { name: new.into(), modified, ..repository });
    }
    Ok(json!({}))
}

pub(super) fn describe(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let description = text(&call.input, "repositoryDescription");
    service.edit(&repository.id, |known| known.description = description.into());
    Ok(json!({}))
}

pub(super) fn set_key(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let key = key_arn(service, text(&call.input, "kmsKeyId"));
    service.edit(&repository.id, |known| known.key.clone_from(&key));
    Ok(json!({"repositoryId": repository.id, "kmsKeyId": key, "originalKmsKeyId": repository.key}))
}

fn shown(service: &CodeCommit, repository: &Repository) -> Value {
    repository.shown(&service.place(), service.shared.ssh_port.get().copied())
}

fn exists(name: &str) -> Failure {
    failure("RepositoryNameExists", format!("Repository named {name} already exists"))
}

/// Removes the commits.
fn discard(repository: &Repository) {
    if let Err(error) = std::fs::remove_dir_all(repository.git.folder()) {
        tracing::warn!("{} stays: {error}", repository.git.folder().display());
    }
}

/// The ARN of a key that is named by its id, its alias or its ARN; that of AWS's own key if none is named.
fn key_arn(service: &CodeCommit, key: &str) -> String {
    match key {
        "" => service.context.arn("kms", "alias/aws/codecommit"),
        arn if arn.starts_with("arn:") => arn.to_owned(),
        alias if alias.starts_with("alias/") => service.context.arn("kms", alias),
        id => service.context.arn("kms", &format!("key/{id}")),
    }
}
