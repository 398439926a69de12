//! Submodules: what `git clone --recurse-submodules` gives, from the hosts and paths that are allowed.

use crate::fixture::{Fixture, Repository};
use crate::proxy::Proxy;
use git_source::exit_status::ExitStatus;
use std::fs;

const MODULE: &str = "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n";

/// A repository for others to name: a document, a script.
fn inner(fixture: &Fixture) -> (Repository<'_>, String) {
    let inner = fixture.create("inner", &[]);
    inner.write("docs/guide.md", "d\n").write("run.sh", "#!/bin/sh\necho hi\n").executable("run.sh");
    inner.write(".hidden/x", "y");
    let commit = inner.commit("Inner");
    (inner, commit)
}

#[test]
fn submodules_are_what_git_checks_out() {
    let fixture = Fixture::new();
    let (_, commit) = inner(&fixture);
    let middle = fixture.create("middle", &[]);
    middle.write(".gitmodules", MODULE).write("middle.txt", "m").link(&commit, "i");
    let middle = middle.commit("Middle");
    let outer = fixture.create("outer", &[]);
    let url = fixture.host.url("middle");
    outer.write(".gitmodules", format!("[submodule \"a b\"]\n\tpath = vendor/a b\n\turl = {url}\n"));
    outer.write("outer.txt", "o").link(&middle, "vendor/a b");
    outer.commit("Outer");

    let request = fixture.request("outer").set("Submodules", "true");
    let files = fixture.files(&request);
    assert_eq!(files, fixture.checked_out("outer", &["--recurse-submodules"]));
    assert!(files.contains_key("vendor/a b/i/run.sh"), "{files:?}");
    let without = fixture.files(&request.set("Submodules", "false"));
    assert_eq!(without.keys().collect::<Vec<_>>(), [".gitmodules", "outer.txt"]);
}

#[test]
fn attributes_act_on_files_of_their_own_repository_only() {
    let fixture = Fixture::new();
    let (_, commit) = inner(&fixture);
    let leak = fixture.create("leak", &[]);
    leak.write(".gitattributes", "docs export-ignore\n*.sh text eol=crlf\n").write("own.sh", "a\n");
    leak.write("docs/own.md", "left out").write(".gitmodules", MODULE).link(&commit, "i");
    leak.commit("Leak");
    let files = fixture.files(&fixture.request("leak").set("Submodules", "true"));
    assert_eq!(files["i/docs/guide.md"].1, b"d\n");
    assert_eq!(files["i/run.sh"], (0o111, b"#!/bin/sh\necho hi\n".to_vec()));
    assert_eq!(files["own.sh"].1, b"a\r\n");
    assert!(!files.contains_key("docs/own.md"));
}

#[test]
fn a_submodule_marked_export_ignore_stays_out() {
    let fixture = Fixture::new();
    let (_, commit) = inner(&fixture);
    let outer = fixture.create("outer", &[]);
    outer.write(".gitattributes", "vendor export-ignore\n").link(&commit, "vendor/i");
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = vendor/i\n\turl = ../inner.git\n");
    outer.commit("Outer");
    let files = fixture.files(&fixture.request("outer").set("Submodules", "true"));
    assert_eq!(files.keys().collect::<Vec<_>>(), [".gitattributes", ".gitmodules"]);
}

/// The files of a repository with one link at `i` and this `.gitmodules`.
fn with(fixture: &Fixture, commit: &str, gitmodules: &[u8]) -> Vec<String> {
    let name = "variant";
    let _ = fs::remove_dir_all(fixture.bare(name));
    let _ = fs::remove_dir_all(fixture.at("work").join(name));
    let outer = fixture.create(name, &[]);
    outer.write(".gitmodules", gitmodules).link(commit, "i");
    outer.commit("Variant");
    let files = fixture.files(&fixture.request(name).set("Submodules", "true"));
    files.into_keys().filter(|path| path != ".gitmodules").collect()
}

#[test]
fn gitmodules_is_read_as_git_reads_it() {
    let fixture = Fixture::new();
    let (_, commit) = inner(&fixture);
    let all = ["i/.hidden/x", "i/docs/guide.md", "i/run.sh"];
    let none: [&str; 0] = [];
    let byte_order_mark = [b"\xef\xbb\xbf", MODULE.as_bytes()].concat();
    assert_eq!(with(&fixture, &commit, &byte_order_mark), all);
    assert_eq!(with(&fixture, &commit, MODULE.replace('\n', "\r\n").as_bytes()), all);
    // A byte that a signed char takes for the end of the file.
    let high = [b"# \xff\n", MODULE.as_bytes()].concat();
    assert_eq!(with(&fixture, &commit, &high), all);
    let twice = format!("[submodule \"i\"]\n\turl = ../nowhere.git\n{MODULE}");
    assert_eq!(with(&fixture, &commit, twice.as_bytes()), all);
    assert_eq!(with(&fixture, &commit, format!("{MODULE}\tupdate = rebase\n").as_bytes()), all);
    let skipped = MODULE.replace("inner", "nowhere") + "\tupdate = none\n";
    assert_eq!(with(&fixture, &commit, skipped.as_bytes()), none);
    assert_eq!(with(&fixture, &commit, b""), none, "git skips a link without an entry");
    let elsewhere = MODULE.replace("path = i", "path = other");
    assert_eq!(with(&fixture, &commit, elsewhere.as_bytes()), none);
    let suspicious = MODULE.replace("\"i\"", "\"../i\"");
    assert_eq!(with(&fixture, &commit, suspicious.as_bytes()), none, "git ignores such a name");

    let file = fixture.at("included");
    fs::write(&file, MODULE).unwrap();
    let include = format!("[include]\n\tpath = {}\n", file.display());
    assert_eq!(with(&fixture, &commit, include.as_bytes()), none, "a file of the build machine was read");
}

#[test]
fn a_symbolic_link_is_not_gitmodules() {
    let fixture = Fixture::new();
    let (_, commit) = inner(&fixture);
    let outer = fixture.create("outer", &[]);
    outer.write("modules", MODULE).commit("Modules");
    // git adds no such link itself.
    let file = outer.git(&["rev-parse", "HEAD:modules"]);
    outer.write("target", "modules");
    outer.write(
        "tree",
        format!(
            "120000 blob {{target}}\t.gitmodules\n160000 commit {commit}\ti\n100644 blob {file}\tmodules\n"
        )
        .replace("{target}", &outer.git(&["hash-object", "-w", "target"])),
    );
    let tree = outer.git_reading("tree", &["mktree", "--missing"]);
    let link = outer.git(&["commit-tree", "-m", "Link", &tree]);
    outer.git(&["push", "-q", "-f", "origin", &format!("{link}:refs/heads/main")]);
    let request = fixture.request("outer").set("Submodules", "true");
    fixture.fails(&request, ExitStatus::SubmoduleInvalid, "is a symbolic link");
}

#[track_caller]
fn refused(fixture: &Fixture, url: &str, paths: &[&'static str], status: ExitStatus, part: &str) {
    let name = "outer";
    let _ = fs::remove_dir_all(fixture.bare(name));
    let _ = fs::remove_dir_all(fixture.at("work").join(name));
    let outer = fixture.create(name, &[]);
    let commit = fixture.git(&fixture.bare("inner"), &["rev-parse", "main"]);
    outer.write(".gitmodules", format!("[submodule \"i\"]\n\tpath = i\n\turl = {url}\n")).link(&commit, "i");
    outer.commit("Outer");
    let mut request = fixture.request(name).set("Submodules", "true");
    request.submodule_paths = paths.to_vec();
    fixture.fails(&request, status, part);
}

#[test]
fn a_url_that_is_not_allowed_is_never_connected_to() {
    let fixture = Fixture::new();
    inner(&fixture);
    let other = Proxy::closing_the_first(0, fixture.host.port());
    let port = fixture.host.port();
    let elsewhere = format!("ssh://git@127.0.0.1:{}/inner.git", other.port);
    for (url, part) in [
        (elsewhere.as_str(), "is not an allowed git host"),
        ("https://127.0.0.1/inner.git", "is not an SSH address"),
        ("file:///etc", "is not an SSH address"),
        ("/etc/inner.git", "is not an SSH address"),
        ("ext::sh -c id", "is not an SSH address"),
        ("git@evil.example.com:inner.git", "is not an allowed git host"),
        ("../../../../inner.git", "is not an SSH address"),
        (&format!("ssh://-oProxyCommand=id@127.0.0.1:{port}/inner.git"), "user"),
        (&format!("ssh://git:pass@127.0.0.1:{port}/inner.git"), "password"),
    ] {
        refused(&fixture, url, &[], ExitStatus::SubmoduleNotAllowed, part);
    }
    assert_eq!(other.connections(), 0, "a port that is not allowed was connected to");
    refused(&fixture, "-x", &[], ExitStatus::SubmoduleInvalid, "has no URL");
}

#[test]
fn submodule_paths_limit_the_repositories() {
    let fixture = Fixture::new();
    inner(&fixture);
    let in_paths = "not in SubmodulePaths";
    refused(&fixture, "../inner.git", &["127.0.0.1/team/*"], ExitStatus::SubmoduleNotAllowed, in_paths);
    refused(&fixture, "../inner.git", &["127.0.0.1/inner"], ExitStatus::SubmoduleNotAllowed, in_paths);
    let port: &'static str = Box::leak(format!("127.0.0.1:{}/in*", fixture.host.port()).into_boxed_str());
    let mut request = fixture.request("outer").set("Submodules", "true");
    request.submodule_paths = vec!["git.example.com/x", port];
    assert!(fixture.files(&request).contains_key("i/run.sh"));
}

#[test]
fn each_cause_has_its_own_status() {
    let fixture = Fixture::new();
    let (inner, _) = inner(&fixture);
    let status = ExitStatus::SubmoduleNotFound;
    refused(&fixture, "../nowhere.git", &[], status, "`i`");
    refused(&fixture, "", &[], ExitStatus::SubmoduleInvalid, "has no URL");
    refused(&fixture, "../inner.git\n\tupdate = !id", &[], ExitStatus::SubmoduleInvalid, "which git refuses");
    refused(&fixture, "x\n\t[broken", &[], ExitStatus::SubmoduleInvalid, "git cannot read .gitmodules");
    inner.commit("Not pushed where the link looks");
    inner.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "Not pushed"]);
    let commit = inner.git(&["rev-parse", "HEAD"]);
    let outer = fixture.create("missing", &[]);
    outer.write(".gitmodules", MODULE).link(&commit, "i");
    outer.commit("Missing");
    let request = fixture.request("missing").set("Submodules", "true");
    fixture.fails(&request, ExitStatus::SubmoduleCommitNotFound, &commit);
}
