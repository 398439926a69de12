//! The source of the project as a zip, from which a build in the cloud makes the same release.

use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Its name in the bucket.
pub(super) const NAME: &str = "sagemaker-secure-mlops.zip";

/// What git has of the project.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The files of the last commit are written; the working copy may differ from them.
    Written { changed: bool },
    /// The folder is not the root of a repository with a commit.
    NoRepository,
}

/// Writes the files of the last commit to `zip`.
///
/// # Errors
/// When git has them and cannot write them.
pub(super) fn write(root: &Path, zip: &Path) -> anyhow::Result<Source> {
    // Unpacked from an archive into another repository, the project is in none of that one's commits.
    let top = git(root, &["rev-parse", "--show-prefix"]).ok();
    if top.is_none_or(|prefix| !prefix.trim().is_empty())
        || git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_err()
    {
        return Ok(Source::NoRepository);
    }
    let output = format!("--output={}", zip.display());
    git(root, &["archive", "--format=zip", &output, "HEAD"])?;
    let changed = !git(root, &["status", "--porcelain"])?.trim().is_empty();
    Ok(Source::Written { changed })
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("git");
    let output = command.arg("-C").arg(root).args(arguments).stdin(Stdio::null()).output();
    let output = output.context("could not run git")?;
    if !output.status.success() {
        bail!("git {} failed: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_has_what_is_committed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let zip = root.path().join("out.zip");
        let repository = root.path().join("repository");
        std::fs::create_dir_all(repository.join("part")).unwrap();
        assert_eq!(write(&repository, &zip).unwrap(), Source::NoRepository);
        git(&repository, &["init", "--quiet"]).unwrap();
        assert_eq!(write(&repository, &zip).unwrap(), Source::NoRepository);

        std::fs::write(repository.join("part/one"), "1").unwrap();
        git(&repository, &["add", "."]).unwrap();
        let author = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        git(&repository, &[&author[..], &["commit", "--quiet", "--message", "One"]].concat()).unwrap();
        assert_eq!(write(&repository, &zip).unwrap(), Source::Written { changed: false });

        std::fs::write(repository.join("two"), "2").unwrap();
        assert_eq!(write(&repository, &zip).unwrap(), Source::Written { changed: true });
        let archive = zip::ZipArchive::new(std::fs::File::open(&zip).unwrap()).unwrap();
        let names = archive.file_names().map(|name| name.unwrap().into_owned());
        let files: Vec<_> = names.filter(|name| !name.ends_with('/')).collect();
        assert_eq!(files, ["part/one"]);
        assert_eq!(write(&repository.join("part"), &zip).unwrap(), Source::NoRepository);
    }
}
