//! Only the whole ARN of a domain, of the place where the thing is, makes a thing a domain's.

use super::*;

#[track_caller]
fn check(tag: &str, expected: Option<&str>) {
    let arn = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1";
    let place = Place::of(arn, "elasticfilesystem").unwrap();
    assert_eq!(place.domain(tag), expected, "{tag}");
}

#[test]
fn a_tag_counts_when_it_is_the_arn_of_a_domain_here() {
    check("arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc123", Some("d-abc123"));
    check("arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc-1", Some("d-abc-1"));
    for other in [
        "",
        "true",
        "d-abc123",
        "domain/d-abc123",
        "arn:aws:sagemaker:us-east-1:111122223333:domain/",
        "arn:aws:sagemaker:us-east-1:111122223333:domain/d-",
        "arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc123/more",
        "arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc123 ",
        "arn:aws:sagemaker:us-east-1:111122223333:domain/D-ABC123",
        "arn:aws:sagemaker:us-east-1:111122223333:app/d-abc123",
        "arn:aws:sagemaker:us-east-1:999999999999:domain/d-abc123",
        "arn:aws:sagemaker:eu-west-1:111122223333:domain/d-abc123",
        "arn:aws-cn:sagemaker:us-east-1:111122223333:domain/d-abc123",
        "arn:aws:sagemaker::111122223333:domain/d-abc123",
        "arn:aws:ec2:us-east-1:111122223333:domain/d-abc123",
        "ARN:aws:sagemaker:us-east-1:111122223333:domain/d-abc123",
        "arn:::::",
        ":::::",
    ] {
        check(other, None);
    }
}

#[test]
fn a_place_is_read_from_an_arn_of_its_service_only() {
    assert!(Place::of("arn:aws:ec2:us-east-1:111122223333:security-group/sg-1", "ec2").is_some());
    for arn in ["", "arn", "arn:aws:s3:::bucket", "arn:aws:ec2:us-east-1:111122223333", "arn:aws:ec2::1:x"] {
        assert!(Place::of(arn, "ec2").is_none(), "{arn}");
    }
}
