//! The report: one table of figures, what they mean in money, and each goal with whether it was reached.

use crate::action::{Action, LARGE_FILES};
use crate::clean_up::CleanUp;
use crate::function::Measured;
use crate::growth::Growth;
use crate::stats::Stats;
use emulator::price::{GB_SECOND_ARM, GB_SECOND_X86, REQUEST, SLOWDOWN, dollars, gb_seconds};
use serde::Serialize;
use std::fmt::Write;

/// All that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) runs: u32,
    pub(crate) function: Measured,
    pub(crate) action: Action,
    pub(crate) growth: Vec<Growth>,
    pub(crate) clean_ups: Vec<CleanUp>,
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
        let bytes = |bytes: u64| Stats::of([f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / MB]);
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
        self.write_action(out)?;
        self.write_growth(out)?;
        self.write_clean_ups(out)?;
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
                let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
                let each = count(sweep.calls) / count(growth.jobs);
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

    fn write_goals(&self, out: &mut String) -> std::fmt::Result {
        let function = &self.function;
        let zip = f64::from(u32::try_from(function.zip_bytes).unwrap_or(u32::MAX)) / MB;
        let cold = function.cold_cpu.times(SLOWDOWN).median;
        writeln!(out)?;
        let worst = |of: fn(&CleanUp) -> f64| self.clean_ups.iter().map(of).fold(0.0, f64::max);
        for (goal, limit, measured) in [
            ("zip, MB", 4.0, zip),
            ("peak memory, MB", 20.0, function.peak_mb.most),
            ("init, CPU ms", 40.0, function.init_cpu.median),
            ("first event at 128 MB, ms modelled", 150.0, cold),
            ("invocations per source action", 2.0, self.action.invocations.most),
            ("calls of a clean-up, share of 1.1 N + 10 a step", 1.0, worst(CleanUp::calls_share)),
            ("a step of a clean-up, billed ms", 500.0, worst(CleanUp::step_ms)),
            ("the longest step of a clean-up, ms", 60_000.0, worst(|clean_up| clean_up.longest)),
        ] {
            let verdict = if measured <= limit { "reached" } else { "missed " };
            writeln!(out, "{verdict}  {goal:<48} goal {limit:>7.1}   here {measured:>8.1}")?;
        }
        Ok(())
    }
}

fn row(out: &mut String, name: &str, stats: Option<Stats>) -> std::fmt::Result {
    match stats {
        Some(Stats { median, least, most }) => {
            writeln!(out, "{name:<44}{median:>10.1}{least:>10.1}{most:>10.1}")
        }
        None => writeln!(out, "{name:<44}{:>10}", "none"),
    }
}
