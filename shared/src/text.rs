//! Text for people: lists and plurals, texts cut to a limit with a stated unit, and texts of others made printable.

use std::time::Duration;

/// `a, b and 3 more`: at most `most` of the items.
#[must_use]
pub fn list<T: AsRef<str>>(items: &[T], most: usize) -> String {
    list_with(items, most, ", ", " ")
}

/// Like [`list`], with `comma` between the items and `blank` before `and 3 more`.
#[must_use]
pub fn list_with<T: AsRef<str>>(items: &[T], most: usize, comma: &str, blank: &str) -> String {
    let shown = items.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(comma);
    match items.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}{blank}and {more} more"),
    }
}

/// Like [`list`], with as many items as fit into `bytes`.
#[must_use]
pub fn list_in_bytes<T: AsRef<str>>(items: &[T], bytes: usize) -> String {
    let mut size = 0;
    let fits = |item: &&T| {
        size += item.as_ref().len() + if size == 0 { 0 } else { ", ".len() };
        size <= bytes
    };
    list(items, items.iter().take_while(fits).count())
}

/// `1 app`, `2 apps`, `1 policy`, `2 policies`: `kind` is the plural.
#[must_use]
pub fn counted(count: usize, kind: &str) -> String {
    let one = || kind.strip_suffix("ies").map(|stem| format!("{stem}y"));
    match count {
        1 => format!("1 {}", one().unwrap_or_else(|| kind.strip_suffix('s').unwrap_or(kind).to_owned())),
        _ => format!("{count} {kind}"),
    }
}

/// `30 minutes`, `90 seconds`, `1 minute`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let (count, kind) = match time.as_secs() {
        seconds if seconds > 0 && seconds.is_multiple_of(60) => (seconds / 60, "minutes"),
        seconds => (seconds, "seconds"),
    };
    counted(usize::try_from(count).unwrap_or(usize::MAX), kind)
}

/// A size in the unit in which it reads best.
#[must_use]
pub fn bytes(bytes: i64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let fit = units.into_iter().find(|(_, bits)| bytes >= 1 << bits);
    match fit {
        Some((unit, bits)) => {
            let tenths = bytes.saturating_mul(10) >> bits;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

/// The first `limit` characters.
#[must_use]
pub fn truncate_chars(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// The last part of a text, at most `limit` bytes of it, from where a character begins.
#[must_use]
pub fn tail_bytes(text: &str, limit: usize) -> &str {
    let from = text.len().saturating_sub(limit);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    &text[from..]
}

/// At most `limit` UTF-16 units, which is how the strictest of AWS's services counts; what was cut ends in an ellipsis.
#[must_use]
pub fn truncate_utf16(text: &str, limit: usize) -> String {
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

/// The text without control characters, without the invisible ones that reorder or hide what follows them, and without
/// space around it. Lines stay lines; a tab becomes a space.
#[must_use]
pub fn printable(raw: &str) -> String {
    visible(raw).trim().to_owned()
}

/// Like [`printable`], with the space around it.
#[must_use]
pub fn visible(raw: &str) -> String {
    raw.replace("\r\n", "\n")
        .chars()
        .map(|char| if matches!(char, '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { char })
        .filter(|char| *char == '\n' || !char.is_control() && !hides_text(*char))
        .collect()
}

/// The text with control characters and invisible ones escaped, as in a Rust string: nothing of it is lost, and it stays on
/// one line. A tab stays.
#[must_use]
pub fn escaped(text: &str) -> String {
    let joins = |char| matches!(char, '\u{200C}' | '\u{200D}' | '\u{2028}' | '\u{2029}');
    let escape = |char: char| {
        if char.is_control() && char != '\t' || hides_text(char) || joins(char) {
            char.escape_default().to_string()
        } else {
            char.to_string()
        }
    };
    text.chars().map(escape).collect()
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
mod tests {
    use super::*;

    #[test]
    fn a_list_names_the_first_items_and_counts_the_others() {
        let names = ["a", "b", "c"];
        for (most, expected) in
            [(0, " and 3 more"), (1, "a and 2 more"), (2, "a, b and 1 more"), (3, "a, b, c")]
        {
            assert_eq!(list(&names, most), expected);
        }
        assert_eq!(list_with(&names, 2, ",\n", "\n"), "a,\nb\nand 1 more");
        for (bytes, expected) in
            [(7, "a, b, c"), (6, "a, b and 1 more"), (4, "a, b and 1 more"), (1, "a and 2 more")]
        {
            assert_eq!(list_in_bytes(&names, bytes), expected, "{bytes} bytes");
        }
    }

    #[test]
    fn counts_and_durations_read_as_people_say_them() {
        for (count, kind, expected) in
            [(1, "apps", "1 app"), (2, "apps", "2 apps"), (1, "policies", "1 policy")]
        {
            assert_eq!(counted(count, kind), expected);
        }
        for (seconds, expected) in
            [(1800, "30 minutes"), (60, "1 minute"), (90, "90 seconds"), (0, "0 seconds")]
        {
            assert_eq!(duration(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        for (size, told) in
            [(0, "0 bytes"), (6144, "6.0 KiB"), (1 << 40, "1.0 TiB"), (i64::MAX, "838860.7 TiB")]
        {
            assert_eq!(bytes(size), told);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(truncate_chars("aжb", 2), "aж");
        assert_eq!(tail_bytes("aжb", 2), "b");
        assert_eq!(tail_bytes("aжb", 3), "жb");
        assert_eq!(truncate_utf16("🚀🚀", 3), "🚀…");
        assert_eq!(truncate_utf16("🚀🚀", 4), "🚀🚀");
    }

    #[test]
    fn what_cannot_be_read_is_left_out_or_escaped() {
        assert_eq!(printable(" a\tb\u{202E}\u{1b}[31mc \n"), "a b[31mc");
        assert_eq!(escaped("a\tb\u{202E}\nc"), "a\tb\\u{202e}\\nc");
    }
}
