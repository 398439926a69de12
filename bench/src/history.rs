//! The figures of earlier runs, a line of JSON for each run, and what changed since the last one on a machine like this.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;

/// A change of a figure that is told: measured twice on one machine, times differ by less.
const NOTABLE: f64 = 0.1;

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// `2026-11-27`.
    pub(crate) date: String,
    /// The processor: times of different ones are not compared.
    pub(crate) processor: String,
    /// Figures by name, less is better.
    pub(crate) figures: BTreeMap<String, f64>,
}

/// Adds a run to the file and returns the report of what changed.
pub(crate) fn add(file: &Path, run: &Run) -> anyhow::Result<String> {
    let earlier = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("could not read {}", file.display())),
    };
    let runs: Result<Vec<Run>, _> = earlier.lines().map(serde_json::from_str).collect();
    let runs = runs.with_context(|| format!("{} has a line that is no run", file.display()))?;
    let line = serde_json::to_string(run)?;
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    writeln!(out, "{line}").with_context(|| format!("could not write {}", file.display()))?;
    let last = runs.iter().rev().find(|other| other.processor == run.processor);
    Ok(last.map_or_else(
        || "no earlier run on a processor like this one\n".to_owned(),
        |last| changes(last, run),
    ))
}

/// What differs by more than a tenth, worst first.
fn changes(last: &Run, run: &Run) -> String {
    let changed = |(name, now): (&String, &f64)| {
        let before = last.figures.get(name)?;
        let share = if *before > 0.0 { now / before - 1.0 } else { 0.0 };
        (share.abs() > NOTABLE).then(|| (share, name.clone(), *before, *now))
    };
    let mut changed: Vec<_> = run.figures.iter().filter_map(changed).collect();
    changed.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut text = format!("compared with {}, {} figures:\n", last.date, run.figures.len());
    for (share, name, before, now) in &changed {
        let percent = share * 100.0;
        let _ = writeln!(text, "  {name:<44}{before:>10.1} -> {now:>8.1}  ({percent:+.0} %)");
    }
    if changed.is_empty() {
        text.push_str("  nothing changed by more than a tenth\n");
    }
    text
}

/// The processor of this machine, as Linux calls it.
pub(crate) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name"));
    let model =
        model.and_then(|line| line.split_once(':')).map_or(std::env::consts::ARCH, |(_, model)| model);
    model.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(date: &str, figures: &[(&str, f64)]) -> Run {
        let figures = figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Run { date: date.to_owned(), processor: "p".to_owned(), figures }
    }

    #[test]
    fn a_run_is_compared_with_the_last_one_on_such_a_processor() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.jsonl");
        let first = run("2026-01-01", &[("zip", 4.0), ("init", 10.0), ("gone", 1.0)]);
        assert!(add(&file, &first).unwrap().starts_with("no earlier run"));
        let other = Run { processor: "q".to_owned(), ..run("2026-01-02", &[("zip", 9.0)]) };
        assert!(add(&file, &other).unwrap().starts_with("no earlier run"));
        let told = add(&file, &run("2026-01-03", &[("zip", 3.0), ("init", 10.5), ("new", 1.0)])).unwrap();
        assert!(told.starts_with("compared with 2026-01-01"), "{told}");
        assert!(told.contains("(-25 %)") && !told.contains("init") && !told.contains("new"), "{told}");
        let same = add(&file, &run("2026-01-04", &[("zip", 3.0)])).unwrap();
        assert!(same.contains("nothing changed"), "{same}");
        std::fs::write(&file, "not a run\n").unwrap();
        assert!(add(&file, &first).is_err());
    }
}
