//! `package upload` with the real AWS CLI: what is in the bucket afterwards, who may read it, and the commands that it prints.

mod cloud_build;
mod fixture;

use crate::cli::{aws, aws_as, aws_with};
use crate::harness::{SourceFixture, cloud, project, run};
use crate::one_shot::accounts::{account, administrator, organization, unit};
use anyhow::{Context, ensure};
use fixture::{Project, paste};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The versions of each object of a bucket, by key.
async fn versions(bucket: &str) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let list =
        ["s3api", "list-object-versions", "--bucket", bucket, "--query", "Versions[].[Key, VersionId]"];
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for version in aws(&list).await?.as_array().into_iter().flatten() {
        let text = |at: usize| version[at].as_str().unwrap_or_default().to_owned();
        found.entry(text(0)).or_default().push(text(1));
    }
    Ok(found)
}

async fn tags(bucket: &str, key: &str) -> anyhow::Result<Value> {
    let get = ["s3api", "get-object-tagging", "--bucket", bucket, "--key", key, "--query", "TagSet"];
    aws(&get).await
}

#[test]
fn a_release_is_uploaded_once_and_deployed_by_the_commands_that_are_printed() {
    run(async {
        let bucket = "packaging.release";
        let project = Project::with_function("packaging-release").await?;
        let printed = project.upload(bucket, &[]).await?;
        ensure!(
            printed.errors.contains("making bucket packaging.release in us-east-1"),
            "{}",
            printed.errors
        );

        let versioning = aws(&["s3api", "get-bucket-versioning", "--bucket", bucket]).await?;
        ensure!(versioning["Status"] == "Enabled", "{versioning}");
        let block = aws(&["s3api", "get-public-access-block", "--bucket", bucket]).await?;
        let block = block["PublicAccessBlockConfiguration"].as_object().context("no block")?;
        ensure!(block.len() == 4 && block.values().all(|value| value == true), "{block:?}");

        let prefix = project.prefix()?;
        let first = versions(bucket).await?;
        let names = project.names();
        let release = names.iter().map(|name| format!("{prefix}/{name}"));
        let fixed =
            ["core-main.yaml", "sagemaker-secure-mlops.zip"].map(|name| format!("sagemaker-mlops/{name}"));
        let mut expected: Vec<_> = release.chain(fixed.clone()).collect();
        expected.sort();
        ensure!(first.keys().eq(&expected), "{:?}", first.keys());
        for key in [fixed[0].clone(), format!("{prefix}/network-config.zip")] {
            let tag = json!([{"Key": "servicecatalog:provisioning", "Value": "true"}]);
            ensure!(tags(bucket, &key).await? == tag, "{key} has no tag");
        }
        ensure!(tags(bucket, &fixed[1]).await? == json!([]), "the source is tagged");
        let placed = project.read("build/us-east-1/core-main.yaml").await?;
        ensure!(placed.contains("    Default: 'packaging.release' # An upload writes it.\n"), "{placed}");
        ensure!(placed.contains(&format!("    Default: '{prefix}'\n")), "{placed}");

        // The second time, only the fixed names get a new version.
        let again = project.upload(bucket, &[]).await?;
        ensure!(again.text == printed.text, "{}", again.text);
        ensure!(
            again.errors.contains(&format!("is there: s3://{bucket}/{prefix}/function.yaml")),
            "{}",
            again.errors
        );
        for (key, found) in versions(bucket).await? {
            let of_first = first[&key].as_slice();
            if fixed.contains(&key) {
                ensure!(found.len() == 2, "{key} has {} versions", found.len());
            } else {
                ensure!(found == of_first, "{key} was replaced");
            }
        }

        let core = "packaging-core";
        paste(&printed.text.replace("--stack-name sm-mlops-core", &format!("--stack-name {core}"))).await?;
        aws(&["cloudformation", "wait", "stack-create-complete", "--stack-name", core]).await?;
        let query = "Stacks[0].Outputs[?OutputKey=='FunctionArn'].OutputValue | [0]";
        let describe = ["cloudformation", "describe-stacks", "--stack-name", core, "--query", query];
        let function = aws(&describe).await?;
        let function = function.as_str().context("no function")?;
        let get = ["lambda", "get-function-configuration", "--function-name", function];
        let configuration = aws(&get).await?;
        ensure!(
            configuration["Architectures"] == json!([emulator::deploy::architecture()]),
            "{configuration}"
        );
        aws(&["cloudformation", "delete-stack", "--stack-name", core]).await?;
        aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", core]).await?;

        // What somebody else wrote under the name of the release is found.
        let other = project.folder().join("infra/core-main.yaml");
        let other = other.to_str().context("path")?;
        let key = format!("{prefix}/function.yaml");
        aws(&["s3api", "put-object", "--bucket", bucket, "--key", &key, "--body", other]).await?;
        let refused = project.upload(bucket, &[]).await.err().context("a changed release was taken")?;
        ensure!(format!("{refused:#}").contains("has another content than the release"), "{refused:#}");
        Ok(())
    });
}

#[test]
fn a_bucket_of_another_region_or_account_is_refused() {
    run(async {
        let project = Project::with_template("packaging-refused").await?;
        let refused = async |bucket: &str| {
            let error = project.upload(bucket, &[]).await.err().context("the bucket was taken")?;
            anyhow::Ok(format!("{error:#}"))
        };
        let elsewhere = "packaging-elsewhere";
        let place =
            ["--region", "eu-west-1", "--create-bucket-configuration", "LocationConstraint=eu-west-1"];
        aws(&[&["s3api", "create-bucket", "--bucket", elsewhere][..], &place].concat()).await?;
        let error = refused(elsewhere).await?;
        ensure!(error.contains("bucket packaging-elsewhere is in eu-west-1, and"), "{error}");

        let root = organization().await?;
        let stranger = account("packaging-stranger", root, &unit(root, "packaging-stranger").await?).await?;
        let session = administrator(&stranger).await?;
        let foreign = "packaging-foreign";
        aws_as(&session, &["s3api", "create-bucket", "--bucket", foreign]).await?;
        let error = refused(foreign).await?;
        ensure!(error.contains("bucket packaging-foreign belongs to another account"), "{error}");

        // A stranger may invite to a bucket of theirs.
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:*",
            "Resource": [format!("arn:aws:s3:::{foreign}"), format!("arn:aws:s3:::{foreign}/*")],
        }});
        let put = ["s3api", "put-bucket-policy", "--bucket", foreign, "--policy", &policy.to_string()];
        aws_as(&session, &put).await?;
        aws(&["s3api", "head-bucket", "--bucket", foreign]).await.context("the invitation is of no use")?;
        let error = refused(foreign).await?;
        ensure!(error.contains("bucket packaging-foreign belongs to another account"), "{error}");
        let list = ["s3api", "list-objects-v2", "--bucket", foreign, "--query", "Contents || `[]`"];
        ensure!(aws_as(&session, &list).await? == json!([]), "something was uploaded");
        Ok(())
    });
}

#[test]
fn a_release_is_read_by_those_it_is_shared_with() {
    run(async {
        let cloud = cloud().await;
        let bucket = "packaging-shared";
        let project = Project::with_template("packaging-shared").await?;
        project.upload(bucket, &[]).await?;
        let root = organization().await?;
        let target = account("packaging-target", root, &unit(root, "packaging-target").await?).await?;
        let session = administrator(&target).await?;
        let copy = cloud.state().join("packaging-copy").to_string_lossy().into_owned();
        let get =
            ["s3api", "get-object", "--bucket", bucket, "--key", "sagemaker-mlops/core-main.yaml", &copy];
        let reads = async || aws_as(&session, &get).await.is_ok();
        ensure!(!reads().await, "the release is read before it is shared");

        let tls = json!({"Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
            "Resource": format!("arn:aws:s3:::{bucket}/*")});
        let policy = json!({"Version": "2012-10-17", "Statement": [tls]}).to_string();
        aws(&["s3api", "put-bucket-policy", "--bucket", bucket, "--policy", &policy]).await?;
        let statements = async || {
            let get = ["s3api", "get-bucket-policy", "--bucket", bucket, "--query", "Policy"];
            let policy = aws(&get).await?.as_str().context("no policy")?.to_owned();
            let mut policy: Value = serde_json::from_str(&policy)?;
            anyhow::Ok(policy["Statement"].take())
        };
        let organization =
            aws(&["organizations", "describe-organization", "--query", "Organization.Id"]).await?;
        let organization = organization.as_str().context("no organization")?;
        for readers in [&[target.as_str()][..], &[organization]] {
            for told in ["and with no other account", "is shared as it was"] {
                let uploaded = project.upload(bucket, readers).await?;
                ensure!(uploaded.errors.contains(told), "{}", uploaded.errors);
                let found = statements().await?;
                ensure!(found.as_array().map(Vec::len) == Some(2) && found[0] == tls, "{found}");
            }
            ensure!(reads().await, "{readers:?} do not read the release");
        }
        // Without the option nothing changes, and nobody outside reads it.
        project.upload(bucket, &[]).await?;
        ensure!(reads().await, "the release is shared no longer");
        ensure!(aws_with(&[("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")], &get).await.is_err());
        project.upload(bucket, &["none"]).await?;
        ensure!(statements().await? == json!([tls]), "own statements are left");
        ensure!(!reads().await, "the release is still shared");
        Ok(())
    });
}

#[test]
fn an_archive_that_is_named_goes_before_the_release() {
    run(async {
        let zip = package::zip(&project(), crate::BUILT_FOR, "git-source");
        let key = "packaging/git-source.zip";
        let (bucket, _) = emulator::deploy::upload_code_as(cloud().await, &zip, key).await?;
        let named =
            [("LambdaCodeS3Bucket", bucket.as_str()), ("LambdaCodeS3Key", key), ("CodePrefix", "no-release")];
        let fixture = SourceFixture::deploy("named-archive", &named).await?;
        let outcome = fixture.run().await?;
        ensure!(outcome.status == "Succeeded", "{outcome:?}");
        Ok(())
    });
}
