//! What arrives: the artifact is the commit's own tree, and the pipeline learns which commit it was.

use crate::harness::{Outcome, SourceFixture, run};
use anyhow::Context;
use aws_sdk_codepipeline::types::PipelineDeclaration;
use emulator::demo::Entry;
use std::io::Read;

/// `git archive` of a commit, as a sorted list: the reference an artifact is compared with.
async fn archive(fixture: &SourceFixture, commit: &str) -> anyhow::Result<Vec<Entry>> {
    let out = fixture.cloud.state().join(format!("{commit}.zip"));
    let path = out.to_str().context("path")?;
    fixture.repository.git(&["archive", "--format=zip", "-o", path, commit]).await?;
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&out)?)?;
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        if file.is_file() || file.is_symlink() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            entries.push(Entry {
                path: file.name()?.into_owned(),
                bytes,
                mode: file.unix_mode().unwrap_or(0o100_644),
            });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

#[track_caller]
fn succeeded(outcome: &Outcome) {
    assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
}

#[track_caller]
fn reported(outcome: &Outcome, variable: &str, value: &str) {
    assert_eq!(
        outcome.source.variables.get(variable).map(String::as_str),
        Some(value),
        "{variable}: {outcome:?}"
    );
}

/// Paths and contents, and the executable bit, which is all git knows of modes.
fn essence(entries: &[Entry]) -> Vec<(&str, &[u8], bool)> {
    entries.iter().map(|e| (e.path.as_str(), e.bytes.as_slice(), e.mode & 0o111 != 0)).collect()
}

#[test]
fn a_branch_arrives_as_git_archive_of_its_commit() {
    run(async {
        let fixture = SourceFixture::deploy("success-branch", &[]).await?;
        let files = [
            (".gitignore", "*.pyc\n", false),
            (".github/workflows/ci.yml", "on: push\n", false),
            ("folder with space/my.gitops.yaml", "a: 1\n", false),
            ("bin/run.sh", "#!/bin/sh\ntrue\n", true),
            ("grüße.txt", "Grüße\n", false),
        ];
        for (path, text, executable) in files {
            fixture.repository.write(path, text, executable).await?;
        }
        let commit = fixture.repository.commit("Add files\n\nWith a second paragraph.").await?;
        fixture.repository.push("main").await?;

        let outcome = fixture.run().await?;

        succeeded(&outcome);
        reported(&outcome, "CommitId", &commit);
        reported(&outcome, "BranchName", "main");
        reported(&outcome, "RepositoryUrl", &fixture.repository.url);
        reported(&outcome, "AuthorName", "Ada Lovelace");
        let expected = archive(&fixture, &commit).await?;
        let artifact = fixture.artifact(&outcome).await?;
        assert_eq!(essence(&artifact), essence(&expected));
        assert!(artifact.iter().any(|e| e.path == "bin/run.sh" && e.mode & 0o111 != 0));
        Ok(())
    });
}

#[test]
fn tags_commits_and_odd_branches_arrive() {
    run(async {
        let fixture = SourceFixture::deploy("success-refs", &[]).await?;
        let first = fixture.commit.clone();
        fixture.repository.git(&["tag", "v1"]).await?;
        fixture.repository.git(&["tag", "-a", "v1-annotated", "-m", "A tag with a message"]).await?;
        let second = fixture.repository.commit("Second").await?;
        fixture.repository.git(&["branch", "feature/a.b-c"]).await?;
        for refspec in ["main", "refs/tags/v1", "refs/tags/v1-annotated", "feature/a.b-c"] {
            fixture.repository.push(refspec).await?;
        }
        let none = None::<&str>;
        let cases = [
            ([("Branch", none), ("Tag", Some("v1")), ("Commit", none)], &first),
            ([("Branch", none), ("Tag", Some("v1-annotated")), ("Commit", none)], &first),
            ([("Branch", none), ("Tag", none), ("Commit", Some(first.as_str()))], &first),
            ([("Branch", Some("feature/a.b-c")), ("Tag", none), ("Commit", none)], &second),
        ];
        for (changes, commit) in cases {
            fixture.configure(&changes).await?;
            let outcome = fixture.run().await?;
            succeeded(&outcome);
            reported(&outcome, "CommitId", commit);
        }
        Ok(())
    });
}

#[test]
fn a_repository_with_sha256_arrives() {
    run(async {
        let fixture = SourceFixture::deploy("success-sha256", &[]).await?;
        let bare = fixture.cloud.repositories().join("success-sha256-bare.git");
        let bare = bare.to_str().context("path")?;
        let work = fixture.cloud.state().join("work/success-sha256-bare");
        let work = work.to_str().context("path")?;
        fixture.repository.git(&["init", "--quiet", "--bare", "--object-format=sha256", bare]).await?;
        fixture
            .repository
            .git(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256", work])
            .await?;
        let author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let commit = ["-C", work, "commit", "--quiet", "--allow-empty", "-m", "First"];
        fixture.repository.git(&[&author[..], &commit[..]].concat()).await?;
        fixture.repository.git(&["-C", work, "push", "--quiet", bare, "main"]).await?;
        let id = fixture.repository.git(&["-C", work, "rev-parse", "HEAD"]).await?.trim().to_owned();
        assert_eq!(id.len(), 64);

        let url = fixture.repository.url.replace("success-sha256.git", "success-sha256-bare.git");
        for changes in
            [&[("GitUrl", Some(url.as_str()))][..], &[("Branch", None), ("Commit", Some(id.as_str()))]]
        {
            fixture.configure(changes).await?;
            let outcome = fixture.run().await?;
            assert_eq!(outcome.source.variables.get("CommitId"), Some(&id), "{outcome:?}");
        }
        Ok(())
    });
}

#[test]
fn submodules_arrive_when_asked_for() {
    run(async {
        let fixture = SourceFixture::deploy("success-submodule", &[("Submodules", "true")]).await?;
        let inner =
            emulator::repository::Repository::on(fixture.cloud, &fixture.key, "success-submodule-inner")
                .await?;
        inner.write("inner.py", "x = 1\n", false).await?;
        inner.write(".hidden", "y\n", false).await?;
        inner.commit("Inner").await?;
        inner.push("main").await?;
        fixture.repository.add_submodule(&inner, "vendor/inner").await?;
        let commit = fixture.repository.commit("Add a submodule").await?;
        fixture.repository.push("main").await?;

        let outcome = fixture.run().await?;
        succeeded(&outcome);
        reported(&outcome, "CommitId", &commit);
        let artifact = fixture.artifact(&outcome).await?;
        let paths: Vec<_> = artifact.iter().map(|entry| entry.path.as_str()).collect();
        let listed = fixture.repository.git(&["ls-files", "--recurse-submodules"]).await?;
        let mut expected: Vec<_> = listed.lines().collect();
        expected.sort_unstable();
        assert_eq!(paths, expected);

        fixture.configure(&[("Submodules", Some("false"))]).await?;
        let outcome = fixture.run().await?;
        succeeded(&outcome);
        let artifact = fixture.artifact(&outcome).await?;
        assert!(artifact.iter().all(|entry| !entry.path.starts_with("vendor/inner/")), "{artifact:?}");

        // A file of the build machine is no part of the repository, whatever .gitmodules includes.
        let modules = tokio::fs::read_to_string(fixture.repository.work().join(".gitmodules")).await?;
        let included = fixture.cloud.state().join("included-modules");
        tokio::fs::write(&included, modules).await?;
        let include = format!("[include]\n\tpath = {}\n", included.display());
        fixture.repository.write(".gitmodules", &include, false).await?;
        fixture.repository.commit("Include a file of the build machine").await?;
        fixture.repository.push("main").await?;
        fixture.configure(&[("Submodules", Some("true"))]).await?;
        let outcome = fixture.run().await?;
        succeeded(&outcome);
        let artifact = fixture.artifact(&outcome).await?;
        assert!(artifact.iter().all(|entry| !entry.path.starts_with("vendor/inner/")), "{artifact:?}");
        Ok(())
    });
}

#[test]
fn git_lfs_objects_arrive_and_a_failure_tells_no_signature() {
    run(async {
        let fixture = SourceFixture::deploy("success-lfs", &[("Lfs", "true")]).await?;
        fixture.repository.git(&["lfs", "install", "--local"]).await?;
        fixture.repository.write(".gitattributes", "*.csv filter=lfs diff=lfs merge=lfs\n", false).await?;
        fixture.repository.write("data.csv", "a,b\n1,2\n", false).await?;
        fixture.repository.commit("Add data").await?;
        fixture.repository.push("main").await?;
        let outcome = fixture.run().await?;
        succeeded(&outcome);
        let artifact = fixture.artifact(&outcome).await?;
        let data = artifact.iter().find(|entry| entry.path == "data.csv").context("no data.csv")?;
        assert_eq!(data.bytes, b"a,b\n1,2\n");

        fixture.cloud.git_host().refuse_objects("success-lfs", true);
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("Git LFS objects"), "{outcome:?}");
        let logs = crate::secrets::logs(fixture.cloud, "success-lfs").await?;
        let told = |text: &str| logs.iter().any(|(_, log)| log.contains(text));
        assert!(told("/objects/"), "the log does not say which object: {logs:?}");
        assert!(!told("X-Amz-Signature"), "a signature is in the log");
        Ok(())
    });
}

#[test]
fn any_commit_message_is_reported_printable_and_short_enough() {
    run(async {
        let fixture = SourceFixture::deploy("success-messages", &[]).await?;
        let long = "x".repeat(5000);
        let cases = [
            ("Grüße aus Zürich: 日本語", "Grüße aus Zürich: 日本語"),
            ("Subject\n\nBody with\ttab\nand \"quotes\" $(echo no) `id`", "Subject"),
            ("bell \u{7} escape \u{1b}[31m red", "bell"),
            (long.as_str(), "xxx"),
            ("", ""),
        ];
        for (message, start) in cases {
            let commit = fixture.repository.commit(message).await?;
            fixture.repository.push("main").await?;
            let outcome = fixture.run().await?;
            succeeded(&outcome);
            reported(&outcome, "CommitId", &commit);
            let told = outcome.source.variables.get("CommitMessage").context("no message")?;
            assert!(told.starts_with(start), "{told:?}");
            assert!(told.chars().count() <= 2048 && !told.is_empty(), "{} characters", told.chars().count());
            assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
            assert!(!told.contains("uid="), "the message was run by a shell: {told:?}");
        }
        Ok(())
    });
}

#[test]
fn a_pipeline_without_an_encryption_key_works() {
    run(async {
        let fixture = SourceFixture::deploy("success-no-key", &[]).await?;
        let forget_key = |pipeline: &mut PipelineDeclaration| {
            if let Some(store) = pipeline.artifact_store.as_mut() {
                store.encryption_key = None;
            }
        };
        fixture.edit(forget_key).await?;
        let outcome = fixture.run().await?;
        succeeded(&outcome);
        reported(&outcome, "CommitId", &fixture.commit);
        Ok(())
    });
}
