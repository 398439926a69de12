//! The artifact of one repository: the commit's own files and values, whatever the switches are.

use crate::fixture::{Fixture, Request};

#[test]
fn files_are_what_git_checks_out() {
    let fixture = Fixture::new();
    let repository = fixture.create("files", &[]);
    repository
        .write(".gitignore", "*.pyc\n")
        .write("folder with space/my.yaml", "a: 1\n")
        .write("grüße.txt", "Grüße\n");
    repository.write("bin/run.sh", "#!/bin/sh\n").executable("bin/run.sh").write("bytes", [0, 255, 13, 10]);
    repository
        .write("crlf.txt", "a\nb\n")
        .write(".gitattributes", "crlf.txt text eol=crlf\n* -export-subst\n");
    std::os::unix::fs::symlink("bin/run.sh", repository.work().join("link")).unwrap();
    repository.commit("Files");
    let expected = fixture.checked_out("files", &[]);
    for switch in ["Submodules", "Lfs", "Depth"] {
        let value = if switch == "Depth" { "0" } else { "true" };
        assert_eq!(fixture.files(&fixture.request("files").set(switch, value)), expected, "{switch}");
    }
}

#[test]
fn export_subst_has_the_values_of_the_commit() {
    let fixture = Fixture::new();
    let repository = fixture.create("subst", &[]);
    repository.write(".gitattributes", "v.txt export-subst\n");
    repository.write("v.txt", "$Format:%H|%an|%s|%d$\n").commit("Subject");
    repository.git(&["tag", "v1"]);
    repository.git(&["push", "-q", "origin", "v1"]);
    let commit = repository.git(&["rev-parse", "HEAD"]);
    let text = |decoration: &str| format!("{commit}|Ada Lovelace|Subject|{decoration}\n");
    for (submodules, lfs) in [("false", "false"), ("true", "false"), ("false", "true"), ("true", "true")] {
        let request =
            fixture.request("subst").set("Submodules", submodules).set("Lfs", lfs).set("Depth", "0");
        let content =
            |request: &Request| String::from_utf8(fixture.files(request)["v.txt"].1.clone()).unwrap();
        assert_eq!(content(&request), text(" (HEAD -> main)"));
        assert_eq!(content(&request.set("Tag", "v1")), text(" (HEAD, tag: v1)"));
    }
}

#[test]
fn the_same_commit_gives_the_same_bytes() {
    let fixture = Fixture::new();
    let inner = fixture.create("inner", &[]);
    let link = inner.write("a", "1").commit("Inner");
    let outer = fixture.create("outer", &[]);
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    outer.commit("Outer");
    let request = fixture.request("outer").set("Submodules", "true");
    let bytes = |name: &str| {
        fixture.copy(&request, &fixture.at(name));
        std::fs::read(fixture.at(name)).unwrap()
    };
    assert_eq!(bytes("first.zip"), bytes("second.zip"));
}

#[test]
fn a_long_message_is_cut_and_an_odd_one_is_whole() {
    let fixture = Fixture::new();
    let repository = fixture.create("message", &[]);
    let file = fixture.at("message");
    std::fs::write(&file, format!("Subject\n\n{}", "a".repeat(132_000))).unwrap();
    repository.git(&["commit", "-q", "--allow-empty", "-F", crate::fixture::path(&file)]);
    repository.git(&["push", "-q", "origin", "HEAD:main"]);
    let (cloned, _) = fixture.clone(&fixture.request("message")).unwrap();
    assert_eq!(cloned.message.len(), 8192);
    let odd = "Subject\n\nGIT_COMMIT_ID=x\n$(id) `id` \u{1b}[31m";
    let commit = repository.commit(odd);
    let (cloned, _) = fixture.clone(&fixture.request("message")).unwrap();
    assert_eq!(String::from_utf8(cloned.message).unwrap().trim_end(), odd);
    assert_eq!((cloned.commit, cloned.author), (commit, b"Ada Lovelace\n".to_vec()));
}
