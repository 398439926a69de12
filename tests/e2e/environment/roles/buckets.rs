//! Keys and buckets of an environment: who uses them through which endpoint, and what stays when the stacks are deleted.

use super::{Texts, delete, denied, deploy, has_outputs, place, session_of};
use crate::cli::{aws, aws_as, aws_with};
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use serde_json::Value;

const ENV: (&str, &str) = ("EnvName", "roles-buckets");
const DATA: &str = "roles-buckets-dev-us-east-1-111122223333-data";
const MODELS: &str = "roles-buckets-dev-us-east-1-111122223333-models";
const KEYS: &[&str] = &[
    "S3BucketKMSKeyArn",
    "S3BucketKMSKeyId",
    "SageMakerStudioStorageKMSKeyArn",
    "SageMakerStudioStorageKMSKeyId",
    "SagemakerEBSKMSKeyArn",
    "SagemakerEBSKMSKeyId",
];

/// A VPC with an endpoint for S3 and one for KMS.
struct Network {
    vpc: String,
    s3: String,
    kms: String,
}

impl Network {
    async fn make() -> anyhow::Result<Self> {
        let text = |value: Value| value.as_str().map(str::to_owned).context("no id");
        let vpc = ["ec2", "create-vpc", "--cidr-block", "10.78.0.0/16", "--query", "Vpc.VpcId"];
        let vpc = text(aws(&vpc).await?)?;
        let endpoint = async |service: &str, kind: &str| {
            let name = format!("com.amazonaws.us-east-1.{service}");
            let make = ["ec2", "create-vpc-endpoint", "--vpc-id", &vpc, "--service-name", &name];
            let more = ["--vpc-endpoint-type", kind, "--query", "VpcEndpoint.VpcEndpointId"];
            text(aws(&[&make[..], &more].concat()).await?)
        };
        Ok(Self { s3: endpoint("s3", "Gateway").await?, kms: endpoint("kms", "Interface").await?, vpc })
    }

    async fn delete(&self) -> anyhow::Result<()> {
        let endpoints = ["ec2", "delete-vpc-endpoints", "--vpc-endpoint-ids", &self.s3, &self.kms];
        aws(&endpoints).await?;
        aws(&["ec2", "delete-vpc", "--vpc-id", &self.vpc]).await.map(drop)
    }
}

/// A call of the holder of a session through an endpoint.
async fn through(endpoint: &str, session: &Value, arguments: &[&str]) -> anyhow::Result<Value> {
    let part = |name: &str| session[name].as_str().unwrap_or_default();
    let variables = [
        ("AWS_ACCESS_KEY_ID", part("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", part("SessionToken")),
        ("AWS_SDK_UA_APP_ID", endpoint),
    ];
    aws_with(&variables, arguments).await
}

async fn studio(role: &str) -> anyhow::Result<Value> {
    session_of(role, "sagemaker.amazonaws.com", "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1").await
}

#[test]
fn keys_and_buckets_are_used_through_the_endpoints_and_stay() {
    run(async {
        let network = Network::make().await?;
        let empty = ["DSTeamAdministratorRoleArn", "DataScientistRoleArn", "SageMakerExecutionRoleArn"];
        let empty = empty.into_iter().chain(["SageMakerPipelineExecutionRoleArn", "SCLaunchRoleArn"]);
        let mut given: Vec<_> = [ENV, ("VPCEndpointKMSId", "")].into();
        given.extend(empty.map(|name| (name, "")));

        // Nobody is named: the keys are the account's to administer.
        let keys = deploy("env-kms", "roles-buckets-kms", &given, false).await?;
        has_outputs(&keys, KEYS)?;
        for id in ["S3BucketKMSKeyId", "SageMakerStudioStorageKMSKeyId", "SagemakerEBSKMSKeyId"] {
            let policy = key_policy(&keys[id]).await?;
            ensure!(!policy.contains("\"AWS\":[]") && !policy.contains("\"\""), "{policy}");
            let rotation = aws(&["kms", "get-key-rotation-status", "--key-id", &keys[id]]).await?;
            ensure!(rotation["KeyRotationEnabled"] == true, "{rotation}");
        }

        let place = place().await?;
        let mut roles = vec![ENV];
        roles.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        let roles = deploy("env-iam", "roles-buckets-iam", &roles, true).await?;
        for (name, value) in &mut given {
            *value = match *name {
                "EnvName" => continue,
                "VPCEndpointKMSId" => &network.kms,
                "SCLaunchRoleArn" => &roles["SCProjectLaunchRoleArn"],
                name => &roles[name],
            };
        }
        let named = deploy("env-kms", "roles-buckets-kms", &given, false).await?;
        ensure!(named == keys, "the update made other keys: {named:?}");
        let parameter = ["ssm", "get-parameter", "--name", "roles-buckets-dev-kms-s3-key-arn"];
        ensure!(aws(&parameter).await?["Parameter"]["Value"] == *keys["S3BucketKMSKeyArn"], "no parameter");

        let buckets = [
            ENV,
            ("DataBucketName", DATA),
            ("ModelBucketName", MODELS),
            ("VPCEndpointS3Id", &network.s3),
            ("S3BucketKMSKeyId", &keys["S3BucketKMSKeyId"]),
        ];
        let made = deploy("env-s3", "roles-buckets-s3", &buckets, false).await?;
        has_outputs(&made, &["AccessLogBucketName", "DataBucketName", "ModelBucketName"])?;
        ensure!(made["DataBucketName"] == DATA && made["ModelBucketName"] == MODELS, "{made:?}");
        uses(&network, &roles, &keys).await?;
        let with_pipelines = [
            buckets[0],
            buckets[1],
            buckets[2],
            buckets[3],
            buckets[4],
            ("RolesOutsideTheVPC", &roles["SageMakerPipelineExecutionRoleArn"]),
        ];
        deploy("env-s3", "roles-buckets-s3", &with_pipelines, false).await?;
        exceptions(&roles).await?;

        for stack in ["roles-buckets-s3", "roles-buckets-kms", "roles-buckets-iam"] {
            delete(stack).await?;
        }
        left(&keys, &made).await?;
        network.delete().await
    });
}

async fn key_policy(key: &str) -> anyhow::Result<String> {
    let get = ["kms", "get-key-policy", "--key-id", key, "--policy-name", "default"];
    Ok(aws(&get).await?["Policy"].as_str().context("no policy")?.to_owned())
}

fn put(bucket: &str) -> anyhow::Result<[String; 8]> {
    let file = std::env::temp_dir().join("roles-buckets-object");
    std::fs::write(&file, "data")?;
    let file = file.to_str().context("path")?;
    Ok(["s3api", "put-object", "--bucket", bucket, "--key", "a/b", "--body", file].map(str::to_owned))
}

/// Studio reads and writes through the endpoints, and in no other way.
async fn uses(network: &Network, roles: &Texts, keys: &Texts) -> anyhow::Result<()> {
    let session = studio(&roles["SageMakerExecutionRoleArn"]).await?;
    for bucket in [DATA, MODELS] {
        let put = put(bucket)?;
        let put: Vec<_> = put.iter().map(String::as_str).collect();
        denied(aws_as(&session, &put).await)?;
        through(&network.s3, &session, &put).await?;
        let list = ["s3api", "list-objects-v2", "--bucket", bucket];
        denied(aws_as(&session, &list).await)?;
        let listed = through(&network.s3, &session, &list).await?;
        ensure!(listed["Contents"].as_array().map(Vec::len) == Some(1), "{listed}");
        let delete = ["s3api", "delete-object", "--bucket", bucket, "--key", "a/b"];
        denied(aws_as(&session, &delete).await)?;
        // Another encryption, and another key, are refused also there.
        let plain = [&put[..], &["--server-side-encryption", "AES256"]].concat();
        denied(through(&network.s3, &session, &plain).await)?;
        let other =
            ["--server-side-encryption", "aws:kms", "--ssekms-key-id", &keys["SagemakerEBSKMSKeyArn"]];
        denied(through(&network.s3, &session, &[&put[..], &other].concat()).await)?;
        let ours = ["--server-side-encryption", "aws:kms", "--ssekms-key-id", &keys["S3BucketKMSKeyArn"]];
        through(&network.s3, &session, &[&put[..], &ours].concat()).await?;
        // An administrator of the bucket can repair its policy.
        aws(&["s3api", "get-bucket-policy", "--bucket", bucket]).await?;
    }
    // What the guide tries in Studio.
    denied(through(&network.s3, &session, &["s3api", "list-buckets"]).await)?;
    denied(
        through(&network.s3, &session, &["s3api", "create-bucket", "--bucket", "roles-buckets-any"]).await,
    )?;

    let encrypt = ["kms", "encrypt", "--plaintext", "aGVsbG8=", "--key-id", &keys["S3BucketKMSKeyArn"]];
    denied(aws_as(&session, &encrypt).await)?;
    through(&network.kms, &session, &encrypt).await?;
    // It uses the keys and does not administer them.
    for call in ["get-key-policy", "disable-key", "schedule-key-deletion"] {
        let call = ["kms", call, "--key-id", &keys["SageMakerStudioStorageKMSKeyArn"]];
        denied(through(&network.kms, &session, &call).await)?;
    }
    Ok(())
}

/// The roles that are named reach the objects from anywhere, and the others still do not.
async fn exceptions(roles: &Texts) -> anyhow::Result<()> {
    let get = ["s3api", "head-object", "--bucket", MODELS, "--key", "a/b"];
    let pipelines = studio(&roles["SageMakerPipelineExecutionRoleArn"]).await?;
    aws_as(&pipelines, &get).await?;
    let studio = studio(&roles["SageMakerExecutionRoleArn"]).await?;
    let refused = aws_as(&studio, &get).await.err().context("Studio reads from outside")?;
    // The answer to HEAD has no body that could say more.
    ensure!(format!("{refused:#}").contains("403"), "{refused:#}");
    Ok(())
}

/// Buckets with their policies and the keys that they and Studio's storage need are left; then the test removes them.
async fn left(keys: &Texts, made: &Texts) -> anyhow::Result<()> {
    let state = async |id: &str| {
        let found = aws(&["kms", "describe-key", "--key-id", id]).await?;
        anyhow::Ok(found["KeyMetadata"]["KeyState"].as_str().unwrap_or_default().to_owned())
    };
    ensure!(state(&keys["SagemakerEBSKMSKeyId"]).await? == "PendingDeletion", "the key of volumes");
    for id in ["S3BucketKMSKeyId", "SageMakerStudioStorageKMSKeyId"] {
        ensure!(state(&keys[id]).await? == "Enabled", "{id}");
    }
    let aliases = aws(&["kms", "list-aliases", "--query", "Aliases[].AliasName"]).await?.to_string();
    ensure!(!aliases.contains("alias/roles-buckets-dev"), "{aliases}");
    let parameter = ["ssm", "get-parameter", "--name", "roles-buckets-dev-kms-s3-key-arn"];
    ensure!(aws(&parameter).await.is_err(), "the parameter is left");
    for bucket in [DATA, MODELS, &made["AccessLogBucketName"]] {
        let policy = aws(&["s3api", "get-bucket-policy", "--bucket", bucket]).await?;
        ensure!(policy["Policy"].as_str().is_some_and(|text| text.contains("OnlyTls")), "{policy}");
        aws(&["s3api", "delete-bucket-policy", "--bucket", bucket]).await?;
        empty(bucket).await?;
        aws(&["s3api", "delete-bucket", "--bucket", bucket]).await?;
    }
    for id in ["S3BucketKMSKeyId", "SageMakerStudioStorageKMSKeyId"] {
        aws(&["kms", "schedule-key-deletion", "--key-id", &keys[id]]).await?;
    }
    Ok(())
}

/// Deletes all versions in a bucket.
async fn empty(bucket: &str) -> anyhow::Result<()> {
    let s3 = aws_sdk_s3::Client::from_conf(emulator::deploy::s3_config(&cloud().await.root().await));
    let page = s3.list_object_versions().bucket(bucket).send().await?;
    let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
    let markers = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
    for (key, version) in versions.chain(markers) {
        let delete = s3.delete_object().bucket(bucket).set_key(key.map(Into::into));
        delete.set_version_id(version.map(Into::into)).send().await?;
    }
    Ok(())
}
