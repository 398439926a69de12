//! The caller and the Region: one SDK configuration for the whole run, made from what the AWS configuration files, the
//! environment and the options say. Everything that can be wrong with it is a message that says what to do.

use crate::args::Place;
use crate::exit::{Exit, Failure};
use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use shared::error::{cause, chain};
use std::time::Duration;

/// Tries per call. A person would rather wait than start again.
const ATTEMPTS: u32 = 8;
/// Tries of the first call. Without a network, or in a Region that does not exist, it is the one that says so.
const FIRST: u32 = 3;
/// For a connection; a proxy or a far Region takes longer than a function's own Region.
const CONNECT: Duration = Duration::from_secs(10);
/// For one try.
const ATTEMPT: Duration = Duration::from_secs(30);

/// A configuration that was tried, and what it says about the caller.
pub struct Session {
    pub config: SdkConfig,
    pub region: String,
    pub account: String,
    /// The caller as STS calls it: an assumed role is an `assumed-role` of `sts`, not a `role` of `iam`.
    pub caller: String,
}

/// Finds Region and credentials, and asks STS whose they are. That call needs no permission.
///
/// # Errors
/// A sentence for a Region or credentials that are missing, expired or wrong.
pub async fn open(place: &Place) -> Result<Session, Failure> {
    let region = match &place.region {
        Some(name) => Some(Region::new(name.clone())),
        None => configured_region(place.profile.as_deref()).await,
    };
    let Some(region) = region.filter(|region| !region.as_ref().is_empty()) else {
        return Err(Failure::new(
            Exit::Failed,
            "no Region is configured: add --region, set AWS_REGION, or give the profile a region",
        ));
    };
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .app_name(AppName::new("sm-mlops").expect("letters and a hyphen"))
        .region(region.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build(),
        );
    if let Some(profile) = &place.profile {
        loader = loader.profile_name(profile).credentials_provider(credentials_of(profile, &region));
    }
    let config = loader.load().await;
    let few = aws_sdk_sts::config::Builder::from(&config)
        .retry_config(RetryConfig::standard().with_max_attempts(FIRST));
    let identity = aws_sdk_sts::Client::from_conf(few.build()).get_caller_identity().send().await;
    let identity = identity.map_err(|error| {
        let problem = Problem::of(&error);
        Failure::new(Exit::Failed, problem.explain(&chain(&cause(error)), place, region.as_ref()))
    })?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let region = region.to_string();
    Ok(Session { account: text(identity.account()), caller: text(identity.arn()), config, region })
}

/// The Region that the environment, a profile or the instance names.
async fn configured_region(profile: Option<&str>) -> Option<Region> {
    let mut chain = DefaultRegionChain::builder();
    if let Some(profile) = profile {
        chain = chain.profile_name(profile);
    }
    chain.build().region().await
}

/// The credentials of a profile that was named on the command line. The SDK's own chain would prefer keys that are left
/// over in the environment, and a clean-up would go to another account than the one that was named.
fn credentials_of(profile: &str, region: &Region) -> ProfileFileCredentialsProvider {
    let config = ProviderConfig::without_region()
        .with_region(Some(region.clone()))
        .with_behavior_version(Some(BehaviorVersion::latest()));
    ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&config).build()
}

/// Why the caller is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    /// No source of credentials has any.
    NoCredentials,
    /// A source of credentials failed: a session of IAM Identity Center that has ended, a role that cannot be assumed.
    SourceFailed,
    Expired,
    NotAccepted,
    Unreachable,
    Other,
}

impl Problem {
    fn of(error: &SdkError<GetCallerIdentityError, HttpResponse>) -> Self {
        match error.code() {
            Some("ExpiredToken" | "ExpiredTokenException") => return Self::Expired,
            Some(
                "InvalidClientTokenId"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException"
                | "AuthFailure",
            ) => {
                return Self::NotAccepted;
            }
            Some(_) => return Self::Other,
            None => {}
        }
        let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
        match causes.find_map(|error| error.downcast_ref::<CredentialsError>()) {
            Some(CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_)) => {
                Self::NoCredentials
            }
            Some(CredentialsError::ProviderTimedOut(_)) => Self::Unreachable,
            Some(_) => Self::SourceFailed,
            None if matches!(error, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)) => {
                Self::Unreachable
            }
            None => Self::Other,
        }
    }

    /// What a person reads. The SDK's own words stay, because they name the source that failed.
    fn explain(self, causes: &str, place: &Place, region: &str) -> String {
        let login = match &place.profile {
            Some(profile) => format!("aws sso login --profile {profile}"),
            None => "aws sso login".to_owned(),
        };
        let (what, remedy) = match self {
            Self::NoCredentials if place.profile.is_some() => (
                "the profile was not found, or it has no credentials",
                format!(
                    "`aws configure list-profiles` lists those that exist; sign in with `{login}` if it is one of IAM Identity Center"
                ),
            ),
            Self::NoCredentials => (
                "no AWS credentials were found",
                format!(
                    "run `aws configure` or `{login}`, name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                ),
            ),
            Self::SourceFailed => (
                "the source of the AWS credentials failed",
                format!("sign in again, for example with `{login}`, or correct the profile"),
            ),
            Self::Expired => {
                ("the AWS credentials have expired", format!("sign in again, for example with `{login}`"))
            }
            Self::NotAccepted => (
                "AWS does not accept the credentials",
                "check the key, its secret, and that the Region is enabled".to_owned(),
            ),
            Self::Unreachable => (
                "could not reach AWS to identify the caller",
                format!("check the network, the proxy, and that {region} is the name of a Region"),
            ),
            Self::Other => {
                ("could not identify the caller", "make `aws sts get-caller-identity` work first".to_owned())
            }
        };
        // The chain of credentials is told in several lines.
        let causes: Vec<_> = causes.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        format!("{what}: {remedy} ({})", causes.join("; ").replace(":; ", ": "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sts::error::{ConnectorError, ErrorMetadata};

    type Refusal = SdkError<GetCallerIdentityError, HttpResponse>;

    fn refused(code: &str) -> Refusal {
        let answer = ErrorMetadata::builder().code(code).message("no").build();
        let page = HttpResponse::new(403.try_into().unwrap(), aws_smithy_types::body::SdkBody::empty());
        SdkError::service_error(GetCallerIdentityError::generic(answer), page)
    }

    fn without(error: CredentialsError) -> Refusal {
        SdkError::dispatch_failure(ConnectorError::other(error.into(), None))
    }

    #[test]
    fn what_is_wrong_with_credentials_is_told_with_a_remedy() {
        let io = SdkError::dispatch_failure(ConnectorError::io("dns error".into()));
        for (error, profile, expected) in [
            (
                without(CredentialsError::not_loaded("no providers in chain")),
                None,
                &["no AWS credentials were found", "aws configure", "AWS_ACCESS_KEY_ID"][..],
            ),
            (
                without(CredentialsError::invalid_configuration("profile `x` was not defined")),
                Some("x"),
                &["the profile was not found", "list-profiles", "`x` was not defined"],
            ),
            (
                without(CredentialsError::provider_error("the SSO token has expired")),
                Some("team"),
                &["source of the AWS credentials failed", "aws sso login --profile team", "has expired"],
            ),
            (refused("ExpiredToken"), Some("team"), &["have expired", "aws sso login --profile team"]),
            (refused("InvalidClientTokenId"), None, &["does not accept"]),
            (refused("SignatureDoesNotMatch"), None, &["does not accept"]),
            (io, None, &["could not reach AWS", "eu-nowhere-1", "dns error"]),
            (refused("SomethingNew"), None, &["aws sts get-caller-identity", "SomethingNew"]),
        ] {
            let place = Place { region: None, profile: profile.map(str::to_owned) };
            let sentence = Problem::of(&error).explain(&chain(&cause(error)), &place, "eu-nowhere-1");
            for part in expected {
                assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
            }
        }
    }

    #[test]
    fn where_credentials_were_looked_for_is_one_line() {
        let causes =
            "no credentials found in chain.\nAttempted:\n  Environment: not set\n  Profile: not set\n";
        let place = Place { region: None, profile: None };
        let sentence = Problem::NoCredentials.explain(causes, &place, "eu-central-1");
        let expected = "(no credentials found in chain.; Attempted: Environment: not set; Profile: not set)";
        assert!(sentence.ends_with(expected), "{sentence}");
    }
}
