//! The part of `JSONPath` that webhook filters use: `$`, dotted and quoted names, `[n]` and `[*]`.

use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Name(String),
    Index(usize),
    Every,
}

/// A parsed path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Part>);

impl JsonPath {
    /// None if the text is not a path of this kind.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let part;
            (part, rest) = if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                (named(name)?, after)
            } else {
                let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
                (bracketed(inner)?, after)
            };
            parts.push(part);
        }
        Some(Self(parts))
    }

    /// Every value the path selects.
    pub(crate) fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0.iter().fold(vec![value], |found, part| {
            found
                .into_iter()
                .flat_map(|value| match (part, value) {
                    (Part::Name(name), Value::Object(members)) => members.get(name).into_iter().collect(),
                    (Part::Index(index), Value::Array(items)) => items.get(*index).into_iter().collect(),
                    (Part::Every, Value::Array(items)) => items.iter().collect(),
                    (Part::Every, Value::Object(members)) => members.values().collect(),
                    _ => Vec::new(),
                })
                .collect()
        })
    }
}

fn named(name: &str) -> Option<Part> {
    match name {
        "" => None,
        "*" => Some(Part::Every),
        name => Some(Part::Name(name.into())),
    }
}

fn bracketed(inner: &str) -> Option<Part> {
    if inner == "*" {
        return Some(Part::Every);
    }
    let quoted = ['\'', '"'].iter().find_map(|quote| inner.strip_prefix(*quote)?.strip_suffix(*quote));
    match quoted {
        Some(name) => Some(Part::Name(name.into())),
        None => inner.parse().ok().map(Part::Index),
    }
}
