//! The environment of a build, which the function writes and somebody else may write too.

use super::{Pattern, Settings};
use crate::config::{AllowedHosts, git_url};
use crate::decide::build_variables;
use std::collections::BTreeMap;

fn environment(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let configuration = [
        ("GitUrl", "ssh://git@git.example.com:2222/team/app.git"),
        ("Tag", "v1"),
        ("SSHSecretKeyName", "key"),
        ("Submodules", "true"),
        ("Depth", "0"),
    ];
    let configuration = configuration.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let hosts = AllowedHosts::read("git.example.com:2222").unwrap();
    let variables = build_variables("job-1", &configuration, &hosts).unwrap();
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    let project = [("ALLOWED_GIT_HOSTS", "git.example.com:2222"), ("GIT_KNOWN_HOSTS", "x"), ("PATH", "/bin")];
    let project =
        project.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    variables.chain(project).filter(|(_, value)| !value.is_empty()).collect()
}

#[test]
fn the_variables_of_the_function_are_read_back() {
    let environment = environment(&[("SUBMODULE_PATHS", "a/b, c/*"), ("MAX_FILES", "7")]);
    let settings = Settings::read(|name| environment.get(name).cloned()).unwrap();
    assert_eq!(settings.url.to_string(), "ssh://git@git.example.com:2222/team/app.git");
    assert_eq!(settings.reference.to_string(), "tag `v1`");
    assert_eq!((settings.submodules, settings.lfs, settings.depth), (true, false, 0));
    assert_eq!((settings.job.as_str(), settings.secret.as_str()), ("job-1", "key"));
    assert_eq!(settings.submodule_paths, [Pattern::new("a/b"), Pattern::new("c/*")]);
    assert_eq!((settings.limits.files, settings.limits.submodules), (7, 100));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (change, part) in [
        (("GIT_URL", "ssh://git@evil.example.com/x"), "is not an allowed git host"),
        (("GIT_BRANCH", "main"), "keep exactly one of them"),
        (("MAX_FILES", "many"), "MAX_FILES: `many` is not a whole number"),
        (("ALLOWED_GIT_HOSTS", ""), "ALLOWED_GIT_HOSTS"),
        (("JOB_ID", ""), "JOB_ID"),
    ] {
        let mut environment = environment(&[]);
        environment.insert(change.0.to_owned(), change.1.to_owned());
        let get = |name: &str| environment.get(name).cloned().filter(|value| !value.is_empty());
        let failure = Settings::read(get).unwrap_err();
        assert!(failure.sentence.contains(part), "{failure}");
    }
}

#[test]
fn patterns_match_whole_places() {
    let hosts = AllowedHosts::read("h,h:2222").unwrap();
    for (pattern, url, matches) in [
        ("h/team/app", "git@h:team/app.git", true),
        ("h/team/app.git", "ssh://git@h//team/./app", true),
        ("h/team/*", "git@h:team/a/b.git", true),
        ("h/team/*", "git@h:teams/a.git", false),
        ("h/*/app", "git@h:x/app.git", true),
        ("h/team/app", "git@h:team/app2.git", false),
        ("h/team/*", "ssh://git@h:2222/team/a.git", false),
        ("h:2222/team/*", "ssh://git@h:2222/team/a.git", true),
        ("*", "git@h:team/app.git", true),
    ] {
        let url = git_url("GitUrl", url, &hosts).unwrap();
        assert_eq!(Pattern::new(pattern).matches(&url), matches, "{pattern} {url}");
    }
}
