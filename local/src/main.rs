//! `local up` keeps the local cloud running; `local demo` shows the whole product on it.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    local::args::Args::parse().run().await
}
