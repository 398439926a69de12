//! Commit messages of every kind come out printable and within AWS's limits.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(raw: &str, expected: &str) {
    assert_eq!(commit_message(raw), expected, "{raw:?}");
}

#[test]
fn a_commit_message_is_printable_and_never_empty() {
    check("", "(no message)");
    check(" \n\t\r\n", "(no message)");
    check("\u{202E}\u{0}", "(no message)");
    check("Fix the build", "Fix the build");
    check("Fix\r\n\r\nBecause it broke\n", "Fix\n\nBecause it broke");
    check("建物を直す — 🛠️", "建物を直す — 🛠️");
    check("می‌خواهم", "می‌خواهم");
    check("red\u{1b}[31m\u{7}alert\u{0}", "red[31malert");
    check("a\tb", "a b");
    check("good \u{202E}lave", "good lave");
}

#[test]
fn a_long_message_is_cut_where_a_character_ends() {
    for (unit, count) in [("x", 2049), ("ж", 3000), ("🚀", 1025), ("a🚀", 2000)] {
        let message = commit_message(&unit.repeat(count));
        assert!(message.encode_utf16().count() <= SUMMARY, "{unit}");
        assert!(message.encode_utf16().count() >= SUMMARY - 2, "{unit}");
        assert!(message.ends_with('…'), "{unit}");
    }
    check(&"x".repeat(2048), &"x".repeat(2048));
}

#[test]
fn a_quoted_value_is_short_and_on_one_line() {
    assert_eq!(quoted("a\nb\u{1b}c"), "`a bc`");
    assert!(quoted(&"y".repeat(1000)).encode_utf16().count() <= 82);
}

proptest! {
    #[test]
    fn any_text_becomes_a_message(raw in any::<String>()) {
        let message = commit_message(&raw);
        prop_assert!(!message.is_empty());
        prop_assert!(message.encode_utf16().count() <= SUMMARY);
        prop_assert!(message.chars().all(|char| char == '\n' || !char.is_control()));
        prop_assert_eq!(printable(&message), message);
    }
}
