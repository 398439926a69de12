//! The command line of the benchmark, which `make bench` runs.

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    bench::args::Args::parse().run().await
}
