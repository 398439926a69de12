//! The command line of the suite: shows what a clean-up or a termination will do, asks, does it with the same libraries as the
//! functions, and tells the result.

mod answer;
pub mod args;
pub mod clean_up;
pub mod confirm;
pub mod deploy;
pub mod destroy;
pub mod doctor;
pub mod domain;
pub mod domain_list;
pub mod exit;
pub mod find;
mod given;
pub mod orphans;
pub mod outputs;
pub mod pages;
pub mod plan_table;
pub mod product;
pub mod progress;
pub mod report;
pub mod screen;
pub mod session;
pub mod signals;
mod stack;
pub mod status;
mod table;
mod to_the_end;

use crate::args::{Args, Command, Domain};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what the command line asks for. `arguments` begins with the name of the program.
pub async fn run(arguments: &[OsString]) -> ExitCode {
    let screen = Screen::new();
    let args = match Args::read(arguments) {
        Ok(args) => args,
        Err(error) => return unreadable(&screen, arguments, &error),
    };
    let exit = match args.command {
        Command::CleanUp(asked) => clean_up::run(&asked, &screen).await,
        Command::Deploy(asked) => deploy::run(&asked, &screen).await,
        Command::Destroy(asked) => destroy::run(&asked, &screen).await,
        Command::Doctor(asked) => doctor::run(&asked, &screen).await,
        Command::Domain(Domain::List(asked)) => domain_list::run(&asked, &screen).await,
        Command::Outputs(asked) => outputs::run(&asked, &screen).await,
        Command::Product(asked) => product::run(&asked, &screen).await,
        Command::Find(asked) => find::run(&asked, &screen).await,
        Command::Orphans(asked) => orphans::run(&asked, &screen).await,
        Command::Status(asked) => status::run(&asked, &screen).await,
        Command::Completions { shell } => printed(&screen, Ok(pages::completions(shell))),
        Command::Man { folder: None } => printed(&screen, pages::page()),
        Command::Man { folder: Some(folder) } => {
            printed(&screen, pages::manual(&folder).map(|()| Vec::new()))
        }
    };
    exit.into()
}

fn printed(screen: &Screen, page: Result<Vec<u8>, Failure>) -> Exit {
    match page {
        Ok(bytes) => {
            screen.raw(&bytes);
            Exit::Done
        }
        Err(failure) => {
            screen.error(&failure.sentence);
            failure.exit
        }
    }
}

/// Clap prints itself, `--help` included; but a program that asked for JSON gets JSON.
fn unreadable(screen: &Screen, arguments: &[OsString], error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        drop(error.print());
        return Exit::Done.into();
    }
    if arguments.iter().any(|argument| argument == "--json") {
        let usage = Exit::Usage;
        let text = error.to_string();
        let sentence = text.trim().trim_start_matches("error: ");
        screen.json(&serde_json::json!({"Outcome": usage, "Exit": usage.code(), "Error": sentence}));
    } else {
        drop(error.print());
    }
    Exit::Usage.into()
}
