//! Patterns of policies: wildcards, policy variables and ARNs.

use crate::request::Context;

/// A piece of a pattern whose variables have their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A character of the policy.
    Char(char),
    /// A character of the value of a variable, which is never a wildcard and never divides an ARN.
    Value(char),
    Any,
    One,
}

/// A pattern that is ready to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    /// A pattern with wildcards. `None` if a variable has no single value in the request: then nothing matches.
    pub(crate) fn wild(text: &str, context: &Context) -> Option<Self> {
        parse(text, context, true).map(Self)
    }

    /// A pattern in which `*` and `?` are themselves, as in `StringEquals`.
    pub(crate) fn literal(text: &str, context: &Context) -> Option<Self> {
        parse(text, context, false).map(Self)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        fits(&self.0, &text)
    }

    pub(crate) fn matches_ignoring_case(&self, text: &str) -> bool {
        let lower = self.0.iter().map(|piece| match piece {
            Piece::Char(char) | Piece::Value(char) => Piece::Value(char.to_ascii_lowercase()),
            wildcard => *wildcard,
        });
        let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
        fits(&lower.collect::<Vec<_>>(), &text)
    }

    /// Compares the six parts of an ARN one by one: a wildcard does not reach over a colon, but in the last part.
    pub(crate) fn matches_arn(&self, arn: &str) -> bool {
        let own: Vec<&[Piece]> = self.0.splitn(6, |piece| *piece == Piece::Char(':')).collect();
        let other: Vec<Vec<char>> = arn.splitn(6, ':').map(|part| part.chars().collect()).collect();
        own.len() == 6 && other.len() == 6 && own.iter().zip(&other).all(|(own, other)| fits(own, other))
    }
}

/// Whether a resource of a policy is meant. `*` is every resource, also that of an operation that takes none.
pub(crate) fn is_resource(pattern: &str, resource: &str, context: &Context) -> bool {
    if pattern == "*" {
        return true;
    }
    Pattern::wild(pattern, context).is_some_and(|pattern| pattern.matches_arn(resource))
}

fn parse(text: &str, context: &Context, wildcards: bool) -> Option<Vec<Piece>> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some((variable, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            pieces.extend(value(variable, context)?.chars().map(Piece::Value));
            rest = after;
            continue;
        }
        pieces.push(match char {
            '*' if wildcards => Piece::Any,
            '?' if wildcards => Piece::One,
            other => Piece::Char(other),
        });
        rest = &rest[char.len_utf8()..];
    }
    Some(pieces)
}

/// The value of a variable, or its default value: `${aws:PrincipalTag/team, 'none'}`.
fn value(variable: &str, context: &Context) -> Option<String> {
    if ["*", "?", "$"].contains(&variable) {
        return Some(variable.to_owned());
    }
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key.trim(), default.trim().strip_prefix('\'')?.strip_suffix('\'')),
        None => (variable.trim(), None),
    };
    match context.get(key) {
        Some([one]) => Some(one.clone()),
        Some(_) => None,
        None => default.map(str::to_owned),
    }
}

/// Whether the pattern fits, in time of the product of both lengths.
fn fits(pattern: &[Piece], text: &[char]) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while next < text.len() {
        match pattern.get(at) {
            Some(Piece::Any) => {
                star = Some((at, next));
                at += 1;
            }
            Some(Piece::One) => (at, next) = (at + 1, next + 1),
            Some(Piece::Char(char) | Piece::Value(char)) if *char == text[next] => {
                (at, next) = (at + 1, next + 1);
            }
            _ => {
                // The last asterisk takes one character more.
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, next) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::Any)
}
