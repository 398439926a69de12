//! The program itself, run as a person or a script runs it.

mod accounts;
mod changes;
mod deploy;
mod doctor;
mod domains;
mod product;
mod program;

#[cfg(unix)]
mod terminal;

use program::{answering, ask, caller, identity, program};
use serde_json::Value;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a test looks for what the program does: for a minute.
const LOOKS: usize = 3000;

#[track_caller]
fn told(output: &Output, exit: i32, stdout: &[&str], stderr: &[&str]) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{out}\n{err}");
    for (stream, parts) in [(&out, stdout), (&err, stderr)] {
        assert!(!stream.contains('\u{1b}'), "no colour in a pipe: {stream:?}");
        assert!(!parts.is_empty() || stream.is_empty(), "nothing was to be said here: {stream}");
        for part in parts {
            assert!(stream.contains(part), "{part:?} is not in {stream:?}");
        }
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn without_region_or_credentials_a_sentence_says_what_to_do() {
    let here = |line: &str| program(line).output().unwrap();
    for line in ["clean-up d-abc --yes", "doctor clean-up"] {
        told(&here(line), 1, &[], &["error: no Region is configured", "--region"]);
        let line = format!("{line} --region eu-central-1");
        told(&here(&line), 1, &[], &["error: no AWS credentials were found", "aws sso login", "--profile"]);
        told(
            &here(&format!("{line} --profile team")),
            1,
            &[],
            &["the profile was not found", "list-profiles"],
        );
        let output = here(&format!("{line} --json"));
        let document = json(&output);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0));
        assert_eq!((&document["Outcome"], &document["Exit"]), (&"Failed".into(), &1.into()));
        assert!(document["Error"].as_str().unwrap().starts_with("no AWS credentials were found"));
    }
}

#[test]
fn a_profile_may_have_keys_or_a_program_that_gives_them() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let config = format!("{folder}/profiles");
    let process =
        r#"credential_process = printf '{"Version":1,"AccessKeyId":"test","SecretAccessKey":"test"}'"#;
    let keys = "aws_access_key_id = test\naws_secret_access_key = test";
    let sso = "sso_session = s\nsso_account_id = 111122223333\nsso_role_name = r";
    let session = "[sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://s.example.com/start";
    let role = "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = keys";
    let text = format!(
        "[profile role]\nregion = eu-central-1\n{role}\n[profile keys]\nregion = eu-central-1\n{keys}\n[profile process]\nregion = eu-central-1\n{process}\n\
         [profile sso]\nregion = eu-central-1\n{sso}\n{session}\n"
    );
    std::fs::write(&config, text).unwrap();
    let fake_aws = answering(empty);
    let with = |profile: &str| {
        let mut command = program(&format!("clean-up d-abc --dry-run --profile {profile}"));
        command
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_ENDPOINT_URL", fake_aws.endpoint())
            .env("PATH", "/usr/bin:/bin");
        command.output().unwrap()
    };
    told(&with("keys"), 3, &[], &["nothing in eu-central-1 of account 111122223333"]);
    told(&with("process"), 3, &[], &["nothing in eu-central-1 of account 111122223333"]);
    told(&with("role"), 3, &[], &["nothing in eu-central-1 of account 111122223333"]);
    assert!(fake_aws.called().contains(&"AssumeRole".to_owned()), "{:?}", fake_aws.called());
    told(&with("sso"), 1, &[], &["aws sso login --profile sso"]);
    let mut both = caller(&fake_aws, "clean-up d-abc --dry-run --profile nobody");
    let both = both.env("AWS_CONFIG_FILE", &config).output().unwrap();
    told(&both, 1, &[], &["the profile was not found"]);
}

#[test]
fn a_command_line_that_cannot_be_understood_is_usage() {
    let here = |line: &str| program(line).output().unwrap();
    told(&here("clean-up studio"), 2, &[], &["is not the id of a domain"]);
    told(&here("clean-up d-abc --backup-vault v"), 2, &[], &["--storage backup only"]);
    let document = json(&here("clean-up studio --json"));
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"Usage".into(), &2.into()));
    assert!(document["Error"].as_str().unwrap().contains("is not the id of a domain"));
    told(&here("--help"), 0, &["Exit status:", "130  interrupted by Ctrl-C", "clean-up", "doctor"], &[]);
}

#[test]
fn completions_and_manual_pages_are_made() {
    let here = |line: &str| program(line).output().unwrap();
    told(&here("completions bash"), 0, &["_sm__mlops()", "--storage"], &[]);
    told(&here("completions fish"), 0, &["complete -c sm-mlops"], &[]);
    told(&here("man"), 0, &[".TH sm-mlops 1", "Exit status"], &[]);
    let folder = format!("{}/man", env!("CARGO_TARGET_TMPDIR"));
    told(&here(&format!("man --folder {folder}")), 0, &[], &[]);
    for name in ["sm-mlops.1", "sm-mlops-clean-up.1", "sm-mlops-doctor-clean-up.1"] {
        let page = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
        assert!(page.contains(".TH") && page.len() > 500, "{name}: {page}");
    }
    told(&here("man --folder /dev/null/x"), 1, &[], &["could not write manual pages"]);
}

/// An account with nothing in it.
fn empty(call: &str) -> (u16, String) {
    match call {
        "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/ann"),
        "AssumeRole" => {
            let keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>";
            let keys =
                format!("<Credentials>{keys}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>");
            (
                200,
                format!(
                    "<AssumeRoleResponse><AssumeRoleResult>{keys}</AssumeRoleResult></AssumeRoleResponse>"
                ),
            )
        }
        "DescribeDomain" => (400, r#"{"__type":"ResourceNotFound","message":"Domain not found"}"#.into()),
        "GET /2015-02-01/file-systems" => (200, r#"{"FileSystems":[]}"#.into()),
        describe if describe.starts_with("Describe") => {
            (200, format!(r#"<{describe}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"/>"#))
        }
        other => (400, format!(r#"{{"__type":"ValidationException","message":"{other}"}}"#)),
    }
}

#[test]
fn an_id_that_matches_nothing_names_region_and_account() {
    let fake_aws = answering(empty);
    let said = ["nothing in eu-central-1 of account 111122223333 belongs to d-abc", "domain list --region"];
    told(&ask(&fake_aws, "clean-up d-abc --yes"), 3, &[], &said);
    let document = json(&ask(&fake_aws, "clean-up d-abc --yes --json"));
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"NothingMatches".into(), &3.into()));
    assert_eq!((&document["Account"], &document["Region"]), (&"111122223333".into(), &"eu-central-1".into()));
    let writes: Vec<String> = fake_aws.called().into_iter().filter(|call| call.contains("Delete")).collect();
    assert_eq!(writes, [""; 0]);
}

/// An account whose domain is gone and left a file system without mount targets.
fn leftover(call: &str) -> (u16, String) {
    let tag = r#"{"Key":"ManagedByAmazonSageMakerResource","Value":"arn:aws:sagemaker:eu-central-1:111122223333:domain/d-abc"}"#;
    match call {
        "GET /2015-02-01/file-systems" => {
            let text = format!(
                r#"{{"FileSystems":[{{"OwnerId":"111122223333","CreationToken":"d-abc","FileSystemId":"fs-1","FileSystemArn":"arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-1","CreationTime":1.0,"LifeCycleState":"available","NumberOfMountTargets":0,"SizeInBytes":{{"Value":6144}},"PerformanceMode":"generalPurpose","Tags":[{tag}]}}]}}"#
            );
            (200, text)
        }
        "GET /2015-02-01/mount-targets" => (200, r#"{"MountTargets":[]}"#.into()),
        "GET /2015-02-01/access-points" => (200, r#"{"AccessPoints":[]}"#.into()),
        "GET /2015-02-01/file-systems/replication-configurations" => (200, r#"{"Replications":[]}"#.into()),
        "ListDomains" => (200, r#"{"Domains":[]}"#.into()),
        // A role that nobody may look at is told, and blocks nothing.
        "GetRole" => {
            let error = "<Code>AccessDenied</Code><Message>no</Message>";
            (403, format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"))
        }
        "GET /2015-02-01/file-systems/fs-1" | "DELETE /2015-02-01/file-systems/fs-1" => (204, String::new()),
        other => empty(other),
    }
}

#[test]
fn a_dry_run_shows_and_a_run_without_a_terminal_wants_a_yes() {
    let fake_aws = answering(leftover);
    let plan =
        ["Domain d-abc in account 111122223333, eu-central-1", "WHAT", "1 file system", "fs-1", "keep"];
    told(&ask(&fake_aws, "clean-up d-abc --dry-run"), 0, &plan, &["dry run"]);
    told(
        &ask(&fake_aws, "clean-up d-abc"),
        0,
        &["1 file system", "Kept: 1 file system: fs-1"],
        &["Nothing is left"],
    );
    let refused = ask(&fake_aws, "clean-up d-abc --storage delete");
    told(&refused, 4, &["1 file system", "delete"], &["not confirmed", "--yes"]);
    let document = json(&ask(&fake_aws, "clean-up d-abc --storage delete --json"));
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"NotConfirmed".into(), &4.into()));
    let name = document["Plan"][0]["Names"][0].as_str().unwrap();
    assert!(name.starts_with("fs-1"), "{document}");
    assert!(fake_aws.called().iter().all(|call| !call.starts_with("DELETE")), "{:?}", fake_aws.called());
}

#[test]
fn a_run_ends_with_what_was_deleted() {
    let gone = AtomicBool::new(false);
    let fake_aws = answering(move |call| {
        if call == "DELETE /2015-02-01/file-systems/fs-1" {
            gone.store(true, Ordering::SeqCst);
        }
        if gone.load(Ordering::SeqCst) && call == "GET /2015-02-01/file-systems" {
            empty(call)
        } else {
            leftover(call)
        }
    });
    let output = ask(&fake_aws, "clean-up d-abc --storage delete --yes --json");
    let document = json(&output);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{document}");
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"Done".into(), &0.into()));
    assert_eq!(document["Deleted"][0]["Kind"], "file systems");
    told(&ask(&fake_aws, "clean-up d-abc --storage delete --yes"), 3, &[], &["nothing in eu-central-1"]);
}

#[test]
fn progress_is_plain_lines_in_a_pipe() {
    let gone = AtomicBool::new(false);
    let fake_aws = answering(move |call| {
        if call.starts_with("DELETE") {
            gone.store(true, Ordering::SeqCst);
        }
        if gone.load(Ordering::SeqCst) && call.starts_with("GET") { empty(call) } else { leftover(call) }
    });
    let output = ask(&fake_aws, "clean-up d-abc --storage delete --yes");
    told(&output, 0, &["Deleted: 1 file system"], &["file system", "left)"]);
}

#[test]
fn ctrl_c_ends_with_130_and_a_sentence() {
    let fake_aws = answering(|call| {
        if call == "DescribeDomain" {
            std::thread::sleep(Duration::from_mins(1));
        }
        empty(call)
    });
    let mut command = caller(&fake_aws, "clean-up d-abc --yes");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let asked = (0..LOOKS).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        fake_aws.called().contains(&"DescribeDomain".to_owned())
    });
    assert!(asked, "the program never asked for the domain");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    told(&child.wait_with_output().unwrap(), 130, &[], &["Interrupted. Nothing was changed."]);
}
