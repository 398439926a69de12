//! What reaches the bus of the events a service emits, with and without event faults.

use super::*;
use crate::Secrets;
use testing::{ScriptedAws, reply};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is late comes later than this.
const LATE: Duration = Duration::from_hours(1);

/// A context whose bridge is a server that hands on the bodies of the events it gets.
fn context() -> (ServiceContext, UnboundedReceiver<Value>) {
    let (sender, receiver) = unbounded_channel();
    let bridge = ScriptedAws::in_front_of(move |call| {
        sender.send(call.body.clone()).unwrap();
        reply::empty()
    });
    let bridge = Bridge::new(&bridge.endpoint(), &Secrets::generate());
    (
        ServiceContext::new("111122223333", "us-east-1", "http://127.0.0.1:1", bridge, Faults::default()),
        receiver,
    )
}

/// The type of the next event that reaches the bus.
async fn next(bus: &mut UnboundedReceiver<Value>) -> String {
    let event = tokio::time::timeout(Duration::from_mins(1), bus.recv()).await.unwrap().unwrap();
    assert_eq!((&event["account"], &event["region"]), (&"111122223333".into(), &"us-east-1".into()));
    event["detail-type"].as_str().unwrap().to_owned()
}

/// Emits A, then, when what comes of it at once has arrived, B; says what reached the bus and in which order.
async fn check(kind: Option<EventFaultKind>, expected: &[&str]) {
    let (context, mut bus) = context();
    if let Some(kind) = kind {
        let fault = json!({"kind": kind, "detail-type": "A"});
        context.faults.plan_event(serde_json::from_value(fault).unwrap());
    }
    context.emit("aws.test", "A", &[], &json!({}));
    let mut arrived = Vec::new();
    for _ in expected.iter().take_while(|name| **name == "A") {
        arrived.push(next(&mut bus).await);
    }
    context.emit("aws.test", "B", &["arn".into()], &json!({"a": 1}));
    while arrived.len() < expected.len() {
        arrived.push(next(&mut bus).await);
        tokio::time::pause();
        tokio::time::advance(LATE).await;
        tokio::time::resume();
    }
    context.emit("aws.test", "end", &[], &json!({}));
    arrived.push(next(&mut bus).await);
    assert_eq!(arrived, [expected, &["end"]].concat(), "{kind:?}");
}

#[tokio::test]
async fn events_reach_the_bus_as_the_faults_say() {
    check(None, &["A", "B"]).await;
    check(Some(EventFaultKind::Drop), &["B"]).await;
    check(Some(EventFaultKind::Duplicate), &["A", "A", "B"]).await;
    check(Some(EventFaultKind::Delay(3_600_000)), &["B", "A"]).await;
    check(Some(EventFaultKind::Reorder), &["B", "A"]).await;
}

#[tokio::test]
async fn an_event_that_no_other_overtakes_arrives_all_the_same() {
    let (context, mut bus) = context();
    let fault = json!({"kind": EventFaultKind::Reorder, "detail-type": "A"});
    context.faults.plan_event(serde_json::from_value(fault).unwrap());
    context.emit("aws.test", "A", &[], &json!({}));
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(LATE).await;
    tokio::time::resume();
    assert_eq!(next(&mut bus).await, "A");
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

#[test]
fn contexts_of_one_cloud_have_a_value_in_common() {
    let bridge = Bridge::new("http://127.0.0.1:1", &Secrets::generate());
    let of_cloud = || {
        ServiceContext::new(
            "111122223333",
            "us-east-1",
            "http://127.0.0.1:1",
            bridge.clone(),
            Faults::default(),
        )
    };
    let (one, another) = (of_cloud(), of_cloud());
    *one.common::<Mutex<u32>>().lock().unwrap() = 7;
    assert_eq!(*one.at("444455556666", "eu-west-1").common::<Mutex<u32>>().lock().unwrap(), 7);
    assert_eq!(*one.common::<Mutex<u64>>().lock().unwrap(), 0, "another type");
    assert_eq!(*another.common::<Mutex<u32>>().lock().unwrap(), 0, "another cloud");
}
