//! An account with an empty `CodeCommit`, in front of a ministack that lets pass what a test does not refuse.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator_codecommit::CodeCommit;
use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use serde_json::{Value, json};
use tempfile::TempDir;
use testing::ScriptedAws;

pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

/// The service as an account sees it, and what it stands on.
pub(crate) struct Account {
    pub(crate) service: CodeCommit,
    pub(crate) ministack: ScriptedAws,
    pub(crate) folder: TempDir,
}

impl Account {
    /// IAM refuses what has one of these words in it: an action, or the name of a reference.
    pub(crate) fn refusing(words: &'static [&'static str]) -> Self {
        let ministack = ScriptedAws::in_front_of(move |call| match &*call.operation {
            "/_bridge/authorize" => {
                let asked = call.body["permissions"].to_string();
                let refused = words.iter().find(|word| asked.contains(**word));
                let code = refused.map(|_| "AccessDeniedException");
                let message =
                    refused.map(|word| format!("User: {ALICE} is not authorized to perform: {word}"));
                (200, json!({"principal": ALICE, "code": code, "message": message}))
            }
            "/_bridge/sign_in" => {
                (200, json!({"accessKeyId": "ASIA", "secretAccessKey": "secret", "sessionToken": "token"}))
            }
            _ => (200, json!({})),
        });
        let folder = tempfile::tempdir().unwrap();
        let bridge = Bridge::new(&ministack.endpoint(), &Secrets::generate());
        let context =
            ServiceContext::new("111122223333", "us-east-1", "http://127.0.0.1:1", bridge, Faults::default());
        let service = CodeCommit::start(context.with_files("", folder.path()));
        Self { service, ministack, folder }
    }

    pub(crate) fn new() -> Self {
        Self::refusing(&[])
    }

    /// One with the repository `app`.
    pub(crate) async fn with_repository() -> Self {
        let account = Self::new();
        account.on("CreateRepository", json!({})).await.unwrap();
        account
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.service.answer(signed(operation, input)).await
    }

    /// A call about the repository `app`.
    pub(crate) async fn on(&self, operation: &str, mut input: Value) -> Result<Value, Failure> {
        input["repositoryName"] = "app".into();
        self.call(operation, input).await
    }

    /// Puts a file on a branch and returns the id of the commit.
    pub(crate) async fn put(&self, branch: &str, path: &str, content: &str, parent: Option<&str>) -> String {
        let input = json!({
            "branchName": branch, "filePath": path, "fileContent": encoded(content), "parentCommitId": parent,
        });
        let made = self.on("PutFile", input).await.unwrap();
        made["commitId"].as_str().unwrap().to_owned()
    }

    /// The details of all events so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        let emitted = self.service.context().emitted_since(0);
        emitted.into_iter().map(|one| one.event["detail"].clone()).collect()
    }
}

pub(crate) fn signed(operation: &str, input: Value) -> Call {
    let caller = Caller { arn: ALICE.into(), access_key: "AKIA".into() };
    Call { operation: operation.into(), input, caller }
}

pub(crate) fn encoded(content: &str) -> String {
    BASE64_STANDARD.encode(content)
}

#[track_caller]
pub(crate) fn check_failure(answer: Result<Value, Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code, format!("{code}Exception"), "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}
