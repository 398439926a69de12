//! The plan as a table for people: what, which, the action, the reason.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use shared::inventory::{CleanupAction, Item};
use shared::step::counted;

/// So many names are shown; the rest is counted.
const NAMES: usize = 3;
/// So much of a name is shown.
const LETTERS: usize = 48;
/// A narrower table has no room for a column of reasons: they stand below the names then.
const WIDE: u16 = 110;

/// The table, `width` columns wide at most.
pub fn render(items: &[Item], width: u16, coloured: bool) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.force_no_tty();
    if coloured {
        table.enforce_styling();
    }
    let heading = |text: &str| Cell::new(text).add_attribute(Attribute::Bold);
    let wide = width >= WIDE;
    let headings =
        if wide { &["WHAT", "FATE", "NAMES", "WHY"][..] } else { &["WHAT", "FATE", "NAMES (WHY)"] };
    table.set_header(headings.iter().copied().map(heading));
    for item in items {
        let action = Cell::new(word(item.action)).fg(colour(item.action));
        let names = shown(&item.names, ",\n", "\n");
        let reason = &item.reason;
        if wide {
            table.add_row([Cell::new(what(item)), action, Cell::new(names), Cell::new(reason)]);
        } else {
            let below = if names.is_empty() { format!("({reason})") } else { format!("{names}\n({reason})") };
            table.add_row([Cell::new(what(item)), action, Cell::new(below)]);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// `3 apps`, or just `apps` where nobody knows how many.
fn what(item: &Item) -> String {
    if item.names.is_empty() { item.kind.to_owned() } else { counted(item.names.len(), item.kind) }
}

/// What a action is called, everywhere.
pub const fn word(action: CleanupAction) -> &'static str {
    match action {
        CleanupAction::Delete => "delete",
        CleanupAction::Keep => "keep",
        CleanupAction::Report => "report",
        CleanupAction::Blocked => "in the way",
    }
}

const fn colour(action: CleanupAction) -> Color {
    match action {
        CleanupAction::Delete => Color::Red,
        CleanupAction::Keep => Color::Green,
        CleanupAction::Report => Color::Yellow,
        CleanupAction::Blocked => Color::Magenta,
    }
}

/// `a, b, c and 9 more`.
pub fn names(names: &[String]) -> String {
    shown(names, ", ", " ")
}

/// The first names with `comma` between them, and how many more there are after `blank`.
fn shown(names: &[String], comma: &str, blank: &str) -> String {
    let shown = names.iter().take(NAMES).map(|name| shortened(name)).collect::<Vec<_>>().join(comma);
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown}{blank}and {more} more"),
    }
}

/// Both ends stay, because names often differ in their last letters only. What is said about a thing in brackets goes
/// first: its id is whole then.
fn shortened(name: &str) -> String {
    let whole = name.chars().count() <= LETTERS;
    let name = name.split_once(" (").filter(|_| !whole).map_or(name, |(id, _)| id);
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LETTERS {
        return name.to_owned();
    }
    let (end, start) = (LETTERS / 2, LETTERS - LETTERS / 2 - 3);
    letters[..start].iter().chain(&['.'; 3]).chain(&letters[letters.len() - end..]).collect()
}

#[cfg(test)]
mod tests;
