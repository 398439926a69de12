//! The command line, as a person runs it from a terminal and as a script runs it in a pipe.

use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::program::{self, ADMINISTRATOR};
use super::record::{calls, writes};
use crate::harness::{run, until};
use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;

#[test]
fn a_dry_run_shows_the_plan_and_makes_no_write_call() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "command-dry").await?;
        fixture.populate_with_few().await?;
        let user = fixture.clients.user("command-dry", ADMINISTRATOR).await?;
        let before = fixture.left().await?;
        let everything = ["--storage", "delete", "--vpc", "delete", "--delete-space-storage", "--dry-run"];
        for extra in [&[][..], &["--json"]] {
            let arguments = [&["clean-up", &fixture.domain], &everything[..], extra].concat();
            let ran = program::run(fixture.cloud, &user, &arguments).await?;
            assert_eq!(ran.code, Some(0), "{ran:?}");
            for word in ["apps", "space", "user profile", "file system", &fixture.domain] {
                assert!(ran.out.contains(word), "no {word:?} in {}", ran.out);
            }
            assert!(!ran.out.contains('\u{1b}'), "colour in a pipe: {}", ran.out);
            if !extra.is_empty() {
                serde_json::from_str::<Value>(&ran.out)?;
            }
        }
        let made = calls(fixture.cloud, &user.principal, 0);
        assert!(made.len() > 5, "only {} calls found: is this the right principal?", made.len());
        assert_eq!(writes(&made), Vec::<String>::new());
        assert_eq!(fixture.left().await?, before);
        Ok(())
    });
}

#[test]
fn everything_goes_when_told_so_and_a_second_run_has_nothing_to_do() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "command-all").await?;
        fixture.populate().await?;
        let user = fixture.clients.user("command-all", ADMINISTRATOR).await?;
        let arguments = [
            "clean-up",
            &fixture.domain,
            "--storage",
            "delete",
            "--vpc",
            "delete",
            "--delete-space-storage",
            "--yes",
            "--json",
        ];
        let ran = program::run(fixture.cloud, &user, &arguments).await?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        serde_json::from_str::<Value>(&ran.out)?;
        assert_eq!(fixture.left().await?, counts([]));

        let again = program::run(fixture.cloud, &user, &arguments).await?;
        assert_eq!(again.code, Some(3), "nothing of that domain is left to be found: {again:?}");
        Ok(())
    });
}

#[test]
fn interrupted_it_goes_on_where_it_stopped() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "command-interrupted").await?;
        fixture.populate_with_few().await?;
        let user = fixture.clients.user("command-interrupted", ADMINISTRATOR).await?;
        let arguments = ["clean-up", &fixture.domain, "--delete-space-storage", "--yes"];
        let child = program::start(fixture.cloud, &user, &arguments)?;
        until("the first app is being deleted", async || {
            let made = calls(fixture.cloud, &user.principal, 0);
            Ok(made.iter().any(|call| call.operation == "DeleteApp"))
        })
        .await?;
        let id = child.id().context("it ended before it could be interrupted")?;
        let sent = Command::new("kill").args(["-INT", &id.to_string()]).status().await?;
        ensure!(sent.success(), "no signal was sent");
        let ran = program::end(child).await?;
        assert_eq!(ran.code, Some(130), "{ran:?}");
        assert_eq!(fixture.left().await?["domains"], 1, "it went on after it was interrupted");

        let ran = program::run(fixture.cloud, &user, &arguments).await?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let left = fixture.left().await?;
        assert_eq!(left.get("domains").or(left.get("mount targets")), None, "{left:?}");
        assert_eq!(left.get("file systems"), Some(&1), "the storage stays unless told otherwise: {left:?}");
        Ok(())
    });
}

#[test]
fn a_wrong_id_a_missing_vault_and_a_missing_confirmation_change_nothing() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "command-refused").await?;
        let user = fixture.clients.user("command-refused", ADMINISTRATOR).await?;
        let before = fixture.left().await?;
        let nowhere =
            ["clean-up", &fixture.domain, "--storage", "backup", "--backup-vault", "nowhere", "--yes"];
        let cases: [(&[&str], i32, &str); 5] = [
            (&nowhere, 6, "nowhere"),
            (&["clean-up", "d-nosuchdomain", "--yes"], 3, "d-nosuchdomain"),
            (&["clean-up", &fixture.domain], 4, "--yes"),
            (&["clean-up", "studio", "--yes"], 2, "d-"),
            (&["clean-up", &fixture.domain, "--storage", "burn"], 2, "burn"),
        ];
        for (arguments, code, word) in cases {
            let ran = program::run(fixture.cloud, &user, arguments).await?;
            assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
            assert!(ran.err.contains(word), "{arguments:?}: {ran:?}");
        }
        assert_eq!(writes(&calls(fixture.cloud, &user.principal, 0)), Vec::<String>::new());
        assert_eq!(fixture.left().await?, before);
        Ok(())
    });
}

/// Everything a look needs, and nothing that deletes.
const VISITOR: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
    "sagemaker:List*","sagemaker:Describe*","ec2:Describe*","elasticfilesystem:Describe*","backup:List*",
    "backup:Describe*","iam:Get*","iam:List*","iam:SimulatePrincipalPolicy","sts:GetCallerIdentity"]}]}"#;

#[test]
fn doctor_names_the_permissions_that_are_missing() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "command-doctor").await?;
        let visitor = fixture.clients.user("command-visitor", VISITOR).await?;
        let owner = fixture.clients.user("command-owner", ADMINISTRATOR).await?;
        let arguments = ["doctor", "clean-up", &fixture.domain, "--storage", "delete"];

        let ran = program::run(fixture.cloud, &visitor, &arguments).await?;
        assert_eq!(ran.code, Some(5), "{ran:?}");
        for action in ["sagemaker:DeleteApp", "sagemaker:DeleteDomain", "elasticfilesystem:DeleteFileSystem"]
        {
            assert!(ran.out.contains(action) || ran.err.contains(action), "no {action} in {ran:?}");
        }
        for action in ["sagemaker:ListApps", "sagemaker:DescribeDomain"] {
            assert!(!ran.err.contains(action), "{action} is granted: {ran:?}");
        }

        let ran = program::run(fixture.cloud, &owner, &arguments).await?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        Ok(())
    });
}
