//! Stacks with buckets: what holds anything is kept. Whose a bucket is: what a caller expects is checked.

use super::stacks::template;
use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use serde_json::{Value, json};

/// Deletes the stack `s` and returns its status and reason once the deletion has ended.
async fn delete(cloud: &Cloud, id: &str) -> (String, String) {
    aws(cloud, "cloudformation delete-stack --stack-name s").await.unwrap();
    let describe = format!("cloudformation describe-stacks --stack-name {id}");
    let stack = async || aws(cloud, &describe).await.unwrap()["Stacks"][0].take();
    until("the deletion has ended", async || stack().await["StackStatus"] != "DELETE_IN_PROGRESS").await;
    let stack = stack().await;
    let text = |name: &str| stack[name].as_str().unwrap_or_default().to_owned();
    (text("StackStatus"), text("StackStatusReason"))
}

#[tokio::test]
async fn a_stack_does_not_delete_a_bucket_that_is_not_empty() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let file = cloud.state().join("file");
    std::fs::write(&file, "precious").unwrap();
    let put = format!("s3api put-object --bucket models --key model --body {}", file.display());
    let versions = "s3api list-object-versions --bucket models";
    for versioned in [false, true] {
        let mut properties = json!({"BucketName": "models"});
        if versioned {
            properties["VersioningConfiguration"] = json!({"Status": "Enabled"});
        }
        let body = template(&json!({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}));
        std::fs::write(&file, body.to_string()).unwrap();
        let create =
            format!("cloudformation create-stack --stack-name s --template-body file://{}", file.display());
        let id = aws(&cloud, &create).await.unwrap()["StackId"].as_str().unwrap().to_owned();
        aws(&cloud, "cloudformation wait stack-create-complete --stack-name s").await.unwrap();
        aws(&cloud, &put).await.unwrap();

        let (status, reason) = delete(&cloud, &id).await;
        assert_eq!(status, "DELETE_FAILED");
        assert!(reason.contains("[Bucket]"), "{reason}");
        let all = if versioned { ". You must delete all versions in the bucket." } else { "" };
        let message =
            format!("The bucket you tried to delete is not empty{all} (Service: S3, Status Code: 409");
        let events = format!("cloudformation describe-stack-events --stack-name {id}");
        let events = aws(&cloud, &events).await.unwrap()["StackEvents"].take();
        let failed =
            events.as_array().unwrap().iter().find(|event| event["LogicalResourceId"] == "Bucket").unwrap();
        assert_eq!(failed["ResourceStatus"], "DELETE_FAILED");
        let reason = failed["ResourceStatusReason"].as_str().unwrap();
        assert!(reason.starts_with(&message), "{reason}");
        let refused = aws(&cloud, "s3api delete-bucket --bucket models").await.unwrap_err();
        assert!(refused.contains("BucketNotEmpty") && refused.contains(all), "{refused}");
        assert_eq!(aws(&cloud, versions).await.unwrap()["Versions"].as_array().unwrap().len(), 1);

        // The version under a delete marker, and the marker alone, keep the bucket as well.
        let marker = aws(&cloud, "s3api delete-object --bucket models --key model").await.unwrap();
        if versioned {
            assert_eq!(delete(&cloud, &id).await.0, "DELETE_FAILED");
            let version = aws(&cloud, versions).await.unwrap()["Versions"][0]["VersionId"].take();
            for version in [&version, &marker["VersionId"]] {
                assert_eq!(delete(&cloud, &id).await.0, "DELETE_FAILED");
                let version = version.as_str().unwrap();
                let delete =
                    format!("s3api delete-object --bucket models --key model --version-id {version}");
                aws(&cloud, &delete).await.unwrap();
            }
        }
        assert_eq!(delete(&cloud, &id).await.0, "DELETE_COMPLETE");
        let gone: Value = aws(&cloud, "s3api list-buckets").await.unwrap()["Buckets"].take();
        assert_eq!(gone, json!([]));
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_call_that_expects_another_owner_of_a_bucket_is_refused() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let file = cloud.state().join("file");
    std::fs::write(&file, "code").unwrap();
    aws(&cloud, "s3api create-bucket --bucket code").await.unwrap();
    let calls = [
        format!("s3api put-object --bucket code --key a --body {}", file.display()),
        format!("s3api get-object --bucket code --key a {}", file.display()),
        "s3api put-bucket-versioning --bucket code --versioning-configuration Status=Enabled".to_owned(),
    ];
    for call in calls {
        let refused = aws(&cloud, &format!("{call} --expected-bucket-owner 444455556666")).await.unwrap_err();
        assert!(refused.contains("(AccessDenied)"), "{refused}");
        aws(&cloud, &format!("{call} --expected-bucket-owner 111122223333")).await.unwrap();
    }
    let head = "s3api head-bucket --expected-bucket-owner 444455556666 --bucket";
    assert!(aws(&cloud, &format!("{head} code")).await.unwrap_err().contains("(403)"));
    assert!(aws(&cloud, &format!("{head} no-such-bucket")).await.unwrap_err().contains("(404)"));
}
