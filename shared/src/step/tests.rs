//! The engine, with a world of one number.

use super::*;

#[test]
fn what_is_left_reads_as_a_list() {
    for (counts, expected) in [
        (vec![], "nothing"),
        (vec![("apps", 12), ("spaces", 0), ("user profiles", 1)], "12 apps, 1 user profile"),
        (vec![("policies", 1)], "1 policy"),
    ] {
        assert_eq!(Remaining::new(counts).to_string(), expected);
    }
}
