//! How the plan looks: plain in a pipe, within its width, nothing left out.

use super::*;

fn item(kind: &'static str, count: usize, action: PlannedAction, reason: &str) -> Item {
    Item {
        kind,
        names: (1..=count).map(|n| format!("{kind}-{n}").into()).collect(),
        action,
        reason: reason.into(),
    }
}

fn plan() -> Vec<Item> {
    vec![
        item("apps", 12, PlannedAction::Delete, "running apps keep their space from being deleted"),
        item("domains", 1, PlannedAction::Delete, "asked for"),
        item("file systems", 1, PlannedAction::Keep, "the home directories; --storage delete removes them"),
        item("MLflow tracking servers", 2, PlannedAction::Report, "they go on costing money"),
        item("running pipelines", 0, PlannedAction::Report, "they could not be looked up"),
        item("network interfaces", 1, PlannedAction::Blocked, "in use by something else"),
    ]
}

#[test]
fn a_plain_table_has_a_line_per_item_and_no_colour() {
    let text = render(&plan(), 200, NAMES, false);
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 11, "{text}");
    for (line, parts) in lines.iter().zip([
        &["WHAT", "ACTION", "NAMES", "REASON"][..],
        &["12 apps", "delete", "apps-1,", "running apps keep"],
        &["apps-2,"],
        &["apps-3"],
        &["and 9 more (--all shows them)"],
        &["1 domain ", "domains-1", "delete", "asked for"],
        &["1 file system ", "keep", "--storage delete"],
        &["2 MLflow tracking servers", "report", "costing money"],
        &["MLflow tracking servers-2"],
        &["running pipelines  ", "report", "looked up"],
        &["1 network interface ", "blocked", "in use by"],
    ]) {
        for part in parts {
            assert!(line.contains(part), "{part:?} is not in {line:?}");
        }
        assert_eq!(*line, line.trim_end(), "nobody needs blanks at the end of a line");
    }
}

#[test]
fn a_table_keeps_to_the_width_of_the_terminal() {
    for width in [60, 80, 100] {
        let text = render(&plan(), width, NAMES, false);
        for line in text.lines() {
            assert!(line.chars().count() <= usize::from(width), "{width}: {line:?}");
        }
    }
}

#[test]
fn a_narrow_table_has_the_reason_below_the_names() {
    let text = render(&plan(), 80, NAMES, false);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert!(lines[0].ends_with("NAMES (REASON)"), "{text}");
    assert!(lines[4].trim().starts_with("and 9 more"), "{text}");
    assert!(lines[5].trim().starts_with("(running apps keep"), "{text}");
    assert!(lines.iter().any(|line| line.ends_with("report   (they could not be looked up)")), "{text}");
}

#[test]
fn colour_is_there_when_asked_for() {
    let text = render(&plan(), 200, NAMES, true);
    assert!(text.contains("\u{1b}["), "{text:?}");
}

#[test]
fn the_first_names_are_shown_and_the_others_counted() {
    let of = |list: &[&str]| names(&list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    assert_eq!(of(&[]), "");
    assert_eq!(of(&["a"]), "a");
    assert_eq!(of(&["a", "b", "c"]), "a, b, c");
    assert_eq!(of(&["a", "b", "c", "d"]), "a, b, c and 1 more");
    let all = render(&plan(), 200, usize::MAX, false);
    assert!(all.contains("apps-12") && !all.contains("more"), "{all}");
}

#[test]
fn a_long_reason_does_not_break_ids() {
    let name = "sg-17bc33e3fefdd2e7c (security-group-for-outbound-nfs-d-cmo3i96jro3o)";
    let reason =
        "everything in it is gone by then; its file system fs-7d8cc1fa1ad5342b8 is not deleted with it";
    let item =
        Item { names: vec![name.into(); 2], ..item("security groups", 0, PlannedAction::Delete, reason) };
    for width in [80, 100, 110, 120] {
        let text = render(std::slice::from_ref(&item), width, NAMES, false);
        assert!(text.contains("(security-group-for-outbound-nfs-d-cmo3i96jro3o)"), "{width}: {text}");
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}: {text}");
    }
}

#[test]
fn a_long_name_is_wrapped_and_whole() {
    let long =
        "JupyterLab app default-0123456789 of user profile alice-the-first-of-many (in service since long)";
    let item = Item { names: vec![long.into()], ..item("apps", 0, PlannedAction::Delete, "r") };
    for width in [60, 80, 120] {
        let text = render(std::slice::from_ref(&item), width, NAMES, false);
        let words: Vec<&str> = text.split_whitespace().collect();
        for word in long.split(' ') {
            assert!(words.contains(&word), "{word:?} is cut at {width}: {text}");
        }
    }
}
