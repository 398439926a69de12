//! The report: one table of figures, what they mean in money, and each goal with whether it was reached.

use crate::action::{Action, LARGE_FILES};
use crate::clean_up::CleanUp;
use crate::environment::Quickstart;
use crate::function::Measured;
use crate::functions::FunctionFigures;
use crate::goals::Goal;
use crate::growth::Growth;
use crate::organization::Search;
use crate::stats::Stats;
use emulator::price::{GB_SECOND_ARM, GB_SECOND_X86, REQUEST, SLOWDOWN, dollars, gb_seconds};
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt::Write;

/// All that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) runs: u32,
    pub(crate) functions: Vec<FunctionFigures>,
    pub(crate) function: Measured,
    pub(crate) action: Action,
    pub(crate) growth: Vec<Growth>,
    pub(crate) clean_ups: Vec<CleanUp>,
    pub(crate) search: Search,
    pub(crate) quickstart: Quickstart,
}

const MB: f64 = 1024.0 * 1024.0;

/// A minute on AWS, which a clone with its container start takes there; here it takes a second.
const MINUTE_MS: f64 = 60_000.0;

impl Report {
    /// The report for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes everything");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let function = &self.function;
        writeln!(
            out,
            "\n{:<44}{:>10}{:>10}{:>10}",
            format!("git-source, {} runs", self.runs),
            "median",
            "min",
            "max"
        )?;
        let bytes = |bytes: u64| Stats::of([megabytes(bytes)]);
        row(out, "zip, MB", bytes(function.zip_bytes))?;
        row(out, "program, MB", bytes(function.program_bytes))?;
        row(out, "peak memory, MB", Some(function.peak_mb))?;
        row(out, "init, CPU ms", Some(function.init_cpu))?;
        row(out, "init, ms here", Some(function.init_wall))?;
        row(out, "first event, CPU ms", Some(function.cold_cpu))?;
        row(out, "first event, ms here with all CPU", Some(function.cold_wall))?;
        row(out, "first event, ms modelled at 128 MB", Some(function.cold_cpu.times(SLOWDOWN)))?;
        if let Ok(throttled) = function.throttled {
            row(out, "first event, ms here at the CPU of 128 MB", Some(throttled.cold_wall))?;
            row(out, "later event, ms here at the CPU of 128 MB", Some(throttled.warm_wall))?;
        }
        row(out, "later event, CPU ms", Some(function.warm_cpu))?;
        row(out, "later event, ms here with all CPU", Some(function.warm_wall))?;
        if let Err(why) = &function.throttled {
            writeln!(out, "not measured at the CPU of 128 MB: {why}")?;
        }
        self.write_functions(out)?;
        self.write_action(out)?;
        self.write_growth(out)?;
        self.write_clean_ups(out)?;
        self.write_search(out)?;
        self.write_quickstart(out)?;
        self.write_goals(out)
    }

    fn write_action(&self, out: &mut String) -> std::fmt::Result {
        let action = &self.action;
        writeln!(out, "\none source action on the emulator")?;
        row(out, "invocations", Some(action.invocations))?;
        row(out, "billed ms, environment just started", action.billed_cold)?;
        row(out, "billed ms, environment there", action.billed_warm)?;
        row(out, "from start to end, ms", Some(action.took))?;
        let label = format!("the same with {LARGE_FILES} files in Git LFS, ms");
        row(out, &label, Some(action.took_with_large_files))?;
        let Some(billed) = action.billed_warm.or(action.billed_cold) else {
            return Ok(());
        };
        let own = dollars(action.invocations.median, billed.median);
        let million = 1e6;
        writeln!(out, "GB-seconds: {:.4}; a million cost ${:.2}", gb_seconds(billed.median), own * million)?;
        for (length, waited) in [("as long as here", action.took.median), ("a minute, as on AWS", MINUTE_MS)]
        {
            let (held, cost) = (gb_seconds(waited), dollars(1.0, waited));
            writeln!(
                out,
                "waiting in the function, {length}: {held:.4} GB-seconds; a million cost ${:.2} ({:.0} times)",
                cost * million,
                cost / own
            )?;
        }
        writeln!(
            out,
            "prices: ${GB_SECOND_ARM} per GB-second on arm64 (x86 ${GB_SECOND_X86}), ${REQUEST:.7} per invocation,\n  \
             128 MB, https://aws.amazon.com/lambda/pricing/, us-east-1"
        )
    }

    fn write_growth(&self, out: &mut String) -> std::fmt::Result {
        let head =
            ["waiting jobs", "calls", "a job", "CPU ms", "ms", "calls", "a job", "CPU ms", "ms", "peak MB"];
        writeln!(
            out,
            "\n{:<12}{:^36}{:^36}",
            "one sweep", "that starts the builds", "that reports the builds"
        )?;
        let head = head.map(|title| format!("{title:>9}"));
        writeln!(out, "{:<12}{}", head[0].trim(), head[1..].concat())?;
        for growth in &self.growth {
            write!(out, "{:<12}", growth.jobs)?;
            for sweep in [&growth.start, &growth.report] {
                let each = sweep.calls_a_job(growth.jobs);
                write!(out, "{:>9}{each:>9.2}{:>9.0}{:>9.0}", sweep.calls, sweep.cpu, sweep.wall)?;
            }
            writeln!(out, "{:>9.1}", growth.peak_mb)?;
        }
        Ok(())
    }

    fn write_clean_ups(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nstudio-cleanup: a domain is emptied, step by step")?;
        let head = ["apps", "calls", "goal", "steps", "billed ms", "a step", "longest", "CPU ms", "peak MB"];
        writeln!(out, "{}", head.map(|title| format!("{title:>10}")).concat())?;
        for clean_up in &self.clean_ups {
            let CleanUp { apps, calls, steps, cpu, billed, longest, peak_mb } = clean_up;
            let (goal, step) = (clean_up.calls_goal(), clean_up.step_ms());
            write!(out, "{apps:>10}{calls:>10}{goal:>10.0}{steps:>10}{billed:>10.0}{step:>10.0}")?;
            writeln!(out, "{longest:>10.0}{cpu:>10.0}{peak_mb:>10.1}")?;
        }
        Ok(())
    }

    fn write_search(&self, out: &mut String) -> std::fmt::Result {
        let Search { accounts, units, calls, cpu, billed, peak_mb } = &self.search;
        writeln!(out, "\nou-accounts: {accounts} accounts in {units} units are read")?;
        writeln!(out, "{calls} calls, {billed:.0} ms billed, {cpu:.0} ms of CPU, {peak_mb:.1} MB peak")
    }

    fn write_quickstart(&self, out: &mut String) -> std::fmt::Result {
        let Quickstart { stacks, resources, create, delete, create_calls, delete_calls } = &self.quickstart;
        writeln!(out, "\nquickstart on the emulator: {stacks} stacks with {resources} resources")?;
        writeln!(
            out,
            "created in {create:.1} s with {create_calls} calls, deleted in {delete:.1} s with {delete_calls} calls"
        )
    }

    fn write_functions(&self, out: &mut String) -> std::fmt::Result {
        let head = ["zip MB", "program MB", "init, CPU ms", "first, CPU ms", "at 128 MB", "peak MB"];
        let head = head.map(|title| format!("{title:>14}"));
        writeln!(out, "\n{:<20}{}", "function", head.concat())?;
        for FunctionFigures { name, zip_bytes, program_bytes, init_cpu, first_cpu, peak_mb } in
            &self.functions
        {
            let cold = |scale: f64| {
                first_cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.1}", cpu.median * scale))
            };
            write!(out, "{name:<20}{:>14.2}{:>14.2}", megabytes(*zip_bytes), megabytes(*program_bytes))?;
            write!(out, "{:>14.1}{:>14}{:>14}", init_cpu.median, cold(1.0), cold(SLOWDOWN))?;
            writeln!(out, "{:>14.1}", peak_mb.most)?;
        }
        Ok(())
    }

    fn write_goals(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out)?;
        for Goal { name, limit, measured } in self.goals() {
            let verdict = match measured.partial_cmp(&limit) {
                Some(Ordering::Greater) => "missed ",
                Some(Ordering::Less | Ordering::Equal) => "reached",
                // NaN: nothing was measured.
                None => "no data",
            };
            writeln!(out, "{verdict}  {name:<48} goal {limit:>7.1}   here {measured:>8.1}")?;
        }
        Ok(())
    }
}

/// Bytes as MB of 1024 × 1024 bytes.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / MB
}

fn row(out: &mut String, name: &str, stats: Option<Stats>) -> std::fmt::Result {
    match stats {
        Some(Stats { median, least, most }) => {
            writeln!(out, "{name:<44}{median:>10.1}{least:>10.1}{most:>10.1}")
        }
        None => writeln!(out, "{name:<44}{:>10}", "none"),
    }
}
