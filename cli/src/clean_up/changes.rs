//! Compares two looks at the same domain by what a thing is, its kind and its id, and not by what is said about it: sizes and
//! reasons change from one look to the next.

use shared::reconcile::inventory::{Item, Name, PlannedAction};

/// Whether one of these rows has this thing.
pub(crate) fn has<'a>(mut items: impl Iterator<Item = &'a Item>, kind: &str, name: &Name) -> bool {
    items.any(|item| item.kind == kind && item.names.iter().any(|other| other.is(name)))
}

/// What would be deleted now and was not shown as such: the rows of `now`, with only these things.
pub(crate) fn not_shown(shown: &[Item], now: &[Item]) -> Vec<Item> {
    let deleted = || shown.iter().filter(|item| item.action == PlannedAction::Delete);
    let rows = now.iter().filter(|item| item.action == PlannedAction::Delete).map(|item| {
        let names = item.names.iter().filter(|name| !has(deleted(), item.kind, name)).cloned().collect();
        Item { names, ..item.clone() }
    });
    rows.filter(|item| !item.names.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: &'static str, names: &[&str], action: PlannedAction) -> Item {
        let names = names.iter().map(|&name| Name::from(name)).collect();
        Item { kind, names, action, reason: String::new() }
    }

    fn file_system(size: &str) -> Item {
        Item { names: vec![Name::noted("fs-1", size)], ..item("file systems", &[], PlannedAction::Delete) }
    }

    #[track_caller]
    fn check(now: &[Item], expected: &[Item]) {
        let shown = [
            item("spaces", &["a"], PlannedAction::Delete),
            item("spaces", &["kept"], PlannedAction::Keep),
            file_system("6.0 KiB"),
        ];
        assert_eq!(not_shown(&shown, now), expected);
    }

    #[test]
    fn only_what_was_not_shown_as_deleted_is_new() {
        let go = PlannedAction::Delete;
        check(&[], &[]);
        check(&[item("spaces", &["a"], go)], &[]);
        check(&[file_system("7.0 GiB")], &[]);
        check(&[item("spaces", &["a", "b"], go)], &[item("spaces", &["b"], go)]);
        check(&[item("apps", &["a"], go)], &[item("apps", &["a"], go)]);
        check(&[item("spaces", &["kept"], go)], &[item("spaces", &["kept"], go)]);
        check(&[item("spaces", &["c"], PlannedAction::Keep)], &[]);
    }
}
