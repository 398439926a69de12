//! Variables in action configurations: `#{namespace.key}`, resolved when the action starts.

/// Namespaces that no action may take: the execution's own variables and the pipeline's.
pub(crate) const RESERVED: [&str; 2] = ["codepipeline", "variables"];

/// A piece of a configuration value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Variable { namespace: &'a str, key: &'a str },
}

/// Splits a value into text and references; an error sentence for a reference that can never be resolved.
pub(crate) fn parse(value: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some((text, after)) = rest.split_once("#{") {
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("'#{{{after}' has no closing bracket"))?;
        let allowed = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '-' | '_'))
        };
        match name.split_once('.') {
            Some((namespace, key)) if allowed(namespace) && allowed(key) => {
                pieces.push(Piece::Variable { namespace, key });
            }
            _ => return Err(format!("'#{{{name}}}' is not of the form #{{namespace.key}}")),
        }
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// The value with every reference replaced; an error sentence that names the first one `lookup` does not know.
pub(crate) fn resolve(value: &str, lookup: impl Fn(&str, &str) -> Option<String>) -> Result<String, String> {
    parse(value)?
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => Ok(text.to_owned()),
            Piece::Variable { namespace, key } => lookup(namespace, key)
                .ok_or_else(|| format!("The variable #{{{namespace}.{key}}} could not be resolved")),
        })
        .collect()
}
