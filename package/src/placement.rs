//! Where the code of a release is, written into its templates as defaults, so that nobody has to give it as parameters. The text is
//! edited, not written anew: comments and layout stay.

use crate::template::parse;
use anyhow::{Context, bail, ensure};
use serde_json::Value;

/// A folder of a bucket with a release in it.
#[derive(Clone, Debug)]
pub struct CodeLocation {
    bucket: String,
    prefix: String,
    architecture: Option<String>,
}

impl CodeLocation {
    /// `architecture` is what Lambda calls the processor of the zips; without it the templates keep the one they have.
    ///
    /// # Errors
    /// When the bucket has no name of S3's, or the folder a character that the URL of a nested template cannot have as it is.
    pub fn new(bucket: &str, prefix: &str, architecture: Option<&str>) -> anyhow::Result<Self> {
        let inner = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "-.".contains(char);
        let edge = |char: char| inner(char) && !"-.".contains(char);
        ensure!(
            (3..=63).contains(&bucket.len())
                && bucket.chars().all(inner)
                && bucket.starts_with(edge)
                && bucket.ends_with(edge),
            "{bucket:?} is no name of a bucket: give 3 to 63 small letters, digits, hyphens and dots"
        );
        let safe = |char: char| char.is_ascii_alphanumeric() || "!_.*'()-/".contains(char);
        ensure!(
            !prefix.is_empty()
                && prefix.chars().all(safe)
                && !prefix.starts_with('/')
                && !prefix.ends_with('/'),
            "{prefix:?} is no folder that the URL of a template can name: give letters, digits and any of !_.*'()-, with \
             slashes only between them"
        );
        let architecture = architecture.map(str::to_owned);
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned(), architecture })
    }

    /// The parameters that tell a template of it, each with its value.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let always = [("CodeBucket", self.bucket.as_str()), ("CodePrefix", self.prefix.as_str())];
        always.into_iter().chain(self.architecture.as_deref().map(|name| ("Architecture", name)))
    }
}

/// The template with the location as the defaults of those of its parameters that tell of it.
///
/// # Errors
/// When it is not YAML, or declares such a parameter in a way that cannot be edited.
pub fn place(template: &str, location: &CodeLocation) -> anyhow::Result<String> {
    let mut expected = parse(template)?;
    let mut text = template.to_owned();
    for (name, value) in location.parameters() {
        let declared = expected.pointer_mut(&format!("/Parameters/{name}"));
        if let Some(declaration) = declared.and_then(Value::as_object_mut) {
            text = with_default(&text, name, value)
                .with_context(|| format!("the default of {name} cannot be written"))?;
            declaration.insert("Default".to_owned(), value.into());
        }
    }
    ensure!(
        parse(&text)? == expected,
        "the defaults of its parameters for the code do not survive: declare each over several lines, a key on each"
    );
    Ok(text)
}

fn with_default(template: &str, name: &str, value: &str) -> anyhow::Result<String> {
    let mut lines: Vec<String> = template.split_inclusive('\n').map(str::to_owned).collect();
    let (key, end) = declaration(&lines, name)?;
    let first = (key + 1..end).find(|at| has_content(&lines[*at])).context("it says nothing of it")?;
    let column = indent(&lines[first]);
    // A value may go on over the lines below its key.
    let property = |of: &str| {
        let starts = |line: &String| indent(line) == column && line.trim_start().starts_with(of);
        let at = (first..end).find(|at| starts(&lines[*at]))?;
        let after = (at + 1..end).find(|at| has_content(&lines[*at]) && indent(&lines[*at]) <= column);
        let gap =
            |at: &usize| lines[*at - 1].trim().is_empty() || lines[*at - 1].trim_start().starts_with('#');
        let mut after = after.unwrap_or(end);
        while after > at + 1 && gap(&after) {
            after -= 1;
        }
        Some((at, after))
    };
    let (from, to, comment) = match (property("Default:"), property("Type:")) {
        (Some((from, to)), _) => (from, to, comment(&lines[from])),
        (None, Some((_, after))) => (after, after, String::new()),
        (None, None) => bail!("it has no Type"),
    };
    let newline = if lines[key].ends_with("\r\n") { "\r\n" } else { "\n" };
    if !lines[from - 1].ends_with('\n') {
        lines[from - 1].push_str(newline);
    }
    let quoted = value.replace('\'', "''");
    let line = format!("{}Default: '{quoted}'{comment}{newline}", " ".repeat(column));
    lines.splice(from..to, [line]);
    Ok(lines.concat())
}

/// The line with the name of a parameter, and that after the last of its declaration.
fn declaration(lines: &[String], name: &str) -> anyhow::Result<(usize, usize)> {
    let ends = |from: usize, column: usize| {
        let after = (from..lines.len()).find(|at| has_content(&lines[*at]) && indent(&lines[*at]) <= column);
        after.unwrap_or(lines.len())
    };
    let section = lines.iter().position(|line| is_key(line, "Parameters"));
    let section = section.context("its Parameters do not stand in lines of their own")?;
    let all = section + 1..ends(section + 1, 0);
    let column = all.clone().find(|at| has_content(&lines[*at])).map_or(0, |at| indent(&lines[at]));
    let key = all.clone().find(|at| indent(&lines[*at]) == column && is_key(lines[*at].trim_start(), name));
    let key = key.with_context(|| format!("declare {name} over several lines, a key on each"))?;
    Ok((key, ends(key + 1, column).min(all.end)))
}

/// Whether the line is a key and nothing else but a comment.
fn is_key(line: &str, name: &str) -> bool {
    let rest = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
    rest.is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
}

/// Whether it is neither empty nor a comment.
fn has_content(line: &str) -> bool {
    let text = line.trim();
    !text.is_empty() && !text.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The comment at the end of a line with a key and a value, with the space before it.
fn comment(line: &str) -> String {
    let value = line.split_once(':').map_or("", |(_, value)| value).trim_end();
    let quote = value.trim_start().chars().next().filter(|char| "'\"".contains(*char));
    let (mut quoted, mut escaped, mut before) = (false, false, ' ');
    for (at, char) in value.char_indices() {
        match char {
            '#' if !quoted && before == ' ' => {
                let text = value[..at].trim_end();
                return value[text.len()..].to_owned();
            }
            _ if Some(char) == quote && !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quote == Some('"') && char == '\\' && !escaped;
        before = char;
    }
    String::new()
}

#[cfg(test)]
mod tests;
