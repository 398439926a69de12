//! One table: the numbers are unique, and the guide says the same.

use super::ExitStatus;
use std::collections::BTreeSet;

#[test]
fn every_number_is_read_back() {
    let codes: BTreeSet<u8> = ExitStatus::ALL.into_iter().map(ExitStatus::code).collect();
    assert_eq!(codes.len(), ExitStatus::ALL.len());
    for status in ExitStatus::ALL {
        assert_eq!(ExitStatus::from_code(status.code().into()), Some(status));
    }
    assert_eq!(ExitStatus::from_code(1), None);
}

#[test]
fn the_guide_has_exactly_these_rows() {
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate.md")).unwrap();
    let rows =
        guide.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")?.0.parse::<u8>().ok());
    let expected: Vec<u8> = ExitStatus::ALL.into_iter().map(ExitStatus::code).collect();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(rows.collect::<Vec<_>>(), sorted);
}
