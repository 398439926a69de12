//! The one SDK configuration of a function. Every client is made from it, so that they share one connection pool, one set
//! of credentials and one idea of when to give up.

#[cfg(feature = "codebuild")]
pub mod codebuild;
#[cfg(feature = "ec2")]
pub mod ec2;
#[cfg(feature = "operation")]
pub mod json;
#[cfg(feature = "operation")]
pub mod operation;
pub mod partition;
#[cfg(feature = "operation")]
pub mod query;
#[cfg(feature = "sagemaker")]
pub mod sagemaker;
#[cfg(feature = "ssm")]
pub mod ssm;
pub mod trust;

use crate::env;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
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

/// The configuration, from Lambda's environment, with `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_USE_FIPS_ENDPOINT`
/// and `AWS_USE_DUALSTACK_ENDPOINT`. The loader of `aws-config` is not used: it contains every place where credentials may be, and
/// STS. Here they are in the environment, and there are no profiles.
///
/// # Errors
/// When the environment names no Region.
pub fn start() -> Result<SdkConfig, env::Missing> {
    let region = Region::new(env::required(env::REGION)?);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https();
    let mut config = SdkConfig::builder();
    config.set_endpoint_url(env::optional("AWS_ENDPOINT_URL"));
    config.set_use_fips(switch("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(switch("AWS_USE_DUALSTACK_ENDPOINT"));
    Ok(config
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .identity_cache(IdentityCache::lazy().build())
        .service_config(OfService)
        .http_client(client)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE))
        .timeout_config(timeouts)
        .build())
}

/// What a service has for itself, such as `AWS_ENDPOINT_URL_KMS`.
#[derive(Debug)]
struct OfService;

impl LoadServiceConfig for OfService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        env::optional(&format!("{}_{service}", key.env())).or_else(|| env::optional(key.env()))
    }
}

/// A variable that is `true` or `false`.
fn switch(variable: &str) -> Option<bool> {
    let value = env::optional(variable)?;
    let read = value.to_ascii_lowercase().parse().ok();
    if read.is_none() {
        tracing::warn!(variable, value, "the variable is ignored: it is neither `true` nor `false`");
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const ENDPOINT: &str = "http://127.0.0.1:4566";

    /// Runs itself again as a process with Lambda's environment: a process cannot safely change its own.
    #[test]
    fn the_environment_names_the_region_and_may_name_an_endpoint() {
        if env::optional("AWS_ENDPOINT_URL").as_deref() != Some(ENDPOINT) {
            let name = "aws::tests::the_environment_names_the_region_and_may_name_an_endpoint";
            let mut again = Command::new(std::env::current_exe().unwrap());
            again.args(["--exact", name]).env("AWS_ENDPOINT_URL", ENDPOINT).env(env::REGION, "eu-central-1");
            again.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1");
            again.env("AWS_USE_FIPS_ENDPOINT", "True").env("AWS_USE_DUALSTACK_ENDPOINT", "yes");
            assert!(again.status().unwrap().success());
            return;
        }
        let config = start().unwrap();
        assert_eq!(config.endpoint_url(), Some(ENDPOINT));
        assert_eq!(config.region().map(Region::as_ref), Some("eu-central-1"));
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(ATTEMPTS));
        assert_eq!((config.use_fips(), config.use_dual_stack()), (Some(true), None));
        let of = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL");
            config.service_config().unwrap().load_config(key.profile("endpoint_url").build().unwrap())
        };
        assert_eq!(of("Secrets Manager").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(of("KMS").as_deref(), Some(ENDPOINT));
        assert!(config.http_client().is_some() && config.credentials_provider().is_some());
    }
}
