//! The zip of a function. The same program gives the same bytes, on any machine and at any time, so that a user can
//! check a download against the source.

use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// The name under which Lambda's own runtime looks for the program.
pub const ENTRY: &str = "bootstrap";

/// Writes programs, each under a name, into a zip at `out`.
///
/// # Errors
/// When a program cannot be read or the zip cannot be written.
pub fn archive(programs: &[(String, PathBuf)], out: &Path) -> anyhow::Result<()> {
    let read = |(name, path): &(String, PathBuf)| {
        let program = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        anyhow::Ok((name.clone(), program))
    };
    let programs: Vec<_> = programs.iter().map(read).collect::<anyhow::Result<_>>()?;
    let zip = pack(&programs).context("could not make the zip")?;
    std::fs::write(out, zip).with_context(|| format!("could not write {}", out.display()))
}

fn pack(programs: &[(String, Vec<u8>)]) -> anyhow::Result<Vec<u8>> {
    // Everything that could tell one machine or day from another is fixed here.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755)
        .system(System::Unix);
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, program) in programs {
        zip.start_file(name, options)?;
        zip.write_all(program)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests;
