//! The files of an artifact and of a checkout, in one form.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Path, mode and content of each file; a symbolic link's content is its target.
pub(crate) type Files = BTreeMap<String, (u32, Vec<u8>)>;

pub(crate) fn unpack(artifact: &Path) -> Files {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(artifact).unwrap()).unwrap();
    let mut files = Files::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        if entry.is_dir() {
            continue;
        }
        let mode = if entry.is_symlink() { 0o120_000 } else { entry.unix_mode().unwrap_or(0) & 0o111 };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        assert!(files.insert(name.clone(), (mode, content)).is_none(), "{name} is there twice");
    }
    files
}

pub(crate) fn walk(root: &Path, folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let kind = path.symlink_metadata().unwrap();
        if path.file_name().unwrap() == ".git" {
            continue;
        }
        if kind.is_symlink() {
            let target = std::fs::read_link(&path).unwrap();
            files.insert(name, (0o120_000, target.into_os_string().into_string().unwrap().into_bytes()));
        } else if kind.is_dir() {
            walk(root, &path, files);
        } else {
            files.insert(name, (kind.permissions().mode() & 0o111, std::fs::read(&path).unwrap()));
        }
    }
}

/// Bytes that do not compress.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    rand::random_iter().take(length).collect()
}
