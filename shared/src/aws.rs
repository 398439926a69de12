//! The one SDK configuration of a function. Every client is made from it, so that they share one connection pool, one set
//! of credentials and one idea of when to give up.

use crate::env;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

pub use aws_config::SdkConfig;

/// Tries per call, with the SDK's growing pauses between them. One observation is many calls and fails with each of
/// them: at 4 tries, and every other call throttled, most looks at 20 domains at a time would fail.
const ATTEMPTS: u32 = 8;
/// The longest of these pauses; the first is a second at most, as the SDK has it. All pauses together are 13 seconds at
/// most, within the time limit of a call.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// For one call with all its tries: a function of 60 seconds still has time to say what went wrong.
const CALL: Duration = Duration::from_secs(20);
/// For one try.
const ATTEMPT: Duration = Duration::from_secs(8);
/// For a connection. AWS answers within milliseconds; more is a route that does not exist.
const CONNECT: Duration = Duration::from_secs(3);

/// The configuration, from Lambda's environment. `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT` and their like are honoured
/// by `aws-config`. Nothing is looked up: credentials are in the environment, and there is no other place for them.
///
/// # Errors
/// When the environment names no Region.
pub async fn start() -> Result<SdkConfig, env::Missing> {
    let region = Region::new(env::required(env::REGION)?);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(
            aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build_https(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE))
        .timeout_config(timeouts)
        .load()
        .await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const ENDPOINT: &str = "http://127.0.0.1:4566";

    /// Runs itself again as a process with Lambda's environment: a process cannot safely change its own.
    #[tokio::test]
    async fn the_environment_names_the_region_and_may_name_an_endpoint() {
        if env::optional("AWS_ENDPOINT_URL").as_deref() != Some(ENDPOINT) {
            let name = "aws::tests::the_environment_names_the_region_and_may_name_an_endpoint";
            let mut again = Command::new(std::env::current_exe().unwrap());
            again.args(["--exact", name]).env("AWS_ENDPOINT_URL", ENDPOINT).env(env::REGION, "eu-central-1");
            assert!(again.status().unwrap().success());
            return;
        }
        let config = start().await.unwrap();
        assert_eq!(config.endpoint_url(), Some(ENDPOINT));
        assert_eq!(config.region().map(Region::as_ref), Some("eu-central-1"));
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(ATTEMPTS));
        assert!(config.http_client().is_some() && config.credentials_provider().is_some());
    }
}
