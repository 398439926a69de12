//! File patterns of the artifacts section: `*` and `?` within a name, `**` across directories.

/// Whether a relative path with `/` between its parts fits a pattern.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<_> = pattern.trim_start_matches("./").split('/').collect();
    let path: Vec<_> = path.split('/').collect();
    parts(&pattern, &path)
}

fn parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], path) => (0..path.len()).any(|skipped| parts(rest, &path[skipped..])),
        ([first, rest @ ..], [name, others @ ..]) => {
            word(first.as_bytes(), name.as_bytes()) && parts(rest, others)
        }
        _ => false,
    }
}

fn word(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], name) => (0..=name.len()).any(|skipped| word(rest, &name[skipped..])),
        ([b'?', rest @ ..], [_, others @ ..]) => word(rest, others),
        ([first, rest @ ..], [byte, others @ ..]) => first == byte && word(rest, others),
        _ => false,
    }
}
