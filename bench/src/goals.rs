//! What the figures should be at most, and the figures that are kept.

use crate::clean_up::CleanUp;
use crate::functions::FunctionFigures;
use crate::history::{self, Run};
use crate::report::{Report, megabytes};
use emulator::price::SLOWDOWN;
use std::collections::BTreeMap;

/// A figure and its limit.
pub(crate) struct Goal {
    pub(crate) name: &'static str,
    pub(crate) limit: f64,
    pub(crate) measured: f64,
}

impl Report {
    /// The goals of the project; less is better.
    pub(crate) fn goals(&self) -> Vec<Goal> {
        let function = &self.function;
        let zip = |figures: &FunctionFigures| megabytes(figures.zip_bytes);
        let largest_zip = self.functions.iter().map(zip).fold(0.0, f64::max);
        let peak = self.functions.iter().map(|figures| figures.peak_mb.most).fold(0.0, f64::max);
        let init = self.functions.iter().map(|figures| figures.init_cpu.median).fold(0.0, f64::max);
        let worst = |of: fn(&CleanUp) -> f64| self.clean_ups.iter().map(of).fold(0.0, f64::max);
        let warm =
            self.action.billed_warm.or(self.action.billed_cold).map_or(f64::NAN, |billed| billed.median);
        let goals = [
            ("largest zip, MB", 3.5, largest_zip),
            ("highest peak memory, MB", 20.0, peak),
            ("longest init, CPU ms", 40.0, init),
            (
                "git-source: first event at 128 MB, ms modelled",
                65.0,
                function.cold_cpu.times(SLOWDOWN).median,
            ),
            ("git-source: invocations per source action", 2.0, self.action.invocations.most),
            ("git-source: warm source action, billed ms", 110.0, warm),
            ("git-source: calls a job to start, largest sweep", 1.6, self.calls_a_job()),
            ("studio-cleanup: calls, share of 1.1 N + 10 a step", 1.0, worst(CleanUp::calls_share)),
            ("studio-cleanup: a step, billed ms", 500.0, worst(CleanUp::step_ms)),
            ("studio-cleanup: the longest step, ms", 60_000.0, worst(|clean_up| clean_up.longest)),
        ];
        goals.map(|(name, limit, measured)| Goal { name, limit, measured }).into()
    }

    /// Calls for each job that the largest measured sweep starts.
    fn calls_a_job(&self) -> f64 {
        let largest = self.growth.iter().max_by_key(|growth| growth.jobs);
        largest.map_or(f64::NAN, |growth| growth.start.calls_a_job(growth.jobs))
    }

    /// The figures that later runs are compared with.
    pub(crate) fn run(&self) -> Run {
        let mut figures = BTreeMap::new();
        for FunctionFigures { name, zip_bytes, init_cpu, first_cpu, peak_mb, .. } in &self.functions {
            figures.insert(format!("{name}: zip, MB"), megabytes(*zip_bytes));
            figures.insert(format!("{name}: init, CPU ms"), init_cpu.median);
            figures.insert(format!("{name}: peak memory, MB"), peak_mb.median);
            if let Some(first) = first_cpu {
                figures.insert(format!("{name}: first event, CPU ms"), first.median);
            }
        }
        let goals = self.goals().into_iter().filter(|goal| goal.measured.is_finite());
        figures.insert("ou-accounts: 1,000 accounts, billed ms".to_owned(), self.search.billed);
        figures.insert("quickstart: create, s".to_owned(), self.quickstart.create);
        figures.insert("quickstart: delete, s".to_owned(), self.quickstart.delete);
        figures.extend(goals.map(|goal| (goal.name.to_owned(), goal.measured)));
        let date = jiff::Timestamp::now().strftime("%F").to_string();
        Run { date, processor: history::processor(), figures }
    }
}
