//! What reaches the bus of the events a service emits, with and without event faults.

use super::*;
use crate::Secrets;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A context whose bridge is a server that hands on the bodies of the events it gets.
async fn context() -> (ServiceContext, UnboundedReceiver<Value>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let bridge = Bridge::new(&format!("http://{}", listener.local_addr().unwrap()), &Secrets::generate());
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            let take = move |request: hyper::Request<hyper::body::Incoming>| {
                let sender = sender.clone();
                async move {
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    sender.send(serde_json::from_slice(&body).unwrap()).unwrap();
                    Ok::<_, Infallible>(hyper::Response::new(Full::new(bytes::Bytes::from("{}"))))
                }
            };
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service_fn(take)));
        }
    });
    (
        ServiceContext::new("111122223333", "us-east-1", "http://127.0.0.1:1", bridge, Faults::default()),
        receiver,
    )
}

/// Emits A, then, when A can have arrived, B; says what reached the bus and in which order.
async fn check(kind: Option<EventFaultKind>, expected: &[&str]) {
    let (context, mut bus) = context().await;
    if let Some(kind) = kind {
        let fault = json!({"kind": kind, "detail-type": "A"});
        context.faults.plan_event(serde_json::from_value(fault).unwrap());
    }
    context.emit("aws.test", "A", &[], &json!({}));
    tokio::time::sleep(Duration::from_millis(100)).await;
    context.emit("aws.test", "B", &["arn".into()], &json!({"a": 1}));
    let mut arrived = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(600), bus.recv()).await {
        assert_eq!((&event["account"], &event["region"]), (&"111122223333".into(), &"us-east-1".into()));
        arrived.push(event["detail-type"].as_str().unwrap().to_owned());
    }
    assert_eq!(arrived, expected, "{kind:?}");
}

#[tokio::test]
async fn events_reach_the_bus_as_the_faults_say() {
    check(None, &["A", "B"]).await;
    check(Some(EventFaultKind::Drop), &["B"]).await;
    check(Some(EventFaultKind::Duplicate), &["A", "A", "B"]).await;
    check(Some(EventFaultKind::Delay(300)), &["B", "A"]).await;
    check(Some(EventFaultKind::Reorder), &["B", "A"]).await;
}

#[test]
fn credentials_do_not_print_their_secrets() {
    let credentials = Credentials {
        access_key_id: "ASIA1".into(),
        secret_access_key: "hidden".into(),
        session_token: "hidden".into(),
    };
    assert_eq!(format!("{credentials:?}"), r#"Credentials { access_key_id: "ASIA1", .. }"#);
}
