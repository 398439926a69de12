//! The Lambda function `environment-config`.

use environment_config::EnvironmentConfig;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(EnvironmentConfig::new(&config)).await
}
