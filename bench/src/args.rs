//! What is measured and how often, from the command line to the last line of the report.

use crate::fixture::BenchFixture;
use crate::report::Report;
use crate::tls::TlsEndpoint;
use crate::{action, clean_up, environment, function, functions, growth, history, organization};
use anyhow::Context;
use clap::Parser;
use emulator::{Cloud, Options};
use package::{Architecture, Build};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Measures the functions on this machine and compares it with its goals.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// How often each thing is measured.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// The numbers of waiting jobs for which a sweep is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 50, 200])]
    jobs: Vec<usize>,
    /// The numbers of apps with which a domain is emptied.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1000])]
    apps: Vec<usize>,
}

/// How much faster than on AWS time passes in the emulator: deleting an app takes it a second instead of a minute.
const SPEED: f64 = 60.0;

/// The figures of every run, in the project.
const HISTORY: &str = "bench/history.jsonl";

impl Args {
    /// Measures, prints the report, writes `target/bench.json` and adds a line to `bench/history.jsonl`. A goal that is missed is a line of the report; what
    /// could not be measured is an error: one sentence on standard error and exit status 1.
    pub async fn run(&self) -> ExitCode {
        match self.execute().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                step(&format!("error: {error:#}"));
                ExitCode::FAILURE
            }
        }
    }

    async fn execute(&self) -> anyhow::Result<()> {
        let options = Options { speed: SPEED, ..Options::default() };
        let root = options.project.canonicalize().context("no project")?;
        // Compiled as they are shipped.
        let functions = package::functions(&root)?;
        let build = Build { architecture: Architecture::Native, functions, tests: false };
        package::release(&root, &build, &mut step)?;
        step("starting the emulator");
        let cloud = Cloud::start(options).await?;
        let measured = self.measure(&cloud, &root).await;
        cloud.stop().await;
        let report = measured?;
        let json = root.join("target/bench.json");
        std::fs::write(&json, serde_json::to_vec_pretty(&report)?)
            .with_context(|| format!("could not write {}", json.display()))?;
        let changes = history::add(&root.join(HISTORY), &report.run())?;
        let text = format!("{}\n{changes}", report.text());
        std::io::stdout().write_all(text.as_bytes()).context("could not write to standard output")
    }

    async fn measure(&self, cloud: &Cloud, root: &Path) -> anyhow::Result<Report> {
        let folder = tempfile::Builder::new().prefix("sm-mlops-bench-").tempdir()?;
        let endpoint = TlsEndpoint::start(cloud, folder.path()).await?;
        let unpack = |name: &str| {
            let zip = package::zip(root, Architecture::Native, name);
            function::Program::unpack(&zip, &folder.path().join(name))
        };
        let mut functions = Vec::new();
        let fixture = BenchFixture::new(cloud, "bench-functions").await?;
        for name in package::functions(root)? {
            step(&format!("starting {name} {} times", self.runs));
            let program = unpack(&name)?;
            functions.push(functions::measure(&name, &fixture, &endpoint, &program, root, self.runs).await?);
        }
        let program = unpack("git-source")?;
        step(&format!("running git-source {} times", self.runs));
        let function = function::measure(cloud, &endpoint, &program, self.runs).await?;
        step(&format!("running {} source actions", self.runs));
        let action =
            action::measure(cloud, &package::zip(root, Architecture::Native, "git-source"), self.runs)
                .await?;
        let mut growth = Vec::new();
        for jobs in &self.jobs {
            step(&format!("sweeping {jobs} waiting jobs"));
            growth.push(growth::measure(cloud, &endpoint, &program, *jobs).await?);
        }
        let program = unpack("studio-cleanup")?;
        let mut clean_ups = Vec::new();
        for apps in &self.apps {
            step(&format!("emptying a domain with {apps} apps"));
            clean_ups.push(clean_up::measure(cloud, &endpoint, &program, *apps, SPEED).await?);
        }
        step("finding the accounts of a large organization");
        let event = functions::first_event("ou-accounts", &endpoint, &root.join("events"))?;
        let event = event.context("ou-accounts has no first event")?;
        let search = organization::measure(cloud, &endpoint, &unpack("ou-accounts")?, event).await?;
        step("making and deleting an environment");
        let quickstart = environment::measure(cloud, root).await?;
        Ok(Report { runs: self.runs, functions, function, action, growth, clean_ups, search, quickstart })
    }
}

fn step(line: &str) {
    // A closed screen is no reason to stop half-way.
    let _ = writeln!(std::io::stderr(), "{line}");
}
