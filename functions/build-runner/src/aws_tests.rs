//! The calls, against a server on the loopback in the place of CodeBuild.

mod contract;
mod fake;
mod refusals;
mod steps;

use crate::BuildRunner;
use testing::ScriptedAws;

async fn function(aws: &ScriptedAws) -> BuildRunner {
    BuildRunner::new(&aws.config("eu-central-1", 2).await)
}
