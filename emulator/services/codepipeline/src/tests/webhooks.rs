//! Who may send a webhook and which bodies are wanted.

use crate::model::{Authentication, AuthenticationConfiguration, Configuration, Filter};
use crate::webhook::{may_send, wanted};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;
use sha2::Sha256;

const BODY: &[u8] = br#"{"ref":"refs/heads/main"}"#;

#[track_caller]
fn check_network(range: &str, peer: &str, allowed: bool) {
    let settings = AuthenticationConfiguration { allowed_ip_range: Some(range.into()), secret_token: None };
    assert_eq!(may_send(Authentication::Ip, &settings, peer.parse().unwrap(), &[], BODY), allowed);
}

#[test]
fn ip_authentication_compares_with_the_range() {
    check_network("10.0.0.0/8", "10.1.2.3", true);
    check_network("10.0.0.0/8", "11.1.2.3", false);
    check_network("127.0.0.1", "127.0.0.1", true);
    check_network("127.0.0.1/32", "::ffff:127.0.0.1", true);
    check_network("::/0", "127.0.0.1", false);
}

#[track_caller]
fn check_signature(headers: &[(&str, String)], allowed: bool) {
    let settings =
        AuthenticationConfiguration { allowed_ip_range: None, secret_token: Some("secret".into()) };
    let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let peer = "192.0.2.1".parse().unwrap();
    assert_eq!(may_send(Authentication::GithubHmac, &settings, peer, &headers, BODY), allowed);
}

#[test]
fn hmac_authentication_needs_the_signature_of_this_body() {
    let sha256 = |key: &str, body: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    };
    let mac = Hmac::<Sha1>::new_from_slice(b"secret").unwrap().chain_update(BODY);
    let sha1 = format!("sha1={}", hex::encode(mac.finalize().into_bytes()));
    check_signature(&[("X-Hub-Signature-256", sha256("secret", BODY))], true);
    check_signature(&[("x-hub-signature-256", sha256("secret", b"other"))], false);
    check_signature(&[("x-hub-signature-256", sha256("wrong", BODY))], false);
    check_signature(&[("x-hub-signature", sha1.clone())], true);
    check_signature(&[("x-hub-signature-256", "sha256=00".into()), ("x-hub-signature", sha1.clone())], false);
    check_signature(&[("x-hub-signature", sha1.replace("sha1=", ""))], false);
    check_signature(&[], false);
}

#[track_caller]
fn check_filter(path: &str, equals: Option<&str>, fits: bool) {
    let filter = Filter { json_path: path.into(), match_equals: equals.map(str::to_owned) };
    let configuration = Configuration::from([("Branch".into(), "main".into())]);
    let body = json!({"ref": "refs/heads/main", "count": 3, "commits": [{"id": "a"}, {"id": "b"}]});
    assert_eq!(wanted(&filter, &configuration, &body), fits, "{path} {equals:?}");
}

#[test]
fn filters_compare_with_the_configuration_of_the_target_action() {
    check_filter("$.ref", Some("refs/heads/{Branch}"), true);
    check_filter("$.ref", Some("refs/heads/other"), false);
    check_filter("$.ref", Some("refs/heads/{Unknown}"), false);
    check_filter("$.ref", None, true);
    check_filter("$.zen", None, false);
    check_filter("$.count", Some("3"), true);
    check_filter("$.commits[*].id", Some("b"), true);
}
