//! The zip, read back by the library and by comparison with itself.

use super::{ENTRY, archive};
use std::io::Read;

#[test]
fn the_same_program_gives_the_same_bytes_whatever_the_file_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let program = b"\x7fELF and then some".repeat(1000);
    std::fs::write(at("first"), &program).unwrap();
    std::fs::write(at("second"), &program).unwrap();
    let old = std::fs::File::open(at("second")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH).unwrap();

    let programs = |name: &str| [(ENTRY.to_owned(), at(name)), ("clone".to_owned(), at(name))];
    archive(&programs("first"), &at("first.zip")).unwrap();
    archive(&programs("second"), &at("second.zip")).unwrap();
    let bytes = std::fs::read(at("first.zip")).unwrap();
    assert_eq!(bytes, std::fs::read(at("second.zip")).unwrap());

    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(zip.len(), 2);
    for (index, name) in ["bootstrap", "clone"].into_iter().enumerate() {
        let mut entry = zip.by_index(index).unwrap();
        assert_eq!((&*entry.name().unwrap(), entry.unix_mode()), (name, Some(0o100_755)));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, program);
        assert!(entry.compressed_size() < entry.size() / 10);
    }
}

#[test]
fn a_missing_program_is_named() {
    let programs = [(ENTRY.to_owned(), "nowhere/git-source".into())];
    let error = archive(&programs, "out.zip".as_ref()).unwrap_err();
    assert_eq!(error.to_string(), "could not read nowhere/git-source");
}
