//! What the tests of every function stand on: one AWS on the loopback ([`ScriptedAws`]), fakes of services behind it, CloudFormation's
//! contract of custom resources, and the sample events.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

pub mod contract;
pub mod driver_services;
pub mod ec2;
pub mod efs;
mod operation;
pub mod reply;
pub mod sagemaker;
mod scripted_aws;
mod server;
mod wait;

pub use reply::Reply;
pub use scripted_aws::ScriptedAws;
pub use server::Call;
pub use wait::until;

use serde_json::Value;
use std::path::Path;

/// A file of `events/`: `git-source-start`, for example.
///
/// # Panics
/// When there is no such file, or it is not JSON.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "cargo sets it for the tests")]
pub fn event(name: &str) -> Value {
    // The package under test and not this one: checkouts that share a build folder share the build of this crate.
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let file = format!("events/{name}.json");
    let found = Path::new(&package).ancestors().map(|folder| folder.join(&file)).find(|path| path.is_file());
    let path = found.unwrap_or_else(|| panic!("no {file} above {package}"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}
