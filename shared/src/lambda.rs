//! Runs a function under Lambda. It decides which failures of a one-shot function Lambda hears of, because what Lambda
//! hears of it tries twice more; what a reconcile function tells Lambda is for the drivers to say.

#[cfg(feature = "custom-resource")]
mod custom_resource;
#[cfg(feature = "drivers")]
pub mod dispatch;
#[cfg(feature = "drivers")]
mod pipeline_action;
#[cfg(feature = "drivers")]
mod reconcile;

#[cfg(feature = "custom-resource")]
pub use custom_resource::custom_resource;
#[cfg(feature = "drivers")]
pub use pipeline_action::pipeline_action;
#[cfg(feature = "drivers")]
pub use reconcile::reconcile;

use crate::error::chain;
use crate::unwind::caught;
use futures_util::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

/// Any error, on its way to becoming text.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Why an invocation did not do its work.
#[derive(Debug)]
pub enum Unfinished {
    /// Worth another try: Lambda delivers the same event again, then to the dead-letter queue.
    Retry(Error),
    /// Another try would end the same way: it is logged as an error and the event counts as handled.
    GiveUp(Error),
}

/// What Lambda is told when an event should come again.
#[derive(Debug, PartialEq, Eq)]
struct TryAgain(String);

impl From<TryAgain> for Diagnostic {
    fn from(TryAgain(error_message): TryAgain) -> Self {
        Self { error_type: "TryAgain".to_owned(), error_message }
    }
}

/// Serves events until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime itself fails; a failing event does not end it.
pub async fn one_shot<Handler, Work>(handler: Handler) -> Result<(), Error>
where
    Handler: Fn(Value) -> Work,
    Work: Future<Output = Result<(), Unfinished>>,
{
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| answer(|| handler(event.payload)))).await
}

/// One event, answered whatever happens. A panic is an error like any other: the process lives on and Lambda tries again.
async fn answer<Work>(work: impl FnOnce() -> Work) -> Result<(), TryAgain>
where
    Work: Future<Output = Result<(), Unfinished>>,
{
    // Boxed as a trait object: a whole function inlined into the runtime's futures is a type too deep for the compiler.
    match caught(async { work().await }.boxed_local()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Unfinished::GiveUp(error))) => {
            tracing::error!(
                reason = chain(&*error),
                "gave up on an event: another try would end the same way"
            );
            Ok(())
        }
        Ok(Err(Unfinished::Retry(error))) => {
            let reason = chain(&*error);
            tracing::error!(reason, "failed; Lambda will try again");
            Err(TryAgain(reason))
        }
        Err(panicked) => Err(TryAgain(panicked.to_string())),
    }
}

/// When Lambda ends the invocation.
#[cfg(feature = "custom-resource")]
fn deadline(context: &lambda_runtime::Context) -> tokio::time::Instant {
    let remaining = context.deadline().duration_since(std::time::SystemTime::now()).unwrap_or_default();
    tokio::time::Instant::now() + remaining
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(outcome: Option<Unfinished>, expected: Result<(), &str>) {
        let work = || async move { outcome.map_or(Ok(()), Err) };
        let answer = answer(work).now_or_never().expect("nothing to wait for");
        assert_eq!(answer, expected.map_err(|text| TryAgain(text.to_owned())));
    }

    #[test]
    fn lambda_hears_only_of_what_is_worth_another_try() {
        check(None, Ok(()));
        check(Some(Unfinished::GiveUp("not JSON of ours".into())), Ok(()));
        check(Some(Unfinished::Retry("throttled".into())), Err("throttled"));
    }

    #[test]
    fn a_panic_is_answered() {
        let work = || async { panic!("out of luck") };
        let answer = answer(work).now_or_never().expect("nothing to wait for");
        assert_eq!(answer, Err(TryAgain("the function panicked: its log says where".to_owned())));
    }
}
