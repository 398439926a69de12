//! Relative URLs, with git's own results (its test t0060).

use super::resolve;

#[test]
fn relative_urls_are_those_of_git() {
    for (base, url, resolved) in [
        ("ssh://git@h:22/a/b.git", "../c.git", "ssh://git@h:22/a/c.git"),
        ("ssh://git@h/a/b", "./c", "ssh://git@h/a/b/c"),
        ("ssh://git@h/a/b/", "../c/", "ssh://git@h/a/c"),
        ("git@h:a/b.git", "../../c/d.git", "git@h:c/d.git"),
        ("git@h:b.git", "../c.git", "git@h:c.git"),
        ("git@h:a/b.git", "../.././x", "git@h:x"),
        ("git@h:a/b.git", "git@o:x.git", "git@o:x.git"),
        ("ssh://git@h/b.git", "../../../x", "ssh:/x"),
        ("git@h:a/b.git", "....//x", "....//x"),
    ] {
        assert_eq!(resolve(base, url), resolved, "{base} {url}");
    }
}
