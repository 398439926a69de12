//! The repositories through git over SSH, with the programs of this machine.

use crate::fixture::{ALICE, Account};
use emulator_codecommit::{CodeCommit, Ssh};
use emulator_core::{Branches, Service};
use emulator_git_host::GitHost;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// An account with the repository `app`, and a clone of it.
struct Desk {
    account: Account,
    host: GitHost,
    url: String,
}

impl Desk {
    async fn new(refused: &'static [&'static str]) -> Self {
        let account = Account::refusing(refused);
        let root = account.folder.path().join("root");
        std::fs::create_dir(&root).unwrap();
        let host = GitHost::start(&root).unwrap();
        CodeCommit::serve_ssh(account.service.context(), host.port());
        host.serve(Arc::new(Ssh::new(account.service.context())));
        let made = account.on("CreateRepository", json!({})).await.unwrap();
        let url = made["repositoryMetadata"]["cloneUrlSsh"].as_str().unwrap().replace("//", "//git@");
        let desk = Self { account, host, url };
        let key = desk.path("id").display().to_string();
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).status();
        assert!(made.unwrap().success());
        desk.host.authorize(&std::fs::read_to_string(desk.path("id.pub")).unwrap()).unwrap();
        std::fs::write(desk.path("hosts"), desk.host.host_key() + "\n").unwrap();
        desk.git(&["init", "--quiet", "--initial-branch", "main", "work"]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.account.folder.path().join(name)
    }

    fn try_git(&self, arguments: &[&str]) -> Output {
        let ssh = format!(
            "ssh -F none -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR -o UserKnownHostsFile={}",
            self.path("id").display(),
            self.path("hosts").display()
        );
        let mut git = Command::new("git");
        git.args(arguments).current_dir(self.account.folder.path()).env("GIT_SSH_COMMAND", ssh);
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C").stdin(Stdio::null()).output().unwrap()
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, name: &str) -> String {
        std::fs::write(self.path("work").join(name), name).unwrap();
        self.git(&["-C", "work", "add", "."]);
        self.git(&["-C", "work", "commit", "--quiet", "--message", name]);
        self.git(&["-C", "work", "rev-parse", "HEAD"])
    }

    #[track_caller]
    fn push_fails(&self, references: &[&str], part: &str) {
        let output = self.try_git(&[&["-C", "work", "push", "--quiet", &self.url], references].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(part), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_seen_by_the_api_and_a_commit_of_the_api_by_a_clone() {
    let desk = Desk::new(&[]).await;
    let changed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&changed);
    let branches = desk.account.service.context().common::<Branches>();
    branches.watch(move |change| seen.lock().unwrap().push(change.branch.clone()));
    let first = desk.commit("a");
    desk.git(&["-C", "work", "tag", "v1"]);
    desk.git(&["-C", "work", "push", "--quiet", &desk.url, "main", "v1", "main:dev"]);
    let got = desk.account.on("GetBranch", json!({"branchName": "dev"})).await.unwrap();
    assert_eq!(got["branch"]["commitId"], json!(first));
    let second = desk.account.put("main", "b", "2", Some(&first)).await;
    desk.git(&["-C", "work", "pull", "--quiet", "--ff-only", &desk.url, "main"]);
    assert_eq!(std::fs::read_to_string(desk.path("work/b")).unwrap(), "2");
    desk.git(&["-C", "work", "push", "--quiet", &desk.url, ":dev"]);
    desk.git(&["clone", "--quiet", &desk.url, "copy"]);
    assert_eq!(desk.git(&["-C", "copy", "symbolic-ref", "HEAD"]), "refs/heads/main", "the default branch");

    let told = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
        assert_eq!(one["callerUserArn"], ALICE);
        [text("event"), text("referenceFullName"), text("oldCommitId"), text("commitId")].join(" ")
    };
    let events: Vec<_> = desk.account.events().iter().map(told).collect();
    let mut created = events[..3].to_vec();
    created.sort();
    assert_eq!(
        created,
        [
            format!("referenceCreated refs/heads/dev - {first}"),
            format!("referenceCreated refs/heads/main - {first}"),
            format!("referenceCreated refs/tags/v1 - {first}"),
        ]
    );
    assert_eq!(
        events[3..],
        [
            format!("referenceUpdated refs/heads/main {first} {second}"),
            format!("referenceDeleted refs/heads/dev {first} -"),
        ]
    );
    let mut changed = changed.lock().unwrap().clone();
    changed[..2].sort();
    assert_eq!(changed, ["dev", "main", "main"], "what is deleted starts nothing, nor does a tag");
}

#[tokio::test(flavor = "multi_thread")]
async fn iam_is_asked_for_each_reference_before_git_sees_a_push() {
    let desk = Desk::new(&["refs/heads/release"]).await;
    let first = desk.commit("a");
    desk.push_fails(&["main", "main:release"], "not authorized to perform: refs/heads/release");
    assert_eq!(desk.account.on("ListBranches", json!({})).await.unwrap(), json!({"branches": []}));
    assert_eq!(desk.account.events(), [] as [Value; 0]);
    desk.git(&["-C", "work", "push", "--quiet", &desk.url, "main"]);
    let asked = desk.account.ministack.inputs("/_bridge/authorize");
    let last = &asked.last().unwrap()["permissions"][0];
    assert_eq!(last["action"], "codecommit:GitPush");
    assert_eq!(last["resource"], "arn:aws:codecommit:us-east-1:111122223333:app");
    assert_eq!(last["context"]["codecommit:References"], "refs/heads/main");
    assert_eq!(asked[0]["permissions"][0]["context"], json!({}), "which references is not known at first");
    desk.push_fails(&[":main"], "default branch cannot be deleted");
    let got = desk.account.on("GetBranch", json!({"branchName": "main"})).await.unwrap();
    assert_eq!(got["branch"]["commitId"], json!(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_iam_refuses_neither_clones_nor_pushes() {
    let desk = Desk::new(&["codecommit:Git"]).await;
    desk.commit("a");
    desk.push_fails(&["main"], "not authorized to perform: codecommit:Git");
    let output = desk.try_git(&["clone", "--quiet", &desk.url, "copy"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not authorized"), "{output:?}");
    let open = Desk::new(&[]).await;
    let elsewhere = open.url.replace("/app", "/none");
    let output = open.try_git(&["clone", "--quiet", &elsewhere, "copy"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("none does not exist"), "{output:?}");
}
