//! What a pipeline may be configured to clone, what not, and in which words it is refused.

use super::*;
use proptest::prelude::*;

const URL_OK: &str = "ssh://git@git.example.com/team/model.git";

fn hosts() -> AllowedHosts {
    AllowedHosts::read("git.example.com, GitHub.com,127.0.0.1:2222").unwrap()
}

/// A good configuration with some properties changed; an empty value takes the property away.
fn configuration(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let good = [(URL, URL_OK), (BRANCH, "main"), (SECRET, "external-repo-rsa"), (PIPELINE, "model-build")];
    let pairs = good.iter().chain(changes);
    let all: BTreeMap<String, String> =
        pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

#[track_caller]
fn accept(changes: &[(&str, &str)]) -> Source {
    read(&configuration(changes), &hosts()).unwrap_or_else(|refused| panic!("{changes:?}: {refused}"))
}

/// Refused, in a sentence that names the property and holds the words.
#[track_caller]
fn refuse(changes: &[(&str, &str)], words: &[&str]) {
    let sentence = read(&configuration(changes), &hosts()).expect_err(&format!("{changes:?}")).to_string();
    for word in words {
        assert!(sentence.contains(word), "{changes:?}: no {word:?} in {sentence:?}");
    }
    assert!(sentence.ends_with('.') && !sentence.contains(char::is_control), "{sentence:?}");
    assert!(sentence.chars().count() < 700, "{sentence:?}");
}

#[test]
fn a_plain_configuration_has_the_defaults() {
    let expected = Source {
        url: GitUrl::read(URL_OK, &hosts()).unwrap(),
        reference: Reference::Branch("main".to_owned()),
        secret: "external-repo-rsa".to_owned(),
        submodules: false,
        lfs: false,
        depth: 1,
    };
    assert_eq!(accept(&[]), expected);
    let more = accept(&[(SUBMODULES, "true"), (LFS, "true"), (DEPTH, "0")]);
    assert_eq!(more, Source { submodules: true, lfs: true, depth: 0, ..expected });
    assert_eq!(accept(&[(DEPTH, "2147483647")]).depth, DEEPEST);
}

#[test]
fn exactly_one_revision_is_asked_for() {
    let id = "0123456789ABCDEF0123456789abcdef01234567";
    assert_eq!(accept(&[(BRANCH, "feature/größe")]).reference, Reference::Branch("feature/größe".to_owned()));
    assert_eq!(accept(&[(BRANCH, ""), (TAG, "v1.0")]).reference, Reference::Tag("v1.0".to_owned()));
    assert_eq!(accept(&[(BRANCH, ""), (COMMIT, id)]).reference, Reference::Commit(id.to_lowercase()));
    let long = id[..32].repeat(2);
    assert_eq!(accept(&[(BRANCH, ""), (COMMIT, &long)]).reference, Reference::Commit(long.to_lowercase()));
    refuse(&[(BRANCH, "")], &["one of Branch, Tag and Commit is missing"]);
    refuse(&[(TAG, "v1")], &["Branch `main` and Tag `v1` are set together", "keep exactly one"]);
    refuse(&[(TAG, "v1"), (COMMIT, id)], &["Branch", "Tag", "Commit", "keep exactly one"]);
    for short in ["8d0cbd9", "HEAD", &id[1..], &format!("{id}0"), &id.replace('A', "g"), "-x"] {
        refuse(&[(BRANCH, ""), (COMMIT, short)], &["Commit `", "is not a full commit id", "40 (SHA-1)"]);
    }
}

#[test]
fn names_that_git_or_a_command_would_misread_are_refused() {
    for name in [
        "a b", "a\u{7}b", "a\nb", "a..b", "a@{1}", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a.lock",
        "a/", "/a", "a//b", ".a", "a/.b", "a.", "a.lock/b",
    ] {
        refuse(&[(BRANCH, name)], &["Branch `", "breaks git's rules", "existing branch"]);
        refuse(&[(BRANCH, ""), (TAG, name)], &["Tag `", "breaks git's rules", "existing tag"]);
    }
    for name in ["-x", "--upload-pack=touch", "-c core.sshCommand=touch"] {
        refuse(&[(BRANCH, name)], &["Branch `-"]);
        refuse(&[(BRANCH, ""), (TAG, name)], &["Tag `-"]);
    }
    refuse(&[(BRANCH, "refs/heads/main")], &["is a full reference", "write the short name, such as `main`"]);
    refuse(&[(BRANCH, "HEAD")], &["Branch `HEAD`"]);
    refuse(&[(BRANCH, "@")], &["Branch `@`"]);
    refuse(&[(BRANCH, "main ")], &["Branch `main `"]);
    refuse(&[(BRANCH, &"x".repeat(256))], &["has more than 255 bytes"]);
}

#[test]
fn the_other_properties_are_refused_with_the_remedy() {
    refuse(&[(SUBMODULES, "yes")], &["Submodules `yes`", "write `true` or `false`"]);
    refuse(&[(LFS, "True")], &["Lfs `True`", "write `true` or `false`"]);
    for depth in ["-1", "+1", "1.5", "all", "2147483648", "99999999999999999999", " 1"] {
        refuse(&[(DEPTH, depth)], &["Depth `", "whole number from 0"]);
    }
    refuse(&[("Brunch", "canary")], &["`Brunch` is not a property of this action", "Branch"]);
    refuse(&[(SECRET, "")], &["SSHSecretKeyName is missing"]);
    refuse(&[(URL, "")], &["GitUrl is missing"]);
    refuse(&[(URL, &"x".repeat(1001))], &["GitUrl", "1000 characters"]);
    refuse(&[(URL, "https://github.com/team/model")], &["GitUrl", "is not an SSH address", "write ssh://"]);
}

#[test]
fn a_secret_is_a_name_or_an_arn_and_never_repeated() {
    for good in [
        "external-repo-rsa",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:external-repo-rsa-AbCdEf",
        "a/b_c+d=e.f@g",
    ] {
        assert_eq!(accept(&[(SECRET, good)]).secret, good);
    }
    for bad in [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "canary key",
        "-canary",
        "canary;id",
        "arn:aws:s3:::canary",
        "canary:x",
    ] {
        refuse(&[(SECRET, bad)], &["SSHSecretKeyName", "never the key itself"]);
        let sentence = read(&configuration(&[(SECRET, bad)]), &hosts()).unwrap_err().to_string();
        assert!(!sentence.contains("canary") && !sentence.contains("BEGIN"), "{sentence}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_accepted_branch_follows_gits_rules(
        name in prop_oneof![any::<String>(), "[-a-z./@{~^:?*\\[ \\\\]{1,12}", "[a-z]{1,5}(/[a-z.]{1,5}){0,3}"]
    ) {
        if let Ok(source) = read(&configuration(&[(BRANCH, &name)]), &hosts()) {
            let Reference::Branch(name) = source.reference else { panic!("asked for a branch") };
            prop_assert!(!name.is_empty() && !name.starts_with('-') && !name.ends_with(['/', '.']));
            let odd = ["..", "@{", "//"].into_iter().find(|odd| name.contains(odd));
            prop_assert_eq!(odd, None);
            prop_assert!(!name.contains(|char: char| char.is_ascii_control() || " ~^:?*[\\".contains(char)));
            prop_assert!(name.split('/').all(|part| !part.starts_with('.') && part.strip_suffix(".lock").is_none()));
        }
    }
}
