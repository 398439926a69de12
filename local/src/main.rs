//! `local up` keeps the local cloud running; `local demo` shows the whole product on it.

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    local::args::Args::parse().run().await
}
