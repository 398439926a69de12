//! The two function stacks, deployed from the packaged templates and the functions built for this machine.

use super::clients::Clients;
use crate::harness::{cloud, project};
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack, Parameters};
use tokio::sync::OnceCell;

/// The folder of the release in the bucket.
const PREFIX: &str = "sagemaker-mlops/tests";

/// The trust policy of AWS Backup's own role.
const BACKUP_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"backup.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// One deployment of both functions.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) studio: DeployedStack,
    pub(crate) storage: DeployedStack,
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
        let function = async |function: &str, allowed: &[&str]| {
            let template = package::template(&project().join(format!("infra/functions/{function}.yaml")))?;
            let mut parameters = release.clone();
            parameters.extend(deploy::named(allowed.iter().map(|name| (*name, "true"))));
            deploy::create(cloud, &format!("{name}-{function}"), &template, parameters, |_| ()).await
        };
        let (studio, storage) = tokio::try_join!(
            function("studio-cleanup", &[]),
            function("storage-cleanup", &["AllowStorageDeletion", "AllowVpcDeletion"])
        )?;
        Ok(Self { studio, storage })
    }

    /// The names of both functions.
    pub(crate) fn names(&self) -> [&str; 2] {
        [&self.studio, &self.storage].map(|deployed| deployed.output("FunctionName").unwrap())
    }

    /// The ARNs of both state machines.
    pub(crate) fn state_machines(&self) -> [&str; 2] {
        [&self.studio, &self.storage].map(|deployed| deployed.output("StateMachineArn").unwrap())
    }
}

/// Puts what was built for this machine where `make package` puts a release, and makes what AWS Backup makes the first
/// time somebody uses its console. Returns the parameters that tell of the release.
pub(crate) async fn release(cloud: &Cloud) -> anyhow::Result<Parameters> {
    static RELEASE: OnceCell<Parameters> = OnceCell::const_new();
    let clients = Clients::root(cloud).await;
    let folder = package::folder(&project(), package::Architecture::Local);
    let upload = || deploy::upload_release(cloud, &folder, PREFIX);
    let prepare = async || {
        clients.backup.create_backup_vault().backup_vault_name("Default").send().await?;
        let role = clients.iam.create_role().role_name("AWSBackupDefaultServiceRole").path("/service-role/");
        role.assume_role_policy_document(BACKUP_TRUST).send().await?;
        upload().await
    };
    RELEASE.get_or_try_init(prepare).await.cloned()
}
