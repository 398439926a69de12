//! The Lambda function `build-runner`.

use build_runner::BuildRunner;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::reconcile(BuildRunner::new(&config), &config).await
}
