//! The calls, against a scripted AWS: every response that the services can give.

mod finish;
mod start;

use crate::config::AllowedHosts;
use crate::{GitSource, Settings};
use serde_json::{Value, json};
use testing::{Reply, ScriptedAws};

/// The job of the sample events.
pub(super) const JOB: &str = "11111111-abcd-1111-abcd-111111abcdef";
/// The artifact credentials of every job; they must never be seen again.
pub(super) const CANARY: &str = "canary-artifact-secret";

/// The function, which calls this AWS.
pub(super) async fn function(aws: &ScriptedAws) -> GitSource {
    let settings = Settings {
        provider: "CustomSourceForGit".to_owned(),
        version: "1".to_owned(),
        project: "clone".to_owned(),
        hosts: AllowedHosts::read("git.example.com").unwrap(),
    };
    GitSource::new(&aws.config("us-east-1", 3).await, settings)
}

/// A poll's answer, with one job for every id.
pub(super) fn jobs(ids: &[&str]) -> Reply {
    let job = |id: &&str| {
        json!({
            "id": id,
            "nonce": "nonce-1",
            "accountId": "111122223333",
            "data": {
                "actionConfiguration": {"configuration": {
                    "GitUrl": "ssh://git@git.example.com/team/model.git",
                    "Branch": "main",
                    "SSHSecretKeyName": "external-repo-rsa",
                }},
                "pipelineContext": {"pipelineExecutionId": "12e7d0bf-6d4c-4b8a-9f0e-3a1f0c2b7d55"},
                "artifactCredentials": {"accessKeyId": CANARY, "secretAccessKey": CANARY, "sessionToken": CANARY},
            },
        })
    };
    json!({"jobs": ids.iter().map(job).collect::<Vec<_>>()}).into()
}

/// An acknowledgement's answer.
pub(super) fn status(word: &str) -> Reply {
    json!({"status": word}).into()
}

/// A build of a job, as `CodeBuild` describes it.
pub(super) fn build(job: &str, status: &str, ended: Option<f64>) -> Value {
    json!({
        "id": format!("clone:{job}"),
        "projectName": "clone",
        "buildStatus": status,
        "endTime": ended,
        "environment": {
            "type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "JOB_ID", "value": job}, {"name": "GIT_BRANCH", "value": "main"}],
        },
        "exportedEnvironmentVariables": [
            {"name": "GIT_COMMIT_ID", "value": "8d0cbd9c5ba0b1a1d9cf8b3b2a4d5a3c1e7f6a90"},
        ],
    })
}
