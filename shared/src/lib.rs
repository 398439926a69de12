//! What every function of this project needs from AWS and Lambda, written once: the SDK configuration, the environment,
//! logs and metrics, error texts, and the shape of a one-shot function. It knows no service API.

pub mod aws;
pub mod env;
pub mod error;
pub mod log;
pub mod pause;
pub mod secret;
pub mod serve;
