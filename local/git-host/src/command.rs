//! What a client may ask for: one git service on one repository below the root. No shell ever sees the request.

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

/// A service and a path relative to the root that does not lead out of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) service: Service,
    pub(crate) path: PathBuf,
}

/// git tries these places itself when it is given a path, so each of them must be inside the root.
const TRIED_BY_GIT: [&str; 4] = ["", "/.git", ".git", ".git/.git"];

impl Command {
    /// Reads the command line of an `exec` request.
    ///
    /// # Errors
    /// A sentence for the client when the request is something a git host does not do.
    pub(crate) fn parse(request: &[u8], root: &Path) -> Result<Self, String> {
        let line = std::str::from_utf8(request).map_err(|_| "the command is not UTF-8".to_string())?;
        let (service, operand) = [
            ("git-upload-pack ", Service::UploadPack),
            ("git upload-pack ", Service::UploadPack),
            ("git-receive-pack ", Service::ReceivePack),
            ("git receive-pack ", Service::ReceivePack),
        ]
        .into_iter()
        .find_map(|(verb, service)| Some((service, line.strip_prefix(verb)?)))
        .ok_or("this host serves git-upload-pack and git-receive-pack only")?;
        let path =
            unquote(operand.trim()).ok_or("the path of the repository is not quoted as git quotes it")?;
        let path =
            inside(&path, root).ok_or_else(|| format!("'{path}' is not below the folder of repositories"))?;
        Ok(Self { service, path })
    }
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
fn inside(path: &str, root: &Path) -> Option<PathBuf> {
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
