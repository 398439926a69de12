//! The drivers of a reconcile function against real sockets: what they send, how often, and what is never seen in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod contract;
mod fake;
mod pipeline;
mod secrets;
mod stack;

use ::testing::driver_services::DriverServices;
use fake::Shelf;
use serde_json::{Value, json};
use shared::drivers::{Clients, Context, InvocationError};
use shared::lambda::dispatch::handle;
use std::time::Duration;
use tokio::time::Instant;

const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:tidy";

/// One event, given to the function over a shelf with one thing.
async fn handled(services: &DriverServices, event: Value) -> Result<Value, InvocationError> {
    secrets::keep_the_log();
    let clients = Clients::new(&services.config().await);
    let context = Context::new(ARN, Instant::now() + Duration::from_mins(15));
    handle(&Shelf::of(1), event, &context, &clients).await
}

/// A request of CloudFormation; its answer goes to `url`.
fn request(url: &str, kind: &str, behaviour: &str) -> Value {
    json!({
        "RequestType": kind, "ResponseURL": url, "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Emptied", "PhysicalResourceId": "a",
        "ResourceProperties": {"ServiceToken": ARN, "Name": "a", "Behaviour": behaviour},
    })
}
