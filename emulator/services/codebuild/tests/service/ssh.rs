//! SSH in builds: keys, hosts and configuration are those of the build, never those of the user who started the emulator.

use crate::cloud::Cloud;
use emulator_git_host::GitHost;
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// Runs commands as a build and returns its log, in which the build's home folder is `HOME`.
async fn log_of(commands: &[&str]) -> String {
    let cloud = Cloud::start().await;
    let phases = json!({"build": {"commands": commands}});
    let build = cloud.run(&json!({"version": 0.2, "phases": phases}).to_string()).await;
    let log = cloud.log(build["id"].as_str().unwrap());
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{log}");
    log
}

/// What `ssh -G` with these arguments shows of the files it would use.
async fn files(prepare: &str, arguments: &str) -> Vec<String> {
    let show = format!("ssh {arguments} -G probe | sed \"s#$HOME#HOME#g; s#^#ssh: #\"");
    let log = log_of(&[prepare, &show]).await;
    let shown = log.lines().filter_map(|line| line.split_once("ssh: ").map(|(_, shown)| shown.to_owned()));
    let keys =
        ["identityfile ", "userknownhostsfile ", "identityagent ", "controlpath ", "user ", "hostname "];
    shown.filter(|line| keys.iter().any(|key| line.starts_with(key))).collect()
}

#[track_caller]
fn shows(shown: &[String], wanted: &[&str]) {
    for wanted in wanted {
        assert!(shown.iter().any(|line| line == wanted), "no {wanted}: {shown:#?}");
    }
    assert!(!shown.iter().any(|line| line.contains('~')), "the home folder of the user: {shown:#?}");
}

/// The user's own folder, which ssh asks the user database for.
fn home_of_user() -> PathBuf {
    let output = Command::new("sh").args(["-c", "eval echo ~$(id -un)"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}

#[tokio::test]
async fn ssh_uses_the_files_of_the_build() {
    let key = "touch ~/.ssh/id_ed25519";
    let known_hosts = "userknownhostsfile HOME/.ssh/known_hosts HOME/.ssh/known_hosts2";
    shows(&files("true", "").await, &["identityfile none", known_hosts]);
    shows(&files(key, "").await, &["identityfile HOME/.ssh/id_ed25519", known_hosts]);
    let several = files("touch ~/.ssh/id_ed25519 ~/.ssh/id_rsa ~/.ssh/id_ecdsa", "").await;
    let names: Vec<_> =
        several.iter().filter_map(|line| line.strip_prefix("identityfile HOME/.ssh/id_")).collect();
    assert_eq!(names, ["rsa", "ecdsa", "ed25519"]);
    shows(&files(key, "-F none").await, &["identityfile HOME/.ssh/id_ed25519", known_hosts]);
}

#[tokio::test]
async fn what_a_build_passes_or_configures_wins() {
    let key = "touch ~/.ssh/id_rsa ~/key";
    let shown = files(key, "-F /dev/null -o UserKnownHostsFile=/hosts -i ~/key").await;
    shows(&shown, &["identityfile HOME/key", "userknownhostsfile /hosts"]);
    assert!(!shown.iter().any(|line| line.contains("id_rsa")), "{shown:?}");
    let config = "touch ~/.ssh/id_rsa; printf 'Host probe\\n  HostName 127.0.0.9\\n  User fromconfig\\n  \
        IdentityFile ~/.ssh/deploy\\n  ControlPath %%d/socket\\nInclude more\\n' >~/.ssh/config; \
        echo 'UserKnownHostsFile ~/hosts' >~/.ssh/more; cp ~/.ssh/config ~/other";
    for arguments in ["", "-F ~/other", "-F~/other", "-TF \"$HOME/other\""] {
        let shown = files(config, arguments).await;
        let wanted = ["hostname 127.0.0.9", "user fromconfig", "identityfile HOME/.ssh/deploy"];
        shows(&shown, &wanted);
        shows(&shown, &["controlpath HOME/socket"]);
        assert!(!shown.iter().any(|line| line.contains("id_rsa")), "{arguments}: {shown:?}");
    }
    let shown = files("true", "-o 'UserKnownHostsFile ~/hosts' -o IdentityAgent=~/agent").await;
    shows(&shown, &["userknownhostsfile HOME/hosts", "identityagent HOME/agent"]);
}

#[tokio::test]
async fn the_other_programs_of_openssh_use_the_files_of_the_build() {
    let log = log_of(&[
        "ssh-keygen -q -N '' -t ed25519 && ls ~/.ssh/id_ed25519.pub",
        "ssh-keygen -l | grep ED25519",
        "echo \"example.com $(cut -d' ' -f1,2 ~/.ssh/id_ed25519.pub)\" >~/.ssh/known_hosts",
        "ssh-keygen -R example.com && test ! -s ~/.ssh/known_hosts",
        "eval \"$(ssh-agent -s)\" && ssh-add && ssh-add -l | grep -c ED25519; ssh-agent -k",
        "scp -v -o ProxyCommand=false ~/.ssh/id_ed25519 probe:/ 2>&1 | grep \"configuration data ${HOME%/home}/\"",
        "sftp -v -o ProxyCommand=false probe 2>&1 | grep \"configuration data ${HOME%/home}/\"",
    ])
    .await;
    assert!(log.contains("example.com found: line 1"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn git_clones_with_the_key_that_a_build_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("app.git");
    let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&bare).status().unwrap();
    assert!(made.success());
    let host = GitHost::start(folder.path()).unwrap();
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    host.authorize(&std::fs::read_to_string(key.with_extension("pub")).unwrap()).unwrap();
    let known_hosts = home_of_user().join(".ssh/known_hosts");
    let before = std::fs::read(&known_hosts).ok();
    let log = log_of(&[
        &format!("(umask 077; cp '{}' ~/.ssh/id_ed25519)", key.display()),
        "printf 'Host *\\n  StrictHostKeyChecking accept-new\\n' >~/.ssh/config",
        &format!("git clone --quiet {} copy 2>&1", host.url("app")),
        "cat ~/.ssh/known_hosts",
    ])
    .await;
    assert_eq!(host.requests().commands, ["git-upload-pack '/app.git'"], "{log}");
    assert!(log.contains("ssh-ed25519"), "{log}");
    assert_eq!(std::fs::read(&known_hosts).ok(), before, "the build wrote to the user's known hosts");
}
