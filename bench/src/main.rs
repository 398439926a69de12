//! The command line of the benchmark, which `make bench` runs.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    bench::args::Args::parse().run().await
}
