//! What `env-sagemaker-studio.yaml` refuses, and the script that its apps run when they start.

use super::packaged;
use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, run, until};
use crate::one_shot::refused;
use anyhow::{Context, ensure};
use emulator::deploy;

#[test]
fn what_cannot_work_is_refused_before_anything_is_made() {
    run(async {
        let long = "x".repeat(64);
        for (given, reason) in [
            (("SsoUserName", "alice"), "SsoUserName is for AuthMode SSO"),
            (("DomainName", long.as_str()), "up to 63 letters, digits and hyphens"),
            (("UserProfileName", "-"), "up to 63 letters, digits and hyphens"),
            (("PyPIRepository", "shared/pypi"), "the names of a domain and a repository of CodeArtifact"),
            (("HomeDirectories", "retain"), "HomeDirectories"),
        ] {
            let mut parameters = release(cloud().await).await?;
            parameters.extend(deploy::named([
                ("EnvName", "std-refused"),
                ("VPCId", "vpc-12345678"),
                ("SageMakerStudioSubnetIds", "subnet-12345678"),
                ("SageMakerSecurityGroupIds", "sg-12345678"),
                ("SageMakerExecutionRoleArn", "arn:aws:iam::111122223333:role/execution"),
                given,
            ]));
            let template = packaged("env-sagemaker-studio")?;
            let made = deploy::create(cloud().await, "std-refused", &template, parameters, |_| ()).await;
            let told = refused(made)?;
            ensure!(told.contains(reason), "{given:?}: {told}");
        }
        Ok(())
    });
}

/// The login script runs with programs in the place of the AWS CLI and of `sleep`, which say how they were called.
#[test]
fn the_login_script_logs_in_to_the_repository_of_the_parameter() {
    run(async {
        let cloud = cloud().await;
        let parameters = deploy::named([
            ("EnvName", "std-login"),
            ("EnvType", "dev"),
            ("AppType", "JupyterLab"),
            ("RepositoryParameter", "std-login-dev-pypi-repository"),
        ]);
        let template = packaged("env-sagemaker-studio-login")?;
        let stack = deploy::create(cloud, "std-login", &template, parameters, |_| ()).await?;
        let describe = ["sagemaker", "describe-studio-lifecycle-config", "--studio-lifecycle-config-name"];
        let describe =
            [&describe[..], &["std-login-dev-JupyterLab-pip-1", "--query", "StudioLifecycleConfigContent"]];
        let content = aws(&describe.concat()).await?;
        let home = cloud.state().join("std-login");
        tokio::fs::create_dir_all(&home).await?;
        let play = r#"set -eu
            printf '#!/bin/sh\necho "$@" >>"$HOME/calls"\ncase $1 in ssm) echo shared/111122223333/pypi ;; esac\n' >"$HOME/aws"
            printf '#!/bin/sh\necho sleep "$@" >>"$HOME/calls"\nkill "$PPID"\n' >"$HOME/sleep"
            chmod +x "$HOME/aws" "$HOME/sleep"
            printf %s "$1" | base64 --decode >"$HOME/script"
            bash "$HOME/script""#;
        let mut shell = tokio::process::Command::new("bash");
        shell.args(["-c", play, "play", content.as_str().context("no script")?]).env_clear();
        shell.env("HOME", &home).env("PATH", format!("{}:/usr/bin:/bin", home.display()));
        let ran = shell.output().await?;
        ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let calls = home.join("calls");
        until("the script sleeps", async || {
            Ok(tokio::fs::read_to_string(&calls).await.unwrap_or_default().contains("sleep"))
        })
        .await?;
        let expected = "ssm get-parameter --region us-east-1 --name std-login-dev-pypi-repository --query Parameter.Value --output text\n\
                        codeartifact login --region us-east-1 --tool pip --domain shared --domain-owner 111122223333 --repository pypi\n\
                        sleep 36000\n";
        assert_eq!(tokio::fs::read_to_string(&calls).await?, expected);
        deploy::delete(cloud, &stack, |_| ()).await
    });
}
