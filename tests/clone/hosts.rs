//! Servers that lack what most have.

use crate::fixture::{Fixture, path};
use crate::proxy::with_ssh;

/// A server that does not let the client choose the version of the protocol, as sshd without `AcceptEnv GIT_PROTOCOL`.
const FIRST_PROTOCOL: &str = "unset GIT_PROTOCOL; exec \"$SSH\" \"$@\"";

#[test]
fn a_sha256_repository_is_cloned_with_either_protocol() {
    let fixture = Fixture::new();
    let format = ["--object-format=sha256"];
    let inner = fixture.create("inner", &format);
    let link = inner.write("x", "1").commit("Inner");
    let outer = fixture.create("outer", &format);
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    let commit = outer.commit("Outer");
    outer.git(&["tag", "-a", "v1", "-m", "one"]);
    outer.git(&["push", "-q", "origin", "v1"]);
    assert_eq!(commit.len(), 64);
    for script in ["exec \"$SSH\" \"$@\"", FIRST_PROTOCOL] {
        for (property, value) in [("Branch", "main"), ("Tag", "v1"), ("Commit", commit.as_str())] {
            let mut request = fixture.request("outer").set(property, value).set("Submodules", "true");
            request.path = with_ssh(&fixture, script);
            let (cloned, files) = fixture.clone(&request).unwrap();
            assert_eq!(cloned.commit, commit, "{property} {script}");
            assert!(files.contains_key("i/x"), "{property} {script}");
        }
    }
}

#[test]
fn a_server_without_shallow_clones_is_cloned() {
    let fixture = Fixture::new();
    let repository = fixture.create("app", &[]);
    let first = repository.write("a", "1").commit("First");
    repository.write("a", "2").commit("Second");
    // Takes the capability out of the first packet.
    let filter = fixture.at("without-shallow.py");
    std::fs::write(
        &filter,
        "import os, re, subprocess, sys\n\
         server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, bufsize=0)\n\
         def read(length):\n    data = b''\n    while len(data) < length:\n        more = server.stdout.read(length - len(data))\n        if not more: break\n        data += more\n    return data\n\
         length = read(4)\n\
         if length:\n    line = re.sub(rb' (shallow|deepen-[a-z]+)\\b', b'', read(int(length, 16) - 4))\n    os.write(1, b'%04x' % (len(line) + 4) + line)\n\
         while data := server.stdout.read(65536):\n    while data: data = data[os.write(1, data):]\n\
         sys.exit(server.wait())\n",
    )
    .unwrap();
    let script = format!("unset GIT_PROTOCOL; exec python3 {} \"$SSH\" \"$@\"", path(&filter));
    for (property, value) in [("Branch", "main"), ("Commit", first.as_str())] {
        let mut request = fixture.request("app").set(property, value);
        request.path = with_ssh(&fixture, &script);
        assert!(fixture.files(&request).contains_key("a"), "{property}");
    }
}

#[test]
fn a_shallow_repository_of_the_server_is_cloned() {
    let fixture = Fixture::new();
    let repository = fixture.create("whole", &[]);
    repository.write("a", "1").commit("First");
    let commit = repository.write("a", "2").commit("Second");
    let url = fixture.host.url("whole");
    fixture.git(&fixture.at("host"), &["clone", "-q", "--bare", "--depth=1", &url, "shallow.git"]);
    for depth in ["0", "1", "5"] {
        let (cloned, files) = fixture.clone(&fixture.request("shallow").set("Depth", depth)).unwrap();
        assert_eq!(
            (cloned.commit.as_str(), files["a"].1.as_slice()),
            (commit.as_str(), &b"2"[..]),
            "{depth}"
        );
    }
}
