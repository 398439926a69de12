//! Text for people, from sources that are not to be trusted with a terminal: commit messages, configuration values,
//! reasons. Everything comes out printable and within the lengths AWS accepts.

use shared::text::{printable, truncate_utf16, visible};

/// The longest revision summary and execution summary `CodePipeline` takes.
pub const SUMMARY: usize = 2048;
/// The longest failure message `CodePipeline` takes.
pub const FAILURE: usize = 5000;
/// The longest piece of somebody's value that a sentence repeats.
const QUOTED: usize = 80;
/// What stands for a commit message that has nothing to show: AWS refuses an empty summary.
const NOTHING: &str = "(no message)";

/// A commit message as `CodePipeline` accepts it: its own lines, nothing invisible, never empty.
#[must_use]
pub fn commit_message(raw: &str) -> String {
    let text = printable(raw);
    if text.is_empty() { NOTHING.to_owned() } else { truncate_utf16(&text, SUMMARY) }
}

/// A value on one line and short enough for a sentence, in quotes. Spaces stay: one at the end may be what is wrong.
#[must_use]
pub fn quoted(value: &str) -> String {
    let line = visible(value).replace('\n', " ");
    format!("`{}`", truncate_utf16(&line, QUOTED))
}

#[cfg(test)]
mod tests;
