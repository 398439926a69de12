//! Patterns of package groups: which are allowed, and which group is the parent of another. A pattern is the path of a package,
//! `/format/namespace/name`, cut short and ended by `$` (this package), `~` (what begins with these words) or `*` (all).

use crate::failure::invalid;
use emulator_core::Failure;

/// The group that each domain has from its start: all packages.
pub(crate) const ROOT: &str = "/*";

const FORMATS: [&str; 8] = ["cargo", "generic", "maven", "npm", "nuget", "pypi", "ruby", "swift"];
/// Packages of these formats have no namespace.
const WITHOUT_NAMESPACE: [&str; 4] = ["cargo", "nuget", "pypi", "ruby"];

/// Refuses what is no pattern.
pub(crate) fn check(pattern: &str) -> Result<(), Failure> {
    let wrong = |reason: &str| Err(invalid(format!("Invalid package group pattern '{pattern}': {reason}")));
    if pattern == ROOT {
        return Ok(());
    }
    let Some((path, suffix)) = pattern.strip_prefix('/').and_then(split_suffix) else {
        return wrong("it has to begin with / and end with $, ~ or *");
    };
    let parts: Vec<_> = path.split('/').collect();
    if !FORMATS.contains(&parts[0]) {
        return wrong("it names no package format");
    }
    let bare = WITHOUT_NAMESPACE.contains(&parts[0]);
    match (suffix, &parts[1..]) {
        ('*', [""]) => Ok(()),
        (_, [namespace, ..]) if bare && !namespace.is_empty() => {
            wrong("packages of this format have no namespace")
        }
        ('*', [namespace, ""]) if !namespace.is_empty() => Ok(()),
        ('~', [namespace]) if !namespace.is_empty() => Ok(()),
        ('~' | '$', [_, name]) if !name.is_empty() => Ok(()),
        _ => wrong("its parts are a format, a namespace and a name"),
    }
}

fn split_suffix(pattern: &str) -> Option<(&str, char)> {
    let suffix = pattern.chars().last().filter(|last| "$~*".contains(*last))?;
    Some((&pattern[..pattern.len() - 1], suffix))
}

/// Whether all that matches `inner` matches `outer`, which is another pattern.
pub(crate) fn covers(outer: &str, inner: &str) -> bool {
    let (Some((outer, suffix)), Some((inner, _))) = (split_suffix(outer), split_suffix(inner)) else {
        return false;
    };
    let Some(rest) = inner.strip_prefix(outer) else { return false };
    match suffix {
        '*' => true,
        '~' => ends_word(outer, rest),
        _ => false,
    }
}

/// Whether a word ends between two parts of a text: letters and digits make different words.
fn ends_word(before: &str, after: &str) -> bool {
    let class = |letter: char| (letter.is_alphabetic(), letter.is_numeric());
    match (before.chars().last(), after.chars().next()) {
        (Some(last), Some(next)) => !next.is_alphanumeric() || class(last) != class(next),
        _ => true,
    }
}

/// The most specific of the patterns that cover this one.
pub(crate) fn parent<'a>(patterns: impl Iterator<Item = &'a str>, of: &str) -> Option<&'a str> {
    let outer = patterns.filter(|pattern| *pattern != of && covers(pattern, of));
    // Of two that are equally long but for their ends, the one by words is narrower.
    outer.max_by_key(|pattern| (pattern.len(), pattern.ends_with('~')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_paths_of_packages() {
        for pattern in [
            "/*",
            "/npm/*",
            "/maven/com.acme~",
            "/npm/space/*",
            "/npm/space/ui~",
            "/npm//react$",
            "/pypi/*",
            "/pypi//acme~",
            "/maven/org.apache/log4j$",
        ] {
            assert!(check(pattern).is_ok(), "{pattern}");
        }
        for pattern in [
            "",
            "*",
            "/",
            "/pypi",
            "/pypi/acme",
            "/gems/*",
            "/pypi/space/*",
            "/pypi/acme~",
            "/pypi//*",
            "/npm/space/a/b$",
            "/npm/$",
            "/npm//$",
            "pypi//acme~",
        ] {
            assert_eq!(check(pattern).unwrap_err().code, "ValidationException", "{pattern}");
        }
    }

    #[test]
    fn the_parent_is_the_most_specific_pattern_around() {
        let all = ["/*", "/pypi/*", "/pypi//acme~", "/pypi//acme-core~", "/npm/*"];
        for (of, expected) in [
            ("/*", None),
            ("/pypi/*", Some("/*")),
            ("/pypi//acme~", Some("/pypi/*")),
            ("/pypi//acme-core~", Some("/pypi//acme~")),
            ("/pypi//acme-core-ui$", Some("/pypi//acme-core~")),
            ("/pypi//acme$", Some("/pypi//acme~")),
            ("/pypi//acme2$", Some("/pypi//acme~")),
            ("/pypi//acmecorp$", Some("/pypi/*")),
            ("/maven/*", Some("/*")),
        ] {
            assert_eq!(parent(all.into_iter(), of), expected, "{of}");
        }
    }
}
