//! The part of the Lambda Runtime API that a function uses: it asks for the next event, and answers it. One function at a
//! time.

use anyhow::{Context, bail};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// The time limit of the function in the template.
const LIMIT: Duration = Duration::from_mins(1);

/// What a function does to its runtime.
enum Request {
    /// It is ready for an event.
    Next(oneshot::Sender<Value>),
    /// It has handled one: its answer, or the error it failed with.
    Answer(Result<Value, String>),
}

/// A running API. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    requests: mpsc::Receiver<Request>,
    server: JoinHandle<()>,
}

/// A function that waits for its next event.
#[derive(Debug)]
pub(crate) struct Ready(oneshot::Sender<Value>);

impl RuntimeApi {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let (sender, requests) = mpsc::channel(4);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let prefix = "/2018-06-01/runtime";
        let routes = Router::new()
            .route(&format!("{prefix}/invocation/next"), get(next))
            .route(&format!("{prefix}/invocation/{{id}}/response"), post(response))
            .route(&format!("{prefix}/invocation/{{id}}/error"), post(error))
            .route(&format!("{prefix}/init/error"), post(init_error))
            .with_state(sender);
        // Nagle's algorithm and a delayed acknowledgement would add 40 ms that Lambda does not have.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move {
            // The future never ends: axum keeps accepting whatever happens to one connection.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, requests, server })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the function asks for an event.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Ready> {
        match self.request().await? {
            Request::Next(event) => Ok(Ready(event)),
            Request::Answer(Ok(_)) => bail!("the function answered an event it did not get"),
            Request::Answer(Err(error)) => bail!("the function did not start: {error}"),
        }
    }

    /// Hands an event to the function and returns how long it took until its answer, and the answer or the error that it reported.
    pub(crate) async fn invoke(
        &mut self,
        ready: Ready,
        event: Value,
    ) -> anyhow::Result<(Duration, Result<Value, String>)> {
        let begun = Instant::now();
        ready.0.send(event).ok().context("the function left before it got an event")?;
        match self.request().await? {
            Request::Answer(answer) => Ok((begun.elapsed(), answer)),
            Request::Next(_) => bail!("the function asks for an event before it answered the last one"),
        }
    }

    async fn request(&mut self) -> anyhow::Result<Request> {
        let request = tokio::time::timeout(LIMIT, self.requests.recv()).await;
        request.context("the function did nothing for a minute")?.context("the runtime API is gone")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(requests): State<mpsc::Sender<Request>>) -> Response {
    let (sender, event) = oneshot::channel();
    let sent = requests.send(Request::Next(sender)).await;
    let (Ok(()), Ok(event)) = (sent, event.await) else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + LIMIT;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", uuid::Uuid::new_v4().to_string()),
        ("lambda-runtime-deadline-ms", deadline),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:111122223333:function:bench".to_string(),
        ),
    ];
    (headers, Json(event)).into_response()
}

async fn response(
    State(requests): State<mpsc::Sender<Request>>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    // An empty answer is none.
    answer(&requests, Ok(serde_json::from_str(&body).unwrap_or_default())).await
}

async fn error(
    State(requests): State<mpsc::Sender<Request>>,
    Path(_id): Path<String>,
    body: String,
) -> StatusCode {
    answer(&requests, Err(body)).await
}

async fn init_error(State(requests): State<mpsc::Sender<Request>>, body: String) -> StatusCode {
    answer(&requests, Err(body)).await
}

async fn answer(requests: &mpsc::Sender<Request>, answer: Result<Value, String>) -> StatusCode {
    match requests.send(Request::Answer(answer)).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}
