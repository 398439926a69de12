//! Everything a user deploys, in `target/lambda`: the zips, the templates and the list of their hashes.

use crate::compile::{Architecture, Programs, compile};
use crate::pin::pin;
use crate::{archive, template};
use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where templates are. Their names are all different, so that a release is one flat folder and one template finds another
/// beside itself.
const TEMPLATES: &[&str] = &["infra", PARTS, "infra/pipelines"];

/// The templates of the functions, which have a folder of their own also where they are uploaded from.
const PARTS: &str = "infra/functions";

/// The list of hashes, in the format of `sha256sum --check`.
pub const SUMS: &str = "SHA256SUMS";

/// What is deployed, read into memory.
#[derive(Debug)]
pub struct Release {
    /// `target/lambda` of the project, wherever cargo builds; for this machine a folder in it.
    pub folder: PathBuf,
    /// Zips and templates, by name.
    pub files: Vec<File>,
}

/// One file of a release.
#[derive(Debug)]
pub struct File {
    pub name: String,
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// What a file of a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The zip of a function.
    Archive,
    /// A template that guides name, or that such a template nests.
    Template,
    /// A template of `infra/functions`.
    PartTemplate,
}

/// What is built.
#[derive(Clone, Debug)]
pub struct Build {
    pub architecture: Architecture,
    /// Names of functions.
    pub functions: Vec<String>,
    /// Whether the tests of the workspace are compiled in the same run of cargo. For [`Architecture::Local`] only.
    pub tests: bool,
}

/// The functions of the project, in order: each folder of `functions` is one, and has a zip of its own name.
///
/// # Errors
/// When the folder cannot be read.
pub fn functions(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("functions");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Compiles functions, packages the templates and writes `target/lambda`. `step` is told each step before it begins.
///
/// # Errors
/// When a step failed; the error says which, and why.
pub fn release(root: &Path, build: &Build, step: &mut dyn FnMut(&str)) -> anyhow::Result<Release> {
    let folder = folder(root, build.architecture);
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    // The cheap part first: a template that cannot be deployed is told before minutes of compiling.
    let mut texts = Vec::new();
    for source in templates(root)? {
        let name = source.file_name().context("a template has a name")?.to_owned();
        step(&format!("packaging {}", name.display()));
        texts.push((name, template(&source)?));
    }
    if build.architecture == Architecture::Local {
        let programs = compile(root, &build.functions, build.architecture, build.tests)?;
        for (function, programs) in build.functions.iter().zip(programs) {
            write_zip(root, build.architecture, function, &programs)?;
        }
    } else {
        for function in &build.functions {
            build_function(root, function, build.architecture, step)?;
        }
    }
    for (name, text) in texts {
        std::fs::write(folder.join(&name), pin(&text, &folder)?)
            .with_context(|| format!("could not write {}", name.display()))?;
    }
    let release = load(root, folder, &build.functions)?;
    let folder = &release.folder;
    std::fs::write(folder.join(SUMS), release.sums()).with_context(|| format!("could not write {SUMS}"))?;
    Ok(release)
}

/// Compiles one function and writes its zip alone, whose path it returns. `step` is told each step before it begins.
///
/// # Errors
/// When it does not compile, or the zip cannot be written.
pub fn build_function(
    root: &Path,
    function: &str,
    architecture: Architecture,
    step: &mut dyn FnMut(&str),
) -> anyhow::Result<PathBuf> {
    step(&format!("compiling {function}, which takes minutes the first time"));
    let programs = compile(root, &[function.to_owned()], architecture, false)?;
    step(&format!("zipping {function}"));
    write_zip(root, architecture, function, &programs.concat())
}

fn write_zip(
    root: &Path,
    architecture: Architecture,
    function: &str,
    programs: &Programs,
) -> anyhow::Result<PathBuf> {
    let zip = zip(root, architecture, function);
    if let Some(folder) = zip.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    }
    archive(programs, &zip)?;
    Ok(zip)
}

/// Reads what was built, and refuses it when it is not what [`release`] wrote.
///
/// # Errors
/// When nothing was built, or a file was changed since.
pub fn read(root: &Path) -> anyhow::Result<Release> {
    let folder = folder(root, Architecture::default());
    let sums = std::fs::read_to_string(folder.join(SUMS)).context("nothing is built: run `make package`")?;
    let release = load(root, folder, &functions(root)?)?;
    ensure!(sums == release.sums(), "target/lambda changed since it was built: run `make package` again");
    Ok(release)
}

impl Release {
    /// The list of hashes, one line per file.
    #[must_use]
    pub fn sums(&self) -> String {
        let line = |file: &File| [hash(&file.bytes), "  ".into(), file.name.clone(), "\n".into()].concat();
        self.files.iter().map(line).collect()
    }

    /// The name of a folder that only this content has: `VERSION-HASH`.
    #[must_use]
    pub fn id(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        format!("{version}-{}", &hash(self.sums().as_bytes())[..12])
    }

    /// A file by its name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// The template `path` of the project, as `make package` writes it beside the zips of an architecture.
///
/// # Errors
/// As [`template`], and when a zip that it names is not built.
pub fn deployable(root: &Path, architecture: Architecture, path: &str) -> anyhow::Result<String> {
    pin(&template(&root.join(path))?, &folder(root, architecture))
}

/// Where the zip of a function is, once it is built.
#[must_use]
pub fn zip(root: &Path, architecture: Architecture, function: &str) -> PathBuf {
    folder(root, architecture).join(format!("{function}.zip"))
}

/// Where all that was built for an architecture is, zips and templates. What runs on this machine only is kept apart, so
/// that it is never uploaded by mistake.
#[must_use]
pub fn folder(root: &Path, architecture: Architecture) -> PathBuf {
    let release = root.join("target/lambda");
    match architecture {
        Architecture::Arm64 | Architecture::X86_64 => release,
        Architecture::Native => release.join("native"),
        Architecture::Local => release.join("local"),
    }
}

/// The templates a user deploys and those they nest, folder by folder, in the order of their names.
pub(crate) fn templates(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in TEMPLATES.iter().map(|folder| root.join(folder)).filter(|folder| folder.exists()) {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
        let mut here = Vec::new();
        for entry in entries {
            let path = entry?.path();
            // One guide has another ending: its `launch.template` is the same format.
            let yaml =
                path.extension().is_some_and(|extension| extension == "yaml" || extension == "template");
            // `clone.buildspec.yaml` is a part of a template, not one itself.
            let part = path.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some());
            if yaml && !part {
                let twin = found.iter().find(|other| other.file_name() == path.file_name());
                ensure!(twin.is_none(), "{} has the name of another template", path.display());
                here.push(path);
            }
        }
        here.sort();
        found.extend(here);
    }
    Ok(found)
}

fn load(root: &Path, folder: PathBuf, functions: &[String]) -> anyhow::Result<Release> {
    let mut names: Vec<_> =
        functions.iter().map(|function| (format!("{function}.zip"), Kind::Archive)).collect();
    let parts = root.join(PARTS);
    for path in templates(root)? {
        let kind = if path.parent() == Some(parts.as_path()) { Kind::PartTemplate } else { Kind::Template };
        names.extend(path.file_name().map(|name| (name.to_string_lossy().into_owned(), kind)));
    }
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    let read = |(name, kind): (String, Kind)| {
        let path = folder.join(&name);
        let bytes = std::fs::read(&path).with_context(|| format!("{} is not built", path.display()))?;
        anyhow::Ok(File { name, kind, bytes })
    };
    let files = names.into_iter().map(read).collect::<anyhow::Result<_>>()?;
    Ok(Release { folder, files })
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
