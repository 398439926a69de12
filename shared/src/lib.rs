//! What every function of this project needs from AWS and Lambda, written once: the SDK configuration, the environment,
//! logs and metrics, the classes of errors, and the two kinds of function. A one-shot function gets an event, makes a few calls and
//! is done; feature `custom-resource` is for those that CloudFormation asks. A reconcile function takes steps, as often as CloudFormation, CodePipeline, EventBridge, a state machine or a person
//! asks for one: feature `drivers`, with the AWS services that these callers need. Which resources are reconciled, and with which
//! services, is the business of the functions.

pub mod aws;
#[cfg(feature = "custom-resource")]
pub mod drivers;
pub mod env;
pub mod error;
pub mod lambda;
pub mod log;
pub mod pause;
pub mod policy;
pub mod reconcile;
#[cfg(feature = "cloudformation")]
pub mod removal;
pub mod sagemaker_domain;
pub mod secret;
pub mod text;
mod unwind;

#[cfg(all(test, feature = "drivers"))]
mod fake;
