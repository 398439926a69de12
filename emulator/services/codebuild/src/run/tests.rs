//! The small parts that need no build: file patterns, references to secrets, the times of events.

use super::environment::parts;
use super::pattern::matches;
use crate::model::Moment;

#[test]
fn patterns_fit_names_and_directories() {
    for (pattern, path, fits) in [
        ("**/*", "a", true),
        ("**/*", ".github/workflows/a.yml", true),
        ("*", "a/b", false),
        ("a.txt", "a.txt", true),
        ("./a.txt", "a.txt", true),
        ("src/**/*.rs", "src/lib.rs", true),
        ("src/**/*.rs", "src/a/b/c.rs", true),
        ("src/**/*.rs", "test/a.rs", false),
        ("out/**", "out/a/b", true),
        ("fil?.t*t", "file.test", true),
        ("fil?.txt", "fil.txt", false),
    ] {
        assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
    }
}

#[test]
fn references_to_secrets_are_taken_apart() {
    let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:key-AbCdEf";
    for (reference, expected) in [
        ("key", ("key", "", "", "")),
        ("path/key:user", ("path/key", "user", "", "")),
        ("key:user:AWSPREVIOUS:v1", ("key", "user", "AWSPREVIOUS", "v1")),
        ("key::AWSPENDING", ("key", "", "AWSPENDING", "")),
        (arn, (arn, "", "", "")),
    ] {
        assert_eq!(parts(reference), expected);
    }
    assert_eq!(parts(&format!("{arn}:user:stage")), (arn, "user", "stage", ""));
}

#[test]
fn times_are_written_as_codebuild_writes_them() {
    let moment = Moment::from("2026-11-02T16:04:09.123456Z".parse::<jiff::Timestamp>().unwrap());
    assert_eq!(moment.in_event(), "Nov 2, 2026 4:04:09 PM");
    assert_eq!(moment.in_log(), "2026/11/02 16:04:09.123456");
    assert_eq!(serde_json::to_string(&moment).unwrap(), "1793635449.123");
}
