//! Tells the five events of a reconcile function apart, by a key that each always has, and gives each to its driver. It
//! knows nothing of the Lambda runtime: see [`crate::serve`].

use crate::aws::SdkConfig;
use crate::events::{self, Subscriber};
use crate::pipeline::{self, PipelineAction};
use crate::stack::{self, Resource};
use crate::{machine, step};
use futures_util::FutureExt;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// What the drivers call, apart from what is reconciled.
pub struct Clients {
    pub(crate) config: SdkConfig,
    pub(crate) codepipeline: aws_sdk_codepipeline::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) sfn: aws_sdk_sfn::Client,
    pub(crate) sns: aws_sdk_sns::Client,
}

impl Clients {
    /// Clients of one configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            codepipeline: aws_sdk_codepipeline::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            sfn: aws_sdk_sfn::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            config: config.clone(),
        }
    }
}

/// What Lambda says about an invocation.
pub struct Context {
    /// Which function this is, or why that is not known.
    pub(crate) function: Result<FunctionArn, String>,
    /// When Lambda ends the invocation.
    pub deadline: Instant,
}

impl Context {
    /// `arn` is that of the invoked function, with or without a version or an alias.
    #[must_use]
    pub fn new(arn: &str, deadline: Instant) -> Self {
        Self { function: FunctionArn::read(arn), deadline }
    }

    /// The Region and the account of the function, or why they are not known.
    pub(crate) fn place(&self) -> Result<(&str, &str), &str> {
        self.function.as_ref().map(|arn| (arn.region.as_str(), arn.account.as_str())).map_err(String::as_str)
    }
}

/// The parts of a function's ARN that the names of its loop are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionArn {
    partition: String,
    region: String,
    account: String,
    name: String,
}

impl FunctionArn {
    fn read(arn: &str) -> Result<Self, String> {
        match arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", partition, "lambda", region, account, "function", name, ..] if !name.is_empty() => {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account: account.to_owned(),
                    name: name.to_owned(),
                })
            }
            _ => Err(format!("`{arn}` is not the ARN of a function")),
        }
    }

    /// The ARN of the state machine that is the loop.
    pub(crate) fn machine(&self) -> String {
        let Self { partition, region, account, name } = self;
        format!("arn:{partition}:states:{region}:{account}:stateMachine:{name}-loop")
    }

    /// The alias of the key that seals what the loop must not read.
    pub(crate) fn key(&self) -> String {
        format!("alias/{}-loop", self.name)
    }
}

/// Why an invocation failed: what Lambda and the state machine are told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct InvocationError {
    /// The type of the error, for a state machine to catch.
    pub kind: &'static str,
    /// A sentence for people.
    pub sentence: String,
}

impl InvocationError {
    /// The world is in the way.
    pub(crate) fn stuck(sentence: impl Into<String>) -> Self {
        Self { kind: "Stuck", sentence: sentence.into() }
    }

    /// A call failed, or the goal makes no sense.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self { kind: "Failed", sentence: sentence.into() }
    }

    /// An event of no use.
    pub(crate) fn unreadable(sentence: impl Into<String>) -> Self {
        Self { kind: "Unreadable", sentence: sentence.into() }
    }

    /// The work is done, and nobody took the answer.
    pub(crate) fn unanswered(sentence: impl Into<String>) -> Self {
        Self { kind: "Unanswered", sentence: sentence.into() }
    }

    pub(crate) fn of<E: std::error::Error + Send + Sync + 'static>(error: &step::StepError<E>) -> Self {
        match error {
            step::StepError::Stuck(why) => Self::stuck(why),
            step::StepError::Failed(error) => Self::failed(crate::error::chain(error)),
        }
    }
}

/// One event, given to its driver.
///
/// # Errors
/// When there was nobody to tell of a problem but Lambda itself.
pub async fn handle<R: Resource + PipelineAction + Subscriber>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<Value, InvocationError> {
    let keys = ["RequestType", "ResponseURL", "CodePipeline.job", "Step", "Answer", "detail-type"];
    let key = keys.into_iter().find(|key| event.get(key).is_some());
    let work = async {
        match key {
            Some("RequestType" | "ResponseURL") => {
                stack::serve(it, event, context, clients).boxed_local().await.map(|()| Value::Null)
            }
            Some("CodePipeline.job") => {
                pipeline::serve(it, event, context, clients).boxed_local().await.map(|()| Value::Null)
            }
            Some("Step") => machine::step(it, event, context.deadline).boxed_local().await,
            Some("Answer") => machine::answer::<R>(event, clients).boxed_local().await.map(|()| Value::Null),
            Some("detail-type") => {
                events::serve(it, event, context, clients).boxed_local().await.map(|()| Value::Null)
            }
            _ => Err(InvocationError::unreadable(
                "the event is neither a request of CloudFormation (RequestType), a job of CodePipeline \
                 (CodePipeline.job), of the loop (Step, Answer) nor of EventBridge (detail-type)",
            )),
        }
    };
    // Boxed: five drivers inlined into the runtime's futures are a type too deep for the compiler.
    let outcome = AssertUnwindSafe(work.boxed_local()).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Err(InvocationError::failed(stack::PANICKED)));
    if let Err(InvocationError { kind, sentence }) = &outcome {
        tracing::error!(kind, reason = sentence, "the invocation failed");
    }
    outcome
}

/// Work that must leave time to answer: nothing when it did not end within that.
pub(crate) async fn with_time<F: Future>(deadline: Instant, work: F) -> Option<F::Output> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    tokio::time::timeout(remaining.saturating_sub(answer_time(remaining)), work).await.ok()
}

/// What an answer gets of the time that is left: ten seconds, or a twentieth.
pub(crate) fn answer_time(remaining: Duration) -> Duration {
    (remaining / 20).max(Duration::from_secs(10))
}

#[cfg(test)]
mod tests;
