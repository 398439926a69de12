//! Source actions that take the newest commit of a branch of `CodeCommit`, and what starts their pipelines.

use crate::cloud::{approval, pipeline};
use crate::steps::{alone, check};
use emulator_codepipeline::CodePipeline;
use emulator_core::{BranchChange, Branches, Bridge, Call, Caller, Faults, Secrets, Service, ServiceContext};
use serde_json::{Value, json};
use testing::ScriptedAws;

const TIP: &str = "1111111111111111111111111111111111111111";
const TESTER: &str = "arn:aws:iam::111122223333:user/tester";

fn commit_pipeline(name: &str, configuration: &Value) -> Value {
    let mut declared = pipeline(name, "SUPERSEDED", &approval());
    let source = &mut declared["pipeline"]["stages"][0]["actions"][0];
    source["actionTypeId"] =
        json!({"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"});
    source["configuration"] = json!({"RepositoryName": "app", "BranchName": "main"});
    for (property, value) in configuration.as_object().unwrap() {
        source["configuration"][property] = value.clone();
    }
    declared
}

/// A service in front of a `CodeCommit` with the branch `main` of `app`, whose archives fail for the reason that is given.
struct Account {
    service: CodePipeline,
    aws: ScriptedAws,
}

impl Account {
    fn start(failure: Option<&'static str>) -> Self {
        let aws = ScriptedAws::in_front_of(move |call| {
            let person =
                |seconds: u32| json!({"name": "Ann", "email": "", "date": format!("{seconds} +0100")});
            match &*call.operation {
                "/_bridge/assume" => (
                    200,
                    json!({"accessKeyId": "ASIA", "secretAccessKey": "secret", "sessionToken": "token"}),
                ),
                "GetBranch" if call.body["branchName"] != "main" => (
                    400,
                    json!({"__type": "BranchDoesNotExistException", "message": "Branch none does not exist"}),
                ),
                "GetBranch" => (200, json!({"branch": {"branchName": "main", "commitId": TIP}})),
                "GetCommit" => (
                    200,
                    json!({"commit": {
                        "message": "Seed\n", "author": person(1_700_000_000), "committer": person(1_700_000_060),
                    }}),
                ),
                "GetRepository" => (200, json!({"repositoryMetadata": {"repositoryName": "app"}})),
                "UploadArchive" => (200, json!({"uploadId": "u1"})),
                "GetUploadArchiveStatus" => {
                    let status = if failure.is_some() { "Failed" } else { "Succeeded" };
                    (200, json!({"status": status, "failureReason": failure}))
                }
                _ => (200, json!({})),
            }
        });
        let base = aws.endpoint();
        let bridge = Bridge::new(&base, &Secrets::generate());
        let context = ServiceContext::new("111122223333", "us-east-1", &base, bridge, Faults::default());
        Self { service: CodePipeline::start(context), aws }
    }

    async fn call_as(&self, arn: &str, operation: &str, input: Value) -> Value {
        let caller = Caller { arn: arn.into(), access_key: "AKIA".into() };
        self.service.answer(Call { operation: operation.into(), input, caller }).await.unwrap()
    }

    async fn call(&self, operation: &str, input: Value) -> Value {
        self.call_as(TESTER, operation, input).await
    }

    async fn executions(&self, name: &str) -> Vec<Value> {
        let listed = self.call("ListPipelineExecutions", json!({"pipelineName": name})).await;
        listed["pipelineExecutionSummaries"].as_array().unwrap().clone()
    }

    /// The newest run of the source action, when it has ended.
    async fn source(&self, name: &str) -> Value {
        testing::until("the source action ends", async || {
            let actions = self.call("ListActionExecutions", json!({"pipelineName": name})).await;
            let all = actions["actionExecutionDetails"].as_array().unwrap().clone();
            all.into_iter().rfind(|one| one["stageName"] == "Source" && one["status"] != "InProgress")
        })
        .await
    }
}

#[tokio::test]
async fn a_commit_source_has_the_archive_of_its_branch_made() {
    let account = Account::start(None);
    account.call("CreatePipeline", commit_pipeline("p", &json!({}))).await;
    let done = account.source("p").await;
    assert_eq!(
        done["output"]["outputVariables"],
        json!({
            "AuthorDate": "2023-11-14T22:13:20Z", "BranchName": "main", "CommitId": TIP, "CommitMessage": "Seed",
            "CommitterDate": "2023-11-14T22:14:20Z", "RepositoryName": "app",
        })
    );
    let place = &done["output"]["outputArtifacts"][0]["s3location"];
    let asked = account.aws.inputs("UploadArchive");
    assert_eq!(
        asked,
        [
            json!({"repositoryName": "app", "commitId": TIP, "s3Bucket": "artifacts", "s3Key": place["key"], "kmsKeyId": null})
        ]
    );
    assert_eq!(account.executions("p").await[0]["sourceRevisions"][0]["revisionId"], TIP);
}

#[tokio::test]
async fn a_commit_source_for_clones_writes_a_reference() {
    let account = Account::start(None);
    let configuration = json!({"OutputArtifactFormat": "CODEBUILD_CLONE_REF"});
    account.call("CreatePipeline", commit_pipeline("p", &configuration)).await;
    let done = account.source("p").await;
    assert_eq!(done["status"], "Succeeded", "{done}");
    let key = done["output"]["outputArtifacts"][0]["s3location"]["key"].as_str().unwrap().to_owned();
    let written: Vec<_> =
        account.aws.all_calls().into_iter().filter(|call| call.uri.contains(&key)).collect();
    assert_eq!(written.len(), 1, "one object");
    assert_eq!(written[0].body, json!({"codecommit": "app", "commit": TIP, "branch": "main"}));
    assert!(account.aws.inputs("UploadArchive").is_empty(), "nothing is archived");
}

#[tokio::test]
async fn a_commit_source_fails_with_the_cause() {
    for (failure, branch, code, part) in [
        (Some("s3://artifacts cannot be written"), "main", "PermissionError", "cannot be written"),
        (None, "none", "ConfigurationError", "No branch with the name none"),
    ] {
        let account = Account::start(failure);
        account.call("CreatePipeline", commit_pipeline("p", &json!({"BranchName": branch}))).await;
        let error = account.source("p").await["output"]["executionResult"]["errorDetails"].take();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    let cloud = alone().await;
    let declared = commit_pipeline("p", &json!({"OutputArtifactFormat": "TAR"}));
    check(cloud.try_call("CreatePipeline", declared).await, "InvalidActionDeclarationException", "not TAR");
}

#[tokio::test]
async fn a_changed_branch_starts_the_pipelines_that_poll_it() {
    let account = Account::start(None);
    for (name, configuration) in [
        ("polls", json!({})),
        ("waits", json!({"PollForSourceChanges": "false"})),
        ("elsewhere", json!({"BranchName": "dev"})),
    ] {
        account.call("CreatePipeline", commit_pipeline(name, &configuration)).await;
    }
    let change = |region: &str, repository: &str, branch: &str| BranchChange {
        account: "111122223333".into(),
        region: region.into(),
        repository: repository.into(),
        branch: branch.into(),
    };
    let branches = account.service.context().common::<Branches>();
    for other in [change("eu-west-1", "app", "main"), change("us-east-1", "web", "main")] {
        branches.changed(&other);
    }
    assert_eq!(account.executions("polls").await.len(), 1);
    branches.changed(&change("us-east-1", "app", "main"));
    let started = account.executions("polls").await;
    assert_eq!((started.len(), &started[0]["trigger"]["triggerType"]), (2, &json!("PollForSourceChanges")));
    for name in ["waits", "elsewhere"] {
        assert_eq!(account.executions(name).await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_session_of_a_rule_is_shown_as_the_rule() {
    let account = Account::start(None);
    account.call("CreatePipeline", commit_pipeline("p", &json!({}))).await;
    for (session, kind, detail) in [
        ("AWSEvents_main", "CloudWatchEvent", "arn:aws:events:us-east-1:111122223333:rule/main"),
        ("ann", "StartPipelineExecution", "arn:aws:sts::111122223333:assumed-role/start/ann"),
    ] {
        let caller = format!("arn:aws:sts::111122223333:assumed-role/start/{session}");
        let started =
            account.call_as(&caller, "StartPipelineExecution", json!({"name": "p"})).await["pipelineExecutionId"]
                .take();
        let all = account.executions("p").await;
        let execution = all.iter().find(|one| one["pipelineExecutionId"] == started).unwrap();
        assert_eq!(execution["trigger"], json!({"triggerType": kind, "triggerDetail": detail}));
    }
}
