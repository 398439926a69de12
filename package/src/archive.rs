//! The zip of a function. The same program gives the same bytes, on any machine and at any time, so that a user can
//! check a download against the source.

use anyhow::Context;
use std::io::Write;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// The name under which Lambda's own runtime looks for the program.
const ENTRY: &str = "bootstrap";

/// Writes the program at `binary` as the one entry of a zip at `out`.
///
/// # Errors
/// When the program cannot be read or the zip cannot be written.
pub fn archive(binary: &Path, out: &Path) -> anyhow::Result<()> {
    let program = std::fs::read(binary).with_context(|| format!("could not read {}", binary.display()))?;
    let zip = pack(&program).context("could not make the zip")?;
    std::fs::write(out, zip).with_context(|| format!("could not write {}", out.display()))
}

fn pack(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    // Everything that could tell one machine or day from another is fixed here.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755)
        .system(System::Unix);
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(ENTRY, options)?;
    zip.write_all(program)?;
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
