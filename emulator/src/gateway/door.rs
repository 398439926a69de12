//! Which requests the gateway accepts. It runs commands as the user who started it, so nothing may reach it but programs on this machine
//! that were told its address: no page in a browser, and no name that somebody else's DNS server gives to the loopback.

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use std::net::IpAddr;

/// A browser sends it with every request, and no page can change it. `none` is an address that a person typed.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Why a request is refused; nothing for a program on this machine.
pub(super) fn refusal(head: &Parts) -> Option<String> {
    let headers = &head.headers;
    if headers.contains_key(ORIGIN) || headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "none") {
        return Some("a web page sent this request: the emulator answers programs only".to_owned());
    }
    let host = host(head);
    let loopback = host.as_deref().is_some_and(is_loopback);
    (!loopback).then(|| {
        let named = host.unwrap_or_else(|| "nothing".to_owned());
        format!("the Host header names {named}: the emulator answers to 127.0.0.1 and localhost only")
    })
}

/// The one host that a request names, without a port.
fn host(head: &Parts) -> Option<String> {
    let mut named = head.headers.get_all(HOST).iter();
    let text = match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok()?,
        (None, None) => head.uri.authority()?.as_str(),
        (_, Some(_)) => return None,
    };
    let authority: hyper::http::uri::Authority = text.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

/// Whether a name can mean this machine only. `localhost` and all below it do (RFC 6761, section 6.3): S3 clients put the
/// bucket there.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Takes from an answer what would let a page read it.
pub(super) fn close(headers: &mut HeaderMap) {
    let open: Vec<_> =
        headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in open {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = headers
            .iter()
            .fold(hyper::Request::builder().uri(uri), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_programs_on_this_machine_are_answered() {
        for (headers, allowed) in [
            (&[("host", "127.0.0.1:4566")][..], true),
            (&[("host", "127.1.2.3")], true),
            (&[("host", "[::1]:4566")], true),
            (&[("host", "localhost:4566")], true),
            (&[("host", "LocalHost")], true),
            (&[("host", "my-bucket.s3.localhost:4566")], true),
            (&[("host", "127.0.0.1:4566"), ("sec-fetch-site", "none")], true),
            (&[], false),
            (&[("host", "")], false),
            (&[("host", "evil.example:4566")], false),
            (&[("host", "127.0.0.1.evil.example")], false),
            (&[("host", "localhost.evil.example")], false),
            (&[("host", "evillocalhost")], false),
            (&[("host", "10.0.0.1:4566")], false),
            (&[("host", "0.0.0.0:4566")], false),
            (&[("host", "127.0.0.1"), ("host", "evil.example")], false),
            (&[("host", "user@evil.example:4566")], false),
            (&[("host", "127.0.0.1:4566"), ("origin", "https://evil.example")], false),
            (&[("host", "127.0.0.1:4566"), ("origin", "null")], false),
            (&[("host", "127.0.0.1:4566"), ("origin", "http://127.0.0.1:4566")], false),
            (&[("host", "127.0.0.1:4566"), ("sec-fetch-site", "cross-site")], false),
            (&[("host", "127.0.0.1:4566"), ("sec-fetch-site", "same-site")], false),
        ] {
            assert_eq!(refusal(&head("/", headers)).is_none(), allowed, "{headers:?}");
        }
        assert_eq!(refusal(&head("http://127.0.0.1:4566/", &[])), None);
        assert!(refusal(&head("http://evil.example/", &[])).is_some());
    }

    #[test]
    fn no_page_is_let_in_by_an_answer() {
        let mut headers =
            head("/", &[("access-control-allow-origin", "*"), ("content-type", "text/xml")]).headers;
        headers.insert("access-control-expose-headers", "x-amz-id".parse().unwrap());
        close(&mut headers);
        assert_eq!(
            headers.keys().map(hyper::header::HeaderName::as_str).collect::<Vec<_>>(),
            ["content-type"]
        );
    }
}
