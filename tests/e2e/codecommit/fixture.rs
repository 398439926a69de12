//! A stack with a repository and a pipeline, and the working copy of a user who pushes to it.

use crate::cli::aws;
use crate::harness::{cloud, until};
use anyhow::{Context, ensure};
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;
use zip::write::SimpleFileOptions;

const TEMPLATE: &str = include_str!("pipeline.yaml");
/// What the build runs.
pub(super) const PROGRAM: &str = "run.sh";

pub(super) struct RepositoryFixture {
    pub(super) cloud: &'static Cloud,
    pub(super) name: String,
    pub(super) deployed: DeployedStack,
    parameters: Vec<(&'static str, String)>,
    ssh: String,
    /// The user and the host in addresses of git.
    pub(super) login: String,
}

impl RepositoryFixture {
    /// `name` must be unique among the tests.
    pub(super) async fn deploy(name: &str) -> anyhow::Result<Self> {
        let cloud = cloud().await;
        let (seeds, artifacts) = (format!("{name}-seeds"), format!("{name}-artifacts"));
        let archive = cloud.state().join(format!("{name}.zip"));
        std::fs::write(&archive, seed()?)?;
        let archive = archive.to_str().context("the state's path is not UTF-8")?;
        for bucket in [&seeds, &artifacts] {
            aws(&["s3api", "create-bucket", "--bucket", bucket]).await?;
        }
        aws(&["s3api", "put-object", "--bucket", &seeds, "--key", "seed.zip", "--body", archive]).await?;
        let parameters = vec![
            ("Name", name.to_owned()),
            ("RepositoryName", name.to_owned()),
            ("ArtifactBucket", artifacts),
            ("SeedBucket", seeds),
            ("SeedKey", "seed.zip".to_owned()),
        ];
        let given = deploy::named(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let deployed = deploy::create(cloud, name, TEMPLATE, given, |_| ()).await?;
        let key = cloud.state().join(format!("{name}-key"));
        let file = key.to_str().context("the state's path is not UTF-8")?;
        run(Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file])).await?;
        let body = std::fs::read_to_string(format!("{file}.pub"))?;
        let user = deployed.output("DeveloperName")?;
        let upload = ["iam", "upload-ssh-public-key", "--user-name", user, "--ssh-public-key-body", &body];
        let made = aws(&upload).await?;
        let login = made["SSHPublicKey"]["SSHPublicKeyId"].as_str().context("no key")?.to_owned();
        let hosts = cloud.state().join(format!("{name}-hosts"));
        std::fs::write(&hosts, cloud.git_host().host_key() + "\n")?;
        let ssh = format!(
            "ssh -F /dev/null -i {file} -o IdentitiesOnly=yes -o UserKnownHostsFile={}",
            hosts.display()
        );
        Ok(Self { cloud, name: name.to_owned(), deployed, parameters, ssh, login })
    }

    /// Gives the repository another name by an update of the stack.
    pub(super) async fn rename(&mut self, to: &str) -> anyhow::Result<()> {
        to.clone_into(&mut self.parameters[1].1);
        let given = self.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.deployed = deploy::update(self.cloud, &self.deployed, TEMPLATE, given, |_| ()).await?;
        Ok(())
    }

    /// The repository's address for the user with the key.
    pub(super) fn url(&self) -> anyhow::Result<String> {
        let url = self.deployed.output("CloneUrlSsh")?;
        Ok(url.replace("ssh://", &format!("ssh://{}@", self.login)))
    }

    pub(super) fn work(&self) -> PathBuf {
        self.cloud.state().join("work").join(&self.name)
    }

    /// git as the user with the key.
    pub(super) async fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut git = Command::new("git");
        git.args(arguments).env("GIT_SSH_COMMAND", &self.ssh).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        run(&mut git).await
    }

    /// Changes what the build runs and pushes it; the id of the commit.
    pub(super) async fn push(&self, text: &str, reference: &str) -> anyhow::Result<String> {
        let work = self.work();
        let at = work.to_str().context("the state's path is not UTF-8")?;
        std::fs::write(work.join(PROGRAM), format!("#!/bin/sh\necho {text}\n"))?;
        self.git(&["-C", at, "commit", "--quiet", "--all", "--message", text]).await?;
        self.git(&["-C", at, "push", "--quiet", "origin", reference]).await?;
        self.git(&["-C", at, "rev-parse", "HEAD"]).await
    }

    /// All executions of the pipeline of archives, the oldest first.
    pub(super) async fn executions(&self) -> anyhow::Result<Vec<Value>> {
        self.executions_of(&self.name).await
    }

    async fn executions_of(&self, pipeline: &str) -> anyhow::Result<Vec<Value>> {
        let list = ["codepipeline", "list-pipeline-executions", "--pipeline-name", pipeline];
        let found = aws(&list).await?["pipelineExecutionSummaries"].take();
        let mut all = found.as_array().context("no list")?.clone();
        all.reverse();
        Ok(all)
    }

    /// The execution with this number, when it has ended.
    pub(super) async fn ended(&self, number: usize) -> anyhow::Result<Value> {
        self.ended_of(&self.name, number).await
    }

    /// The same of another pipeline.
    pub(super) async fn ended_of(&self, pipeline: &str, number: usize) -> anyhow::Result<Value> {
        until("the execution ends", async || {
            let all = self.executions_of(pipeline).await?;
            Ok(all.get(number).is_some_and(|one| one["status"] != "InProgress"))
        })
        .await?;
        Ok(self.executions_of(pipeline).await?.swap_remove(number))
    }

    /// The runs of actions of an execution by the actions' names.
    pub(super) async fn action(&self, execution: &Value, name: &str) -> anyhow::Result<Value> {
        let id = execution["pipelineExecutionId"].as_str().context("no id")?;
        let filter = format!("pipelineExecutionId={id}");
        let list =
            ["codepipeline", "list-action-executions", "--pipeline-name", &self.name, "--filter", &filter];
        let found = aws(&list).await?["actionExecutionDetails"].take();
        let action = found.as_array().and_then(|all| all.iter().find(|one| one["actionName"] == name));
        Ok(action.with_context(|| format!("no {name} in {found}"))?.clone())
    }

    /// Takes an action from the role that an output names.
    pub(super) async fn deny(&self, output: &str, action: &str) -> anyhow::Result<()> {
        let role = self.deployed.output(output)?;
        let statement = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        let denied = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let put = ["iam", "put-role-policy", "--role-name", role, "--policy-name", "denied"];
        aws(&[&put[..], &["--policy-document", &denied]].concat()).await.map(drop)
    }
}

/// The zip of the first commit.
fn seed() -> anyhow::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default();
    archive.add_directory("docs", plain)?;
    archive.start_file("docs/README.md", plain)?;
    archive.write_all(b"Seed\n")?;
    archive.start_file(PROGRAM, plain.unix_permissions(0o755))?;
    archive.write_all(b"#!/bin/sh\necho seed\n")?;
    Ok(archive.finish()?.into_inner())
}

async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?} failed: {}", command.as_std(), errors.trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
