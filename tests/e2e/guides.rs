//! The commands of the guides, as a reader pastes them: every `sh` block of README and `docs/` runs here, document by
//! document in one shell, unless a comment above it says why not.

mod appendices;
pub(crate) mod replay;
mod shell;
mod table;

use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::cli::aws;
use crate::harness::{cloud, project, run, until};
use crate::setup::first_commit;
use anyhow::{Context, ensure};
use emulator::deploy;
use emulator::repository::{Key, Repository};
use shell::Shell;

/// The documents with commands.
const DOCUMENTS: [&str; 10] = [
    "README.md",
    "docs/adding-a-function.md",
    "docs/clean-up.md",
    "docs/deploy.md",
    "docs/environment.md",
    "docs/git-source.md",
    "docs/operate.md",
    "docs/pipelines.md",
    "docs/security.md",
    "docs/stacks.md",
];
/// Blocks that do not run here, in all documents together. Each has its reason above it.
const NOT_RUN: usize = 20;

/// When a block runs.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    InOrder,
    Last,
    Never,
}

/// One block of commands.
#[derive(Debug)]
struct Block {
    document: &'static str,
    /// Line of its first command.
    line: usize,
    text: String,
    turn: Turn,
}

impl Block {
    async fn run(&self, shell: &mut Shell) -> anyhow::Result<()> {
        shell.run(&format!("{}:{}", self.document, self.line), &self.text).await.map(drop)
    }
}

/// The blocks of a document. A comment counts for the block right below it.
fn blocks(document: &'static str) -> anyhow::Result<Vec<Block>> {
    let text = std::fs::read_to_string(project().join(document))?;
    let lines: Vec<_> = text.lines().collect();
    let mut blocks = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.trim() == "```sh") {
        let comment = at.checked_sub(1).map_or("", |above| lines[above]);
        let reason = |words: &str| comment.strip_prefix(words).and_then(|rest| rest.strip_suffix(" -->"));
        let turn = match (reason("<!-- not run by the tests: "), reason("<!-- run last by the tests: ")) {
            (Some(_), _) => Turn::Never,
            (_, Some(_)) => Turn::Last,
            _ => Turn::InOrder,
        };
        let commands: Vec<_> =
            lines[at + 1..].iter().take_while(|line| line.trim() != "```").copied().collect();
        blocks.push(Block { document, line: at + 2, text: commands.join("\n"), turn });
    }
    Ok(blocks)
}

/// The blocks of a document that run, in the order in which they do.
fn to_run(document: &'static str) -> anyhow::Result<Vec<Block>> {
    let mut blocks = blocks(document)?;
    blocks.retain(|block| block.turn != Turn::Never);
    blocks.sort_by_key(|block| block.turn == Turn::Last);
    Ok(blocks)
}

#[test]
fn every_block_runs_or_says_why_not() {
    let all: Vec<_> = DOCUMENTS.iter().flat_map(|document| blocks(document).unwrap()).collect();
    let (never, runs): (Vec<_>, Vec<_>) = all.into_iter().partition(|block| block.turn == Turn::Never);
    for block in &runs {
        let run = ["docs/clean-up.md", "docs/environment.md", "docs/git-source.md"].contains(&block.document);
        assert!(run, "{}:{} is run by no test", block.document, block.line);
    }
    assert_eq!(never.len(), NOT_RUN, "{never:#?}");
}

/// What stands for something of the reader's own, and what it is here. Each must occur.
fn filled(blocks: Vec<Block>, values: &[(&str, &str)]) -> Vec<Block> {
    for (placeholder, _) in values {
        let occurs = blocks.iter().any(|block| block.text.contains(placeholder));
        assert!(occurs, "{placeholder} stands in no block any more");
    }
    let fill = |text: String| values.iter().fold(text, |text, (from, to)| text.replace(from, to));
    blocks.into_iter().map(|block| Block { text: fill(block.text), ..block }).collect()
}

#[test]
fn the_commands_of_deploy_work_for_a_git_host_on_another_port() {
    run(async {
        let cloud = cloud().await;
        let folder = cloud.state().join("guide-deploy");
        let mut shell = Shell::start(cloud, &folder).await?;
        let (vpc, subnets) = Clients::root(cloud).await.network(&cloud.context().region).await?;
        let port = cloud.git_host().port().to_string();
        let architecture = format!("Architecture,ParameterValue={}", deploy::architecture());
        let blocks = filled(
            to_run("docs/git-source.md")?,
            &[
                ("external-repo-key", "guide-key"),
                ("my-bucket", "guide-bucket"),
                ("STACK_NAME=\"external-repo-access\"", "STACK_NAME=guide-deploy"),
                ("CODEPIPELINE_NAME=\"external-repo-pipeline\"", "CODEPIPELINE_NAME=guide-deploy"),
                ("SOURCE_PROVIDER='CustomSourceForGit'", "SOURCE_PROVIDER=GuideDeploy"),
                ("GIT_HOST=git.example.com", "GIT_HOST=127.0.0.1"),
                ("GIT_PORT=22", &format!("GIT_PORT={port}")),
                ("/team/model.git ", "/guide-deploy.git "),
                ("192.0.2.0/24", "127.0.0.0/8"),
                ("VPC_ID=vpc-...", &format!("VPC_ID={vpc}")),
                ("SUBNET_ID1=subnet-...", &format!("SUBNET_ID1={}", subnets[0])),
                ("SUBNET_ID2=subnet-...", &format!("SUBNET_ID2={}", subnets[1])),
                ("sagemaker-mlops/VERSION-HASH/git-source.zip", "git-source.zip"),
                ("sagemaker-mlops/NEW-VERSION-HASH/git-source.zip", "new.zip"),
                ("Architecture,ParameterValue=arm64", &architecture),
            ],
        );
        for (at, block) in blocks.iter().enumerate() {
            block.run(&mut shell).await?;
            if at == 0 {
                // Pasted twice, it keeps the pair that the secret is half of.
                block.run(&mut shell).await?;
                let public = tokio::fs::read_to_string(folder.join("guide-key.pub")).await?;
                let secret = ["secretsmanager", "get-secret-value", "--secret-id", "guide-key"];
                let private = folder.join("guide-key-copy");
                let text = aws(&secret).await?["SecretString"].as_str().context("no secret")?.to_owned();
                fits(&private, &text, &public).await?;
                // What the reader does at the git host.
                cloud.git_host().authorize(&public)?;
                let key = Key { private, public };
                first_commit(&Repository::on(cloud, &key, "guide-deploy").await?).await?;
                // What `make package` does.
                aws(&["s3api", "create-bucket", "--bucket", "guide-bucket"]).await?;
                let zip = package::zip(&project(), package::Architecture::Local, "git-source");
                let zip = zip.to_str().context("path")?;
                for key in ["git-source.zip", "new.zip"] {
                    let put =
                        ["s3api", "put-object", "--bucket", "guide-bucket", "--key", key, "--body", zip];
                    aws(&put).await?;
                }
            }
            if block.text.contains("start-pipeline-execution") {
                let list = ["codepipeline", "list-pipeline-executions", "--pipeline-name", "guide-deploy"];
                until("both executions have succeeded", async || {
                    let all = aws(&list).await?;
                    let all = all["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
                    let status: Vec<_> = all.iter().filter_map(|it| it["status"].as_str()).collect();
                    ensure!(!status.contains(&"Failed"), "an execution failed: {all:?}");
                    Ok(status.contains(&"Succeeded") && !status.contains(&"InProgress"))
                })
                .await?;
            }
        }
        shell.end().await
    });
}

/// Whether a private key is the other half of a public one; it stays as a file.
async fn fits(file: &std::path::Path, private: &str, public: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    tokio::fs::write(file, private).await?;
    tokio::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).await?;
    let output = tokio::process::Command::new("ssh-keygen").arg("-y").arg("-f").arg(file).output().await?;
    let derived = String::from_utf8(output.stdout)?;
    let key = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    ensure!(key(&derived).is_some() && key(&derived) == key(public), "the secret is not the key of {public}");
    Ok(())
}

#[test]
fn the_commands_of_clean_up_work() {
    run(async {
        let cloud = cloud().await;
        let folder = cloud.state().join("guide-clean-up");
        let release = release(cloud).await?;
        let clients = Clients::root(cloud).await;
        let (vpc, subnets) = clients.network(&cloud.context().region).await?;
        let domain = clients.domain("guide-clean-up", &vpc, &subnets).await?;
        aws(&["sns", "create-topic", "--name", "platform"]).await?;
        let architecture = format!("Architecture={}", deploy::architecture());
        let blocks = filled(
            to_run("docs/clean-up.md")?,
            &[
                ("d-abcdefghijkl", &domain),
                ("my-bucket", &release["CodeBucket"]),
                ("sagemaker-mlops/VERSION-HASH", &release["CodePrefix"]),
                ("Architecture=arm64", &architecture),
            ],
        );
        let mut shell = Shell::start(cloud, &folder).await?;
        for block in &blocks {
            block.run(&mut shell).await?;
        }
        shell.end().await
    });
}

#[test]
fn the_commands_of_the_environment_work() {
    run(async {
        let cloud = cloud().await;
        let release = release(cloud).await?;
        let architecture = format!("Architecture={}", deploy::architecture());
        let blocks = filled(
            to_run("docs/environment.md")?,
            &[
                ("my-bucket", &release["CodeBucket"]),
                ("sagemaker-mlops/VERSION-HASH", &release["CodePrefix"]),
                ("Architecture=arm64", &architecture),
            ],
        );
        let mut shell = Shell::start(cloud, &cloud.state().join("guide-environment")).await?;
        for block in &blocks {
            block.run(&mut shell).await?;
        }
        shell.end().await
    });
}
