//! `docs/adding-a-function.md`, step by step, in a copy of the workspace: a function made from `templates/function` passes its
//! own tests, is found by the packager, deployed, and answers a custom resource.

use crate::harness::{cloud, project, run};
use anyhow::{Context, ensure};
use aws_sdk_cloudwatchlogs::Client as Logs;
use emulator::deploy;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

const NAME: &str = "log-retention";

/// A log group of the stack, and the custom resource of the function.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, Days: {Type: String}}
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: new-function-test}
  Retention:
    Type: Custom::LogRetention
    Properties: {ServiceToken: !Ref Function, ServiceTimeout: 300, LogGroupName: !Ref Log, RetentionInDays: !Ref Days}
Outputs:
  Days: {Value: !GetAtt Retention.RetentionInDays}
";

#[test]
fn a_function_made_by_the_recipe_is_tested_packaged_deployed_and_answers() {
    run(async {
        let cloud = cloud().await;
        let root = tokio::task::spawn_blocking(make).await??;
        ensure!(
            package::functions(&root)? == [NAME],
            "the packager does not find the function by its folder"
        );

        let release = root.join("release");
        std::fs::create_dir_all(&release)?;
        let built = package::folder(&project(), crate::BUILT_FOR);
        for nested in ["function.yaml", "function-log.yaml", "state-machine.yaml", "state-machine-roles.yaml"]
        {
            std::fs::copy(built.join(nested), release.join(nested))?;
        }
        let role = format!("{NAME}-role.yaml");
        std::fs::copy(root.join("infra/functions").join(&role), release.join(&role))?;
        let program = target().join("debug").join(NAME);
        package::archive(&[("bootstrap".into(), program)], &release.join(format!("{NAME}.zip")))?;
        let parameters = deploy::upload_release(cloud, &release, "sagemaker-mlops/new-function").await?;
        let template = package::template(&root.join(format!("infra/functions/{NAME}.yaml")))?;
        let function = deploy::create(cloud, "new-function", &template, parameters, |_| ()).await?;

        let logs = Logs::new(&cloud.root().await);
        let given = deploy::named([("Function", function.output("FunctionArn")?), ("Days", "30")]);
        let user = deploy::create(cloud, "new-function-user", USER, given, |_| ()).await?;
        ensure!(user.output("Days")? == "30", "{:?}", user.output("Days"));
        ensure!(retention(&logs).await? == Some(Some(30)), "Create set no retention");

        let user = deploy::update(cloud, &user, USER, deploy::named([("Days", "60")]), |_| ()).await?;
        ensure!(retention(&logs).await? == Some(Some(60)), "Update changed no retention");
        let refused = deploy::update(cloud, &user, USER, deploy::named([("Days", "31")]), |_| ()).await.err();
        let refused = format!("{:#}", refused.context("a retention of 31 days was accepted")?);
        ensure!(refused.contains("RetentionInDays is \"31\": give one of [1, 3, 5"), "{refused}");
        ensure!(retention(&logs).await? == Some(Some(60)), "the rollback restored no retention");

        deploy::delete(cloud, &user, |_| ()).await?;
        ensure!(retention(&logs).await?.is_none(), "the log group is still there");
        deploy::delete(cloud, &function, |_| ()).await
    });
}

/// The retention of the log group of the stack, if the log group exists.
async fn retention(logs: &Logs) -> anyhow::Result<Option<Option<i32>>> {
    let found = logs.describe_log_groups().log_group_name_prefix("new-function-test").send().await?;
    Ok(found.log_groups().first().map(aws_sdk_cloudwatchlogs::types::LogGroup::retention_in_days))
}

/// The folder that cargo builds in.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// Copies what the function needs of the workspace, makes the function there, compiles it and runs its tests. Returns the root
/// of the copy, whose place is always the same, so that only the new function is compiled again.
fn make() -> anyhow::Result<PathBuf> {
    let root = project().join("target/new-function");
    for folder in ["functions", "infra", "events"] {
        let old = root.join(folder);
        if old.exists() {
            std::fs::remove_dir_all(old)?;
        }
    }
    for part in [".cargo", "clippy.toml", "Cargo.lock", "shared", "templates", "workspace-hack"] {
        for entry in WalkDir::new(project().join(part)) {
            let entry = entry?;
            if entry.file_type().is_file() {
                copy(entry.path(), &root.join(entry.path().strip_prefix(project())?))?;
            }
        }
    }
    let manifest = std::fs::read_to_string(project().join("Cargo.toml"))?;
    let members = manifest.lines().find(|line| line.starts_with("members = ")).context("no members")?;
    // The new function needs no other members.
    let needed =
        |name: &&str| ["shared", "functions", "workspace-hack"].iter().any(|part| name.starts_with(part));
    let needed: Vec<_> = members.split('"').skip(1).step_by(2).filter(needed).collect();
    let manifest = manifest.replace(members, &format!("members = {needed:?}"));
    // Cargo tells packages of two workspaces apart by their versions, not by their paths: without this one it would take the
    // copy's `shared` for that of the project, which is built in the same folder.
    let version = manifest.lines().find(|line| line.starts_with("version = ")).context("no version")?;
    let manifest = manifest.replacen(version, "version = \"0.0.0\"", 1);
    write(&root.join("Cargo.toml"), manifest.as_bytes())?;
    package::new_function(&root, NAME)?;
    let packages = ["--offline", "--package", NAME, "--package", "workspace-hack"];
    cargo(&root, "build", &[&packages[..], &["--bins"]].concat())?;
    cargo(&root, "test", &[&packages[..], &["--lib"]].concat())?;
    Ok(root)
}

fn cargo(root: &Path, command: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.arg(command).args(arguments).current_dir(root).env("CARGO_TARGET_DIR", target());
    let output = cargo.output()?;
    let text = [&*output.stdout, b"\n", &*output.stderr].concat();
    ensure!(output.status.success(), "cargo {command}: {}", String::from_utf8_lossy(&text));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    write(to, &std::fs::read(from)?)
}

/// Leaves a file that has this content already as it is: a newer one would be compiled again.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
    Ok(std::fs::write(path, content)?)
}
