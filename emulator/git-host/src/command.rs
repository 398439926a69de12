//! What a client may ask for: one git service on one repository below the root, or access to its Git LFS objects. No
//! shell ever sees the request.

use std::path::{Component, Path, PathBuf};

/// The two services a git host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Clone and fetch.
    UploadPack,
    /// Push.
    ReceivePack,
}

impl Service {
    /// The name of git's own program for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "upload-pack",
            Self::ReceivePack => "receive-pack",
        }
    }
}

/// What a client wants to do with Git LFS objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    /// Get objects.
    Download,
    /// Store objects.
    Upload,
}

/// A request, with the path of a repository relative to the root that does not lead out of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Run one of git's services.
    Git { service: Service, path: PathBuf },
    /// Name the Git LFS server of the repository, with credentials for one operation.
    LfsAuthenticate { path: PathBuf, operation: Operation },
}

/// git tries these places itself, in this order, when it is given a path, so each of them must be inside the root.
const TRIED_BY_GIT: [&str; 4] = ["/.git", "", ".git/.git", ".git"];

impl Command {
    /// Reads the command line of an `exec` request.
    ///
    /// # Errors
    /// A sentence for the client when the request is something a git host does not do.
    pub(crate) fn parse(request: &[u8], root: &Path) -> Result<Self, String> {
        let line = std::str::from_utf8(request).map_err(|_| "the command is not UTF-8".to_string())?;
        if let Some(operands) = line.strip_prefix("git-lfs-authenticate ") {
            return Self::lfs_authenticate(operands, root);
        }
        let (service, operand) = [
            ("git-upload-pack ", Service::UploadPack),
            ("git upload-pack ", Service::UploadPack),
            ("git-receive-pack ", Service::ReceivePack),
            ("git receive-pack ", Service::ReceivePack),
        ]
        .into_iter()
        .find_map(|(verb, service)| Some((service, line.strip_prefix(verb)?)))
        .ok_or("this host serves git-upload-pack, git-receive-pack and git-lfs-authenticate only")?;
        Ok(Self::Git { service, path: repository(operand, root)? })
    }

    /// The operands are a path and an operation.
    fn lfs_authenticate(operands: &str, root: &Path) -> Result<Self, String> {
        let (path, operation) = operands.trim_end().rsplit_once(' ').unwrap_or((operands, ""));
        let operation = match operation {
            "download" => Operation::Download,
            "upload" => Operation::Upload,
            _ => return Err("the operation of git-lfs-authenticate is neither download nor upload".into()),
        };
        Ok(Self::LfsAuthenticate { path: repository(path, root)?, operation })
    }
}

/// The path of a repository in a command line, relative to the root.
fn repository(operand: &str, root: &Path) -> Result<PathBuf, String> {
    let path = unquote(operand.trim()).ok_or("the path of the repository is not quoted as git quotes it")?;
    inside(&path, root).ok_or_else(|| format!("'{path}' is not below the folder of repositories"))
}

/// The folder that git would open for this path, which is relative to the root; none if there is no repository.
pub(crate) fn git_folder(path: &Path, root: &Path) -> Option<PathBuf> {
    let mut folders = TRIED_BY_GIT.iter().map(|tail| root.join(format!("{}{tail}", path.display())));
    let is_repository = |folder: &PathBuf| folder.join("HEAD").is_file() && folder.join("objects").is_dir();
    folders.find(is_repository)
}

/// Undoes git's shell quoting: `'...'`, in which `'\''` and `'\!'` stand for the character itself. A bare word is taken
/// as it is when it holds nothing a shell would change.
fn unquote(operand: &str) -> Option<String> {
    let Some(quoted) = operand.strip_prefix('\'') else {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
        return (!operand.is_empty() && operand.chars().all(plain)).then(|| operand.to_string());
    };
    let mut text = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('\'')?;
        text.push_str(before);
        if after.is_empty() {
            return Some(text);
        }
        let mut escape = after.chars();
        let ('\\', kept @ ('\'' | '!'), '\'') = (escape.next()?, escape.next()?, escape.next()?) else {
            return None;
        };
        text.push(kept);
        rest = escape.as_str();
    }
}

/// The path relative to the root, or nothing when it leads out of it by its words or by a symbolic link.
pub(crate) fn inside(path: &str, root: &Path) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    // A leading dash would be an option to git.
    if !plain || relative.as_os_str().is_empty() || path.starts_with('-') || path.contains('\0') {
        return None;
    }
    let within = |tail: &&str| match root.join(format!("{}{tail}", relative.display())).canonicalize() {
        Ok(real) => real.starts_with(root),
        Err(_) => true, // Not there: git says so, in its own words.
    };
    TRIED_BY_GIT.iter().all(within).then(|| relative.to_path_buf())
}

#[cfg(test)]
mod tests;
