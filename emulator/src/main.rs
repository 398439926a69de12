//! `emulator up` keeps the emulator running; `emulator demo` shows the whole product on it.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    emulator::args::Args::parse().run().await
}
