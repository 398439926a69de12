//! The Lambda function `network-config`.

use network_config::NetworkConfig;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(NetworkConfig::new(&config)).await
}
