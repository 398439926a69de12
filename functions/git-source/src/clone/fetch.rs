//! Fetches one commit. What went wrong is found out by asking, not by reading what git says: ssh's own messages tell
//! whether the host was reached, and `git ls-remote` whether the repository and the ref are there.

use super::limits::Budget;
use super::repository::{ObjectFormat, Repository};
use super::ssh::Ssh;
use super::submodules::Submodule;
use super::{Failure, log, process};
use crate::config::{GitUrl, Reference};
use crate::exit_status::ExitStatus;
use std::time::Duration;

/// A repository with the commit that was asked for.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) repository: Repository,
    /// Its full id.
    pub(super) commit: String,
}

/// The commit that the source action names.
pub(super) fn source(
    ssh: &Ssh,
    url: &GitUrl,
    reference: &Reference,
    depth: u32,
    budget: &Budget,
) -> Result<Fetched, Failure> {
    let (kind, name) = match reference {
        Reference::Commit(id) => return commit(ssh, url, id, depth, budget, "source.git"),
        Reference::Branch(name) => ("refs/heads/", name),
        Reference::Tag(name) => ("refs/tags/", name),
    };
    let full = format!("{kind}{name}");
    let mut remote = Remote { ssh, url, budget, repository: ssh.create("source.git", ObjectFormat::Sha1)? };
    let refspec = format!("+{full}:{full}");
    let mut fetched = remote.fetch(&[&refspec], depth)?;
    if !fetched {
        let Some(id) = remote.advertised(&full)? else {
            let sentence = format!("{reference} was not found in {url}");
            return Err(Failure::new(ExitStatus::RefNotFound, sentence));
        };
        if ObjectFormat::of(&id) == ObjectFormat::Sha256 {
            remote.repository = ssh.create("source-sha256.git", ObjectFormat::Sha256)?;
            fetched = remote.fetch(&[&refspec], depth)?;
        }
        // Some servers know no shallow clones.
        fetched = fetched || depth > 0 && remote.fetch(&[&refspec], 0)?;
    }
    let repository = remote.expect(fetched)?;
    // A tag may point to another tag, or to something that is no commit at all.
    let Some(commit) = repository.resolve(&format!("{full}^{{commit}}"))? else {
        let sentence = format!("{reference} of {url} leads to no commit, but to a file or a directory");
        return Err(Failure::new(ExitStatus::NotACommit, sentence));
    };
    let branch = matches!(reference, Reference::Branch(_)).then_some(full.as_str());
    repository.set_head(branch, &commit)?;
    Ok(Fetched { repository, commit })
}

/// The commit that a repository names for one of its submodules.
pub(super) fn submodule(ssh: &Ssh, module: &Submodule, budget: &Budget) -> Result<Fetched, Failure> {
    let folder = format!("module-{}.git", budget.submodules_taken());
    commit(ssh, &module.url, &module.commit, 1, budget, &folder).map_err(|failure| {
        let failure = failure.of_submodule();
        Failure { sentence: format!("the submodule {module}: {}", failure.sentence), ..failure }
    })
}

/// A commit by its id. A host that gives no commit by its id is asked for all its branches and tags.
fn commit(
    ssh: &Ssh,
    url: &GitUrl,
    id: &str,
    depth: u32,
    budget: &Budget,
    folder: &str,
) -> Result<Fetched, Failure> {
    let repository = ssh.create(folder, ObjectFormat::of(id))?;
    let remote = Remote { ssh, url, budget, repository };
    if !remote.fetch(&[id], depth)? {
        let all = remote.fetch(&["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"], 0)?;
        // Fails when the repository cannot be read. One without commits, or with ids of the other kind, does not have this.
        if !all
            && remote.advertised("HEAD")?.is_some_and(|head| ObjectFormat::of(&head) == ObjectFormat::of(id))
        {
            return Err(Failure::new(ExitStatus::Other, format!("git could not fetch from {url}")));
        }
    }
    let Remote { repository, .. } = remote;
    match repository.resolve(&format!("{id}^{{commit}}"))? {
        Some(commit) if commit == id => {
            repository.set_head(None, &commit)?;
            Ok(Fetched { repository, commit })
        }
        Some(commit) => Err(Failure::new(
            ExitStatus::CommitIsATag,
            format!("{id} of {url} is an annotated tag; the commit it points to is {commit}"),
        )),
        None if repository.resolve(&format!("{id}^{{object}}"))?.is_some() => Err(Failure::new(
            ExitStatus::NotACommit,
            format!("{id} of {url} is no commit, but a file or a directory"),
        )),
        None => Err(Failure::new(ExitStatus::RefNotFound, format!("commit {id} was not found in {url}"))),
    }
}

/// A repository on a host, and the one on disk that gets its objects.
struct Remote<'a> {
    ssh: &'a Ssh,
    url: &'a GitUrl,
    budget: &'a Budget,
    repository: Repository,
}

impl Remote<'_> {
    /// Fetches refspecs; `false` when the host was reached and something about the repository or the refspec is wrong.
    fn fetch(&self, refspecs: &[&str], depth: u32) -> Result<bool, Failure> {
        let depth = (depth > 0).then(|| format!("--depth={depth}"));
        let mut arguments =
            vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow"];
        arguments.push("--recurse-submodules=no");
        arguments.extend(depth.as_deref());
        let url = self.url.to_string();
        arguments.extend(["--", &url]);
        arguments.extend(refspecs);
        Ok(self.connect(&arguments)?.succeeded())
    }

    /// The id that the host tells for a ref; none when it has no such ref.
    fn advertised(&self, name: &str) -> Result<Option<String>, Failure> {
        let url = self.url.to_string();
        let output = self.connect(&["ls-remote", "--quiet", "--exit-code", "--", &url, name])?;
        match output.code {
            // git matches the end of a name: `refs/x/refs/heads/main` too.
            Some(0) => {
                let refs = String::from_utf8_lossy(&output.stdout).into_owned();
                let mut refs = refs.lines().filter_map(|line| line.split_once('\t'));
                Ok(refs.find(|(_, its)| *its == name).map(|(id, _)| id.to_owned()))
            }
            // "no matching refs are found in the remote repository" (git-ls-remote)
            Some(2) => Ok(None),
            _ => Err(Failure::new(
                ExitStatus::RepositoryNotFound,
                format!("{} was not found, or the key may not read it", self.url),
            )),
        }
    }

    /// Runs a git command that connects to the host, again when the host could not be reached.
    fn connect(&self, arguments: &[&str]) -> Result<process::Output, Failure> {
        let mut pauses = self.ssh.pauses.iter();
        loop {
            let mut git = self.ssh.git(&self.repository);
            git.args(arguments);
            let output =
                process::run_within(&mut git, &self.ssh.repositories(), self.budget.fetched_bytes())?
                    .ok_or_else(|| self.budget.fetched_too_much())?;
            let messages = self.ssh.take_messages();
            if output.succeeded() {
                return Ok(output);
            }
            log::repeat(&output.stderr);
            log::repeat(&messages);
            let Some(cause) = self.ssh.cause(&messages, self.url) else { return Ok(output) };
            match pauses.next() {
                Some(pause) if cause == ExitStatus::HostUnreachable => {
                    log::say(&format!("the host of {} could not be reached; trying again", self.url));
                    std::thread::sleep(Duration::from_millis(*pause));
                }
                _ => return Err(Failure::new(cause, sentence(cause, self.url))),
            }
        }
    }

    fn expect(self, fetched: bool) -> Result<Repository, Failure> {
        if fetched {
            return Ok(self.repository);
        }
        Err(Failure::new(ExitStatus::Other, format!("git could not fetch from {}", self.url)))
    }
}

fn sentence(cause: ExitStatus, url: &GitUrl) -> String {
    match cause {
        ExitStatus::HostKeyNotPinned => format!("no usable host key is pinned for {url}"),
        ExitStatus::HostKeyMismatch => format!("the host of {url} showed another key than the pinned one"),
        ExitStatus::HostIncompatible => {
            format!("the host of {url} and this SSH client have no algorithm in common")
        }
        ExitStatus::KeyRefused => format!("the host of {url} refused the key"),
        _ => format!("the host of {url} could not be reached"),
    }
}
