//! The functions that look something up for a stack, each deployed by its template and used by a stack.

mod launch_roles;
mod network_config;
mod ou_accounts;

use crate::clean_up::functions::release;
use crate::harness::{cloud, project};
use emulator::deploy::{self, DeployedStack};

/// Deploys a function from its packaged template.
async fn function(name: &str) -> anyhow::Result<DeployedStack> {
    let cloud = cloud().await;
    let template = package::template(&project().join(format!("infra/functions/{name}.yaml")))?;
    deploy::create(cloud, &format!("look-up-{name}"), &template, release(cloud).await?, |_| ()).await
}

/// The error of a stack operation that must fail.
fn refused(result: anyhow::Result<DeployedStack>) -> anyhow::Result<String> {
    match result {
        Ok(stack) => anyhow::bail!("{} was accepted: {:?}", stack.stack, stack.outputs),
        Err(error) => Ok(format!("{error:#}")),
    }
}
