//! `.gitmodules`, read as `git submodule` reads it: from a file, by `git config`, without includes. `git config --blob`
//! would read some bytes differently, a byte order mark among them.

use super::repository::{File, Repository};
use super::{Failure, log, process};
use crate::exit_status::ExitStatus;
use std::collections::HashMap;
use std::ffi::OsStr;

/// The largest file that is read, in bytes: thousands of submodules.
const LARGEST: u64 = 1024 * 1024;

/// What `.gitmodules` says of one submodule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Option<Vec<u8>>,
    pub(super) url: Option<String>,
    pub(super) update: Option<String>,
}

/// The entries of a commit, by the path of their submodule. Of two values of one key the last counts.
pub(super) fn read(repository: &Repository, files: &[File]) -> Result<HashMap<Vec<u8>, Entry>, Failure> {
    let Some(file) = files.iter().find(|file| file.path == b".gitmodules") else {
        return Ok(HashMap::new());
    };
    if !file.is_regular() {
        return Err(Failure::new(
            ExitStatus::SubmoduleInvalid,
            ".gitmodules is a symbolic link, which git refuses",
        ));
    }
    if file.size > LARGEST {
        return Err(Failure::new(ExitStatus::SubmoduleInvalid, ".gitmodules has more than 1 MiB"));
    }
    let path = repository.folder.join("gitmodules");
    std::fs::write(&path, repository.content(&file.object)?)
        .map_err(|error| Failure::other(".gitmodules could not be written", error))?;
    let mut config = repository.command();
    config.args([OsStr::new("config"), "--no-includes".as_ref(), "--file".as_ref(), path.as_ref()]);
    let output = process::run(config.args(["-z", "--list"]), &[])?;
    if !output.succeeded() {
        log::repeat(&output.stderr);
        return Err(Failure::new(ExitStatus::SubmoduleInvalid, "git cannot read .gitmodules"));
    }
    let mut entries = Vec::<(String, Entry)>::new();
    for pair in output.stdout.split(|byte| *byte == 0) {
        add(&mut entries, pair);
    }
    Ok(entries.into_iter().filter_map(|(_, entry)| Some((entry.path.clone()?, entry))).collect())
}

/// One `submodule.NAME.KEY\nVALUE` of the list. Names that could leave a folder of git are not taken, as git does.
fn add(entries: &mut Vec<(String, Entry)>, pair: &[u8]) {
    let Some(at) = pair.iter().position(|byte| *byte == b'\n') else { return };
    let (key, value) = (String::from_utf8_lossy(&pair[..at]), &pair[at + 1..]);
    let Some((name, key)) = key.strip_prefix("submodule.").and_then(|rest| rest.rsplit_once('.')) else {
        return;
    };
    if name.split(['/', '\\']).any(|part| part == "..") {
        return;
    }
    let index = entries.iter().position(|(its, _)| its == name).unwrap_or_else(|| {
        entries.push((name.to_owned(), Entry::default()));
        entries.len() - 1
    });
    let entry = &mut entries[index].1;
    let text = || Some(String::from_utf8_lossy(value).into_owned());
    // A value that a command could take for an option is not taken either.
    match key {
        "path" if !value.starts_with(b"-") => entry.path = Some(value.to_owned()),
        "url" if !value.starts_with(b"-") => entry.url = text(),
        "update" => entry.update = text(),
        _ => {}
    }
}
