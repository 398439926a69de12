//! One bare repository on disk: what a commit of it holds. It never has a work tree.

use super::{Failure, log, process};
use crate::exit_status::ExitStatus;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A bare repository.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) folder: PathBuf,
    path: String,
}

/// One entry of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// `100644`, `100755`, `120000`, or `160000` for a submodule.
    pub(super) mode: String,
    /// The id of the content, or of a submodule's commit.
    pub(super) object: String,
    /// Bytes; 0 for a submodule.
    pub(super) size: u64,
    /// From the root of the repository. Git keeps any bytes.
    pub(super) path: Vec<u8>,
}

impl File {
    pub(super) fn is_submodule(&self) -> bool {
        self.mode == "160000"
    }

    /// A file with content of its own: not a symbolic link, not a submodule.
    pub(super) fn is_regular(&self) -> bool {
        self.mode.starts_with("100")
    }
}

/// How a repository names its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectFormat {
    Sha1,
    Sha256,
}

impl ObjectFormat {
    /// The format that has ids of this form.
    pub(super) fn of(id: &str) -> Self {
        if id.len() == 64 { Self::Sha256 } else { Self::Sha1 }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

impl Repository {
    /// An empty repository in a new folder.
    pub(super) fn create(path: &str, folder: &Path, format: ObjectFormat) -> Result<Self, Failure> {
        let mut init = process::git(path, folder);
        init.args(["init", "--quiet", "--bare", "--template=", "--object-format", format.name()]).arg(folder);
        process::run(&mut init, &[])?.expect("make a repository")?;
        Ok(Self { folder: folder.to_owned(), path: path.to_owned() })
    }

    /// `git` in this repository.
    pub(super) fn command(&self) -> Command {
        process::git(&self.path, &self.folder)
    }

    /// Runs git and returns its standard output; `what` completes "git could not ...".
    pub(super) fn git(&self, arguments: &[&str], input: &[u8], what: &str) -> Result<Vec<u8>, Failure> {
        process::run(self.command().args(arguments), input)?.expect(what)
    }

    /// The id of an object by any of its names; none when there is no such object.
    pub(super) fn resolve(&self, name: &str) -> Result<Option<String>, Failure> {
        let mut parse = self.command();
        parse.args(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
        let output = process::run(&mut parse, &[])?;
        Ok(output.succeeded().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
    }

    /// Makes `HEAD` what a clone would have: the branch, or the commit itself.
    pub(super) fn set_head(&self, branch: Option<&str>, commit: &str) -> Result<(), Failure> {
        match branch {
            Some(branch) => self.git(&["symbolic-ref", "HEAD", branch], &[], "set HEAD"),
            None => self.git(&["update-ref", "--no-deref", "HEAD", commit], &[], "set HEAD"),
        }
        .map(drop)
    }

    /// The files of a commit, submodules included.
    pub(super) fn files(&self, commit: &str) -> Result<Vec<File>, Failure> {
        let mut list = self.command();
        list.args(["ls-tree", "-r", "-l", "-z", "--full-tree", commit]);
        let list = process::run(&mut list, &[])?;
        if list.too_long {
            return Err(Failure::new(ExitStatus::FilesLimit, "the list of the files has more than 256 MiB"));
        }
        let list = list.expect("list the files")?;
        let files: Vec<File> = list.split(|byte| *byte == 0).filter_map(file).collect();
        match ambiguous(&files) {
            None => Ok(files),
            Some(path) => {
                let path = log::quoted(&String::from_utf8_lossy(path));
                let sentence =
                    format!("the commit has the path {path} twice, which `git fsck` calls an error");
                Err(Failure::new(ExitStatus::Other, sentence))
            }
        }
    }

    /// One thing about a commit, in a format of `git log`.
    pub(super) fn describe(&self, commit: &str, format: &str) -> Result<Vec<u8>, Failure> {
        let format = format!("--format={format}");
        self.git(&["log", "-1", "--no-show-signature", &format, commit], &[], "read the commit")
    }

    /// The content of a file.
    pub(super) fn content(&self, object: &str) -> Result<Vec<u8>, Failure> {
        self.git(&["cat-file", "blob", object], &[], "read a file")
    }

    /// One attribute of paths, each ended by a NUL: path, attribute and value, each ended by a NUL. From an index of the
    /// commit, because `--source` is newer than git 2.39.
    pub(super) fn attribute(&self, name: &str, commit: &str, paths: &[u8]) -> Result<Vec<u8>, Failure> {
        let what = "read the attributes";
        let git = |arguments: &[&str], input: &[u8]| {
            let mut git = self.command();
            git.env("GIT_INDEX_FILE", self.folder.join("attributes-index")).args(arguments);
            process::run(&mut git, input)?.expect(what)
        };
        git(&["read-tree", commit], &[])?;
        git(&["check-attr", "--cached", "-z", "--stdin", name], paths)
    }

    /// The contents of many small files, by one git.
    pub(super) fn contents(&self, objects: &[&str]) -> Result<Vec<Vec<u8>>, Failure> {
        let what = "read the files";
        let output = self.git(&["cat-file", "--batch"], objects.join("\n").as_bytes(), what)?;
        let contents = split_batch(&output);
        if contents.len() == objects.len() {
            Ok(contents)
        } else {
            Err(Failure::other(what, "one is missing"))
        }
    }
}

/// A path that is there twice, or that is a file and a folder. A checkout has one of the two, and an archive both: what is
/// unpacked later could be written through a symbolic link.
fn ambiguous(files: &[File]) -> Option<&[u8]> {
    let mut paths = HashSet::with_capacity(files.len());
    let twice = files.iter().find(|file| !paths.insert(file.path.as_slice()));
    let folder = |file: &&File| {
        let ends = file.path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        ends.map(|(at, _)| &file.path[..at]).any(|folder| paths.contains(folder))
    };
    twice.or_else(|| files.iter().find(folder)).map(|file| file.path.as_slice())
}

/// `ID TYPE SIZE\n`, the content and a newline, for each object.
fn split_batch(mut output: &[u8]) -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    while let Some(at) = output.iter().position(|byte| *byte == b'\n') {
        let size =
            std::str::from_utf8(&output[..at]).ok().and_then(|line| line.rsplit_once(' ')?.1.parse().ok());
        let end = size.and_then(|size: usize| (at + 1).checked_add(size));
        let Some(content) = end.and_then(|end| output.get(at + 1..end)) else { break };
        contents.push(content.to_owned());
        output = output.get(at + 2 + content.len()..).unwrap_or_default();
    }
    contents
}

/// `MODE TYPE OBJECT SIZE\tPATH`, where a submodule has `-` for its size.
fn file(entry: &[u8]) -> Option<File> {
    let at = entry.iter().position(|byte| *byte == b'\t')?;
    let front = std::str::from_utf8(&entry[..at]).ok()?;
    let mut fields = front.split_ascii_whitespace();
    let (mode, _, object, size) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    Some(File {
        mode: mode.to_owned(),
        object: object.to_owned(),
        size: size.parse().unwrap_or_default(),
        path: entry[at + 1..].to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{File, ambiguous, split_batch};

    #[test]
    fn a_path_that_is_there_twice_is_found() {
        let files = |paths: &[&str]| -> Vec<File> {
            let file = |path: &&str| File {
                mode: "100644".into(),
                object: String::new(),
                size: 0,
                path: path.as_bytes().to_vec(),
            };
            paths.iter().map(file).collect()
        };
        assert_eq!(ambiguous(&files(&["a", "a-b", "a/b".trim_start_matches("a/"), "c/d"])), None);
        assert_eq!(ambiguous(&files(&["a", "b", "a"])), Some(&b"a"[..]));
        assert_eq!(ambiguous(&files(&["x", "x/build.sh"])), Some(&b"x/build.sh"[..]));
        assert_eq!(ambiguous(&files(&["x/y/z", "x/y"])), Some(&b"x/y/z"[..]));
    }

    #[test]
    fn a_batch_is_split_by_its_sizes() {
        assert_eq!(split_batch(b"1a blob 3\na\nb\n2b blob 0\n\n3c blob 1\nx\n"), [&b"a\nb"[..], b"", b"x"]);
        assert_eq!(split_batch(b"1a missing\n"), [[0_u8; 0]; 0]);
        assert_eq!(split_batch(b"1a blob 9\nshort\n"), [[0_u8; 0]; 0]);
    }
}
