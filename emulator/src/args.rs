//! The command line of `emulator`.

use crate::{Options, demo, up};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The emulator of sm-mlops: AWS on this machine, without an account.
#[derive(Debug, Parser)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the emulator and keep it running until Ctrl-C.
    Up {
        /// Port of the endpoint on 127.0.0.1.
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// How many times faster than on AWS simulated time passes, e.g. for apps to start and to stop.
        #[arg(long, default_value_t = 1.0)]
        speed: f64,
    },
    /// Show the whole product at work, then clean up.
    Demo,
}

impl Args {
    /// Does what the command line asks for; an error is one line on standard error and exit status 1.
    pub async fn run(self) -> ExitCode {
        match self.execute().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    async fn execute(self) -> anyhow::Result<()> {
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
        match self.command {
            Command::Up { port, speed } => {
                up::run(Options { port, speed, ..Options::default() }.keep_files(&format!("up-{port}"))).await
            }
            Command::Demo => demo::run(Options::default().keep_files("demo")).await,
        }
    }
}
