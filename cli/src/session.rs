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
        Failure::new(Exit::Failed, explain(&chain(&cause(error)), place, region.as_ref()))
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

/// What a person reads of the chain of causes. The SDK's own words stay, because they name the source that failed.
fn explain(causes: &str, place: &Place, region: &str) -> String {
    let says = |words: &[&str]| words.iter().any(|word| causes.contains(word));
    let login = match &place.profile {
        Some(profile) => format!("aws sso login --profile {profile}"),
        None => "aws sso login".to_owned(),
    };
    let none =
        says(&["was not defined", "did not contain credential", "was not enabled", "no providers in chain"]);
    let (what, remedy) = if none && place.profile.is_some() {
        (
            "the profile was not found, or it has no credentials",
            format!(
                "`aws configure list-profiles` lists those that exist; sign in with `{login}` if it is one of IAM Identity Center"
            ),
        )
    } else if none {
        (
            "no AWS credentials were found",
            format!(
                "run `aws configure` or `{login}`, name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ),
        )
    } else if says(&[
        "ExpiredToken",
        "token has expired",
        "token is expired",
        "cached SSO token",
        "SSO token",
    ]) {
        ("the AWS credentials have expired", format!("sign in again, for example with `{login}`"))
    } else if says(&["InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClient", "AuthFailure"]) {
        (
            "AWS does not accept the credentials",
            "check the key, its secret, and that the Region is enabled".to_owned(),
        )
    } else if says(&["dispatch failure", "timed out", "timeout", "dns error"]) {
        (
            "could not reach AWS to identify the caller",
            format!("check the network, the proxy, and that {region} is the name of a Region"),
        )
    } else {
        ("could not identify the caller", "make `aws sts get-caller-identity` work first".to_owned())
    };
    // The chain of credentials is told in several lines, each with the same words.
    let told = causes.lines().map(str::trim).filter(|line| !line.is_empty());
    let told = told.map(|line| line.replace("the credential provider was not enabled: ", ""));
    let causes = told.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    format!("{what}: {remedy} ({causes})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(causes: &str, profile: Option<&str>, expected: &[&str]) {
        let place = Place { region: None, profile: profile.map(str::to_owned) };
        let sentence = explain(causes, &place, "eu-nowhere-1");
        for part in expected.iter().chain([&causes]) {
            assert!(sentence.contains(part), "{part:?} is not in {sentence:?}");
        }
    }

    #[test]
    fn where_credentials_were_looked_for_is_one_line() {
        let causes = "no credentials found in chain.\nAttempted:\n  Environment: the credential provider was not enabled: \
                      not set\n  Profile: the credential provider was not enabled\n";
        let place = Place { region: None, profile: None };
        let sentence = explain(causes, &place, "eu-central-1");
        let expected = "(no credentials found in chain.; Attempted: Environment: not set; \
                        Profile: the credential provider was not enabled)";
        assert!(sentence.ends_with(expected), "{sentence}");
    }

    #[test]
    fn what_is_wrong_with_credentials_is_told_with_a_remedy() {
        check(
            "dispatch failure: other: no providers in chain provided credentials",
            None,
            &["no AWS credentials were found", "aws configure", "AWS_ACCESS_KEY_ID"],
        );
        check("profile `x` was not defined: ...", Some("x"), &["profile was not found", "list-profiles"]);
        check(
            "the credential provider was not enabled",
            Some("x"),
            &["it has no credentials", "--profile x"],
        );
        check("ExpiredToken: The security token", Some("team"), &["expired", "aws sso login --profile team"]);
        check("InvalidClientTokenId: no", None, &["does not accept"]);
        check("SignatureDoesNotMatch: no", None, &["does not accept"]);
        check("dispatch failure: io error: dns error", None, &["could not reach AWS", "eu-nowhere-1"]);
        check("something new", None, &["aws sts get-caller-identity"]);
    }
}
