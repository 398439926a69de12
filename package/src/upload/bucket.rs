//! The user's bucket: made if nobody has it, refused if it is another account's or in another Region.

use super::aws::{Aws, Refusal};
use anyhow::{Context, bail};
use serde_json::{Value, json};

/// Makes sure that the bucket is there, in this account and Region.
///
/// # Errors
/// When it is not and cannot be; the error says what to do.
pub(super) fn prepare(aws: &Aws, bucket: &str, step: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let head = ["s3api", "head-bucket", "--bucket", bucket, "--expected-bucket-owner", &aws.account];
    if found(aws.call(&head)?, aws, bucket)? {
        step(&format!("bucket {bucket} is there, in {}", aws.region));
        return Ok(());
    }
    step(&format!("making bucket {bucket} in {}", aws.region));
    make(aws, bucket)
}

/// Whether the bucket exists, or why it is of no use.
fn found(head: Result<Value, Refusal>, aws: &Aws, bucket: &str) -> anyhow::Result<bool> {
    let Aws { account, region, .. } = aws;
    let elsewhere = |other: &str| {
        format!(
            "bucket {bucket} is in {other}, and CloudFormation and Lambda read it from {region} only: give a bucket of {region} or \
             a new name, or set AWS_DEFAULT_REGION to the Region of the bucket"
        )
    };
    match head {
        Ok(head) => match head["BucketRegion"].as_str() {
            Some(home) if home == region => Ok(true),
            Some(home) => bail!(elsewhere(home)),
            None => bail!("the AWS CLI does not say where bucket {bucket} is: update it"),
        },
        Err(refusal) => match refusal.code.as_str() {
            "404" | "NoSuchBucket" => Ok(false),
            "301" | "PermanentRedirect" => bail!(elsewhere("another Region")),
            "403" | "AccessDenied" => bail!(
                "bucket {bucket} belongs to another account than {account}, or you have no s3:ListBucket on it: choose another \
                 name, or ask for that permission"
            ),
            _ => Err(refusal).with_context(|| format!("could not look for bucket {bucket}")),
        },
    }
}

/// S3 encrypts what is in it without being told.
fn make(aws: &Aws, bucket: &str) -> anyhow::Result<()> {
    // `us-east-1` is the one Region that S3 refuses by name.
    let home = format!("LocationConstraint={}", aws.region);
    let place: &[&str] = match aws.region.as_str() {
        "us-east-1" => &[],
        _ => &["--create-bucket-configuration", &home],
    };
    let create = [&["s3api", "create-bucket", "--bucket", bucket][..], place].concat();
    if let Err(refusal) = aws.call(&create)? {
        match refusal.code.as_str() {
            "BucketAlreadyOwnedByYou" => {}
            "BucketAlreadyExists" => bail!("bucket {bucket} belongs to another account: choose another name"),
            _ => return Err(refusal).with_context(|| format!("could not make bucket {bucket}")),
        }
    }
    let blocked = json!({
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    });
    let owner = ["--expected-bucket-owner", &aws.account];
    for (operation, option, value) in [
        ("put-public-access-block", "--public-access-block-configuration", blocked.to_string()),
        ("put-bucket-versioning", "--versioning-configuration", json!({"Status": "Enabled"}).to_string()),
    ] {
        let put = ["s3api", operation, "--bucket", bucket, option, &value];
        aws.call(&[&put[..], &owner].concat())?
            .with_context(|| format!("could not {operation} of {bucket}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(head: Result<Value, &str>) -> anyhow::Result<bool> {
        let aws = Aws { account: "111122223333".into(), partition: "aws".into(), region: "eu-west-1".into() };
        found(head.map_err(Refusal::of), &aws, "code")
    }

    #[track_caller]
    fn refused(head: Result<Value, &str>, part: &str) {
        let error = format!("{:#}", look(head).unwrap_err());
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn a_bucket_of_another_account_or_region_is_refused() {
        assert!(look(Ok(json!({"BucketRegion": "eu-west-1"}))).unwrap());
        assert!(!look(Err("404")).unwrap());
        refused(Ok(json!({"BucketRegion": "us-east-1"})), "bucket code is in us-east-1, and");
        refused(Err("301"), "bucket code is in another Region, and");
        refused(Err("403"), "belongs to another account than 111122223333");
        refused(Ok(Value::Null), "update it");
        refused(Err("400"), "could not look for bucket code");
    }
}
