//! Nothing secret, and no forged line, in what is repeated.

use super::{quoted, redacted};

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(redacted(line), expected);
}

#[test]
fn urls_lose_what_may_be_secret() {
    check("fatal: https://user:pass@host/x.git not found", "fatal: https://***@host/x.git not found");
    check("\"http://h:1/o?X-Amz-Signature=abc&b=c\": 403", "\"http://h:1/o?*** 403");
    check("https://user:p/a@s?s@host/x", "https://***@host/x");
    check("https://user:pa?ss@h/x", "https://***@h/x");
    check("https://u:pa'ss@h/x", "https://***@h/x");
    check("https://h/x?a='1'&sig=SECRET", "https://h/x?***");
    check("at https://host/o#token=abc.", "at https://host/o?***");
    check("GET /objects/1?token=abc now", "GET /objects/1?*** now");
    check("what? a = b", "what? a = b");
    check("> Authorization: Basic abc=", "> Authorization:***");
    check("git@host:team/repository.git", "git@host:team/repository.git");
    check(
        "Post \"http://127.0.0.1:1/objects/batch\": refused",
        "Post \"http://127.0.0.1:1/objects/batch\": refused",
    );
}

#[test]
fn control_characters_are_escaped() {
    check("a\u{1b}[31mb\rc\u{202e}d", "a\\u{1b}[31mb\\rc\\u{202e}d");
    assert_eq!(quoted("x\nclone: all is well"), "`x\\nclone: all is well`");
    assert_eq!(quoted("a`b"), "`a\\`b`");
    assert_eq!(quoted("grüße"), "`grüße`");
}
