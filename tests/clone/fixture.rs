//! A git host with repositories and a key, and the two ways to get a commit from it: the program under test, and git.

use crate::files::{Files, unpack, walk};
use emulator_git_host::GitHost;
use git_source::clone::{Cloned, Failure, Limits, Settings};
use git_source::config::{AllowedHosts, Source, read};
use git_source::exit_status::ExitStatus;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A host, and the folder that all is in.
pub(crate) struct Fixture {
    folder: TempDir,
    pub(crate) host: GitHost,
}

/// A bare repository on the host and a working copy beside it.
pub(crate) struct Repository<'a> {
    fixture: &'a Fixture,
    pub(crate) name: &'static str,
}

/// What one clone is asked for; change the fields that the test is about.
pub(crate) struct Request {
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) hosts: String,
    pub(crate) submodule_paths: Vec<&'static str>,
    pub(crate) known_hosts: String,
    pub(crate) limits: Limits,
    pub(crate) path: String,
}

impl Request {
    pub(crate) fn set(mut self, property: &str, value: &str) -> Self {
        if ["Branch", "Tag", "Commit"].contains(&property) {
            self.properties.retain(|name, _| !["Branch", "Tag", "Commit"].contains(&name.as_str()));
        }
        self.properties.insert(property.into(), value.into());
        self
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["host", "work", "programs"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        let _guard = RUNTIME.enter();
        let host = GitHost::start(&at("host")).unwrap();
        let fixture = Self { folder, host };
        let keygen = ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"];
        let made = Command::new("ssh-keygen").args(keygen).arg(fixture.at("key")).status().unwrap();
        assert!(made.success());
        fixture.host.authorize(&std::fs::read_to_string(fixture.at("key.pub")).unwrap()).unwrap();
        std::fs::write(fixture.at("known_hosts"), fixture.host.host_key() + "\n").unwrap();
        fixture
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An empty repository; `options` are those of `git init`.
    pub(crate) fn create(&self, name: &'static str, options: &[&str]) -> Repository<'_> {
        let repository = Repository { fixture: self, name };
        let bare = self.bare(name);
        self.git(
            self.folder.path(),
            &[&["init", "-q", "--bare", "-b", "main"], options, &[path(&bare)]].concat(),
        );
        let work = repository.work();
        self.git(self.folder.path(), &[&["init", "-q", "-b", "main"], options, &[path(&work)]].concat());
        repository.git(&["remote", "add", "origin", &self.host.url(name)]);
        repository
    }

    pub(crate) fn bare(&self, name: &str) -> PathBuf {
        self.at("host").join(format!("{name}.git"))
    }

    /// git as a person with the same key runs it, with Git LFS.
    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        succeeded(self.command(folder, arguments), arguments)
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let ssh = format!(
            "ssh -F none -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile={}",
            self.at("key").display(),
            self.at("known_hosts").display()
        );
        let mut git = Command::new("git");
        git.args(arguments).current_dir(folder).stdin(Stdio::null());
        git.env("PATH", search_path())
            .env("GIT_SSH_COMMAND", ssh)
            .env("LC_ALL", "C")
            .env("HOME", self.folder.path());
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Ada Lovelace")
                .env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
        git
    }

    /// Branch `main` of a repository, with what is usual for the rest.
    pub(crate) fn request(&self, name: &str) -> Request {
        self.request_for(&self.host.url(name))
    }

    pub(crate) fn request_for(&self, url: &str) -> Request {
        let properties = [("GitUrl", url), ("Branch", "main"), ("SSHSecretKeyName", "key")];
        Request {
            properties: properties.map(|(name, value)| (name.into(), value.into())).into(),
            hosts: format!("127.0.0.1:{}", self.host.port()),
            submodule_paths: Vec::new(),
            known_hosts: self.host.host_key(),
            limits: Limits::default(),
            path: search_path(),
        }
    }

    /// Runs the program under test, and gives what it made and the files of the artifact.
    pub(crate) fn clone(&self, request: &Request) -> Result<(Cloned, Files), Failure> {
        let work = tempfile::tempdir_in(self.folder.path()).unwrap();
        let cloned = self.clone_in(request, work.path())?;
        let files = unpack(&cloned.artifact);
        Ok((cloned, files))
    }

    fn clone_in(&self, request: &Request, work: &Path) -> Result<Cloned, Failure> {
        let key = work.join("key");
        std::fs::copy(self.at("key"), &key).unwrap();
        let hosts = AllowedHosts::read(&request.hosts).unwrap();
        let Source { url, reference, secret, submodules, lfs, depth } =
            read(&request.properties, &hosts).unwrap();
        let settings = Settings {
            job: "job".into(),
            secret,
            url,
            reference,
            submodules,
            lfs,
            depth,
            hosts,
            submodule_paths: request
                .submodule_paths
                .iter()
                .map(|text| git_source::clone::Pattern::new(text))
                .collect(),
            known_hosts: request.known_hosts.clone(),
            limits: request.limits,
            pauses: vec![1, 1],
            path: request.path.clone(),
        };
        let cloned = git_source::clone::clone(&settings, &key, work)?;
        assert!(!key.exists(), "the key is still there");
        Ok(cloned)
    }

    /// The files of the artifact, whose bytes are copied to a file.
    pub(crate) fn copy(&self, request: &Request, copy: &Path) -> Files {
        let work = tempfile::tempdir_in(self.folder.path()).unwrap();
        let cloned = self.clone_in(request, work.path()).unwrap();
        std::fs::copy(&cloned.artifact, copy).unwrap();
        unpack(copy)
    }

    #[track_caller]
    pub(crate) fn files(&self, request: &Request) -> Files {
        self.clone(request).unwrap_or_else(|failure| panic!("{failure} ({:?})", failure.status)).1
    }

    #[track_caller]
    pub(crate) fn fails(&self, request: &Request, status: ExitStatus, part: &str) {
        let failure = self.clone(request).expect_err("the clone should have failed");
        assert_eq!(failure.status, status, "{failure}");
        assert!(failure.sentence.contains(part), "no {part:?} in {:?}", failure.sentence);
    }

    /// What `git clone` checks out.
    pub(crate) fn checked_out(&self, name: &str, options: &[&str]) -> Files {
        let copy = tempfile::tempdir_in(self.folder.path()).unwrap();
        let url = self.host.url(name);
        let lfs = ["-c", "filter.lfs.process=git-lfs filter-process", "-c", "filter.lfs.required=true"];
        let lfs = if options.contains(&"--lfs") { &lfs[..] } else { &[] };
        let options: Vec<&str> = options.iter().copied().filter(|option| *option != "--lfs").collect();
        self.git(self.folder.path(), &[lfs, &["clone", "-q"], &options, &[&url, path(copy.path())]].concat());
        let mut files = Files::new();
        walk(copy.path(), copy.path(), &mut files);
        files
    }
}

impl Repository<'_> {
    pub(crate) fn work(&self) -> PathBuf {
        self.fixture.at("work").join(self.name)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.fixture.git(&self.work(), arguments)
    }

    /// git with a file of the working copy as its input.
    pub(crate) fn git_reading(&self, file: &str, arguments: &[&str]) -> String {
        let mut git = self.fixture.command(&self.work(), arguments);
        git.stdin(std::fs::File::open(self.work().join(file)).unwrap());
        succeeded(git, arguments)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.work().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
        self
    }

    pub(crate) fn executable(&self, path: &str) -> &Self {
        std::fs::set_permissions(self.work().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A link to a commit at a path, which is what a submodule is.
    pub(crate) fn link(&self, commit: &str, path: &str) -> &Self {
        self.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},{path}")]);
        self
    }

    /// Commits what is there and in the index, pushes `main`, and gives the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.commit_with(message, &[])
    }

    /// The same with options of `git push`.
    pub(crate) fn commit_with(&self, message: &str, options: &[&str]) -> String {
        self.git(&["add", "--all", "--ignore-removal", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&[&["push", "-q", "-f"], options, &["origin", "HEAD:main"]].concat());
        self.git(&["rev-parse", "HEAD"])
    }
}

fn succeeded(mut git: Command, arguments: &[&str]) -> String {
    let output = git.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// The search path with git-lfs.
pub(crate) fn search_path() -> String {
    let path = emulator_git_host::git_lfs::search_path(&package::root()).unwrap();
    path.into_string().unwrap()
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
