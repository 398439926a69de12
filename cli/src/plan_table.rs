//! The plan as a table for people: what, which, the action, the reason.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};
use shared::reconcile::inventory::{Item, PlannedAction};
use shared::text::{self, counted};

/// So many names are shown on a terminal; the rest is counted.
pub const NAMES: usize = 3;
/// A narrower table has no room for a column of reasons: they stand below the names then.
const WIDE: u16 = 110;

/// The table, `width` columns wide at most, with up to `limit` names in a row.
pub fn render(items: &[Item], width: u16, limit: usize, coloured: bool) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.force_no_tty();
    if coloured {
        table.enforce_styling();
    }
    let heading = |text: &str| Cell::new(text).add_attribute(Attribute::Bold);
    let wide = width >= WIDE;
    let headings =
        if wide { &["WHAT", "ACTION", "NAMES", "REASON"][..] } else { &["WHAT", "ACTION", "NAMES (REASON)"] };
    table.set_header(headings.iter().copied().map(heading));
    for item in items {
        let action = Cell::new(word(item.action)).fg(colour(item.action));
        let names = shown(&item.shown(), limit);
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
    if let Some(names) = table.column_mut(2).filter(|_| wide) {
        // Without a least width, the reasons would take the room of the names, and ids would be broken.
        let least = longest_word(items, limit).min(width / 2);
        names.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    }
    table.trim_fmt()
}

/// The width of the longest word of the names, with a comma and the column's padding.
fn longest_word(items: &[Item], limit: usize) -> u16 {
    let names = items.iter().flat_map(|item| item.shown().into_iter().take(limit)).collect::<Vec<_>>();
    let words = names.iter().flat_map(|name| name.split(' '));
    let longest = words.map(|word| word.chars().count()).max().unwrap_or(0);
    u16::try_from(longest + 3).unwrap_or(u16::MAX)
}

/// `3 apps`, or just `apps` where the number is unknown.
fn what(item: &Item) -> String {
    if item.names.is_empty() { item.kind.to_owned() } else { counted(item.names.len(), item.kind) }
}

/// The name of an action, everywhere.
pub const fn word(action: PlannedAction) -> &'static str {
    match action {
        PlannedAction::Delete => "delete",
        PlannedAction::Keep => "keep",
        PlannedAction::Report => "report",
        PlannedAction::Blocked => "blocked",
    }
}

const fn colour(action: PlannedAction) -> Color {
    match action {
        PlannedAction::Delete => Color::Red,
        PlannedAction::Keep => Color::Green,
        PlannedAction::Report => Color::Yellow,
        PlannedAction::Blocked => Color::Magenta,
    }
}

/// `a, b, c and 9 more`.
pub fn names(names: &[String]) -> String {
    text::list(names, NAMES)
}

/// The names in a row of the table. They are never cut: a row wraps at blanks instead.
fn shown(names: &[String], limit: usize) -> String {
    let hint = if names.len() > limit { " (--all shows them)" } else { "" };
    format!("{}{hint}", text::list_with(names, limit, ",\n", "\n"))
}

#[cfg(test)]
mod tests;
