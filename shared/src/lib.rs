//! What every function of this project needs from AWS and Lambda, written once: the SDK configuration, the environment,
//! logs and metrics, error texts, the shape of a one-shot function, and the engine of a reconcile function with those who
//! ask for its steps: CloudFormation, CodePipeline, EventBridge, a state machine, a person. Of AWS services it knows what
//! these drivers call: CodePipeline and S3 for a job, Step Functions and KMS for the state machine, SNS for the notices of events. What is reconciled, and the services that
//! takes, is the functions' business.

pub mod aws;
pub mod drivers;
pub mod env;
pub mod error;
pub mod lambda;
pub mod log;
pub mod pause;
pub mod reconcile;
#[cfg(feature = "cloudformation")]
pub mod removal;
pub mod sagemaker_domain;
pub mod secret;
pub mod text;

#[cfg(test)]
mod fake;
