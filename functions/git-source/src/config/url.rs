//! The address of a repository: SSH only, to a host the stack allows. It accepts a small language of addresses that git,
//! ssh and this code cannot read differently, and then asks a second parser whether it really reads them the same.

use super::Wrong;
use gix_url::Scheme;
use std::fmt;

/// The port of an address that names none.
const SSH_PORT: u16 = 22;

/// An address that git reaches with ssh and nothing else, on an allowed host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitUrl {
    text: String,
    host: String,
    port: u16,
    path: String,
}

impl fmt::Display for GitUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// The hosts a pipeline may clone from, each with its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHosts(Vec<(String, u16)>);

/// A list of allowed hosts that nobody could clone from.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a list of git hosts: write names separated by commas, with `:port` where it is not 22")]
pub struct NoHosts(String);

impl AllowedHosts {
    /// Reads the list of the stack.
    ///
    /// # Errors
    /// [`NoHosts`] when it is empty or one of its entries is not a host.
    pub fn read(list: &str) -> Result<Self, NoHosts> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let hosts: Option<Vec<_>> = entries.map(host_and_port).collect();
        hosts.filter(|hosts| !hosts.is_empty()).map(Self).ok_or_else(|| NoHosts(list.to_owned()))
    }

    fn allow(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|(allowed, its_port)| allowed == host && *its_port == port)
    }
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (host, port)) in self.0.iter().enumerate() {
            out.write_str(if at == 0 { "" } else { ", " })?;
            out.write_str(host)?;
            if *port != SSH_PORT {
                write!(out, ":{port}")?;
            }
        }
        Ok(())
    }
}

/// The pieces of an address, as written.
struct Pieces<'a> {
    user: Option<&'a str>,
    authority: &'a str,
    path: &'a str,
}

impl GitUrl {
    pub(super) fn read(text: &str, hosts: &AllowedHosts) -> Result<Self, Wrong> {
        let pieces = split(text)?;
        if pieces.user.is_some_and(|user| user.contains(':')) {
            let remedy = "remove it, change it at the git host, and use the SSH key of the secret";
            return Err(Wrong::new("holds a password", remedy));
        }
        if pieces.user.is_some_and(|user| !is_user(user)) {
            return Err(Wrong::new("has a user that ssh could misread", "write a plain user, usually `git`"));
        }
        let Some((host, port)) = host_and_port(pieces.authority) else {
            return Err(Wrong::new(
                "has no valid host",
                "write a host name, and a port only as ssh://user@host:port/path",
            ));
        };
        if !is_path(pieces.path) {
            let remedy =
                "write the path of the repository, with other characters as `%` and two hexadecimal digits";
            return Err(Wrong::new("has a path that git or a shell could misread", remedy));
        }
        if !hosts.allow(&host, port) {
            let remedy =
                format!("use one of {hosts}, or have the owner of the stack add it to the allowed git hosts");
            return Err(Wrong::new(format!("is on {host}:{port}, which is not an allowed git host"), remedy));
        }
        if !reads_the_same(text, pieces.user, &host, port) {
            return Err(Wrong::new("can be read in two ways", "write it as ssh://user@host/path"));
        }
        let path = decode(pieces.path).unwrap_or_else(|| pieces.path.to_owned());
        Ok(Self { text: text.to_owned(), host, port, path })
    }

    /// The host, in lower case.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port that ssh connects to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `HOST[:PORT]/PATH`, the same for all addresses of one repository: with the port where it is not 22, without
    /// doubled slashes and without `.git` at the end.
    pub(crate) fn place(&self) -> String {
        let segments: Vec<&str> =
            self.path.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect();
        let path = segments.join("/");
        let port = if self.port == SSH_PORT { String::new() } else { format!(":{}", self.port) };
        format!("{}{port}/{}", self.host, path.strip_suffix(".git").unwrap_or(&path))
    }
}

/// Two forms, `ssh://[user@]host[:port]/path` and `user@host:path`; everything else is another transport.
fn split(text: &str) -> Result<Pieces<'_>, Wrong> {
    let not_ssh = || Wrong::new("is not an SSH address", "write ssh://user@host/path or user@host:path");
    if let Some(rest) = text.strip_prefix("ssh://") {
        let (authority, path) = rest.split_once('/').ok_or_else(not_ssh)?;
        let (user, authority) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        return Ok(Pieces { user, authority, path });
    }
    if text.contains("://") || text.contains("::") {
        return Err(not_ssh());
    }
    let (user, rest) = text.split_once('@').ok_or_else(not_ssh)?;
    let (authority, path) = rest.split_once(':').ok_or_else(not_ssh)?;
    Ok(Pieces { user: Some(user), authority, path })
}

/// A user as ssh takes one: it cannot be an option, an expansion or a second host.
fn is_user(user: &str) -> bool {
    user.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && user.len() <= 64
        && user.chars().all(|char| char.is_ascii_alphanumeric() || "._-+".contains(char))
}

/// A host in lower case and its port, when it is a name or an IPv4 address that cannot be an option.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.split_once(':') {
        None => (text, SSH_PORT),
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()?),
        Some(_) => return None,
    };
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let dashed = label.starts_with('-') || label.ends_with('-');
        (1..=63).contains(&label.len()) && label.bytes().all(plain) && !dashed
    };
    (port > 0 && host.len() <= 253 && host.split('.').all(label)).then(|| (host.to_ascii_lowercase(), port))
}

/// A path that stays inside what the server offers and means the same to every shell: no option, no parent directory,
/// no quote, and the same once its percent escapes are decoded.
fn is_path(path: &str) -> bool {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-~+@%=,:".contains(char);
    let Some(decoded) = decode(path) else { return false };
    let harmless = |char: char| char == ' ' || char.is_alphanumeric() || plain(char);
    let bare = decoded.trim_start_matches('/');
    path.chars().all(plain)
        && decoded.chars().all(harmless)
        && !bare.is_empty()
        && !bare.starts_with(['-', ':', '%', ' '])
        && bare.split('/').all(|segment| segment != "..")
}

/// Percent escapes decoded; nothing when one is broken or the result is not Unicode.
fn decode(path: &str) -> Option<String> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// Whether gitoxide, which follows git closely, would connect to the same place over ssh.
fn reads_the_same(text: &str, user: Option<&str>, host: &str, port: u16) -> bool {
    gix_url::parse(text).is_ok_and(|url| {
        url.scheme == Scheme::Ssh
            && url.password.is_none()
            && url.user.as_deref() == user
            && url.host.as_deref().is_some_and(|its| its.eq_ignore_ascii_case(host))
            && url.port.unwrap_or(SSH_PORT) == port
    })
}

/// The address with everything that stands where a user or a password could stand replaced, and without a query, for a sentence about it.
pub(super) fn without_user(text: &str) -> String {
    let (text, query) = match text.find(['?', '#']) {
        Some(at) if text.contains("://") => (&text[..at], "?***"),
        _ => (text, ""),
    };
    let Some((front, rest)) = text.rsplit_once('@') else {
        return format!("{text}{query}");
    };
    let (scheme, user) = front.split_once("://").map_or(("", front), |(scheme, user)| (scheme, user));
    let separator = if scheme.is_empty() { "" } else { "://" };
    let user = if is_user(user) && matches!(scheme, "" | "ssh") { user } else { "***" };
    format!("{scheme}{separator}{user}@{rest}{query}")
}

#[cfg(test)]
mod tests;
