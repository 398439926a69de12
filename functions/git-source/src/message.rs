//! Text for people, from sources that are not to be trusted with a terminal: commit messages, configuration values,
//! reasons. Everything comes out printable and within the lengths AWS accepts.

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
    if text.is_empty() { NOTHING.to_owned() } else { cut(&text, SUMMARY) }
}

/// A value on one line and short enough for a sentence, in quotes. Spaces stay: one at the end may be what is wrong.
#[must_use]
pub fn quoted(value: &str) -> String {
    let line = visible(value).replace('\n', " ");
    format!("`{}`", cut(&line, QUOTED))
}

/// The text without control characters, without the invisible ones that reorder or hide what follows them, and without
/// space around it. Lines stay lines; a tab becomes a space.
#[must_use]
pub fn printable(raw: &str) -> String {
    visible(raw).trim().to_owned()
}

fn visible(raw: &str) -> String {
    raw.replace("\r\n", "\n")
        .chars()
        .map(|char| if matches!(char, '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { char })
        .filter(|char| *char == '\n' || !char.is_control() && !hides_text(*char))
        .collect()
}

/// At most `limit` UTF-16 units, which is how the strictest of AWS's services counts; what was cut ends in an ellipsis.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    if text.encode_utf16().count() <= limit {
        return text.to_owned();
    }
    let mut room = limit.saturating_sub(1);
    let kept: String = text
        .chars()
        .take_while(|char| {
            let fits = char.len_utf16() <= room;
            room = room.saturating_sub(char.len_utf16());
            fits
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// Invisible characters that change how the rest is shown. The joiners U+200C and U+200D are not among them: Persian,
/// Indic scripts and emoji are written with them.
fn hides_text(char: char) -> bool {
    matches!(
        char,
        '\u{200B}'
            | '\u{200E}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{FFFE}'..='\u{FFFF}'
    )
}

#[cfg(test)]
mod tests;
