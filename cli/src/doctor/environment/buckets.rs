//! The bucket of the release, and buckets that an earlier environment of the same name left.

use super::{Planned, unknown};
use crate::doctor::finding::{Check, Finding};
use crate::session::Session;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use shared::error::{Class, cause};

/// What a bucket is to the caller.
enum Bucket {
    /// It is there, in this Region.
    There(String),
    Absent,
    Unknown(shared::error::Cause),
}

pub(super) async fn findings(planned: Planned<'_>, release: Option<&str>, session: &Session) -> Vec<Finding> {
    // Any bucket can be asked about by its path, one with dots in its name too.
    let config = aws_sdk_s3::config::Builder::from(&session.config).force_path_style(true).build();
    let s3 = Client::from_conf(config);
    let mut findings = Vec::new();
    if let Some(bucket) = release {
        findings.push(of_release(&s3, bucket, session).await);
    }
    let Planned { name: env_name, stage: env_type, .. } = planned;
    for end in ["data", "models"] {
        let name = format!("{env_name}-{env_type}-{}-{}-{end}", session.region, session.account);
        findings.push(retained(&s3, &name).await);
    }
    findings
}

async fn look(s3: &Client, name: &str) -> Bucket {
    match s3.head_bucket().bucket(name).send().await {
        Ok(found) => Bucket::There(found.bucket_region.unwrap_or_default()),
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => Bucket::Absent,
        Err(error) => {
            let cause = cause(error);
            if cause.class() == Class::NotFound { Bucket::Absent } else { Bucket::Unknown(cause) }
        }
    }
}

async fn of_release(s3: &Client, name: &str, session: &Session) -> Finding {
    let (check, region) = (Check::ReleaseBucket, &session.region);
    let package = format!(
        "`AWS_DEFAULT_REGION={region} make package CFN_BUCKET_NAME={name}` makes it and uploads the release."
    );
    match look(s3, name).await {
        Bucket::There(place) if place.is_empty() || place == *region => {
            Finding::passed(check, name, format!("it is in {region}"))
        }
        Bucket::There(place) => {
            let told = format!("it is in {place}, and functions take their code from their own Region only");
            Finding::missing(
                check,
                name,
                told,
                format!("Use another bucket for {region}: make package uploads there."),
            )
        }
        Bucket::Absent => Finding::missing(check, name, "there is no such bucket", package),
        // The answer has no body that says more; a bucket of another Region looks like this too.
        Bucket::Unknown(cause) => {
            unknown(check, name, "s3:ListBucket, and look whether the bucket is in this Region", &cause)
        }
    }
}

async fn retained(s3: &Client, name: &str) -> Finding {
    let check = Check::RetainedBucket;
    match look(s3, name).await {
        Bucket::Absent => Finding::passed(check, name, "the name is free"),
        Bucket::There(_) => Finding::notice(
            check,
            name,
            "the bucket is there: an environment of this name has it, or an earlier one left it, and then a new stack fails at it",
            format!(
                "For a new environment, delete it (`aws s3api delete-bucket-policy --bucket {name}`, then empty it with all versions), or \
                 give CreateEnvironmentS3Buckets=NO."
            ),
        ),
        Bucket::Unknown(cause) => unknown(check, name, "s3:ListBucket", &cause),
    }
}
