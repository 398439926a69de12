//! A domain, and callers of two accounts.

use emulator_codeartifact::CodeArtifact;
use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use serde_json::{Value, json};

pub(crate) const OWNER: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

/// The service as an account sees it.
pub(crate) struct Account(pub(crate) CodeArtifact);

/// The service with a domain `shared`, as its owner sees it.
pub(crate) async fn owner() -> Account {
    let bridge = Bridge::new("http://127.0.0.1:1", &Secrets::generate());
    let context = ServiceContext::new(OWNER, "us-east-1", "http://127.0.0.1:1", bridge, Faults::default());
    let owner = Account(CodeArtifact::start(context));
    owner.call("CreateDomain", json!({"domain": "shared"})).await.unwrap();
    owner
}

impl Account {
    /// The same cloud as another account sees it, or from another Region.
    pub(crate) fn at(&self, account: &str, region: &str) -> Self {
        Self(CodeArtifact::start(self.0.context().at(account, region)))
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.0.answer(self.signed(operation, input)).await
    }

    /// A call about something in the domain.
    pub(crate) async fn inside(&self, operation: &str, mut input: Value) -> Result<Value, Failure> {
        input["domain"] = "shared".into();
        self.call(operation, input).await
    }

    pub(crate) async fn repository(&self, name: &str, upstreams: &[&str]) {
        let upstreams: Vec<_> = upstreams.iter().map(|name| json!({"repositoryName": name})).collect();
        let input = json!({"repository": name, "upstreams": upstreams});
        self.inside("CreateRepository", input).await.unwrap();
    }

    pub(crate) fn signed(&self, operation: &str, input: Value) -> Call {
        let arn = format!("arn:aws:iam::{}:user/alice", self.0.context().account);
        Call { operation: operation.into(), input, caller: Caller { arn, access_key: "AKIA".into() } }
    }
}

pub(crate) fn arn(resource: &str) -> String {
    format!("arn:aws:codeartifact:us-east-1:{OWNER}:{resource}")
}

#[track_caller]
pub(crate) fn check_failure(answer: Result<Value, Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code, code, "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}
