//! One operation of a service without the SDK crate of that service, on the runtime that the SDK crates have in common: retries,
//! time limits and signatures are theirs. For an operation whose crate is out of proportion: that of S3 brings 0.8 MB to a function
//! for one `GetObject`.

use crate::aws::SdkConfig;
use crate::error::{Cause, cause};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_json::protocol::aws_json_rpc::AwsJsonRpcProtocol;
use aws_smithy_runtime::client::orchestrator::operation::{Operation as Orchestrated, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError, SensitiveOutput};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_schema::protocol::ClientProtocolInner;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_xml::protocol::aws_rest_xml::AwsRestXmlProtocol;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;

pub use aws_smithy_runtime_api::client::orchestrator::HttpRequest as Request;

/// How a service signs and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Errors are XML. The body of a success is read by the caller.
    S3,
    /// Everything is JSON.
    SageMaker,
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
            .service_name(self.service.name())
            .operation_name(self.name)
            .endpoint_url(&self.endpoint)
            .runtime_plugin(self.service.signed(config))
            .serializer(|request: Request| Ok(request))
            .deserializer_impl::<SdkBody, ErrorMetadata>(self.service);
        call.build().invoke(request).await.map_err(cause)
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
        let key = ServiceConfigKey::builder().service_id(self.name()).env("AWS_ENDPOINT_URL");
        let key = key.profile("endpoint_url").build().ok();
        let own = key.zip(config.service_config()).and_then(|(key, of)| of.load_config(key));
        own.or(of_all)
    }

    fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::SageMaker => "SageMaker",
        }
    }

    /// S3 signs a path as it is sent, and wants the hash of the body in a header.
    fn signing(self) -> (&'static str, SigningOptions) {
        let mut options = SigningOptions::default();
        match self {
            Self::S3 => {
                options.double_uri_encode = false;
                options.normalize_uri_path = false;
                options.content_sha256_header = true;
                ("s3", options)
            }
            Self::SageMaker => ("sagemaker", options),
        }
    }

    /// Signs with the credentials of the configuration, for its Region.
    fn signed(self, config: &SdkConfig) -> StaticRuntimePlugin {
        let (name, signing_options) = self.signing();
        let mut layer = Layer::new("signature");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: config.region().cloned().map(SigningRegion::from),
            name: Some(SigningName::from_static(name)),
            signing_options,
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

    /// Code and message of an error. A page of a proxy has neither: then the status decides.
    fn refusal(self, response: &HttpResponse) -> ErrorMetadata {
        let none = ConfigBag::base();
        let read = match self {
            Self::S3 => {
                AwsRestXmlProtocol::new().with_no_error_wrapping(true).parse_error_metadata(response, &none)
            }
            Self::SageMaker => AwsJsonRpcProtocol::aws_json_1_1().parse_error_metadata(response, &none),
        };
        read.unwrap_or_default().build()
    }
}

impl DeserializeResponse for Service {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let streamed = *self == Self::S3 && response.status().is_success();
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
        Err(OrchestratorError::operation(Error::erase(self.refusal(response))))
    }
}
