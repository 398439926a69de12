//! The two function stacks, deployed from the packaged templates and the functions built for this machine.

use crate::harness::{cloud, project};
use local::cloud::Cloud;
use local::deploy::{self, Parameters, Site};
use tokio::sync::OnceCell;

/// The folder of the release in the bucket.
const PREFIX: &str = "sm-mlops/tests";

/// One deployment of both functions.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) studio: Site,
    pub(crate) storage: Site,
}

impl Functions {
    /// The deployment of all tests that plan no faults.
    pub(crate) async fn shared() -> anyhow::Result<Self> {
        static SHARED: OnceCell<Functions> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::deploy("clean-up")).await.cloned()
    }

    /// A deployment of its own for one test: faults are planned by the name of a function.
    pub(crate) async fn deploy(name: &str) -> anyhow::Result<Self> {
        let cloud = cloud().await;
        let release = release(cloud).await?;
        let function = async |function: &str| {
            let template = package::template(&project().join(format!("infra/functions/{function}.yaml")))?;
            deploy::create(cloud, &format!("{name}-{function}"), &template, release.clone(), |_| ()).await
        };
        let (studio, storage) = tokio::try_join!(function("studio-cleanup"), function("storage-cleanup"))?;
        Ok(Self { studio, storage })
    }

    /// The names of both functions.
    pub(crate) fn names(&self) -> [&str; 2] {
        [&self.studio, &self.storage].map(|site| site.output("FunctionName").unwrap())
    }

    /// The ARNs of both state machines.
    pub(crate) fn loops(&self) -> [&str; 2] {
        [&self.studio, &self.storage].map(|site| site.output("LoopArn").unwrap())
    }
}

/// Puts what was built for this machine where `make package` puts a release. Returns the parameters that tell of it.
async fn release(cloud: &Cloud) -> anyhow::Result<Parameters> {
    static RELEASE: OnceCell<Parameters> = OnceCell::const_new();
    let upload = || deploy::upload_release(cloud, &package::native_folder(&project()), PREFIX);
    RELEASE.get_or_try_init(upload).await.cloned()
}
