//! One operation of a service without the SDK crate of that service, on the runtime that the SDK crates have in common: retries,
//! time limits and signatures are theirs. For a service whose crate is out of proportion: that of S3 brings 0.8 MB to a function
//! for one `GetObject`, and that of EC2 takes longer to compile than everything else together.

use crate::aws::SdkConfig;
use crate::aws::partition::Partition;
use crate::error::{Cause, cause};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::{Operation as Orchestrated, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{OrchestratorError, SensitiveOutput};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;

pub use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as Request, HttpResponse};
pub use aws_smithy_types::error::ErrorMetadata;

/// How a service signs and answers.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// As the SDK has it, such as `SageMaker`: `AWS_ENDPOINT_URL_SAGEMAKER` is its endpoint.
    pub id: &'static str,
    /// The service that a signature names.
    pub signing_name: &'static str,
    /// What the hosts of its endpoints begin with.
    pub host: Host,
    /// Whether it is S3, which signs a path as it is sent, wants the hash of the body in a header, and streams its answer.
    pub objects: bool,
    /// Code and message of an error. A page of a proxy has neither: then the status decides.
    pub refusal: fn(&HttpResponse) -> ErrorMetadata,
}

/// What the host of an endpoint begins with, by the service's `endpoint-rule-set-1.json` of botocore. Region and domain follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The signing name, with `-fips` where FIPS is asked for.
    SigningName,
    /// The same, but the FIPS endpoints in the US government's Regions are the plain ones.
    PlainInGov,
    /// `api.` and the signing name. `-fips` follows the signing name, but in two partitions `api`.
    Api,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    pub service: Service,
    /// Its name, such as `GetObject`.
    pub name: &'static str,
    /// The address of the service.
    pub endpoint: String,
}

impl Operation {
    /// Makes the call, with method, path, headers and body of `request`. The result is the body of the response.
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn send(self, config: &SdkConfig, request: Request) -> Result<SdkBody, Cause> {
        let call = builder(config)
            .service_name(self.service.id)
            .operation_name(self.name)
            .endpoint_url(&self.endpoint)
            .runtime_plugin(self.service.signed(config))
            .serializer(|request: Request| Ok(request))
            .deserializer_impl::<SdkBody, ErrorMetadata>(self.service);
        call.build().invoke(request).await.map_err(cause)
    }
}

/// The token of the next page; nothing after the last page.
///
/// # Errors
/// When it is the token that the page was asked for with: the list would never end. The SDK's paginators stop there too.
pub fn next_page(asked: Option<&str>, answered: Option<String>) -> Result<Option<String>, Cause> {
    match answered.filter(|token| !token.is_empty()) {
        Some(token) if asked == Some(&*token) => {
            Err(Cause::incomplete("a page of the list has its own token as that of the next page"))
        }
        token => Ok(token),
    }
}

/// What every operation takes from the configuration, and the rules by which the SDK tries again.
fn builder(config: &SdkConfig) -> OperationBuilder {
    let mut builder = Orchestrated::builder()
        .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .interceptor(StalledStreamProtectionInterceptor::default())
        .with_connection_poisoning();
    if let Some(version) = config.behavior_version() {
        builder = builder.behavior_version(version);
    }
    if let Some(timeouts) = config.timeout_config() {
        builder = builder.timeout_config(timeouts.clone());
    }
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    builder
}

impl Service {
    /// The address that is configured for the service, or for all. Without one it is AWS's.
    #[must_use]
    pub fn own_endpoint(self, config: &SdkConfig) -> Option<String> {
        let of_all = config.endpoint_url().map(str::to_owned);
        if config.get_origin("endpoint_url").is_client_config() {
            return of_all;
        }
        let key = ServiceConfigKey::builder().service_id(self.id).env("AWS_ENDPOINT_URL");
        let key = key.profile("endpoint_url").build().ok();
        let own = key.zip(config.service_config()).and_then(|(key, of)| of.load_config(key));
        own.or(of_all)
    }

    /// The address of the service.
    #[must_use]
    pub fn endpoint(self, config: &SdkConfig) -> String {
        if let Some(own) = self.own_endpoint(config) {
            return own;
        }
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let partition = Partition::of(&region);
        let dual_stack = config.use_dual_stack().unwrap_or_default();
        let domain = if dual_stack { partition.dual_stack_domain } else { partition.domain };
        let host = if config.use_fips().unwrap_or_default() {
            self.host.fips(self.signing_name, partition, dual_stack)
        } else {
            self.host.plain(self.signing_name)
        };
        format!("https://{host}.{region}.{domain}")
    }

    fn signing_options(self) -> SigningOptions {
        let mut options = SigningOptions::default();
        if self.objects {
            options.double_uri_encode = false;
            options.normalize_uri_path = false;
            options.content_sha256_header = true;
        }
        options
    }

    /// Signs with the credentials of the configuration, for its Region.
    fn signed(self, config: &SdkConfig) -> StaticRuntimePlugin {
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: config.region().cloned().map(SigningRegion::from),
            name: Some(SigningName::from_static(self.signing_name)),
            signing_options: self.signing_options(),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(SensitiveOutput);
        let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(schemes));
        if let Some(credentials) = config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

impl Host {
    fn plain(self, name: &str) -> String {
        if self == Self::Api { format!("api.{name}") } else { name.to_owned() }
    }

    fn fips(self, name: &str, partition: &Partition, dual_stack: bool) -> String {
        match (self, partition.name) {
            (Self::PlainInGov, "aws-us-gov") if !dual_stack => self.plain(name),
            (Self::Api, "aws" | "aws-us-gov") if !dual_stack => format!("api-fips.{name}"),
            _ => format!("{}-fips", self.plain(name)),
        }
    }
}

impl DeserializeResponse for Service {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let streamed = self.objects && response.status().is_success();
        streamed.then(|| Ok(Output::erase(response.take_body())))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        if response.status().is_success() {
            let body = response.body().bytes().unwrap_or_default();
            return Ok(Output::erase(SdkBody::from(body)));
        }
        Err(OrchestratorError::operation(Error::erase((self.refusal)(response))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::Region;

    const PLAIN: Service = Service {
        id: "EC2",
        signing_name: "ec2",
        host: Host::PlainInGov,
        objects: false,
        refusal: |_| ErrorMetadata::default(),
    };

    #[test]
    fn a_service_has_an_address_in_every_partition() {
        for (region, fips, dual_stack, expected) in [
            ("us-east-1", false, false, "https://ec2.us-east-1.amazonaws.com"),
            ("ap-south-1", false, true, "https://ec2.ap-south-1.api.aws"),
            ("us-east-1", true, false, "https://ec2-fips.us-east-1.amazonaws.com"),
            ("us-east-1", true, true, "https://ec2-fips.us-east-1.api.aws"),
            ("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", false, true, "https://ec2.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-gov-west-1", true, false, "https://ec2.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", true, true, "https://ec2-fips.us-gov-west-1.api.aws"),
            ("us-iso-east-1", false, false, "https://ec2.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", false, false, "https://ec2.us-isob-east-1.sc2s.sgov.gov"),
            ("eusc-de-east-1", false, false, "https://ec2.eusc-de-east-1.amazonaws.eu"),
        ] {
            let config = SdkConfig::builder().region(Region::from_static(region));
            let config = config.use_fips(fips).use_dual_stack(dual_stack).build();
            assert_eq!(PLAIN.endpoint(&config), expected);
        }
        let gov = SdkConfig::builder().region(Region::from_static("us-gov-west-1")).use_fips(true).build();
        let named = Service { signing_name: "kms", host: Host::SigningName, ..PLAIN };
        assert_eq!(named.endpoint(&gov), "https://kms-fips.us-gov-west-1.amazonaws.com");
        let own = SdkConfig::builder().endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(PLAIN.endpoint(&own), "http://127.0.0.1:4566");
    }

    #[test]
    fn the_hosts_of_sagemaker_begin_with_api() {
        for (region, fips, dual_stack, expected) in [
            ("us-east-1", false, false, "https://api.sagemaker.us-east-1.amazonaws.com"),
            ("us-east-1", false, true, "https://api.sagemaker.us-east-1.api.aws"),
            ("us-east-1", true, false, "https://api-fips.sagemaker.us-east-1.amazonaws.com"),
            ("us-east-1", true, true, "https://api.sagemaker-fips.us-east-1.api.aws"),
            ("cn-north-1", false, false, "https://api.sagemaker.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", true, false, "https://api.sagemaker-fips.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", false, true, "https://api.sagemaker.cn-north-1.api.amazonwebservices.com.cn"),
            ("cn-north-1", true, true, "https://api.sagemaker-fips.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-gov-west-1", false, false, "https://api.sagemaker.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", true, false, "https://api-fips.sagemaker.us-gov-west-1.amazonaws.com"),
            ("us-gov-east-1", true, true, "https://api.sagemaker-fips.us-gov-east-1.api.aws"),
            ("us-iso-east-1", true, false, "https://api.sagemaker-fips.us-iso-east-1.c2s.ic.gov"),
            ("eusc-de-east-1", false, false, "https://api.sagemaker.eusc-de-east-1.amazonaws.eu"),
        ] {
            let config = SdkConfig::builder().region(Region::from_static(region));
            let config = config.use_fips(fips).use_dual_stack(dual_stack).build();
            let service = Service { id: "SageMaker", signing_name: "sagemaker", host: Host::Api, ..PLAIN };
            assert_eq!(service.endpoint(&config), expected);
        }
    }

    #[test]
    fn a_list_that_would_never_end_is_an_error() {
        let next = |asked, answered: Option<&str>| next_page(asked, answered.map(str::to_owned));
        assert_eq!(next(None, None).unwrap(), None);
        assert_eq!(next(Some("1"), Some("")).unwrap(), None);
        assert_eq!(next(None, Some("1")).unwrap().as_deref(), Some("1"));
        assert_eq!(next(Some("1"), Some("2")).unwrap().as_deref(), Some("2"));
        assert!(next(Some("1"), Some("1")).is_err());
    }
}
