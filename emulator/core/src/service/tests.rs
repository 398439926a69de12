//! What every service does for its operations: here for one with an operation that fails with the code it is told.

use super::*;
use crate::{Bridge, Caller, Faults, Secrets, text};
use serde_json::{Value, json};
use std::sync::LazyLock;

#[derive(Clone)]
struct Failing(ServiceContext);

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::read(
        r#"{"operations": {"Fail": "FailInput"}, "errors": {"Fail": ["NotHereException"]}, "shapes": {
        "FailInput": {"type": "structure", "required": ["Code"], "members": {"Code": "Code"}},
        "Code": {"type": "string"}}}"#,
    )
});

const OPERATIONS: &[Operation<Failing>] = &[Operation::new(
    "Fail",
    |_, call| Err(Failure::new(text(&call.input, "Code"), "it failed")),
    |_, _| Vec::new(),
)];

impl Service for Failing {
    const ID: &'static str = "failing";
    const TARGET: &'static str = "Failing";
    const TIMESTAMPS: &'static [&'static str] = &[];
    const EVENTS: &'static [&'static str] = &[];
    const OPERATIONS: &'static [Operation<Self>] = OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self(context)
    }

    fn context(&self) -> &ServiceContext {
        &self.0
    }
}

async fn answer(operation: &str, input: Value) -> Failure {
    let bridge = Bridge::new("http://127.0.0.1:1", &Secrets::generate());
    let context =
        ServiceContext::new("111122223333", "us-east-1", "http://127.0.0.1:1", bridge, Faults::default());
    let caller = Caller { arn: String::new(), access_key: String::new() };
    let call = Call { operation: operation.into(), input, caller };
    Service::answer(&Failing(context), call).await.unwrap_err()
}

#[tokio::test]
async fn an_operation_fails_with_declared_codes_only() {
    for (code, expected, status) in [
        ("NotHereException", "NotHereException", 400),
        ("ValidationException", "ValidationException", 400),
        ("ThrottlingException", "ThrottlingException", 400),
        ("NotHere", "InternalFailure", 500),
    ] {
        let failure = answer("Fail", json!({"Code": code})).await;
        assert_eq!((&*failure.code, failure.status), (expected, status), "{failure}");
    }
    let loud = answer("Fail", json!({"Code": "NotHere"})).await.message;
    assert_eq!(loud, "AWS's model of failing:Fail declares no such error: NotHere: it failed");
}

#[tokio::test]
async fn what_no_operation_serves_has_awss_error() {
    assert_eq!(answer("Fail", json!({})).await.code, "ValidationException");
    assert_eq!(answer("Fail", json!({"Code": 1})).await.code, "SerializationException");
    let unknown = answer("Succeed", json!({})).await;
    assert_eq!(unknown.code, "UnknownOperationException");
    assert!(unknown.message.contains("emulator/services/failing/src/api/mod.rs"), "{unknown}");
}
