//! The Lambda function `storage-cleanup`.

use storage_cleanup::{Backup, Events, StorageCleanup};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::Error> {
    shared::log::start();
    let config = shared::aws::start().await?;
    let function = StorageCleanup::new(&config, Backup::from_environment());
    shared::serve::reconcile(function.with_events(Events::from_environment()?), &config).await
}
