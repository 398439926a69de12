//! `docs/guides.md`, the files with the commands of the guides, and the tests that run them say the same.

use super::replay::COMMANDS;
use crate::harness::project;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What stands above a command that is not the guide's own.
const DIFFERS: &str = "# differs: ";
const NO_FILE: &str = "none: ";

/// A step of a guide.
struct Row {
    runs: String,
    commands: String,
    tests: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(project().join("docs/guides.md")).unwrap();
    let cells = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| step "));
    cells
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [_, runs, commands, tests] = cells[..] else { panic!("not four cells: {line}") };
            Row { runs: runs.into(), commands: commands.into(), tests: tests.into() }
        })
        .collect()
}

/// The texts of the files with commands, by `GUIDE/STEP.sh`.
fn files() -> BTreeMap<String, String> {
    let commands = tests::files(&[".sh"]).into_iter().filter(|file| file.is_in(COMMANDS));
    commands.map(|file| (file.path[COMMANDS.len() + 1..].to_owned(), file.text)).collect()
}

/// What a cell has in back quotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn each_row_names_its_commands_or_says_why_there_are_none() {
    let (files, rows) = (files(), rows());
    let mut named = BTreeSet::new();
    for Row { runs, commands, .. } in &rows {
        if commands.starts_with(NO_FILE) {
            assert!(commands.len() > NO_FILE.len() + 10, "say why there are no commands: {runs}");
            continue;
        }
        let mut differences = Vec::new();
        for name in quoted(commands) {
            let text = files.get(name).unwrap_or_else(|| panic!("no file {name}"));
            differences.extend(text.lines().filter_map(|line| line.strip_prefix(DIFFERS)));
            named.insert(name);
        }
        assert!(quoted(commands).count() > 0, "name the commands: {runs}");
        let unchanged = runs.starts_with("unchanged");
        assert_eq!(unchanged, differences.is_empty(), "{commands}: {runs:?}, but {differences:?}");
        for difference in differences {
            assert!(runs.contains(difference), "{commands} differs and the row does not say: {difference}");
        }
    }
    let lost: Vec<_> = files.keys().filter(|name| !named.contains(name.as_str())).collect();
    assert!(lost.is_empty() && files.len() > 25, "in no row: {lost:?}");
}

#[test]
fn each_file_of_commands_is_run_by_the_test_that_its_row_names() {
    let sources = tests::files(&[".rs"]);
    let texts = |name: &str| {
        let found = sources.iter().filter(|file| file.path.ends_with(&format!("/{name}")));
        let texts: Vec<_> = found.map(|file| file.text.as_str()).collect();
        assert!(!texts.is_empty(), "no test {name}");
        texts
    };
    for Row { commands, tests, .. } in rows() {
        let is_test = |name: &&str| Path::new(name).extension().is_some_and(|extension| extension == "rs");
        let tests: Vec<_> = quoted(&tests).filter(is_test).flat_map(texts).collect();
        for name in quoted(&commands).filter(|_| !commands.starts_with(NO_FILE)) {
            let step = name.trim_end_matches(".sh");
            // A test may name the steps of one guide without it.
            let short = step.rsplit('/').next().unwrap_or(step);
            let forms = [format!("\"{step}\""), format!("\"{short}\"")];
            let run = tests.iter().any(|text| forms.iter().any(|form| text.contains(form)));
            assert!(run, "{name} is run by none of the tests of its row");
        }
    }
}
