//! A service with the few neighbours it talks to: a bridge that gives out credentials and keeps the events, a `CodeBuild`
//! whose builds end at once, a Lambda that takes every event and runs nothing, and an S3 with one object per bucket.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use emulator_codepipeline::CodePipeline;
use emulator_core::{Bridge, Call, Caller, Failure, Faults, Initiator, Secrets, Service, ServiceContext};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the neighbours saw.
#[derive(Clone, Default)]
struct Seen {
    bridge: Option<Bridge>,
    events: Arc<Mutex<Vec<Value>>>,
    builds: Arc<Mutex<Vec<Value>>>,
    initiators: Arc<Mutex<Vec<Option<Initiator>>>>,
    invocations: Arc<Mutex<Vec<Invocation>>>,
    uploads: Arc<Mutex<Vec<String>>>,
}

/// An asynchronous invocation of a function.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) function: String,
    /// The access key that signed it.
    pub(crate) key: String,
    pub(crate) event: Value,
}

pub(crate) struct Cloud {
    pub(crate) service: CodePipeline,
    seen: Seen,
}

impl Cloud {
    /// With neighbours; for tests that poll for jobs, build or look at events.
    pub(crate) async fn start() -> Self {
        Self::with_speed(1.0).await
    }

    pub(crate) async fn with_speed(speed: f64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = service(&format!("http://{}", listener.local_addr().unwrap()), speed);
        let seen = Seen { bridge: Some(service.context().bridge.clone()), ..Seen::default() };
        let app = Router::new()
            .route("/sources/{key}", get(object))
            .route("/unversioned/{key}", get(object))
            .route("/artifacts/{*key}", put(upload))
            .fallback(serve)
            .with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { service, seen }
    }

    /// Alone: the bridge leads to a closed port.
    pub(crate) fn alone() -> Self {
        Self { service: service("http://127.0.0.1:9", 1.0), seen: Seen::default() }
    }

    pub(crate) async fn try_call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        let arn = "arn:aws:iam::111122223333:user/tester".to_owned();
        let caller = Caller { arn, access_key: "test".into() };
        self.service.answer(Call { operation: operation.into(), input, caller }).await
    }

    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.try_call(operation, input).await;
            answer.unwrap_or_else(|failure| panic!("{operation} at {place}: {failure}"))
        }
    }

    pub(crate) async fn code(&self, operation: &str, input: Value) -> String {
        self.try_call(operation, input).await.expect_err(operation).code
    }

    pub(crate) async fn start_pipeline(&self, name: &str) -> String {
        let started = self.call("StartPipelineExecution", json!({"name": name})).await;
        started["pipelineExecutionId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn status(&self, name: &str, execution: &str) -> String {
        let input = json!({"pipelineName": name, "pipelineExecutionId": execution});
        let answer = self.call("GetPipelineExecution", input).await;
        answer["pipelineExecution"]["status"].as_str().unwrap().to_owned()
    }

    /// Polls for one job and takes it.
    pub(crate) async fn take_job(&self) -> Value {
        let polled = self.call("PollForJobs", json!({"actionTypeId": type_id()})).await;
        let job = polled["jobs"][0].clone();
        assert!(job.is_object(), "no job is offered");
        let input = json!({"jobId": job["id"], "nonce": job["nonce"]});
        assert_eq!(self.call("AcknowledgeJob", input).await, json!({"status": "InProgress"}));
        job
    }

    pub(crate) async fn succeed(&self, job: &Value, commit: &str) {
        let revision = json!({"revision": commit, "changeIdentifier": "1", "revisionSummary": "a change"});
        let variables = json!({"CommitId": commit});
        let input = json!({"jobId": job["id"], "currentRevision": revision, "outputVariables": variables});
        self.call("PutJobSuccessResult", input).await;
    }

    /// Events so far, in the order in which they arrived.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.seen.events.lock().unwrap().clone()
    }

    pub(crate) fn builds(&self) -> Vec<Value> {
        self.seen.builds.lock().unwrap().clone()
    }

    /// Who started each of the builds, as `CodeBuild` was told when they started.
    pub(crate) fn initiators(&self) -> Vec<Option<Initiator>> {
        self.seen.initiators.lock().unwrap().clone()
    }

    /// Invocations so far, oldest first.
    pub(crate) fn invocations(&self) -> Vec<Invocation> {
        self.seen.invocations.lock().unwrap().clone()
    }

    /// Paths of the objects that were written to S3.
    pub(crate) fn uploads(&self) -> Vec<String> {
        self.seen.uploads.lock().unwrap().clone()
    }
}

/// Lets this long pass at once, when everything that waits for it does.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Waits for something that other tasks bring about.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, done: impl Fn() -> F) {
    testing::until(what, async || done().await.then_some(())).await;
}

fn service(base: &str, speed: f64) -> CodePipeline {
    let context = ServiceContext::new(
        "111122223333",
        "us-east-1",
        base,
        Bridge::new(base, &Secrets::generate()),
        Faults::default(),
    );
    CodePipeline::new(context.with_speed(speed))
}

/// Every bucket has `app.zip`; `unversioned` keeps no versions.
async fn object(uri: Uri) -> Response {
    match uri.path() {
        "/sources/app.zip" => ([("etag", "\"abc\""), ("x-amz-version-id", "v1")], "zip").into_response(),
        "/unversioned/app.zip" => ([("etag", "\"abc\"")], "zip").into_response(),
        _ => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

async fn upload(State(seen): State<Seen>, uri: Uri) {
    seen.uploads.lock().unwrap().push(uri.path().to_owned());
}

async fn serve(
    State(seen): State<Seen>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_str(&body).unwrap();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(function) =
        uri.path().strip_prefix("/2015-03-31/functions/").and_then(|path| path.strip_suffix("/invocations"))
    {
        assert_eq!(header("x-amz-invocation-type"), "Event");
        let signed = header("authorization").split_once("Credential=").unwrap().1;
        let key = signed.split('/').next().unwrap().to_owned();
        return invoke(&seen, Invocation { function: function.into(), key, event: body });
    }
    let target = header("x-amz-target");
    let answer = match (uri.path(), target.rsplit_once('.').map_or("", |(_, operation)| operation)) {
        // A revoked role can be assumed when a pipeline is declared, and no more when it runs.
        ("/_bridge/assume", _)
            if body["roleArn"].as_str().is_some_and(|role| {
                role.ends_with("/refused")
                    || role.ends_with("/revoked") && body["session"] != "AWSCodePipeline"
            }) =>
        {
            let error = json!({"code": "AccessDenied", "message": "the role does not trust this service"});
            return (StatusCode::FORBIDDEN, Json(error));
        }
        ("/_bridge/assume", _) => {
            let key = if body["roleArn"].as_str().unwrap().ends_with("/action") { "ASIA2" } else { "ASIA1" };
            json!({"accessKeyId": key, "secretAccessKey": "canary-secret", "sessionToken": "canary-token"})
        }
        ("/_bridge/event", _) => {
            seen.events.lock().unwrap().push(body);
            json!({})
        }
        (_, "StartBuild") => {
            let initiator = seen.bridge.as_ref().and_then(|bridge| bridge.initiator("ASIA1"));
            seen.initiators.lock().unwrap().push(initiator);
            seen.builds.lock().unwrap().push(body);
            json!({"build": {"id": "project:1", "buildStatus": "IN_PROGRESS"}})
        }
        (_, "BatchGetBuilds") => {
            let exported = json!([{"name": "IMAGE", "value": "image:1"}]);
            let build = json!({
                "id": "project:1",
                "buildStatus": "SUCCEEDED",
                "exportedEnvironmentVariables": exported,
            });
            json!({"builds": [build]})
        }
        other => panic!("nobody serves {other:?}"),
    };
    (StatusCode::OK, Json(answer))
}

/// Lambda knows every function but `missing`, and invokes every function but `denied`.
fn invoke(seen: &Seen, invocation: Invocation) -> (StatusCode, Json<Value>) {
    let arn = format!("arn:aws:lambda:us-east-1:111122223333:function:{}", invocation.function);
    let (status, code, message) = match invocation.function.as_str() {
        "missing" => {
            (StatusCode::NOT_FOUND, "ResourceNotFoundException", format!("Function not found: {arn}"))
        }
        "denied" => {
            let text =
                format!("User: p is not authorized to perform: lambda:InvokeFunction on resource: {arn}");
            (StatusCode::FORBIDDEN, "AccessDeniedException", text)
        }
        _ => {
            seen.invocations.lock().unwrap().push(invocation);
            return (StatusCode::ACCEPTED, Json(json!({})));
        }
    };
    (status, Json(json!({"__type": code, "Message": message})))
}

pub(crate) fn type_id() -> Value {
    json!({"category": "Source", "owner": "Custom", "provider": "Git", "version": "1"})
}

pub(crate) fn action_type() -> Value {
    let property = |name: &str, required: bool, secret: bool| json!({"name": name, "required": required, "key": true, "secret": secret, "queryable": false});
    json!({
        "category": "Source", "provider": "Git", "version": "1",
        "settings": {"executionUrlTemplate": "https://example.com/{Config:Branch}/{ExternalExecutionId}"},
        "configurationProperties": [property("Branch", true, false), property("Token", false, true)],
        "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 0},
        "outputArtifactDetails": {"minimumCount": 1, "maximumCount": 1},
    })
}

/// A pipeline with a custom source and a second stage of these actions.
pub(crate) fn pipeline(name: &str, mode: &str, second: &Value) -> Value {
    json!({"pipeline": {
        "name": name,
        "roleArn": "arn:aws:iam::111122223333:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "executionMode": mode,
        "pipelineType": "V2",
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Clone", "actionTypeId": type_id(), "namespace": "SourceVariables",
                "configuration": {"Branch": "main"}, "outputArtifacts": [{"name": "SourceOutput"}],
            }]},
            {"name": "Second", "actions": second},
        ],
    }})
}

pub(crate) fn approval() -> Value {
    let id = json!({"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"});
    json!([{"name": "Approve", "actionTypeId": id}])
}

pub(crate) fn build() -> Value {
    let id = json!({"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"});
    let environment = r##"[{"name":"COMMIT","value":"#{SourceVariables.CommitId}","type":"PLAINTEXT"}]"##;
    json!([{
        "name": "Build", "actionTypeId": id, "namespace": "BuildVariables",
        "configuration": {"ProjectName": "project", "EnvironmentVariables": environment},
        "inputArtifacts": [{"name": "SourceOutput"}], "outputArtifacts": [{"name": "BuildOutput"}],
    }])
}
