//! The Lambda function `studio-cleanup`.

use studio_cleanup::StudioCleanup;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::reconcile(StudioCleanup::new(&config), &config).await
}
