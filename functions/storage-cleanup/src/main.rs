//! The Lambda function `storage-cleanup`.

use storage_cleanup::{Settings, StorageCleanup};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let Settings { backup, events } = Settings::from_environment()?;
    let config = shared::aws::start()?;
    let function = StorageCleanup::new(&config, backup).with_events(events);
    shared::lambda::reconcile(function, &config).await
}
