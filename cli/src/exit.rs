//! Exit statuses: one number for each kind of result, the same in every version, listed by `--help`, the man page and
//! `docs/clean-up.md`.

use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

/// The statuses. Scripts rely on the numbers: add, never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NothingMatches = 3,
    NotConfirmed = 4,
    PermissionsMissing = 5,
    Blocked = 6,
    OrphansFound = 7,
    Interrupted = 130,
    Terminated = 143,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NothingMatches,
        Self::NotConfirmed,
        Self::PermissionsMissing,
        Self::Blocked,
        Self::OrphansFound,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the number means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also a dry run, and a run with nothing to delete",
            Self::Failed => "an AWS call failed, or the run cannot continue; the message says why",
            Self::Usage => "the command line is not valid",
            Self::NothingMatches => "nothing has this id or name, in this Region and account",
            Self::NotConfirmed => "not confirmed; nothing was changed",
            Self::PermissionsMissing => "permissions or roles are missing (doctor)",
            Self::Blocked => {
                "blocked by something that only a person can remove, or must allow; nothing was changed"
            }
            Self::OrphansFound => "deleted domains left something behind (orphans)",
            Self::Interrupted => "interrupted by Ctrl-C (SIGINT); run the same command to resume",
            Self::Terminated => "terminated by SIGTERM; run the same command to resume",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table for `--help` and the man page.
pub fn table() -> String {
    let mut text = "Exit status:\n".to_owned();
    for exit in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), exit.meaning());
    }
    text
}

/// A status other than [`Exit::Done`], and the sentence that tells a person why and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub sentence: String,
}

impl Failure {
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into() }
    }

    /// Whether a signal ended the program: no error of anybody.
    pub fn is_stop(&self) -> bool {
        [Exit::Interrupted, Exit::Terminated].contains(&self.exit)
    }
}
