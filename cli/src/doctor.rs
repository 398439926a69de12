//! `sm-mlops doctor`: what a command or an environment needs, and does not have. It changes nothing.

mod accounts;
mod clean_up;
pub(crate) mod environment;
mod finding;
mod identity;
mod permission;
mod simulate;

use crate::args::Doctor;
use crate::exit::Exit;
use crate::screen::Screen;

/// Runs one of the commands and tells what it found.
pub async fn run(asked: &Doctor, screen: &Screen) -> Exit {
    match asked {
        Doctor::CleanUp(asked) => clean_up::run(asked, screen).await,
        Doctor::Environment(asked) => environment::run(asked, screen).await,
        Doctor::Accounts(asked) => accounts::run(asked, screen).await,
    }
}
