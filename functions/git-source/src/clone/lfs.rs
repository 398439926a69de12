//! Git LFS: all objects of a repository in one batch, and git's own filter to put them in the place of their pointers.
//! Only what an attribute gives to Git LFS is fetched, as in a checkout; another file that looks like a pointer stays as it is.

use super::limits::Budget;
use super::repository::{File, ObjectFormat, Repository};
use super::ssh::Ssh;
use super::submodules::Parent;
use super::{Failure, log, process};
use crate::config::GitUrl;
use crate::exit_status::ExitStatus;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The longest pointer there is, in bytes
/// (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
const LONGEST_POINTER: u64 = 1024;

/// The versions of pointers that git-lfs reads: today's, and two of before its first release.
const VERSIONS: [&str; 3] =
    ["https://git-lfs.github.com/spec/", "https://hawser.github.com/spec/", "http://git-media.io/v/"];

/// Objects that were fetched.
#[derive(Debug)]
pub(super) struct Objects {
    storage: PathBuf,
}

impl Objects {
    /// Lets a git command read these objects, all of them, whatever the repository's `.lfsconfig` says. It must never name
    /// the server: what a pointer of another form made git-lfs ask for would come from anywhere.
    pub(super) fn configure(&self, git: &mut Command, url: &GitUrl) {
        let storage = format!("lfs.storage={}", self.storage.display());
        for setting in [format!("remote.origin.url={url}"), format!("lfs.url={url}")] {
            git.arg("-c").arg(setting);
        }
        for setting in [
            "lfs.fetchinclude=",
            "lfs.fetchexclude=",
            "filter.lfs.process=git-lfs filter-process",
            "filter.lfs.required=true",
            &storage,
        ] {
            git.args(["-c", setting]);
        }
    }
}

/// Whether the program is in one of these folders.
pub(super) fn is_installed(path: &str) -> bool {
    std::env::split_paths(path).any(|folder| folder.join("git-lfs").is_file())
}

/// Fetches the objects that the files of a commit point to; none when there are none.
pub(super) fn fetch(
    ssh: &Ssh,
    budget: &Budget,
    parent: &Parent<'_>,
    files: &[File],
) -> Result<Option<Objects>, Failure> {
    let in_files = pointers(parent, files)?;
    if in_files.is_empty() {
        return Ok(None);
    }
    if files.iter().any(|file| file.path == b".lfsconfig") {
        log::say(&format!("the server in .lfsconfig is not used: objects come from {}", parent.url));
    }
    let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
    let in_all_files = sum(&mut in_files.iter().map(|(_, pointer)| pointer.size));
    let pointers: BTreeMap<String, Pointer> = in_files.into_iter().collect();
    budget.take_large_files(sum(&mut pointers.values().map(|pointer| pointer.size)), in_all_files)?;
    let objects = Objects { storage: ssh.work.join("lfs") };
    let (list, commit) = list(ssh, parent, &pointers)?;
    let mut git = ssh.git(&list);
    objects.configure(&mut git, parent.url);
    // Seconds without a byte, more tries at an object, and the longest pause between them.
    for setting in ["lfs.activitytimeout=60", "lfs.transfer.maxretries=3", "lfs.transfer.maxretrydelay=2"] {
        git.args(["-c", setting]);
    }
    git.args(["lfs", "fetch", "origin", &commit]);
    let output = process::run_within(&mut git, &objects.storage, budget.large_bytes())?.ok_or_else(|| {
        Failure::new(ExitStatus::LfsLimit, "the Git LFS server sends more than the pointers say")
    })?;
    let messages = ssh.take_messages();
    if output.succeeded() {
        return Ok(Some(objects));
    }
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), output.stderr);
    log::repeat(&said);
    log::repeat(&messages);
    // git-lfs has one exit status for all, and repeats the status that the server gave an object in brackets.
    let missing = ["[404]", "[410]"].iter().any(|status| said.contains(status));
    let (status, what) = match ssh.cause(&messages, parent.url) {
        Some(cause) => (cause, "could not be asked for"),
        None if missing => (ExitStatus::LfsObjectNotFound, "are not all on the server"),
        None => (ExitStatus::LfsRefused, "could not be fetched"),
    };
    Err(Failure::new(status, format!("the Git LFS objects of {} {what}", parent.url)))
}

/// What a pointer says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pointer {
    /// The blob with the pointer.
    blob: String,
    /// Bytes of the object.
    size: u64,
}

/// The pointers among the files that have the attribute `filter=lfs`, each with the id of its object.
fn pointers(parent: &Parent<'_>, files: &[File]) -> Result<Vec<(String, Pointer)>, Failure> {
    let small = files.iter().filter(|file| file.is_regular() && file.size <= LONGEST_POINTER);
    let mut paths = Vec::new();
    for file in small.clone() {
        paths.extend_from_slice(&file.path);
        paths.push(0);
    }
    let attributes = parent.repository.attribute("filter", parent.commit, &paths)?;
    // Path, attribute and value, each ended by a NUL.
    let fields: Vec<&[u8]> = attributes.split(|byte| *byte == 0).collect();
    let attributes = fields.chunks_exact(3).map(|triple| triple[2]);
    let blobs: Vec<&str> = small
        .zip(attributes)
        .filter(|(_, value)| *value == b"lfs")
        .map(|(file, _)| file.object.as_str())
        .collect();
    let contents = if blobs.is_empty() { Vec::new() } else { parent.repository.contents(&blobs)? };
    let pointer = |(blob, content): (&&str, Vec<u8>)| {
        let (object, size) = read(&content)?;
        Some((object, Pointer { blob: (*blob).to_owned(), size }))
    };
    Ok(blobs.iter().zip(contents).filter_map(pointer).collect())
}

/// The object id and size of a pointer; none when the content is no pointer.
fn read(content: &[u8]) -> Option<(String, u64)> {
    let text = std::str::from_utf8(content).ok()?.trim();
    if !VERSIONS.iter().any(|version| text.starts_with(&format!("version {version}"))) {
        return None;
    }
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let object = value("oid")?.strip_prefix("sha256:")?;
    let plain = object.len() == 64 && object.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then_some((object.to_owned(), value("size")?.parse().ok()?))
}

/// A repository with one commit whose files are exactly these pointers: what git-lfs is asked to fetch. Nothing of the
/// cloned repository configures git-lfs there.
fn list(
    ssh: &Ssh,
    parent: &Parent<'_>,
    pointers: &BTreeMap<String, Pointer>,
) -> Result<(Repository, String), Failure> {
    let name = parent.repository.folder.with_extension("lfs.git");
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let repository = ssh.create(&name, ObjectFormat::of(parent.commit))?;
    let objects = format!("{}\n", parent.repository.folder.join("objects").display());
    std::fs::write(repository.folder.join("objects/info/alternates"), objects)
        .map_err(|error| Failure::other("the list of Git LFS objects could not be written", error))?;
    let what = "list the Git LFS objects";
    let line = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let attributes = repository.git(&["hash-object", "-w", "--stdin"], b"* filter=lfs\n", what)?;
    let attributes = (line(attributes), ".gitattributes");
    let entries = pointers.iter().map(|(object, pointer)| (pointer.blob.clone(), object.as_str()));
    let entries = std::iter::once(attributes).chain(entries);
    let entries: Vec<_> = entries.map(|(blob, name)| format!("100644 blob {blob}\t{name}\0")).collect();
    let tree = line(repository.git(&["mktree", "-z"], entries.concat().as_bytes(), what)?);
    let commit = line(repository.git(&["commit-tree", "-m", "objects", &tree], &[], what)?);
    repository.set_head(None, &commit)?;
    Ok((repository, commit))
}

#[cfg(test)]
mod tests;
