//! Git LFS: the bytes of the objects, in one batch, and nothing secret in what is said when that fails.

use crate::fixture::{Fixture, Repository};
use crate::proxy::{Proxy, with_ssh};
use git_source::clone::Limits;
use git_source::exit_status::ExitStatus;

/// A repository whose `*.csv` are in Git LFS.
fn tracked<'a>(fixture: &'a Fixture, name: &'static str) -> Repository<'a> {
    let repository = fixture.create(name, &[]);
    for setting in ["process", "clean", "smudge"] {
        let program = if setting == "process" {
            "git-lfs filter-process".into()
        } else {
            format!("git-lfs {setting} -- %f")
        };
        repository.git(&["config", &format!("filter.lfs.{setting}"), &program]);
    }
    repository.git(&["config", "filter.lfs.required", "true"]);
    repository.git(&["lfs", "install", "--local", "--force"]);
    repository.write(".gitattributes", "* text=auto eol=crlf\n*.csv filter=lfs diff=lfs merge=lfs\n");
    repository
}

#[test]
fn objects_are_what_git_checks_out_in_one_batch() {
    let fixture = Fixture::new();
    let repository = tracked(&fixture, "data");
    for number in 0..30 {
        repository.write(&format!("d/{number}.csv"), format!("a,b\n{number},2\n"));
    }
    repository.write("text.txt", "a\nb\n").write("same.csv", "a,b\n0,2\n");
    repository.commit("Data");
    let expected = fixture.checked_out("data", &["--lfs"]);
    let before = fixture.host.requests();
    let files = fixture.files(&fixture.request("data").set("Lfs", "true"));
    let after = fixture.host.requests();
    assert_eq!(files, expected);
    assert_eq!(files["d/7.csv"].1, b"a,b\n7,2\n", "eol does not act on objects");
    assert_eq!(after.lfs_authentications("data") - before.lfs_authentications("data"), 1);
    assert_eq!(after.lfs_batches("data") - before.lfs_batches("data"), 1);
    assert_eq!(after.logins - before.logins, 3, "one for git, and git-lfs asks for its newer protocol first");
    let pointers = fixture.files(&fixture.request("data"));
    assert!(pointers["d/7.csv"].1.starts_with(b"version https://git-lfs"), "without the switch");
}

#[test]
fn objects_of_submodules_come_from_their_own_repository() {
    let fixture = Fixture::new();
    let link = tracked(&fixture, "inner").write("i.csv", "inner\n").commit("Inner");
    let outer = tracked(&fixture, "outer");
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    outer.write("o.csv", "outer\n").commit("Outer");
    let files = fixture.files(&fixture.request("outer").set("Lfs", "true").set("Submodules", "true"));
    assert_eq!((&*files["i/i.csv"].1, &*files["o.csv"].1), (&b"inner\n"[..], &b"outer\n"[..]));
}

#[test]
fn a_login_that_git_lfs_fails_at_is_told_of_the_repository_it_was_for() {
    let fixture = Fixture::new();
    let link = tracked(&fixture, "inner").write("i.csv", "inner\n").commit("Inner");
    let outer = tracked(&fixture, "outer");
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    outer.write("o.csv", "outer\n").commit("Outer");
    for (name, status) in [("inner", ExitStatus::SubmoduleKeyRefused), ("outer", ExitStatus::KeyRefused)] {
        let refuse = "echo 'git@host: Permission denied (publickey).' >>\"$CLONE_SSH_MESSAGES\"; exit 255";
        let script = format!("case \"$*\" in *git-lfs*{name}*) {refuse} ;; esac; exec \"$SSH\" \"$@\"");
        let mut request = fixture.request("outer").set("Lfs", "true").set("Submodules", "true");
        request.path = with_ssh(&fixture, &script);
        fixture.fails(&request, status, "could not be asked for");
    }
}

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:26e8cfd3b09d219f33d240da5ba3d0ac2da51f3be8fc59baffa2410995b09460\nsize 15\n";

#[test]
fn what_no_attribute_gives_to_lfs_stays_as_it_is() {
    let fixture = Fixture::new();
    let repository = fixture.create("fixture", &[]);
    repository.write("tests/pointer.txt", POINTER).commit("A pointer as a test file");
    let files = fixture.files(&fixture.request("fixture").set("Lfs", "true"));
    assert_eq!(files["tests/pointer.txt"].1, POINTER.as_bytes());

    // The same beside a file that is in Git LFS, and a file of Git LFS that is no pointer.
    let mixed = tracked(&fixture, "mixed");
    mixed.write("real.csv", "real\n").commit("Real");
    mixed.write("tests/pointer.txt", POINTER).commit_with("A pointer as a test file", &["--no-verify"]);
    let blob = fixture.at("blob");
    std::fs::write(&blob, "never added to Git LFS\n").unwrap();
    let object = mixed.git(&["hash-object", "-w", "--no-filters", crate::fixture::path(&blob)]);
    mixed.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{object},plain.csv")]);
    mixed.git(&["commit", "-q", "-m", "No pointer"]);
    mixed.git(&["push", "-q", "--no-verify", "origin", "HEAD:main"]);
    let files = fixture.files(&fixture.request("mixed").set("Lfs", "true"));
    assert_eq!(files["real.csv"].1, b"real\n");
    assert_eq!(files["plain.csv"].1, b"never added to Git LFS\r\n", "as git checks it out");
    assert_eq!(
        files["tests/pointer.txt"].1,
        POINTER.replace('\n', "\r\n").as_bytes(),
        "as git checks it out"
    );
}

#[test]
fn no_pointer_makes_git_ask_the_server_of_lfsconfig() {
    let fixture = Fixture::new();
    let elsewhere = Proxy::closing_the_first(usize::MAX, 1);
    let repository = tracked(&fixture, "data");
    repository.write("real.csv", "real\n").commit("Data");
    let real = repository.git(&["cat-file", "blob", "HEAD:real.csv"]) + "\n";
    let config = format!("[lfs]\n\turl = http://127.0.0.1:{}/\n\tfetchexclude = *\n", elsewhere.port);
    // An older form, and two sizes of one object: git-lfs takes both for pointers whose objects are missing.
    let missing = POINTER.replace("https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1");
    let other_size = real.replace("size 5", "size 6");
    assert_ne!(real, other_size);
    for pointer in [missing, other_size] {
        repository.write(".lfsconfig", &config);
        repository.git(&["add", ".lfsconfig"]);
        let file = fixture.at("pointer");
        std::fs::write(&file, pointer).unwrap();
        let blob = repository.git(&["hash-object", "-w", "--no-filters", crate::fixture::path(&file)]);
        repository.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},bad.csv")]);
        repository.git(&["commit", "-q", "-m", "A pointer without an object"]);
        repository.git(&["push", "-q", "--no-verify", "-f", "origin", "HEAD:main"]);
        fixture.clone(&fixture.request("data").set("Lfs", "true")).unwrap_err();
        assert_eq!(elsewhere.connections(), 0, "the server of .lfsconfig was asked");
    }
    repository.git(&["rm", "-q", "--cached", "bad.csv"]);
    repository.git(&["commit", "-q", "-m", "Without it"]);
    repository.git(&["push", "-q", "--no-verify", "-f", "origin", "HEAD:main"]);
    let files = fixture.files(&fixture.request("data").set("Lfs", "true"));
    assert_eq!(files["real.csv"].1, b"real\n", "fetchexclude is not applied");
}

#[test]
fn what_git_lfs_and_archives_take_is_not_what_was_fetched() {
    let fixture = Fixture::new();
    let link = fixture.create("inner", &[]).write("i", "1").commit("Inner");
    let outer = tracked(&fixture, "outer");
    let noise = crate::files::noise(3 << 20);
    outer.write("noise.csv", &noise).write("copy.csv", &noise);
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    outer.commit("Outer");
    let mut request = fixture.request("outer").set("Lfs", "true").set("Submodules", "true");
    request.limits =
        Limits { fetched_megabytes: 2, lfs_megabytes: 4, artifact_megabytes: 7, ..Limits::default() };
    assert!(fixture.files(&request).contains_key("i/i"));
    // One object, and two files with its content.
    request.limits.artifact_megabytes = 5;
    fixture.fails(&request, ExitStatus::ArtifactLimit, "MaxArtifactMegabytes");
}

#[test]
fn failures_are_told_apart_and_tell_no_secret() {
    let fixture = Fixture::new();
    let repository = tracked(&fixture, "data");
    repository.write("a.csv", "1\n").commit("Data");
    repository.write(".lfsconfig", "[lfs]\n\turl = http://127.0.0.1:1/\n");
    repository.commit_with("Another server", &["--no-verify"]);
    let request = || fixture.request("data").set("Lfs", "true");
    assert_eq!(fixture.files(&request())["a.csv"].1, b"1\n", "the server of .lfsconfig is not asked");

    fixture.host.refuse_objects("data", true);
    fixture.fails(&request(), ExitStatus::LfsRefused, "could not be fetched");
    fixture.host.refuse_objects("data", false);

    let mut limited = request();
    limited.limits = Limits { lfs_megabytes: 0, ..Limits::default() };
    fixture.fails(&limited, ExitStatus::LfsLimit, "MaxLfsMegabytes");

    std::fs::remove_dir_all(fixture.bare("data").join("lfs")).unwrap();
    fixture.fails(&request(), ExitStatus::LfsObjectNotFound, "not all on the server");

    let mut bare = request();
    bare.path = "/nowhere".into();
    fixture.fails(&bare, ExitStatus::LfsNotInstalled, "not installed");
}
