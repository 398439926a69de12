//! What is accepted, what is refused, and what `--help` must say.

use super::*;
use crate::exit::Exit;
use std::ffi::OsString;

fn read(line: &str) -> Result<Args, clap::Error> {
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    Args::read(&words)
}

#[track_caller]
fn accepted(line: &str, expected: &str) {
    let told = format!("{:?}", read(line).unwrap_or_else(|error| panic!("{line}: {error}")).command);
    assert!(told.contains(expected), "{line}: {told}");
}

#[track_caller]
fn refused(line: &str, expected: &str) {
    let error = read(line).expect_err(line);
    assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()), "{line}");
    assert!(error.to_string().contains(expected), "{line}: {error}");
}

#[test]
fn command_lines_that_are_understood() {
    accepted("sm-mlops clean-up d-abc", "storage: Keep, vpc: Keep");
    accepted("sm-mlops clean-up d-abc --storage delete --vpc delete", "storage: Delete, vpc: Delete");
    accepted("sm-mlops clean-up d-abc --storage backup --backup-vault v", "backup_vault: Some(\"v\")");
    accepted("sm-mlops clean-up d-abc --storage backup --backup-role arn:r", "backup_role: Some(\"arn:r\")");
    accepted("sm-mlops clean-up d-abc --region eu-central-1 --profile p", "region: Some(\"eu-central-1\")");
    accepted(
        "sm-mlops clean-up --dry-run --yes --json d-abc",
        "dry_run: true, yes: true, all: false, json: true",
    );
    accepted("sm-mlops clean-up d-abc -y", "yes: true");
    accepted("sm-mlops clean-up d-abc --storage retain --vpc retain", "storage: Keep, vpc: Keep");
    accepted("sm-mlops clean-up d-abc --delete-space-storage", "delete_space_storage: true");
    accepted("sm-mlops doctor clean-up --unified-studio-project", "unified_studio_project: true");
    accepted("sm-mlops clean-up d-abc --all", "all: true");
    accepted("sm-mlops domain list --counts --json", "counts: true");
    accepted("sm-mlops product list --versions", "versions: true");
    accepted("sm-mlops product provision p --parameter A=b=c", "given: [(\"A\", ***)]");
    accepted("sm-mlops product provision p --name my.env-1_x", "name: Some(\"my.env-1_x\")");
    accepted("sm-mlops product terminate pp-1 -y --json", "yes: true, json: true");
    accepted("sm-mlops deploy quickstart --bucket b -p A=b=c -y", "given: [(\"A\", ***)]");
    accepted(
        "sm-mlops deploy git-source --bucket b --release /sagemaker-mlops/1-a/",
        "release: \"sagemaker-mlops/1-a\"",
    );
    accepted("sm-mlops destroy a b --dry-run", "stacks: [\"a\", \"b\"]");
    accepted("sm-mlops outputs arn:aws:cloudformation:us-east-1:111122223333:stack/a/1", "stack: \"arn:");
    accepted("sm-mlops status --json", "json: true");
    accepted("sm-mlops doctor environment --env-name a --zones 3", "zones: 3");
    accepted("sm-mlops find --vpc vpc-0123456789abcdef0", "vpc: \"vpc-0123456789abcdef0\"");
    accepted("sm-mlops doctor clean-up", "domain_id: None");
    accepted("sm-mlops doctor clean-up d-abc --vpc delete --json", "domain_id: Some(\"d-abc\")");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        accepted(&format!("sm-mlops completions {shell}"), "Completions");
    }
    accepted("sm-mlops man", "folder: None");
    accepted("sm-mlops man --folder pages", "folder: Some(\"pages\")");
}

#[test]
fn command_lines_that_are_refused_with_a_sentence() {
    refused("sm-mlops clean-up", "<DOMAIN_ID>");
    refused("sm-mlops clean-up d-ABC", "such as d-abcdefghijkl");
    refused("sm-mlops doctor clean-up studio", "such as d-abcdefghijkl");
    refused("sm-mlops clean-up d-abc --storage maybe", "keep, backup, delete");
    refused("sm-mlops clean-up d-abc --vpc burn", "keep, delete");
    refused("sm-mlops clean-up d-abc --backup-vault v", "go with --storage backup only");
    refused("sm-mlops doctor clean-up --storage delete --backup-role r", "go with --storage backup only");
    refused("sm-mlops doctor", "clean-up");
    refused("sm-mlops domain", "list");
    refused("sm-mlops find", "--vpc <VPC_ID>");
    refused("sm-mlops find --vpc studio", "is not the id of a VPC");
    refused("sm-mlops product", "provision");
    refused("sm-mlops product status", "<PRODUCT>");
    refused("sm-mlops product provision p --parameter =x", "give KEY=VALUE");
    refused("sm-mlops product provision p --name a/b", "1 to 128 letters");
    refused("sm-mlops deploy studio --bucket b", "quickstart, core, env, git-source");
    refused("sm-mlops deploy core --bucket b --stack a_b", "letters, digits and hyphens, the first a letter");
    refused("sm-mlops deploy core --bucket b -p =x", "give NAME=VALUE");
    refused("sm-mlops deploy core --bucket b --release a?b", "as `make package` printed it");
    refused("sm-mlops destroy", "<STACK>");
    refused("sm-mlops doctor environment --env-name A_b", "lower case letters");
    refused("sm-mlops doctor environment --env-name a --zones 5", "5 is not in 1..=4");
    refused("sm-mlops completions tcsh", "bash");
    refused("sm-mlops tidy", "unrecognized subcommand");
}

#[test]
fn a_usage_line_names_the_command_with_its_options() {
    for (line, expected) in [
        ("sm-mlops clean-up", "Usage: sm-mlops clean-up [OPTIONS] <DOMAIN_ID>"),
        ("sm-mlops clean-up d-abc --foo", "Usage: sm-mlops clean-up [OPTIONS] <DOMAIN_ID>"),
        ("sm-mlops clean-up d-abc --backup-vault v", "Usage: sm-mlops clean-up [OPTIONS] <DOMAIN_ID>"),
        ("sm-mlops doctor clean-up --backup-role r", "Usage: sm-mlops doctor clean-up [OPTIONS] [DOMAIN_ID]"),
        ("sm-mlops clean-up --help", "Usage: sm-mlops clean-up [OPTIONS] <DOMAIN_ID>"),
    ] {
        let told = read(line).expect_err(line).to_string();
        assert!(told.contains(expected), "{line}: {told}");
    }
}

#[test]
fn the_help_never_promises_to_keep_what_goes() {
    let help = read("sm-mlops clean-up --help").expect_err("help").to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["--delete-space-storage", "EBS volumes of spaces", "Unified Studio"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[test]
fn every_help_text_tells_every_exit_status() {
    let line_of = |exit: Exit| format!("{:>3}  {}", exit.code(), exit.meaning());
    for line in [
        "sm-mlops --help",
        "sm-mlops clean-up --help",
        "sm-mlops doctor clean-up --help",
        "sm-mlops find --help",
    ] {
        let help = read(line).expect_err(line);
        assert_eq!(help.exit_code(), 0, "{line}");
        for exit in Exit::ALL {
            assert!(help.to_string().contains(&line_of(exit)), "{line} does not tell {exit:?}");
        }
    }
}

#[test]
fn the_guide_tells_every_exit_status() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/clean-up.md");
    let guide = std::fs::read_to_string(guide).expect("the guide is there").replace('`', "");
    for exit in Exit::ALL {
        let line = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(guide.contains(&line), "docs/clean-up.md does not say {line:?}");
    }
}

#[test]
fn the_definition_has_no_contradictions() {
    Args::command().debug_assert();
    let mut codes = Exit::ALL.map(Exit::code);
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130, 143], "the numbers are promised to scripts");
}
