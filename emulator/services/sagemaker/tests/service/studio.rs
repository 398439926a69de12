//! A domain without storage, and time that passes at once.

use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use emulator_sagemaker::SageMaker;
use serde_json::{Map, Value, json};
use std::time::Duration;
use testing::ScriptedAws;

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/Studio";

pub(crate) struct Studio {
    pub(crate) sagemaker: SageMaker,
    /// Id of the domain.
    pub(crate) domain: String,
    speed: f64,
}

impl Studio {
    /// A service with a domain that is in service.
    pub(crate) async fn start() -> Self {
        Self::at_speed(1.0).await
    }

    pub(crate) async fn at_speed(speed: f64) -> Self {
        let base = ScriptedAws::in_front_of(bridge).endpoint();
        let context = ServiceContext::new(
            "111122223333",
            "us-east-1",
            &base,
            Bridge::new(&base, &Secrets::generate()),
            Faults::default(),
        );
        let sagemaker = SageMaker::start(context.with_speed(speed));
        let mut studio = Self { sagemaker, domain: String::new(), speed };
        let made = studio.call("CreateDomain", domain()).await.unwrap();
        studio.domain = made["DomainId"].as_str().unwrap().into();
        studio.pass(180).await;
        studio
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.sagemaker.answer(call(operation, input)).await
    }

    /// A call about something in the domain.
    pub(crate) async fn inside(&self, operation: &str, mut input: Value) -> Result<Value, Failure> {
        input["DomainId"] = self.domain.as_str().into();
        self.call(operation, input).await
    }

    pub(crate) async fn profile(&self, name: &str) {
        self.inside("CreateUserProfile", json!({"UserProfileName": name})).await.unwrap();
        self.pass(10).await;
    }

    /// A private space of a user profile.
    pub(crate) async fn space(&self, name: &str, owner: &str) {
        let space = json!({
            "SpaceName": name,
            "OwnershipSettings": {"OwnerUserProfileName": owner},
            "SpaceSharingSettings": {"SharingType": "Private"},
            "SpaceSettings": {"AppType": "JupyterLab"},
        });
        self.inside("CreateSpace", space).await.unwrap();
        self.pass(10).await;
    }

    /// What Describe says of the status, or the error code.
    pub(crate) async fn status(&self, operation: &str, input: Value) -> String {
        match self.inside(operation, input).await {
            Ok(description) => description["Status"].as_str().unwrap().into(),
            Err(failure) => failure.code,
        }
    }

    /// Lets simulated seconds pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds).div_f64(self.speed)).await;
    }
}

/// Every role trusts SageMaker but this one.
pub(crate) const STRANGER: &str = "arn:aws:iam::111122223333:role/Stranger";

fn bridge(call: &testing::Call) -> (u16, String) {
    let (status, answer) = match (&*call.operation, call.body["roleArn"].as_str()) {
        ("/_bridge/assume", Some(STRANGER)) => (400, json!({"code": "AccessDenied", "message": "no"})),
        ("/_bridge/assume", Some(_)) if call.body["service"] == "sagemaker.amazonaws.com" => {
            (200, json!({"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t"}))
        }
        // Of this caller's own permissions nothing is known here.
        ("/_bridge/forward", _) => (400, json!({"code": "AccessDenied", "message": "forwarding is refused"})),
        other => panic!("nobody serves {other:?}"),
    };
    (status, answer.to_string())
}

pub(crate) fn domain() -> Value {
    json!({
        "DomainName": "studio",
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": ROLE},
        "VpcId": "vpc-1",
        "SubnetIds": ["subnet-1"],
        "HomeEfsFileSystemCreation": "Disabled",
    })
}

pub(crate) fn app(owner: (&str, &str), kind: &str, name: &str) -> Value {
    let owner = (owner.0.to_owned(), Value::from(owner.1));
    let app = [("AppType".to_owned(), kind.into()), ("AppName".to_owned(), name.into()), owner];
    Map::from_iter(app).into()
}

pub(crate) fn call(operation: &str, input: Value) -> Call {
    let caller = Caller { arn: "arn:aws:iam::111122223333:user/alice".into(), access_key: "AKIA".into() };
    Call { operation: operation.into(), input, caller }
}

#[track_caller]
pub(crate) fn check_failure(answer: Result<Value, Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code, code, "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}
