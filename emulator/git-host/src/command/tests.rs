//! Tables of requests a client can send.

use super::{Command, Operation, Service, unquote};
use std::path::Path;

#[track_caller]
fn check(request: &str, expected: Result<Command, &str>) {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("app.git")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("escape.git")).unwrap();
    let got = Command::parse(request.as_bytes(), &root.path().canonicalize().unwrap());
    match expected {
        Ok(command) => assert_eq!(got, Ok(command), "{request}"),
        Err(part) => assert!(got.as_ref().is_err_and(|why| why.contains(part)), "{request}: {got:?}"),
    }
}

fn git(service: Service, path: &str) -> Command {
    Command::Git { service, path: path.into() }
}

#[test]
fn git_services_are_served() {
    use Service::{ReceivePack, UploadPack};
    check("git-upload-pack '/app.git'", Ok(git(UploadPack, "app.git")));
    check("git upload-pack '/app.git'", Ok(git(UploadPack, "app.git")));
    check("git-upload-pack 'app.git'", Ok(git(UploadPack, "app.git")));
    check("git-upload-pack app.git", Ok(git(UploadPack, "app.git")));
    check("git-receive-pack '/team/app.git'", Ok(git(ReceivePack, "team/app.git")));
    check("git-upload-pack '/missing.git'", Ok(git(UploadPack, "missing.git")));
}

#[test]
fn lfs_credentials_are_for_one_repository_and_operation() {
    let lfs =
        |path: &str, operation| Ok(Command::LfsAuthenticate { path: Path::new(path).into(), operation });
    check("git-lfs-authenticate /app.git download", lfs("app.git", Operation::Download));
    check("git-lfs-authenticate 'team/my app.git' upload", lfs("team/my app.git", Operation::Upload));
    for wrong in ["", "/app.git", "/app.git delete", "/app.git upload now", "download"] {
        check(&format!("git-lfs-authenticate {wrong}"), Err("neither download nor upload"));
    }
    check("git-lfs-authenticate /../app.git download", Err("is not below the folder"));
    check("git-lfs-authenticate /app.git; id download", Err("not quoted"));
    check("git-lfs-transfer /app.git download", Err("only"));
}

#[test]
fn everything_else_is_refused() {
    check("bash", Err("serves git-upload-pack, git-receive-pack and git-lfs-authenticate only"));
    check("git-upload-archive '/app.git'", Err("only"));
    check("git-upload-pack", Err("only"));
    check("git-upload-pack ", Err("not quoted"));
    check("git-upload-pack '/app.git'; id", Err("not quoted"));
    check("git-upload-pack $(id)", Err("not quoted"));
    check("git-upload-pack '/app.git' '/b.git'", Err("not quoted"));
}

#[test]
fn no_path_leads_out_of_the_root() {
    for path in ["/../app.git", "..", "/team/../../etc", "/./app.git/..", "/", "", "/escape.git", "/escape"] {
        check(&format!("git-upload-pack '{path}'"), Err("is not below the folder"));
    }
    check("git-upload-pack '--help'", Err("is not below the folder"));
}

#[test]
fn quoting_is_undone_as_git_does_it() {
    for (quoted, text) in [
        ("'a b'", Some("a b")),
        (r"'it'\''s'", Some("it's")),
        (r"'wow'\!'.git'", Some("wow!.git")),
        (r"'a'\'b'", None),
        ("'open", None),
        ("a;b", None),
    ] {
        assert_eq!(unquote(quoted).as_deref(), text, "{quoted}");
    }
}
