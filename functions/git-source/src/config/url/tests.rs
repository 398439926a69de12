//! Which addresses are accepted, and that none of them leaves a doubt about where git connects.

use super::*;
use proptest::prelude::*;

fn hosts() -> AllowedHosts {
    AllowedHosts::read("git.example.com, GitHub.com,127.0.0.1:2222").unwrap()
}

fn read(url: &str) -> Result<GitUrl, String> {
    GitUrl::read(url, &hosts()).map_err(|wrong| wrong.about("GitUrl", &without_user(url)).to_string())
}

/// Refused, in a sentence that holds the words.
#[track_caller]
fn refuse(url: &str, words: &[&str]) {
    let sentence = read(url).expect_err(url);
    for word in words {
        assert!(sentence.contains(word), "{url:?}: no {word:?} in {sentence:?}");
    }
    assert!(sentence.starts_with("GitUrl `") && !sentence.contains(char::is_control), "{sentence:?}");
    assert!(sentence.chars().count() < 700, "{sentence:?}");
}

#[test]
fn addresses_over_ssh_to_allowed_hosts_are_accepted() {
    for url in [
        "ssh://git@git.example.com/team/model.git",
        "git@github.com:team/model.git",
        "git@GitHub.COM:team/model.git",
        "git@github.com:/srv/git/model.git",
        "git@github.com:~team/model.git",
        "org-1234@github.com:team/model",
        "ssh://git@git.example.com:22/team/model.git",
        "ssh://git.example.com/team/model.git",
        "ssh://git@127.0.0.1:2222/model.git",
        "ssh://git@git.example.com/v3/org/My%20Project/model",
    ] {
        assert_eq!(read(url).map(|url| url.to_string()), Ok(url.to_owned()));
    }
}

#[test]
fn other_addresses_are_refused_with_the_remedy() {
    let not_ssh = ["GitUrl", "is not an SSH address", "write ssh://"];
    for url in [
        "https://github.com/team/model.git",
        "http://github.com/team/model.git",
        "git://github.com/team/model.git",
        "file:///etc/passwd",
        "/srv/git/model.git",
        "./model",
        "model",
        "ext::sh -c touch% /tmp/x",
        "fd::17/model",
        "ext::ssh://git@github.com/model",
        "ssh+git://git@github.com/model",
        "SSH://git@github.com/model",
        "--upload-pack=touch /tmp/x",
        "-oProxyCommand=touch",
        "ssh://github.com",
        "github.com:team/model.git",
        " ssh://git@github.com/model",
        "git@github.com::model",
        "git@github.com",
        "codecommit::us-east-1://model",
    ] {
        refuse(url, &not_ssh);
    }
    let odd_user = ["has a user that ssh could misread"];
    for url in [
        "ssh://-oProxyCommand=x@github.com/model",
        "-x@github.com:model",
        "ssh://@github.com/model",
        "ssh://git%40evil.example@github.com/model",
        "ssh://a@b@github.com/model",
        "ssh://git@github.com#@evil.example/model",
        "ssh://git@github.com\\@evil.example/model",
        "g it@github.com:model",
    ] {
        refuse(url, &odd_user);
    }
    let odd_host = ["has no valid host"];
    for url in [
        "ssh://git@-oProxyCommand=x/model",
        "git@-github.com:model",
        "ssh://git@/model",
        "git@:model",
        "ssh://git@[::1]/model",
        "git@git hub.com:model",
        "git@github.com@evil.example:model",
        "ssh://git@github.com:0/model",
        "ssh://git@github.com:65536/model",
        "ssh://git@github.com:+22/model",
        "ssh://git@github.com./model",
        "ssh://git@github%2ecom/model",
        "ssh://git@gïthub.com/model",
        "git@github.com/evil.example:model",
        "ssh://git@github.com:/model",
        "git@github.com\n:model",
    ] {
        refuse(url, &odd_host);
    }
    let odd_path = ["has a path that git or a shell could misread"];
    for url in [
        "git@github.com:-oProxyCommand=x",
        "ssh://git@github.com/-x",
        "ssh://git@github.com/",
        "git@github.com:",
        "git@github.com:../../etc",
        "ssh://git@github.com/a/../b",
        "ssh://git@github.com/%2e%2e/b",
        "git@github.com:model;id",
        "git@github.com:'model'",
        "git@github.com:a b",
        "git@github.com:$(id)",
        "ssh://git@github.com/%00",
        "ssh://git@github.com/%0a",
        "ssh://git@github.com/%27",
        "ssh://git@github.com/%2",
        "ssh://git@github.com/%2dx",
        "ssh://git@github.com/%ff",
        "ssh://git@github.com/model\n",
    ] {
        refuse(url, &odd_path);
    }
    let elsewhere =
        ["which is not an allowed git host", "use one of git.example.com, github.com, 127.0.0.1:2222"];
    for url in [
        "git@evil.example:model",
        "ssh://git@github.com.evil.example/model",
        "ssh://git@evilgithub.com/model",
        "ssh://git@github.com:2222/model",
        "git@127.0.0.1:model",
        "ssh://git@127.0.0.1/model",
    ] {
        refuse(url, &elsewhere);
    }
}

#[test]
fn a_password_is_refused_and_never_repeated() {
    for url in [
        "ssh://git:canary@github.com/model",
        "git:canary@github.com:model",
        "https://git:canary@github.com/model",
        "https://canary@github.com/model",
        "ssh://canary!@github.com/model",
        "ssh://git:canary@x@github.com/model",
    ] {
        let sentence = read(url).expect_err(url);
        assert!(!sentence.contains("canary"), "{sentence}");
    }
    refuse("ssh://git:canary@github.com/model", &["`ssh://***@github.com/model` holds a password"]);
}

#[test]
fn the_list_of_hosts_must_name_one() {
    for list in ["", " , ", "git hub.com", "-x", "github.com:0", "ssh://github.com", "*.example.com"] {
        let error = AllowedHosts::read(list).expect_err(list).to_string();
        assert!(error.starts_with(&format!("`{list}` is not a list of git hosts")), "{error}");
    }
}

/// Whether an accepted address leaves any doubt about where git connects.
fn is_safe(url: &str) -> bool {
    let parsed = gix_url::parse(url).unwrap();
    let host = parsed.host().unwrap().to_ascii_lowercase();
    let place = (host.as_str(), parsed.port.unwrap_or(22));
    let allowed = [("git.example.com", 22), ("github.com", 22), ("127.0.0.1", 2222)].contains(&place);
    let harmless =
        url.chars().all(|char| char.is_ascii_graphic() && !"'\"`$;&|<>\\(){}!#?*[]".contains(char));
    let user = parsed.user().is_none_or(|user| !user.starts_with('-') && !user.is_empty());
    allowed
        && harmless
        && user
        && parsed.scheme == gix_url::Scheme::Ssh
        && parsed.password().is_none()
        && !parsed.path.starts_with(b"-")
        && !url.starts_with('-')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_accepted_address_leaves_no_doubt(
        url in prop_oneof![
            any::<String>(),
            "(ssh://)?(-?git(:x)?@)?(github\\.com|GIT\\.example\\.com|127\\.0\\.0\\.1|evil)(:2222|:22|:)?[/:@%#?\\\\-]{0,2}[a-z%2e./~@: -]{0,12}",
            "ssh://[ -~]{0,12}github\\.com[ -~]{0,12}",
            "[ -~]{0,12}@github\\.com:[ -~]{0,12}",
        ]
    ) {
        match read(&url) {
            Ok(accepted) => prop_assert!(is_safe(&accepted.to_string()), "{}", url),
            Err(refused) => prop_assert!(!refused.contains(char::is_control)),
        }
    }
}
