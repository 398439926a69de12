//! The hash of a program in a template: what runs later from a bucket is checked against the template, which only a
//! deployment changes.

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::Path;

/// What stands for a hash in a source: `SHA256(ZIP/PROGRAM)`.
const START: &str = "SHA256(";

/// Replaces each `SHA256(ZIP/PROGRAM)` in a text by the hash of that program in that zip of `folder`, in hexadecimal digits.
///
/// # Errors
/// When a zip is not there, or has no such program.
pub fn pin(text: &str, folder: &Path) -> anyhow::Result<String> {
    let Some((before, rest)) = text.split_once(START) else { return Ok(text.to_owned()) };
    let named = rest.split_once(')').and_then(|(name, after)| Some((name.split_once('/')?, after)));
    let Some(((zip, program), after)) = named else {
        bail!("`{START}` is not followed by `ZIP/PROGRAM)`");
    };
    let hash = hash(&folder.join(zip), program)
        .with_context(|| format!("the hash of {program} in {zip} is needed by a template"))?;
    Ok(format!("{before}{hash}{}", pin(after, folder)?))
}

fn hash(zip: &Path, program: &str) -> anyhow::Result<String> {
    let file = File::open(zip).with_context(|| format!("{} is not built", zip.display()))?;
    let mut archive = zip::ZipArchive::new(file)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(program)?, &mut bytes)?;
    Ok(hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::pin;

    #[test]
    fn a_program_is_named_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::write(&program, "x").unwrap();
        crate::archive(&[("clone".into(), program)], &folder.path().join("a.zip")).unwrap();
        let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        let pinned = pin("one SHA256(a.zip/clone) two SHA256(a.zip/clone)\n", folder.path()).unwrap();
        assert_eq!(pinned, format!("one {hash} two {hash}\n"));
        assert_eq!(pin("nothing", folder.path()).unwrap(), "nothing");
        for (text, part) in [
            ("SHA256(b.zip/clone)", "is not built"),
            ("SHA256(a.zip/other)", "the hash of other in a.zip"),
            ("SHA256(a.zip)", "is not followed by"),
        ] {
            let error = format!("{:#}", pin(text, folder.path()).unwrap_err());
            assert!(error.contains(part), "{error}");
        }
    }
}
