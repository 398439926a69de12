//! Works on a source action of provider `CodeCommit`: has `CodeCommit` put the files of the newest commit of a branch into the
//! artifact store, as the action's role, or puts a reference there, with which a build clones the commit. A pipeline that polls
//! starts when a branch of its source changes.

use super::{CodePipeline, Outcome, replicate};
use crate::model::{Action, EncryptionKey};
use crate::state::{Artifact, Revision, RunId, Trigger};
use emulator_core::{BranchChange, Branches, Refused, SignedClient, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TARGET: &str = "CodeCommit_20150413";
const CLONE: &str = "CODEBUILD_CLONE_REF";
/// AWS's limit on the summary of a revision, in letters.
const LONGEST_SUMMARY: usize = 2048;

/// What the action takes, and where it puts it.
struct Source {
    repository: String,
    branch: String,
    /// Builds clone: the artifact is a reference.
    cloned: bool,
    output: Artifact,
    encryption: Option<EncryptionKey>,
}

/// A sentence if the configuration asks for what this service does not do.
pub(crate) fn check(action: &Action) -> Result<(), String> {
    match action.configuration.get("OutputArtifactFormat").map(String::as_str) {
        None | Some("CODE_ZIP" | CLONE) => Ok(()),
        Some(other) => Err(format!("OutputArtifactFormat must be CODE_ZIP or {CLONE}, not {other}")),
    }
}

/// Carries one action from its start to its end.
pub(crate) async fn work(service: CodePipeline, id: RunId) {
    let source = service.look(|state| {
        let (_, run) = state.run(&id)?;
        let given = |name: &str| run.configuration.get(name).cloned().unwrap_or_default();
        let output = run.outputs.first()?.clone();
        let encryption = run.encryption_key().cloned();
        let cloned = given("OutputArtifactFormat") == CLONE;
        let (repository, branch) = (given("RepositoryName"), given("BranchName"));
        Some(Source { repository, branch, cloned, output, encryption })
    });
    let Some(source) = source else { return };
    let (Ok(outcome) | Err(outcome)) = run(&service, &id, source).await;
    service.change(|transaction| transaction.finish(&id, outcome));
}

async fn run(service: &CodePipeline, id: &RunId, source: Source) -> Result<Outcome, Outcome> {
    let credentials = service.credentials(id).await;
    let credentials =
        credentials.map_err(|failure| Outcome::failed("PermissionError", failure.to_string()))?;
    let client = SignedClient::of_role(&service.context, &credentials);
    let Source { repository, branch, cloned, output, encryption } = source;
    let call = async |operation: &str, mut input: Value| {
        input["repositoryName"] = repository.as_str().into();
        let target = format!("{TARGET}.{operation}");
        let answer = client.json("codecommit", &target, &input).await;
        answer.map_err(|error| refused(&repository, &branch, &error))
    };
    let tip = call("GetBranch", json!({"branchName": branch})).await?;
    let commit_id = text(&tip["branch"], "commitId").to_owned();
    let commit = call("GetCommit", json!({"commitId": commit_id})).await?;
    if cloned {
        let found = call("GetRepository", json!({})).await?;
        let reference = json!({
            "codecommit": found["repositoryMetadata"]["repositoryName"], "commit": commit_id, "branch": branch,
        });
        // What a build clones by. Its form is this emulator's own, as AWS's is AWS's own.
        let s3 = replicate::client(&service.context, &credentials).await;
        replicate::put(&s3, &output, encryption.as_ref(), reference.to_string().into_bytes()).await?;
    } else {
        let upload = json!({
            "commitId": commit_id,
            "s3Bucket": output.bucket,
            "s3Key": output.key,
            "kmsKeyId": encryption.map(|key| key.id),
        });
        let upload = call("UploadArchive", upload).await?;
        let status = call("GetUploadArchiveStatus", json!({"uploadId": upload["uploadId"]})).await?;
        if text(&status, "status") != "Succeeded" {
            return Err(Outcome::failed("PermissionError", text(&status, "failureReason")));
        }
    }
    let commit = &commit["commit"];
    let message = text(commit, "message").trim_end().to_owned();
    let committed = moment(text(&commit["committer"], "date"));
    let time = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string()).unwrap_or_default();
    let variables = [
        ("AuthorDate", time(moment(text(&commit["author"], "date")))),
        ("BranchName", branch.clone()),
        ("CommitId", commit_id.clone()),
        ("CommitMessage", message.clone()),
        ("CommitterDate", time(committed)),
        ("RepositoryName", repository.clone()),
    ];
    let revision = Revision {
        id: commit_id.clone(),
        change: commit_id,
        summary: Some(message.chars().take(LONGEST_SUMMARY).collect()),
        created: committed.map(emulator_core::epoch_seconds),
    };
    let variables: BTreeMap<_, _> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Outcome::Succeeded { revision: Some(revision), variables })
}

/// The time in `1700000000 +0100`.
fn moment(date: &str) -> Option<Timestamp> {
    let seconds = date.split(' ').next()?.parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

fn refused(repository: &str, branch: &str, error: &Refused) -> Outcome {
    match error.code.as_str() {
        "AccessDeniedException" => {
            let told = format!(
                "Insufficient permissions: the role of the action may not use the repository {repository}: {error}"
            );
            Outcome::failed("PermissionError", told)
        }
        "RepositoryDoesNotExistException" => {
            let told = format!("No repository with the name {repository} was found: {error}");
            Outcome::failed("ConfigurationError", told)
        }
        "BranchDoesNotExistException" => {
            let told =
                format!("No branch with the name {branch} was found in the repository {repository}: {error}");
            Outcome::failed("ConfigurationError", told)
        }
        _ => Outcome::failed("JobFailed", format!("The repository {repository} cannot be read: {error}")),
    }
}

impl CodePipeline {
    /// Starts pipelines that poll when a branch of their source changes, from now on.
    pub(crate) fn watch_branches(&self) {
        let service = self.clone();
        self.context.common::<Branches>().watch(move |change| service.branch_changed(change));
    }

    fn branch_changed(&self, change: &BranchChange) {
        if change.account != self.context.account || change.region != self.context.region {
            return;
        }
        self.change(|transaction| {
            let pipelines = &transaction.state.pipelines;
            let waiting = pipelines.iter().filter(|(_, pipeline)| {
                let stages = pipeline.current().stages.iter();
                stages.flat_map(|stage| &stage.actions).any(|action| polls(action, change))
            });
            let names: Vec<_> = waiting.map(|(name, _)| name.clone()).collect();
            for name in names {
                let trigger = Trigger { kind: "PollForSourceChanges", detail: String::new() };
                if let Err(failure) = transaction.start(&name, trigger, &BTreeMap::new()) {
                    tracing::info!("pipeline {name} did not start for a changed branch: {failure}");
                }
            }
        });
    }
}

/// Whether an action polls this branch, which it does unless it is told not to.
fn polls(action: &Action, change: &BranchChange) -> bool {
    let kind = &action.action_type_id;
    let given = |name: &str| action.configuration.get(name).map(String::as_str).unwrap_or_default();
    (kind.owner.as_str(), kind.category.as_str(), kind.provider.as_str()) == ("AWS", "Source", "CodeCommit")
        && given("RepositoryName") == change.repository
        && given("BranchName") == change.branch
        && !given("PollForSourceChanges").eq_ignore_ascii_case("false")
}
