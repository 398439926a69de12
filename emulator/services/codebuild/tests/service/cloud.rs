//! The rest of the cloud on a loopback port: roles, the event bus, logs, secrets and buckets, to the extent that builds use them.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use emulator_codebuild::CodeBuild;
use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use testing::until;

pub(crate) const SESSION_TOKEN: &str = "session-token-canary";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/Clone";

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Value>,
    /// Messages of all `PutLogEvents` calls.
    pub(crate) lines: Vec<String>,
    pub(crate) objects: HashMap<String, Vec<u8>>,
    /// The forms that EC2 got.
    pub(crate) ec2: Vec<String>,
    /// The operation or bridge call that is refused.
    pub(crate) denied: &'static str,
}

pub(crate) struct Cloud {
    pub(crate) codebuild: CodeBuild,
    pub(crate) seen: Arc<Mutex<Seen>>,
    pub(crate) directory: tempfile::TempDir,
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve).with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let context = ServiceContext::new(
            "111122223333",
            "us-east-1",
            &endpoint,
            Bridge::new(&endpoint, &Secrets::generate()),
            Faults::default(),
        );
        let directory = tempfile::tempdir().unwrap();
        let context = context.with_files("/usr/local/bin:/usr/bin:/bin", directory.path());
        Self { codebuild: CodeBuild::start(context), seen, directory }
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.codebuild.answer(call(operation, input)).await
    }

    /// Makes a project that runs this buildspec.
    pub(crate) async fn project(&self, name: &str, buildspec: &str) {
        self.call("CreateProject", project(name, buildspec)).await.unwrap();
    }

    pub(crate) async fn start_build(&self, input: Value) -> String {
        let answer = self.call("StartBuild", input).await.unwrap();
        answer["build"]["id"].as_str().unwrap().into()
    }

    pub(crate) async fn build(&self, id: &str) -> Value {
        self.call("BatchGetBuilds", json!({"ids": [id]})).await.unwrap()["builds"][0].take()
    }

    /// The build once a phase is under way.
    pub(crate) async fn wait_for(&self, id: &str, phase: &str) -> Value {
        until(&format!("build {id} reaches {phase}"), async || {
            Some(self.build(id).await).filter(|build| build["currentPhase"] == phase)
        })
        .await
    }

    /// Waits until the build's own file says something.
    pub(crate) async fn wait_for_line(&self, id: &str, text: &str) {
        until(&format!("build {id} says {text}"), async || self.log(id).contains(text).then_some(())).await;
    }

    /// Runs a buildspec to its end.
    pub(crate) async fn run(&self, buildspec: &str) -> Value {
        let name = format!("p{}", self.directory.path().read_dir().unwrap().count());
        self.project(&name, buildspec).await;
        let id = self.start_build(json!({"projectName": name})).await;
        self.wait_for(&id, "COMPLETED").await
    }

    /// The log for people.
    pub(crate) fn log(&self, id: &str) -> String {
        std::fs::read_to_string(self.codebuild.log_path(id)).unwrap_or_default()
    }

    /// Events of a type once there are this many.
    pub(crate) async fn events(&self, detail_type: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} events of type {detail_type}"), async || {
            let mut events = self.seen.lock().unwrap().events.clone();
            events.retain(|event| event["detail-type"] == detail_type);
            Some(events).filter(|events| events.len() >= count)
        })
        .await
    }
}

pub(crate) fn call(operation: &str, input: Value) -> Call {
    let caller = Caller { arn: "arn:aws:iam::111122223333:user/alice".into(), access_key: "AKIA".into() };
    Call { operation: operation.into(), input, caller }
}

pub(crate) fn project(name: &str, buildspec: &str) -> Value {
    json!({
        "name": name,
        "source": {"type": "NO_SOURCE", "buildspec": buildspec},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        "serviceRole": ROLE,
    })
}

/// Phase names with their status.
pub(crate) fn phases(build: &Value) -> String {
    let phases = build["phases"].as_array().unwrap().iter();
    let shown = phases.map(|phase| {
        format!("{} {}", phase["phaseType"].as_str().unwrap(), phase["phaseStatus"].as_str().unwrap_or("-"))
    });
    shown.collect::<Vec<_>>().join(", ")
}

async fn serve(
    State(seen): State<Arc<Mutex<Seen>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").map_or(uri.path(), |target| target.to_str().unwrap());
    let operation = target.rsplit(['.', '/']).next().unwrap_or_default().to_owned();
    let mut seen = seen.lock().unwrap();
    if let Some(action) = body.strip_prefix(b"Action=") {
        let action = action.split(|byte| *byte == b'&').next().unwrap();
        seen.ec2.push(String::from_utf8(body.to_vec()).unwrap());
        if seen.denied.as_bytes() == action {
            let denied =
                "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>";
            return (StatusCode::FORBIDDEN, denied).into_response();
        }
        return "<networkInterfaceId>eni-1</networkInterfaceId>".into_response();
    }
    if operation == "authorize" {
        let code = (seen.denied == operation).then_some("AccessDeniedException");
        return axum::Json(json!({"principal": "arn", "code": code})).into_response();
    }
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !seen.denied.is_empty() && operation == seen.denied {
        let error =
            json!({"__type": "AccessDeniedException", "code": "AccessDenied", "message": "not authorized"});
        return (StatusCode::FORBIDDEN, axum::Json(error)).into_response();
    }
    match operation.as_str() {
        "assume" => axum::Json(json!({
            "accessKeyId": "ASIA", "secretAccessKey": "secret-key-canary", "sessionToken": SESSION_TOKEN
        }))
        .into_response(),
        "event" => {
            seen.events.push(input);
            axum::Json(json!({})).into_response()
        }
        "GetSecretValue" => {
            let secret = json!({"user": "git", "password": "secret-value-canary"});
            let answer = json!({"Name": input["SecretId"], "SecretString": secret.to_string()});
            axum::Json(answer).into_response()
        }
        "PutLogEvents" => {
            let events = input["logEvents"].as_array().unwrap();
            seen.lines.extend(events.iter().map(|event| event["message"].as_str().unwrap().to_owned()));
            axum::Json(json!({})).into_response()
        }
        "CreateLogStream" | "place" => axum::Json(json!({})).into_response(),
        _ if method == Method::PUT => {
            let chunked = headers.get("content-encoding").is_some_and(|coding| coding == "aws-chunked");
            let content = if chunked { unchunked(&body) } else { body.to_vec() };
            seen.objects.insert(uri.path().into(), content);
            StatusCode::OK.into_response()
        }
        _ => match seen.objects.get(uri.path()) {
            Some(content) => content.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

/// The content of an `aws-chunked` body: each chunk has its length in front.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let length = std::str::from_utf8(&body[..end]).unwrap().split(';').next().unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return content;
        }
        content.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 4 + length..];
    }
}
