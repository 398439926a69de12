//! A key that encrypts at rest asks for permissions of the caller: as a call of S3, of Secrets Manager and of SageMaker, which
//! `kms:ViaService`, `kms:GrantIsForAWSResource` and the encryption context tell.

use super::people::{assume, forget, user};
use super::{denied, denied_action};
use crate::cli::{aws, aws_as};
use crate::harness::{run, until};
use anyhow::Context;
use serde_json::{Value, json};

/// Begins every name of the test.
const NAME: &str = "key-use";
const BUCKET: &str = "key-use-111122223333";

/// A key that its account may use through S3, Secrets Manager and SageMaker, and in no other way.
async fn key() -> anyhow::Result<String> {
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let through = ["s3", "secretsmanager", "sagemaker"].map(|name| format!("{name}.us-east-1.amazonaws.com"));
    let administer = json!({
        "Effect": "Allow", "Principal": root, "Resource": "*",
        "Action": ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey"],
    });
    let through = json!({
        "Effect": "Allow", "Principal": root, "Resource": "*",
        "Action": ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*"],
        "Condition": {"StringEquals": {"kms:ViaService": through}},
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [administer, through]}).to_string();
    let made = aws(&["kms", "create-key", "--policy", &policy, "--query", "KeyMetadata.Arn"]).await?;
    Ok(made.as_str().context("no key")?.to_owned())
}

/// A role of a person, whose only policy is set by [`Role::may`].
struct Role {
    session: Value,
}

impl Role {
    async fn make(of: &Value) -> anyhow::Result<Self> {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111122223333:root", "Service": "sagemaker.amazonaws.com"},
        }]});
        let make = ["iam", "create-role", "--role-name", NAME, "--query", "Role.Arn"];
        let made = aws(&[&make[..], &["--assume-role-policy-document", &trust.to_string()]].concat()).await?;
        Ok(Self { session: assume(of, made.as_str().context("no role")?, NAME).await? })
    }

    /// Everything but KMS, and with it these statements.
    async fn may(&self, statements: &[Value]) -> anyhow::Result<()> {
        let rest = json!({"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"});
        let all: Vec<_> = std::iter::once(&rest).chain(statements).collect();
        let policy = json!({"Version": "2012-10-17", "Statement": all}).to_string();
        let put = ["iam", "put-role-policy", "--role-name", NAME, "--policy-name", "all"];
        aws(&[&put[..], &["--policy-document", &policy]].concat()).await.map(drop)
    }

    async fn call(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        aws_as(&self.session, arguments).await
    }
}

fn allow(action: &str, key: &str, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": key, "Condition": condition})
}

fn through(service: &str) -> Value {
    json!({"StringEquals": {"kms:ViaService": format!("{service}.us-east-1.amazonaws.com")}})
}

#[test]
fn what_a_key_encrypts_asks_for_permissions_on_the_key() {
    run(async {
        let key = key().await?;
        let of = user(NAME).await?;
        let role = Role::make(&of).await?;
        objects(&role, &key).await?;
        bucket_keys(&role, &key).await?;
        secrets(&role, &key).await?;
        volumes(&role, &key).await?;

        aws(&["s3", "rb", "--force", &format!("s3://{BUCKET}")]).await?;
        aws(&["iam", "delete-role-policy", "--role-name", NAME, "--policy-name", "all"]).await?;
        aws(&["iam", "delete-role", "--role-name", NAME]).await?;
        aws(&["kms", "schedule-key-deletion", "--key-id", &key]).await?;
        forget(NAME, &of).await
    });
}

/// Makes the key the default of the bucket.
async fn encrypt_bucket(key: &str, has_bucket_key: bool) -> anyhow::Result<()> {
    let default = json!({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key});
    let rule = json!({"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": has_bucket_key});
    let rules = json!({"Rules": [rule]}).to_string();
    let put = ["s3api", "put-bucket-encryption", "--bucket", BUCKET];
    aws(&[&put[..], &["--server-side-encryption-configuration", &rules]].concat()).await.map(drop)
}

async fn objects(role: &Role, key: &str) -> anyhow::Result<()> {
    aws(&["s3api", "create-bucket", "--bucket", BUCKET]).await?;
    encrypt_bucket(key, false).await?;
    let at = ["--bucket", BUCKET, "--key", "a/b"];
    let put = [&["s3api", "put-object"], &at[..]].concat();
    let get = [&["s3api", "get-object"], &at[..], &["/dev/null"]].concat();
    let copy = ["s3api", "copy-object", "--bucket", BUCKET, "--key", "c"];
    let source = format!("{BUCKET}/a/b");
    let copy = [&copy[..], &["--copy-source", &source]].concat();

    role.may(&[]).await?;
    denied_action(role.call(&put).await, "kms:GenerateDataKey")?;
    let write = allow("kms:GenerateDataKey", key, &through("s3"));
    role.may(std::slice::from_ref(&write)).await?;
    role.call(&put).await?;
    denied_action(role.call(&get).await, "kms:Decrypt")?;
    denied_action(role.call(&copy).await, "kms:Decrypt")?;
    // The object may be looked at without its content, and with another encryption no key is used.
    role.call(&[&["s3api", "head-object"], &at[..]].concat()).await?;
    let plain = ["s3api", "put-object", "--bucket", BUCKET, "--key", "plain"];
    role.call(&[&plain[..], &["--server-side-encryption", "AES256"]].concat()).await?;
    // The permission counts through the service only.
    let direct = ["kms", "generate-data-key", "--key-id", key, "--key-spec", "AES_256"];
    denied(role.call(&direct).await)?;
    role.may(&[write.clone(), allow("kms:Decrypt", key, &through("secretsmanager"))]).await?;
    denied_action(role.call(&get).await, "kms:Decrypt")?;
    role.may(&[write.clone(), allow("kms:Decrypt", key, &through("s3"))]).await?;
    role.call(&get).await?;
    role.call(&copy).await?;
    parts(role, &write, key).await?;
    // A Deny of whatever does not come through a service or an endpoint, as the keys of an environment have.
    let not_direct = |service: &str| {
        json!({"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": {
            "StringNotEqualsIfExists": {"kms:ViaService": format!("{service}.us-east-1.amazonaws.com")},
            "Bool": {"aws:ViaAWSService": "true"},
        }})
    };
    let all = allow("kms:*", key, &json!({}));
    role.may(&[all.clone(), not_direct("s3")]).await?;
    role.call(&get).await?;
    role.may(&[all, not_direct("sagemaker")]).await?;
    denied_action(role.call(&get).await, "kms:Decrypt")
}

/// The parts of an upload are read to put them together.
async fn parts(role: &Role, write: &Value, key: &str) -> anyhow::Result<()> {
    let at = ["--bucket", BUCKET, "--key", "parts"];
    let begin = [&["s3api", "create-multipart-upload"], &at[..]].concat();
    let id = role.call(&begin).await?["UploadId"].as_str().context("no upload")?.to_owned();
    let part = [&["s3api", "upload-part"], &at[..], &["--upload-id", &id, "--part-number", "1"]].concat();
    role.may(std::slice::from_ref(write)).await?;
    denied_action(role.call(&part).await, "kms:Decrypt")?;
    role.may(&[write.clone(), allow("kms:Decrypt", key, &through("s3"))]).await?;
    role.call(&part).await?;
    let abort = [&["s3api", "abort-multipart-upload"], &at[..], &["--upload-id", &id]].concat();
    role.call(&abort).await.map(drop)
}

/// The encryption context is the object, or with a bucket key the bucket.
async fn bucket_keys(role: &Role, key: &str) -> anyhow::Result<()> {
    let put = ["s3api", "put-object", "--bucket", BUCKET, "--key", "a/b"];
    let of = |arn: String| json!({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": arn}});
    let of_object = allow("kms:GenerateDataKey", key, &of(format!("arn:aws:s3:::{BUCKET}/a/b")));
    let of_bucket = allow("kms:GenerateDataKey", key, &of(format!("arn:aws:s3:::{BUCKET}")));
    for (has_bucket_key, fitting, other) in [(false, &of_object, &of_bucket), (true, &of_bucket, &of_object)]
    {
        encrypt_bucket(key, has_bucket_key).await?;
        role.may(std::slice::from_ref(other)).await?;
        denied_action(role.call(&put).await, "kms:GenerateDataKey")?;
        role.may(std::slice::from_ref(fitting)).await?;
        role.call(&put).await?;
    }
    Ok(())
}

async fn secrets(role: &Role, key: &str) -> anyhow::Result<()> {
    let create = ["secretsmanager", "create-secret", "--name", NAME, "--kms-key-id", key];
    let create = [&create[..], &["--secret-string", "text"]].concat();
    let get = ["secretsmanager", "get-secret-value", "--secret-id", NAME];
    role.may(&[]).await?;
    denied(role.call(&create).await)?;
    let read = allow("kms:Decrypt", key, &through("secretsmanager"));
    role.may(&[read.clone(), allow("kms:GenerateDataKey", key, &through("secretsmanager"))]).await?;
    role.call(&create).await?;
    role.may(&[]).await?;
    denied(role.call(&get).await)?;
    role.may(&[read]).await?;
    role.call(&get).await?;
    let delete = ["secretsmanager", "delete-secret", "--secret-id", NAME];
    aws(&[&delete[..], &["--force-delete-without-recovery"]].concat()).await.map(drop)
}

/// The volume of a notebook instance needs a grant, which only a service of AWS may ask for.
async fn volumes(role: &Role, key: &str) -> anyhow::Result<()> {
    let execution = format!("arn:aws:iam::111122223333:role/{NAME}");
    let create = ["sagemaker", "create-notebook-instance", "--notebook-instance-name", NAME];
    let more = ["--instance-type", "ml.t3.medium", "--role-arn", &execution, "--kms-key-id", key];
    let create = [&create[..], &more].concat();
    let describe = allow("kms:DescribeKey", key, &json!({}));
    let grant = |is_for_service: &str| {
        allow("kms:CreateGrant", key, &json!({"Bool": {"kms:GrantIsForAWSResource": is_for_service}}))
    };
    role.may(std::slice::from_ref(&describe)).await?;
    denied_action(role.call(&create).await, "kms:CreateGrant")?;
    role.may(&[describe.clone(), grant("false")]).await?;
    denied_action(role.call(&create).await, "kms:CreateGrant")?;
    role.may(&[describe, grant("true")]).await?;
    let direct = ["kms", "create-grant", "--key-id", key, "--grantee-principal", &execution];
    denied(role.call(&[&direct[..], &["--operations", "Decrypt"]].concat()).await)?;
    role.call(&create).await?;
    let instance = ["--notebook-instance-name", NAME];
    let status = async || {
        let found = aws(&[&["sagemaker", "describe-notebook-instance"], &instance[..]].concat()).await;
        found.map_or(Value::Null, |found| found["NotebookInstanceStatus"].clone())
    };
    until("it is in service", async || Ok(status().await == "InService")).await?;
    aws(&[&["sagemaker", "stop-notebook-instance"], &instance[..]].concat()).await?;
    until("it is stopped", async || Ok(status().await == "Stopped")).await?;
    aws(&[&["sagemaker", "delete-notebook-instance"], &instance[..]].concat()).await?;
    until("it is gone", async || Ok(status().await.is_null())).await
}
