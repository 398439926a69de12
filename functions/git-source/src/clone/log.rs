//! What the log of a build says. Text of git, ssh and git-lfs is repeated line by line behind `| `, without the user, the
//! password and the query of any URL, and with control characters escaped: a repository can neither put a secret into
//! the log nor forge a line of this program.

use shared::text::{escaped, tail_bytes};

/// The most of one program's text that is repeated, in bytes; its end says why it failed.
const REPEATED: usize = 16 * 1024;

/// One line of this program.
pub(super) fn say(sentence: &str) {
    eprintln!("clone: {}", escaped(sentence));
}

/// The text of another program.
pub(super) fn repeat(text: &str) {
    for line in tail_bytes(text, REPEATED).lines().filter(|line| !line.trim().is_empty()) {
        eprintln!("| {}", redacted(line));
    }
}

/// A path or another name of a repository, in quotes and on one line.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", escaped(name).replace('`', "\\`"))
}

/// One line without the parts of URLs and headers that may be secret.
pub(super) fn redacted(line: &str) -> String {
    let line = match line.to_ascii_lowercase().find("authorization:") {
        Some(at) => format!("{}***", &line[..at + "authorization:".len()]),
        None => line.to_owned(),
    };
    let words: String = line.split_inclusive(char::is_whitespace).map(without_secrets).collect();
    escaped(&words)
}

/// A URL keeps scheme, host and path. Everything before its last `@` may be a user with a password, and everything behind
/// `?` or `#` a signature. A quote can be a part of either, so that only a space ends a URL.
fn without_secrets(word: &str) -> String {
    let text = word.trim_end();
    let end = &word[text.len()..];
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.split_once('?') {
            Some((path, query)) if query.contains('=') => format!("{path}?***{end}"),
            _ => word.to_owned(),
        };
    };
    let (user, place) = match rest.rsplit_once('@') {
        Some((_, place)) => ("***@", place),
        None => ("", rest),
    };
    let (place, query) = match place.find(['?', '#']) {
        Some(at) => (&place[..at], "?***"),
        None => (place, ""),
    };
    format!("{scheme}://{user}{place}{query}{end}")
}

#[cfg(test)]
mod tests;
