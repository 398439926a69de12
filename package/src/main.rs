//! The command line of the packager: `package build` and `package upload`.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    package::args::Args::parse().run()
}
