//! What a whole environment takes: the quickstart is made and deleted, as its guide does.

use anyhow::{Context, ensure};
use emulator::Cloud;
use emulator::deploy;
use package::Architecture;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// The stack, and what the names of the environment begin with.
const NAME: &str = "bench-quickstart";

/// One environment on the emulator, whose waits are shorter than those of AWS.
#[derive(Debug, Serialize)]
pub(crate) struct Quickstart {
    /// The stacks, with the nested ones.
    pub(crate) stacks: usize,
    /// The resources of all of them, at most 2,500 in one operation
    /// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
    pub(crate) resources: usize,
    /// Wall time in seconds.
    pub(crate) create: f64,
    pub(crate) delete: f64,
    /// Calls to AWS that functions and services made meanwhile.
    pub(crate) create_calls: usize,
    pub(crate) delete_calls: usize,
}

/// Makes and deletes it, with the functions that are compiled as they are shipped.
pub(crate) async fn measure(cloud: &Cloud, root: &Path) -> anyhow::Result<Quickstart> {
    let folder = package::folder(root, Architecture::Native);
    let mut parameters = deploy::upload_release(cloud, &folder, "sagemaker-mlops/bench").await?;
    parameters.extend(deploy::named([("EnvName", NAME)]));
    let (before, began) = (cloud.recorder().len(), Instant::now());
    let template = "data-science-environment-quickstart";
    let stack = deploy::create_by_url(cloud, NAME, template, parameters, |_| ()).await?;
    let create = began.elapsed().as_secs_f64();
    let create_calls = cloud.recorder().since(before).len();
    let resources = deploy::resources(cloud, NAME).await?;
    let mut kinds = BTreeMap::<_, usize>::new();
    for (kind, _) in &resources {
        *kinds.entry(kind.as_str()).or_default() += 1;
    }
    let nested = kinds.get(deploy::STACK).copied().context("nothing is nested")?;
    ensure!(kinds.contains_key("AWS::SageMaker::Domain"), "there is no domain: {kinds:?}");
    let (before, began) = (cloud.recorder().len(), Instant::now());
    deploy::delete(cloud, &stack, |_| ()).await?;
    Ok(Quickstart {
        stacks: nested + 1,
        resources: resources.len(),
        create,
        delete: began.elapsed().as_secs_f64(),
        create_calls,
        delete_calls: cloud.recorder().since(before).len(),
    })
}
