//! Every bad value gets a sentence: before any build where the value alone shows it, from the build where only the git
//! host can tell.

use crate::harness::{Change, Outcome, SourceFixture, run};
use anyhow::Context;
use emulator::deploy;
use emulator::repository::Key;

#[test]
fn a_bad_configuration_fails_before_any_build() {
    run(async {
        let fixture = SourceFixture::deploy("bad-configuration", &[]).await?;
        let url = fixture.repository.url.clone();
        let with_password = url.replace("git@", "git:hunter2@");
        let refs = [
            "-c core.x=y",
            "with space",
            "a..b",
            "a@{1",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            "a.lock",
            "a/",
        ];
        let urls = [
            "ext::sh -c id",
            "file:///etc",
            "http://127.0.0.1/x.git",
            "https://github.com/a/b.git",
            "-oProxyCommand=id",
            "ssh://-oProxyCommand=id/x",
            "ssh://git@evil.example.com/x.git",
            "git@evil.example.com:x.git",
            with_password.as_str(),
        ];
        let commits = ["abc", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "HEAD"];
        let branch = |value| ("Branch", vec![("Branch", Some(value)), ("GitUrl", Some(url.as_str()))]);
        let address = |value| ("GitUrl", vec![("Branch", Some("main")), ("GitUrl", Some(value))]);
        let commit = |value| {
            ("Commit", vec![("Branch", None), ("GitUrl", Some(url.as_str())), ("Commit", Some(value))])
        };
        let mut cases: Vec<(&str, Vec<Change<'_>>)> = Vec::new();
        cases.extend(refs.into_iter().map(branch));
        cases.extend(urls.into_iter().map(address));
        cases.extend(commits.into_iter().map(commit));
        let good = |extra: &[(&'static str, Option<&'static str>)]| {
            let mut all = vec![("Branch", Some("main")), ("GitUrl", Some(url.as_str())), ("Commit", None)];
            all.extend(extra);
            all
        };
        cases.push(("Tag", good(&[("Tag", Some("v1"))])));
        cases.push(("Depth", good(&[("Tag", None), ("Depth", Some("many"))])));
        cases.push(("Submodules", good(&[("Depth", Some("1")), ("Submodules", Some("maybe"))])));
        cases.push(("Lfs", good(&[("Submodules", Some("false")), ("Lfs", Some("2"))])));
        for (property, changes) in cases {
            fixture.configure(&changes).await?;
            let outcome = fixture.run().await?;
            let message = &outcome.source.message;
            assert_eq!(outcome.status, "Failed", "{changes:?}");
            assert!(message.contains(property), "{changes:?} answered {message:?}");
            assert!(!message.contains("hunter2"), "the password is in the message: {message:?}");
        }
        assert!(fixture.clone_builds().await?.is_empty(), "a build was started for a bad value");
        Ok(())
    });
}

#[test]
fn what_only_the_git_host_can_tell_fails_the_build_with_the_cause() {
    run(async {
        let fixture = SourceFixture::deploy("bad-at-the-host", &[]).await?;
        let url = fixture.repository.url.clone();
        let refused = url.replace(&format!(":{}/", fixture.cloud.git_host().port()), ":1/");
        let unpinned = url.replace("127.0.0.1", "localhost");
        let missing_repository = url.replace("bad-at-the-host.git", "nothing.git");
        let unknown_commit = "0123456789012345678901234567890123456789";
        let cases: [(&[Change<'_>], &[&str]); 5] = [
            (&[("Branch", Some("fix-timeout"))], &["fix-timeout", "not found"]),
            (&[("Branch", None), ("Commit", Some(unknown_commit))], &[unknown_commit]),
            (
                &[("Branch", Some("main")), ("Commit", None), ("GitUrl", Some(&refused))],
                &["127.0.0.1", "reach"],
            ),
            (&[("GitUrl", Some(&unpinned))], &["host key", "localhost"]),
            (&[("GitUrl", Some(&missing_repository))], &["nothing.git"]),
        ];
        for (changes, words) in cases {
            fixture.configure(changes).await?;
            let outcome = fixture.run().await?;
            told(&outcome, words);
        }
        Ok(())
    });
}

#[test]
fn a_bad_secret_is_named_with_what_is_wrong_with_it() {
    run(async {
        let fixture = SourceFixture::deploy("bad-secret", &[]).await?;
        let secrets = aws_sdk_secretsmanager::Client::new(&fixture.cloud.root().await);
        let arn = fixture.deployed.parameters["SecretsManagerArnForSSHPrivateKey"].clone();

        secrets.put_secret_value().secret_id(&arn).secret_string("not a key").send().await?;
        let outcome = fixture.run().await?;
        told(&outcome, &["bad-secret-key", "not an SSH private key"]);

        let other = Key::generate(&fixture.cloud.state().join("bad-secret-other")).await?;
        let text = tokio::fs::read_to_string(&other.private).await?;
        secrets.put_secret_value().secret_id(&arn).secret_string(text.replace('\n', "\r\n")).send().await?;
        let outcome = fixture.run().await?;
        told(&outcome, &["refused", "127.0.0.1"]);

        // The role of the build may read that one secret only.
        let foreign = secrets.create_secret().name("bad-secret-foreign").secret_string("x").send().await?;
        fixture.configure(&[("SSHSecretKeyName", foreign.arn.as_deref())]).await?;
        let outcome = fixture.run().await?;
        told(&outcome, &["bad-secret-foreign", "denied"]);

        fixture.configure(&[("SSHSecretKeyName", Some(&arn))]).await?;
        secrets.delete_secret().secret_id(&arn).force_delete_without_recovery(true).send().await?;
        let outcome = fixture.run().await?;
        told(&outcome, &["bad-secret-key", "does not exist"]);
        Ok(())
    });
}

#[test]
fn a_program_that_the_template_does_not_name_is_not_run() {
    run(async {
        let cloud = crate::harness::cloud().await;
        let zip = package::zip(&crate::harness::project(), package::Architecture::Local, "git-source");
        let folder = cloud.state().join("another-program");
        tokio::fs::create_dir_all(&folder).await?;
        let function = std::fs::File::open(zip)?;
        let (bootstrap, clone) = (folder.join("bootstrap"), folder.join("clone"));
        std::io::copy(
            &mut zip::ZipArchive::new(function)?.by_name("bootstrap")?,
            &mut std::fs::File::create(&bootstrap)?,
        )?;
        tokio::fs::write(&clone, "#!/bin/sh\necho this ran; exit 0\n").await?;
        let archive = folder.join("git-source.zip");
        package::archive(&[("bootstrap".into(), bootstrap), ("clone".into(), clone)], &archive)?;
        deploy::upload_code_as(cloud, &archive, "another-program/git-source.zip").await?;

        let fixture = SourceFixture::deploy("another-program", &[("CodePrefix", "another-program")]).await?;
        let outcome = fixture.run().await?;
        told(&outcome, &["LambdaCodeS3Key", "one release"]);
        let logs = crate::secrets::logs(cloud, "another-program").await?;
        assert!(logs.iter().all(|(_, log)| !log.contains("this ran")), "the program was run");
        Ok(())
    });
}

#[test]
fn a_stack_without_an_archive_is_refused_by_the_names_of_its_parameters() {
    run(async {
        let refused = SourceFixture::deploy("no-archive", &[("CodePrefix", "")]).await.err();
        let message = format!("{:#}", refused.context("the stack was made")?);
        assert!(
            message.contains("give CodeBucket and CodePrefix, or LambdaCodeS3Bucket and LambdaCodeS3Key"),
            "{message}"
        );
        Ok(())
    });
}

#[track_caller]
fn told(outcome: &Outcome, words: &[&str]) {
    let message = &outcome.source.message;
    assert_eq!(outcome.status, "Failed", "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in {message:?}");
    }
    let log = message.split_once("Log: file://").and_then(|(_, link)| link.split_whitespace().next());
    let log = std::fs::read_to_string(log.unwrap_or_default());
    assert!(log.is_ok_and(|text| !text.is_empty()), "no log where {message:?} says");
}
