//! The custom resources that are answered in one invocation, each function deployed by its template and used by a stack.

pub(crate) mod accounts;
mod cross_account_access;
mod doctor;
mod environment_config;
mod kill;
pub(crate) mod launch_roles;
mod network_config;
mod ou_accounts;
pub(crate) mod projects_enablement;

use crate::clean_up::functions::release;
use crate::harness::{cloud, project};
use emulator::deploy::{self, DeployedStack};

/// Deploys a function from its packaged template.
async fn function(name: &str) -> anyhow::Result<DeployedStack> {
    function_in(&format!("one-shot-{name}"), name).await
}

/// The same, in a stack of this name.
async fn function_in(stack: &str, name: &str) -> anyhow::Result<DeployedStack> {
    let cloud = cloud().await;
    let template = package::template(&project().join(format!("infra/functions/{name}.yaml")))?;
    deploy::create(cloud, stack, &template, release(cloud).await?, |_| ()).await
}

/// The error of a stack operation that must fail.
pub(crate) fn refused(result: anyhow::Result<DeployedStack>) -> anyhow::Result<String> {
    match result {
        Ok(stack) => anyhow::bail!("{} was accepted: {:?}", stack.stack, stack.outputs),
        Err(error) => Ok(format!("{error:#}")),
    }
}
