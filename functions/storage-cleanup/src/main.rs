//! The Lambda function `storage-cleanup`.

use storage_cleanup::{Backup, StorageCleanup};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::Error> {
    shared::log::start();
    let config = shared::aws::start().await?;
    shared::serve::reconcile(StorageCleanup::new(&config, Backup::from_environment()), &config).await
}
