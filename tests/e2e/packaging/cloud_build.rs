//! `package-cfn.yaml`: a release that a build makes, from the source archive in the bucket.

use super::fixture::Project;
use crate::cli::aws;
use crate::harness::{cloud, project, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use walkdir::WalkDir;
use zip::write::SimpleFileOptions;

const BUCKET: &str = "packaging-cloud";
const ARCHIVE: &str = "sagemaker-mlops/sagemaker-secure-mlops.zip";

/// A zip of the project, in which `make package` uploads what is built already: compiling takes minutes.
fn archive(of: &Path, makefile: &str) -> anyhow::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default())?;
        anyhow::Ok(zip.write_all(bytes)?)
    };
    for entry in WalkDir::new(of) {
        let entry = entry?;
        let name = entry.path().strip_prefix(of)?.to_str().context("path")?.to_owned();
        if entry.file_type().is_file() && !name.starts_with(".git/") {
            add(&name, &std::fs::read(entry.path())?)?;
        }
    }
    add("package/cloud.sh", &std::fs::read(project().join("package/cloud.sh"))?)?;
    add("Makefile", makefile.as_bytes())?;
    Ok(zip.finish()?.into_inner())
}

async fn put(key: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let file = cloud().await.state().join("packaging-cloud.zip");
    tokio::fs::write(&file, bytes).await?;
    let body = file.to_str().context("path")?;
    aws(&["s3api", "put-object", "--bucket", BUCKET, "--key", key, "--body", body]).await.map(drop)
}

async fn create(stack: &str, key: &str) -> anyhow::Result<DeployedStack> {
    let template = package::template(&project().join("infra/package-cfn.yaml"))?;
    let architecture = deploy::architecture();
    let given = [("S3BucketName", BUCKET), ("SourceKey", key), ("Architecture", architecture)];
    deploy::create(cloud().await, stack, &template, deploy::named(given), |_| ()).await
}

#[test]
fn a_build_makes_the_release_and_a_build_that_fails_is_told() {
    run(async {
        let cloud = cloud().await;
        aws(&["s3api", "create-bucket", "--bucket", BUCKET]).await?;
        let versions = [
            "s3api",
            "put-bucket-versioning",
            "--bucket",
            BUCKET,
            "--versioning-configuration",
            "Status=Enabled",
        ];
        aws(&versions).await?;
        let source = Project::with_function("packaging-cloud").await?;

        put(
            "wrong.zip",
            &archive(source.folder(), ".PHONY: package\npackage:\n\t@echo the compiler says no; exit 3\n")?,
        )
        .await?;
        let told =
            create("packaging-no-cloud", "wrong.zip").await.err().context("a failed build made a stack")?;
        let told = format!("{told:#}");
        ensure!(told.contains("Release AWS::CloudFormation::WaitCondition CREATE_FAILED"), "{told}");
        // The log stays, to say why.
        let groups = ["logs", "describe-log-groups", "--query", "logGroups[].logGroupName"];
        let groups = aws(&groups).await?;
        let of_build = |name: &&Value| name.as_str().is_some_and(|name| name.contains("packaging-no-cloud"));
        let group = groups.as_array().into_iter().flatten().find(of_build);
        let group = group.and_then(Value::as_str).context("the log of the build is gone")?;
        let events = ["logs", "filter-log-events", "--log-group-name", group, "--query", "events[].message"];
        let log = aws(&events).await?.to_string();
        ensure!(log.contains("the compiler says no"), "{log}");

        let own = std::env::current_exe()?;
        let packager = own.parent().and_then(Path::parent).context("path")?.join("package");
        let makefile = format!(
            ".PHONY: package\npackage:\n\t@{} upload --bucket $(CFN_BUCKET_NAME) --root .\n",
            packager.display()
        );
        put(ARCHIVE, &archive(source.folder(), &makefile)?).await?;
        let stack = create("packaging-cloud", ARCHIVE).await?;
        let template = stack.output("CoreMainStackS3Uri")?.to_owned();
        ensure!(template == format!("s3://{BUCKET}/sagemaker-mlops/core-main.yaml"), "{template}");
        let key = format!("{}/network-config.zip", source.prefix()?);
        for key in ["sagemaker-mlops/core-main.yaml", &key] {
            aws(&["s3api", "head-object", "--bucket", BUCKET, "--key", key]).await.context(key.to_owned())?;
        }
        // Another release by the command, and no stack that waits for it.
        let command = stack.output("StartBuildCLICommand")?.to_owned();
        super::fixture::paste(&command).await?;
        let pipeline = command.rsplit(' ').next().context("no name")?;
        let executions = ["codepipeline", "list-pipeline-executions", "--pipeline-name", pipeline];
        let executions = [&executions[..], &["--query", "pipelineExecutionSummaries[].status"]].concat();
        crate::harness::until("both executions are done", async || {
            Ok(aws(&executions).await? == serde_json::json!(["Succeeded", "Succeeded"]))
        })
        .await?;
        check_both_ways(cloud, &stack.stack, unused::PACKAGE).await?;
        deploy::delete(cloud, &stack, |_| ()).await
    });
}
