//! What is read of a release before it is uploaded. `tests/e2e/packaging.rs` uploads one.

use super::processor;
use crate::release::{File, Kind, Release};

/// A zip whose program begins as one for a processor does.
fn zip(name: &str, machine: u8) -> File {
    let folder = tempfile::tempdir().unwrap();
    let (program, out) = (folder.path().join("program"), folder.path().join(name));
    let mut head = [0; 20];
    head[18] = machine;
    std::fs::write(&program, head).unwrap();
    crate::archive(&[("bootstrap".into(), program)], &out).unwrap();
    File { name: name.into(), kind: Kind::Archive, bytes: std::fs::read(out).unwrap() }
}

fn of(files: Vec<File>) -> anyhow::Result<Option<&'static str>> {
    processor(&Release { folder: "target/lambda".into(), files })
}

#[test]
fn the_processor_is_that_of_all_functions() {
    assert_eq!(of(vec![]).unwrap(), None);
    assert_eq!(of(vec![zip("a.zip", 0xb7), zip("b.zip", 0xb7)]).unwrap(), Some("arm64"));
    assert_eq!(of(vec![zip("a.zip", 0x3e)]).unwrap(), Some("x86_64"));
    let mixed = of(vec![zip("a.zip", 0x3e), zip("b.zip", 0xb7)]).unwrap_err().to_string();
    assert!(mixed.contains("a.zip is built for x86_64 and b.zip for arm64"), "{mixed}");
    let other = format!("{:#}", of(vec![zip("a.zip", 3)]).unwrap_err());
    assert!(other.contains("a.zip is no zip of a function: its program is for a processor"), "{other}");
}
