//! Roles of two target accounts get access to a bucket and its key, and lose it again.

use super::accounts::{account, administrator, organization, session, unit};
use super::{function, refused};
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::{Value, json};

/// What the environment of a project has: the bucket with the models and its key.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Function: {Type: String}
  Accounts: {Type: CommaDelimitedList}
  Reader: {Type: String}
  S3: {Type: String}
  Kms: {Type: String}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: cross-account-models}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      PendingWindowInDays: 7
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - {Sid: Account, Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}
  Access:
    Type: Custom::CrossAccountAccess
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 300
      Accounts: !Ref Accounts
      PrincipalRoleName: ModelRole
      S3BucketName: !Ref Bucket
      KMSKeyId: !Ref Key
      ReaderRoleName: !Ref Reader
      S3VPCESSMParamName: !Ref S3
      KMSVPCESSMParamName: !Ref Kms
      Name: Staging
Outputs:
  Key: {Value: !Ref Key}
";

/// The bucket of the stack.
const BUCKET: &str = "cross-account-models";
/// The name of the reader role, as the template of the function has it.
pub(super) const READER: &str = "sm-mlops-endpoint-reader";

fn trust(principal: &str) -> String {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A role in another account, with a policy of its own.
async fn role(of: &Value, name: &str, trusts: &str, actions: &[&str]) -> anyhow::Result<()> {
    let create = ["iam", "create-role", "--role-name", name, "--assume-role-policy-document", &trust(trusts)];
    aws_as(of, &create).await?;
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let put =
        ["iam", "put-role-policy", "--role-name", name, "--policy-name", "p", "--policy-document", &policy];
    aws_as(of, &put).await.map(drop)
}

/// A target account with both roles and both parameters. Its id, and credentials of the role that reads models.
pub(super) async fn target(name: &str, unit: &str, reader_trusts: &str) -> anyhow::Result<(String, Value)> {
    let id = account(name, organization().await?, unit).await?;
    let admin = administrator(&id).await?;
    role(
        &admin,
        "ModelRole",
        &format!("arn:aws:iam::{id}:root"),
        &["s3:GetObject", "s3:ListBucket", "kms:Decrypt"],
    )
    .await?;
    role(&admin, READER, reader_trusts, &["ssm:GetParameters"]).await?;
    for (parameter, value) in [("s3-vpce-id", "vpce-0a"), ("kms-vpce-id", "vpce-0b")] {
        let put = ["ssm", "put-parameter", "--type", "String", "--name", parameter, "--value", value];
        aws_as(&admin, &put).await?;
    }
    let reads = session(&admin, &format!("arn:aws:iam::{id}:role/ModelRole")).await?;
    Ok((id, reads))
}

/// Reads the model as a role.
async fn read(role: &Value) -> anyhow::Result<()> {
    let get = ["s3api", "head-object", "--bucket", BUCKET, "--key", "model.tar.gz"];
    aws_as(role, &get).await.map(drop)
}

/// The policy of the bucket, or nothing if it has none, and that of the key.
pub(super) async fn policies(bucket: &str, key: &str) -> anyhow::Result<(Option<String>, String)> {
    let bucket = aws(&["s3api", "get-bucket-policy", "--bucket", bucket]).await;
    let bucket = bucket.ok().and_then(|found| found["Policy"].as_str().map(str::to_owned));
    let key = aws(&["kms", "get-key-policy", "--key-id", key, "--policy-name", "default"]).await?;
    Ok((bucket, key["Policy"].as_str().context("no policy")?.to_owned()))
}

#[test]
fn roles_of_target_accounts_read_models_as_long_as_the_stack_grants_it() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("cross-account-access").await?;
        let unit = unit(organization().await?, "targets").await?;
        let function_role =
            format!("arn:aws:iam::{}:role/{}", cloud.context().account, deployed.output("RoleName")?);
        let (one, reads_one) = target("one", &unit, &function_role).await?;
        let (two, reads_two) = target("two", &unit, &function_role).await?;
        let both = format!("{one},{two}");
        let ask = |accounts: &str, reader: &str, s3: &str, kms: &str| {
            deploy::named([("Accounts", accounts), ("Reader", reader), ("S3", s3), ("Kms", kms)])
        };
        let mut parameters = ask(&both, "", "", "");
        parameters.extend(deploy::named([("Function", deployed.output("FunctionArn")?)]));
        let user = deploy::create(cloud, "access-user", USER, parameters, |_| ()).await?;
        let model = cloud.state().join("model.tar.gz");
        std::fs::write(&model, "weights")?;
        let body = model.to_str().context("path")?;
        aws(&["s3api", "put-object", "--bucket", BUCKET, "--key", "model.tar.gz", "--body", body]).await?;
        tokio::try_join!(read(&reads_one), read(&reads_two))?;
        let key = user.output("Key")?.to_owned();
        let (_, of_key) = policies(BUCKET, &key).await?;
        ensure!(of_key.contains("\"Account\"") && of_key.contains(&two), "{of_key}");

        // An account less.
        let user = deploy::update(cloud, &user, USER, ask(&one, "", "", ""), |_| ()).await?;
        read(&reads_one).await?;
        ensure!(read(&reads_two).await.is_err(), "the second account has access");
        // From the endpoints of the accounts only, and these roles come from nowhere.
        let user =
            deploy::update(cloud, &user, USER, ask(&both, READER, "s3-vpce-id", "kms-vpce-id"), |_| ())
                .await?;
        let (of_bucket, of_key) = policies(BUCKET, &key).await?;
        ensure!(
            of_bucket.is_some_and(|policy| policy.contains("vpce-0a")) && of_key.contains("vpce-0b"),
            "{of_key}"
        );
        for role in [&reads_one, &reads_two] {
            ensure!(read(role).await.is_err(), "a role reads from outside of its endpoint");
        }

        for (accounts, reader, s3, part) in [
            (&*both, READER, "no-such-parameter", "has no parameter no-such-parameter: create it there"),
            (&*cloud.context().account, READER, "s3-vpce-id", "the account of the stack: leave it out"),
            (
                "production",
                READER,
                "s3-vpce-id",
                "Accounts holds `production`: each must be the id of an account",
            ),
        ] {
            let asked = ask(accounts, reader, s3, "kms-vpce-id");
            let told = refused(deploy::update(cloud, &user, USER, asked, |_| ()).await)?;
            ensure!(told.contains(part), "{told}");
        }
        aws(&["s3api", "delete-object", "--bucket", BUCKET, "--key", "model.tar.gz"]).await?;
        // The custom resource alone goes: bucket and key have the policies of their owners again.
        let without = USER.split("  Access:").next().context("no Access")?.to_owned()
            + "Outputs:\n  Key: {Value: !Ref Key}\n";
        let user = deploy::update(cloud, &user, &without, deploy::named([]), |_| ()).await?;
        let (of_bucket, of_key) = policies(BUCKET, &key).await?;
        ensure!(
            of_bucket.is_none() && !of_key.contains("CrossAccount") && of_key.contains("Account"),
            "{of_bucket:?} {of_key}"
        );
        deploy::delete(cloud, &user, |_| ()).await?;
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
