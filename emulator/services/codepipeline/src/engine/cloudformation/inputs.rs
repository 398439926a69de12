//! The input artifacts of an action, in memory, and the artifact that it makes: zips of files.

use super::request::ArtifactFile;
use crate::state::Artifact;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use zip::ZipArchive;
use zip::write::SimpleFileOptions;

/// By the names of the artifacts: where each is, and its bytes if a file of it is read.
#[derive(Default)]
pub(crate) struct Inputs(BTreeMap<String, (Artifact, Vec<u8>)>);

impl Inputs {
    pub(crate) fn add(&mut self, artifact: Artifact, bytes: Vec<u8>) {
        self.0.insert(artifact.name.clone(), (artifact, bytes));
    }

    pub(crate) fn place(&self, artifact: &str) -> Result<&Artifact, String> {
        self.find(artifact).map(|(place, _)| place)
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: &ArtifactFile) -> Result<String, String> {
        let ArtifactFile { artifact, path } = file;
        let (_, bytes) = self.find(artifact)?;
        let mut zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| format!("The artifact {artifact} is not a zip archive"))?;
        let mut found = zip
            .by_name(path)
            .map_err(|_| format!("File [{path}] does not exist in artifact [{artifact}]"))?;
        let mut text = String::new();
        found
            .read_to_string(&mut text)
            .map_err(|error| format!("File [{path}] of artifact [{artifact}] is not text: {error}"))?;
        Ok(text)
    }

    /// A JSON file.
    pub(crate) fn json<T: DeserializeOwned>(&self, file: &ArtifactFile) -> Result<T, String> {
        let ArtifactFile { artifact, path } = file;
        serde_json::from_str(&self.text(file)?)
            .map_err(|error| format!("File [{path}] of artifact [{artifact}] cannot be used: {error}"))
    }

    fn find(&self, artifact: &str) -> Result<&(Artifact, Vec<u8>), String> {
        self.0.get(artifact).ok_or_else(|| format!("'{artifact}' is not an input artifact of the action"))
    }
}

/// An artifact with one file, which has the outputs of a stack.
pub(crate) fn outputs_file(
    name: &str,
    outputs: &BTreeMap<String, String>,
) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default())?;
    zip.write_all(Value::from_iter(outputs.clone()).to_string().as_bytes())?;
    Ok(zip.finish()?.into_inner())
}
