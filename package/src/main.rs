//! The command line of the packager: `package build` and `package upload`.

use clap::Parser;

fn main() -> anyhow::Result<()> {
    package::args::Args::parse().run()
}
