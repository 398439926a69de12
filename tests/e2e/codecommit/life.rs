//! A repository from its first commit to the deletion of its stack.

use super::fixture::{PROGRAM, RepositoryFixture};
use crate::cli::aws;
use crate::harness::{run, until};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::Value;

/// What `CodePipeline` asks of the role of a source action.
const NEEDED: [&str; 5] = [
    "codecommit:GetBranch",
    "codecommit:GetCommit",
    "codecommit:UploadArchive",
    "codecommit:CancelUploadArchive",
    "codecommit:GetUploadArchiveStatus",
];

async fn metadata(name: &str) -> anyhow::Result<Value> {
    let found = aws(&["codecommit", "get-repository", "--repository-name", name]).await?;
    Ok(found["repositoryMetadata"].clone())
}

/// The pipeline ran on a commit, and its build with the files of it.
async fn check_run(fixture: &RepositoryFixture, number: usize, commit: &str) -> anyhow::Result<Value> {
    let execution = fixture.ended(number).await?;
    ensure!(execution["status"] == "Succeeded", "{execution}");
    let source = fixture.action(&execution, "Source").await?;
    let variables = source["output"]["outputVariables"].clone();
    ensure!(variables["CommitId"] == commit, "not {commit}: {variables}");
    ensure!(variables["RepositoryName"] == *fixture.name && variables["BranchName"] == "main", "{variables}");
    ensure!(execution["sourceRevisions"][0]["revisionId"] == commit, "{execution}");
    Ok(execution)
}

#[test]
fn a_seeded_repository_starts_its_pipeline_by_pushes_to_its_branch_until_its_stack_is_deleted() {
    run(async {
        let mut fixture = RepositoryFixture::deploy("codecommit-life").await?;
        let name = fixture.name.clone();
        let known = metadata(&name).await?;
        ensure!(known["repositoryId"] == fixture.deployed.output("RepositoryId")?, "{known}");
        ensure!(known["cloneUrlHttp"] == fixture.deployed.output("CloneUrlHttp")?, "{known}");
        let read = ["codecommit", "get-branch", "--repository-name", &name, "--branch-name", "main"];
        let seed = aws(&read).await?["branch"]["commitId"].as_str().context("no commit")?.to_owned();
        let first = check_run(&fixture, 0, &seed).await?;
        ensure!(first["trigger"]["triggerType"] == "CreatePipeline", "{first}");

        let work = fixture.work();
        let at = work.to_str().context("the state's path is not UTF-8")?;
        fixture.git(&["clone", "--quiet", &fixture.url()?, at]).await?;
        ensure!(std::fs::read_to_string(work.join("docs/README.md"))? == "Seed\n", "another seed");
        let pushed = fixture.push("second", "main").await?;
        let second = check_run(&fixture, 1, &pushed).await?;
        ensure!(second["trigger"]["triggerType"] == "CloudWatchEvent", "{second}");
        ensure!(second["trigger"]["triggerDetail"] == fixture.deployed.output("RuleArn")?, "{second}");

        // The other pipeline polls, and its builds clone with all commits.
        let clones = format!("{name}-clone");
        for (number, trigger) in ["CreatePipeline", "PollForSourceChanges"].into_iter().enumerate() {
            let cloned = fixture.ended_of(&clones, number).await?;
            ensure!(
                cloned["status"] == "Succeeded" && cloned["trigger"]["triggerType"] == trigger,
                "{cloned}"
            );
        }

        // Of another branch the rule wants nothing to know, and the user may not push to this one.
        fixture.push("elsewhere", "main:dev").await?;
        let refused = fixture.git(&["-C", at, "push", "--quiet", "origin", "main:release"]).await;
        let refused = refused.err().context("a denied push succeeded")?.to_string();
        ensure!(refused.contains("codecommit:GitPush"), "{refused}");
        let put = [
            "--file-content",
            "IyEvYmluL3NoCg==",
            "--file-mode",
            "EXECUTABLE",
            "--parent-commit-id",
            &pushed,
        ];
        let on =
            ["codecommit", "put-file", "--repository-name", &name, "--branch-name", "main", "--file-path"];
        let third = aws(&[&on[..], &[PROGRAM], &put[..]].concat()).await?;
        check_run(&fixture, 2, third["commitId"].as_str().context("no commit")?).await?;
        ensure!(fixture.executions().await?.len() == 3, "a push to another branch started the pipeline");

        for (number, action) in NEEDED.into_iter().enumerate() {
            fixture.deny("PipelineRoleName", action).await?;
            aws(&["codepipeline", "start-pipeline-execution", "--name", &name]).await?;
            let execution = fixture.ended(3 + number).await?;
            ensure!(execution["status"] == "Failed", "without {action}: {execution}");
            let source = fixture.action(&execution, "Source").await?;
            let told = source["output"]["executionResult"].to_string();
            ensure!(told.contains(action), "without {action}: {told}");
        }

        fixture.deny("RuleRoleName", "codepipeline:StartPipelineExecution").await?;
        fixture.git(&["-C", at, "pull", "--quiet", "--rebase", "-X", "theirs", "origin", "main"]).await?;
        let undelivered = fixture.push("undelivered", "main").await?;
        let queue = fixture.deployed.output("UndeliveredUrl")?;
        until("the event is in the dead-letter queue", async || {
            let found = aws(&["sqs", "receive-message", "--queue-url", queue]).await?;
            Ok(found["Messages"][0]["Body"].as_str().is_some_and(|body| body.contains(&undelivered)))
        })
        .await?;
        ensure!(fixture.executions().await?.len() == 3 + NEEDED.len(), "a refused rule started the pipeline");

        fixture.deny("BuildRoleName", "codecommit:GitPull").await?;
        aws(&["codepipeline", "start-pipeline-execution", "--name", &clones]).await?;
        let newest = fixture.ended_of(&clones, 4).await?;
        ensure!(newest["status"] == "Failed", "a build clones without the permission: {newest}");
        let list = ["codebuild", "list-builds-for-project", "--project-name", &clones];
        let build = aws(&list).await?["ids"][0].as_str().context("no build")?.to_owned();
        let phases = aws(&["codebuild", "batch-get-builds", "--ids", &build]).await?["builds"][0]["phases"]
            .to_string();
        ensure!(phases.contains("codecommit:GitPull"), "{phases}");

        let renamed = format!("{name}-renamed");
        fixture.rename(&renamed).await?;
        ensure!(metadata(&renamed).await?["repositoryId"] == known["repositoryId"], "replaced");
        deploy::delete(fixture.cloud, &fixture.deployed, |_| ()).await?;
        let gone = metadata(&renamed).await.err().context("the repository outlives its stack")?;
        ensure!(gone.to_string().contains("RepositoryDoesNotExistException"), "{gone}");
        Ok(())
    });
}
