//! Makes a new function from `templates/function`: its folder, its template and its events.

use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the function in `templates/function`, in the three forms that code needs.
const EXAMPLE: [&str; 3] = ["example-function", "example_function", "ExampleFunction"];

/// The longest name: CloudFormation puts it between the name of a stack and a random part, in 64 characters.
const MAX_NAME: usize = 30;

/// Writes the files of a function called `name`, adds it to `Cargo.lock` and returns the files. Replaces no file.
///
/// # Errors
/// When the name cannot be that of a function, a file of it exists, or a file cannot be written.
pub fn new_function(root: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    ensure!(
        is_name(name),
        "{name:?} cannot be the name of a function: give up to {MAX_NAME} lower-case letters, digits and single hyphens, a \
         letter first"
    );
    let names = [name.to_owned(), name.replace('-', "_"), pascal(name)];
    let template = root.join("templates/function");
    let sources = ["Cargo.toml", "template.yaml", "role.yaml", "src", "events"];
    let mut files = Vec::new();
    for source in sources {
        list(&template.join(source), &mut files)?;
    }
    let mut made = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
        let named = EXAMPLE.iter().zip(&names).fold(text, |text, (old, new)| text.replace(old, new));
        made.push((root.join(destination(file.strip_prefix(&template)?, name)), named));
    }
    if let Some((taken, _)) = made.iter().find(|(path, _)| path.exists()) {
        bail!("{} exists: choose another name, or remove it", taken.display());
    }
    for (path, text) in &made {
        let folder = path.parent().context("a file lies in a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        std::fs::write(path, text).with_context(|| format!("could not write {}", path.display()))?;
    }
    lock(root)?;
    Ok(made.into_iter().map(|(path, _)| path).collect())
}

/// Where a file of `templates/function` goes, from the root.
fn destination(file: &Path, name: &str) -> PathBuf {
    if file == Path::new("template.yaml") {
        return format!("infra/functions/{name}.yaml").into();
    }
    if file == Path::new("role.yaml") {
        return format!("infra/functions/{name}-role.yaml").into();
    }
    match file.strip_prefix("events") {
        Ok(event) => format!("events/{name}-{}", event.display()).into(),
        Err(_) => Path::new("functions").join(name).join(file),
    }
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))? {
        list(&entry?.path(), files)?;
    }
    Ok(())
}

/// Adds the new package to `Cargo.lock`. No version of another package changes.
fn lock(root: &Path) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    let updated = cargo.args(["update", "--workspace", "--offline"]).current_dir(root).output();
    let updated = updated.context("could not run cargo")?;
    ensure!(
        updated.status.success(),
        "could not add the function to Cargo.lock: {}",
        String::from_utf8_lossy(&updated.stderr).trim()
    );
    Ok(())
}

fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.len() <= MAX_NAME
        && text.bytes().all(known)
        && !text.ends_with('-')
        && !text.contains("--")
}

/// `launch-roles` becomes `LaunchRoles`.
fn pascal(name: &str) -> String {
    let capital =
        |word: &str| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
    name.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_words_with_single_hyphens() {
        for good in ["a", "git-source", "ou-accounts2", &"a".repeat(30)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "1a", "a_b", "a/b", "..", "a b", "ä", &"a".repeat(31)] {
            assert!(!is_name(bad), "{bad}");
        }
        assert_eq!(pascal("launch-roles"), "LaunchRoles");
    }

    #[test]
    fn files_go_where_functions_templates_and_events_are() {
        for (from, to) in [
            ("Cargo.toml", "functions/launch-roles/Cargo.toml"),
            ("src/main.rs", "functions/launch-roles/src/main.rs"),
            ("template.yaml", "infra/functions/launch-roles.yaml"),
            ("role.yaml", "infra/functions/launch-roles-role.yaml"),
            ("events/stack-create.json", "events/launch-roles-stack-create.json"),
        ] {
            assert_eq!(destination(Path::new(from), "launch-roles"), Path::new(to));
        }
    }

    #[test]
    fn no_file_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for file in ["Cargo.toml", "template.yaml", "role.yaml", "src/main.rs", "events/stack-create.json"] {
            write(&format!("templates/function/{file}"), "example-function");
        }
        write("events/launch-roles-stack-create.json", "mine");
        let refused = new_function(root.path(), "launch-roles").unwrap_err().to_string();
        assert!(refused.contains("events/launch-roles-stack-create.json exists"), "{refused}");
        assert!(!root.path().join("functions").exists(), "something was written");
        let refused = new_function(root.path(), "../up").unwrap_err().to_string();
        assert!(refused.starts_with("\"../up\" cannot be the name of a function"), "{refused}");
    }
}
