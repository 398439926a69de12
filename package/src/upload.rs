//! Puts a release into the user's bucket with the user's own AWS CLI and prints the commands that deploy it. Nothing is
//! deleted, and what stacks read is never replaced: each release has a folder of its own.

mod aws;
mod bucket;
mod commands;
mod sharing;
mod source;

pub use sharing::Reader;

use crate::placement::{CodeLocation, place};
use crate::release::{File, Kind, Release};
use crate::template::fits;
use anyhow::{Context, bail, ensure};
use aws::Aws;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use source::Source;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder in the bucket that guides and policies of roles name.
pub const FOLDER: &str = "sagemaker-mlops";

/// By this tag, launch roles of Service Catalog may read an object.
const TAG: &str = "servicecatalog:provisioning=true";

/// Objects that are put at the same time: each takes the AWS CLI a second.
const AT_ONCE: usize = 4;

/// What the user chose.
#[derive(Debug)]
pub struct Options<'a> {
    pub bucket: &'a str,
    /// Another folder in the bucket than [`FOLDER`].
    pub folder: Option<&'a str>,
    /// Instead of the configured one.
    pub region: Option<&'a str>,
    pub share_with: &'a [Reader],
}

/// Where a release goes.
#[derive(Debug)]
struct Target {
    aws: Aws,
    bucket: String,
    /// Has the templates of the guides under their own names.
    folder: String,
    /// The folder in it that only this content has.
    prefix: String,
    location: CodeLocation,
    suffix: &'static str,
}

impl Target {
    /// As the templates write it: a bucket may have dots in its name.
    fn url(&self, key: &str) -> String {
        format!("https://s3.{}.{}/{}/{key}", self.aws.region, self.suffix, self.bucket)
    }
}

/// One object to put.
struct Object {
    key: String,
    path: PathBuf,
    kind: ObjectKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ObjectKind {
    /// Under a name that has its content in it: what is there already is the same.
    Release,
    /// Under a name that always has the newest.
    Newest,
    /// The same, and no launch role reads it.
    Source,
}

/// Makes the bucket if it is missing, uploads the release into a folder of its own, then the templates of the guides under
/// their fixed names, and shares both if asked. Returns the commands that create the stacks.
///
/// # Errors
/// When the AWS CLI is not there or refuses, or when the bucket is not the user's own or in another Region.
pub fn upload(
    root: &Path,
    release: &Release,
    options: &Options,
    step: &mut dyn FnMut(&str),
) -> anyhow::Result<String> {
    let folder = options.folder.unwrap_or(FOLDER).trim_matches('/').to_owned();
    let prefix = format!("{folder}/{}", release.id());
    let processor = processor(release)?;
    let location = CodeLocation::new(options.bucket, &prefix, processor)?;
    let aws = Aws::connect(options.region)?;
    let suffix = aws.suffix()?;
    let target = Target { aws, bucket: options.bucket.to_owned(), folder, prefix, location, suffix };
    let build = root.join("build").join(&target.aws.region);
    // What cannot be placed is told before anything is made.
    let objects = write(release, &target, &build)?;
    bucket::prepare(&target.aws, &target.bucket, step)?;
    sharing::share(&target.aws, &target.bucket, &target.folder, options.share_with, step)?;
    let (own, mut fixed): (Vec<_>, Vec<_>) =
        objects.into_iter().partition(|object| object.kind == ObjectKind::Release);
    put_all(&target, &own, step)?;
    let zip = build.join(source::NAME);
    match source::write(root, &zip)? {
        Source::Written { changed } => {
            if changed {
                step(&format!("{} has the last commit, without what changed since", source::NAME));
            }
            let key = format!("{}/{}", target.folder, source::NAME);
            fixed.insert(0, Object { key, path: zip, kind: ObjectKind::Source });
        }
        Source::NoRepository => step(&format!(
            "{} is not uploaded: {} is not the root of a git repository",
            source::NAME,
            root.display()
        )),
    }
    put_all(&target, &fixed, step)?;
    commands::commands(release, &target, processor)
}

/// Writes the templates with their defaults to `build/REGION`, where guides deploy them from, and lists what to put.
fn write(release: &Release, target: &Target, build: &Path) -> anyhow::Result<Vec<Object>> {
    let mut objects = Vec::new();
    for file in &release.files {
        let File { name, kind, bytes } = file;
        let path = match kind {
            Kind::Archive => release.folder.join(name),
            Kind::Template | Kind::PartTemplate => {
                let placed = std::str::from_utf8(bytes).map_err(Into::into).and_then(|text| {
                    let placed = place(text, &target.location)?;
                    fits(name, &placed).map(|()| placed)
                });
                let placed = placed.with_context(|| format!("{name} cannot be uploaded"))?;
                let folder = if *kind == Kind::Template { build.to_owned() } else { build.join("functions") };
                let path = folder.join(name);
                std::fs::create_dir_all(&folder)
                    .and_then(|()| std::fs::write(&path, placed))
                    .with_context(|| format!("could not write {}", path.display()))?;
                path
            }
        };
        if *kind == Kind::Template {
            let key = format!("{}/{name}", target.folder);
            objects.push(Object { key, path: path.clone(), kind: ObjectKind::Newest });
        }
        objects.push(Object { key: format!("{}/{name}", target.prefix), path, kind: ObjectKind::Release });
    }
    Ok(objects)
}

/// Puts objects, some at a time, and tells of each in their order.
fn put_all(target: &Target, objects: &[Object], step: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    for chunk in objects.chunks(AT_ONCE) {
        let outcomes = std::thread::scope(|scope| {
            let started: Vec<_> =
                chunk.iter().map(|object| scope.spawn(move || put(target, object))).collect();
            let ended = started.into_iter().map(std::thread::ScopedJoinHandle::join);
            ended.map(|outcome| outcome.unwrap_or_else(|_| bail!("an upload panicked"))).collect::<Vec<_>>()
        });
        for (object, outcome) in chunk.iter().zip(outcomes) {
            step(&format!("{}: s3://{}/{}", outcome?, target.bucket, object.key));
        }
    }
    Ok(())
}

/// Puts an object, unless it is there under a name that has its content in it.
fn put(target: &Target, object: &Object) -> anyhow::Result<&'static str> {
    let Target { aws, bucket, .. } = target;
    let Object { key, path, kind } = object;
    let body = path.to_str().with_context(|| format!("{} is no text", path.display()))?;
    let named = ["--bucket", bucket, "--key", key, "--expected-bucket-owner", &aws.account];
    let mut call = vec!["s3api", "put-object", "--body", body, "--checksum-algorithm", "SHA256"];
    call.extend(named);
    if *kind != ObjectKind::Source {
        call.extend(["--tagging", TAG]);
    }
    if *kind == ObjectKind::Release {
        call.extend(["--if-none-match", "*"]);
    }
    match aws.call(&call)? {
        Ok(_) => Ok("uploaded"),
        Err(refusal) if refusal.code == "PreconditionFailed" => {
            let head = [&["s3api", "head-object", "--checksum-mode", "ENABLED"][..], &named].concat();
            let head = aws.call(&head)?.with_context(|| format!("could not look at s3://{bucket}/{key}"))?;
            let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
            let expected = BASE64_STANDARD.encode(Sha256::digest(bytes));
            ensure!(
                head["ChecksumSHA256"] == expected.as_str(),
                "s3://{bucket}/{key} has another content than the release: choose another --prefix, and find out who wrote it"
            );
            Ok("is there")
        }
        Err(refusal) => Err(refusal).with_context(|| format!("could not upload s3://{bucket}/{key}")),
    }
}

/// What the functions were built for, from the heads of their programs: the default of the templates may be the other one.
/// None for a release without functions.
fn processor(release: &Release) -> anyhow::Result<Option<&'static str>> {
    let mut found: Option<(&str, &'static str)> = None;
    for file in release.files.iter().filter(|file| file.kind == Kind::Archive) {
        let processor =
            processor_of(file).with_context(|| format!("{} is no zip of a function", file.name))?;
        if let Some((other, of_other)) = found {
            ensure!(
                processor == of_other,
                "{other} is built for {of_other} and {} for {processor}: run `make package` again",
                file.name
            );
        }
        found = Some((&file.name, processor));
    }
    Ok(found.map(|(_, processor)| processor))
}

fn processor_of(file: &File) -> anyhow::Result<&'static str> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file.bytes))?;
    let mut head = [0; 20];
    archive.by_name(crate::archive::ENTRY)?.read_exact(&mut head).context("its program is too short")?;
    // The field `e_machine` of an ELF header.
    match head[18..] {
        [0xb7, 0] => Ok("arm64"),
        [0x3e, 0] => Ok("x86_64"),
        _ => bail!("its program is for a processor that Lambda does not have"),
    }
}

#[cfg(test)]
mod tests;
