//! CloudFormation's contract of custom resources, as one test that every resource of ours runs: the real driver, the real
//! start of the state machine and a receiver on the loopback that counts what arrives at each `ResponseURL`.
//!
//! A function crate names it under `[dev-dependencies]` and calls it from a test:
//!
//! ```ignore
//! #[tokio::test]
//! async fn it_keeps_the_contract_of_custom_resources() {
//!     let samples = testing::contract::Samples {
//!         properties: json!({"DomainId": "d-111111111111"}),
//!         updated: json!({"DomainId": "d-111111111111", "KeepSpaces": ["shared"]}),
//!         other: json!({"DomainId": "d-222222222222"}),
//!         bad: json!({"DomainId": "no domain"}),
//!         says: "DomainId",
//!     };
//!     // Called once for every case: a fresh AWS each time, in which both things that the samples describe exist.
//!     testing::contract::check(&samples, async || StudioCleanup::new(&fake_aws_with_two_domains().await)).await;
//! }
//! ```
//!
//! Pauses of the reconciler are not waited for: a fake in which deletions take time counts observations, not seconds.

mod cases;
mod function;
mod harness;

use function::{Function, OneShot, WithStateMachine};
use futures_util::FutureExt;
use serde_json::Value;
use shared::drivers::cloudformation::Resource;
use shared::drivers::events::Subscriber;

/// Properties of the resource, as a template gives them: without `ServiceToken`, which the harness adds.
#[derive(Clone, Debug)]
pub struct Samples {
    /// What is created first.
    pub properties: Value,
    /// The same thing with other settings: the same physical id.
    pub updated: Value,
    /// Another thing: another physical id, that is, a replacement. The same as `properties` when there is no other.
    pub other: Value,
    /// Refused, whatever the request.
    pub bad: Value,
    /// What the reason of that refusal must contain, for example the name of the bad property.
    pub says: &'static str,
}

/// Runs every case for a function with a state machine, each with a fake AWS of its own.
///
/// # Panics
/// When a case fails; the message names it.
pub async fn check<R: Resource + Subscriber>(samples: &Samples, fake_aws: impl AsyncFn() -> R) {
    // Boxed as a trait object: all cases inlined into the test of a function are a type too deep for the compiler.
    cases(samples, async || WithStateMachine(fake_aws().await)).boxed_local().await;
}

/// Runs every case for a function that answers in one invocation, each with a fake AWS of its own.
///
/// # Panics
/// When a case fails; the message names it.
pub async fn check_one_shot<R: Resource>(samples: &Samples, fake_aws: impl AsyncFn() -> R) {
    cases(samples, async || OneShot(fake_aws().await)).boxed_local().await;
}

async fn cases<F: Function>(samples: &Samples, fake_aws: impl AsyncFn() -> F) {
    cases::create_create(samples, fake_aws().await).await;
    cases::create_delete(samples, fake_aws().await).await;
    cases::delete_delete(samples, fake_aws().await).await;
    cases::update_read(samples, fake_aws().await).await;
    cases::replay(samples, fake_aws().await).await;
    cases::replacement(samples, fake_aws().await).await;
    cases::never_created(samples, fake_aws().await).await;
    cases::bad_properties(samples, fake_aws().await).await;
}
