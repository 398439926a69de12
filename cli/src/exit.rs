//! How the program ends: one number per kind of ending, the same in every version, told by `--help`, the man page and
//! `docs/clean-up.md`.

use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

/// The endings. Scripts rely on the numbers: add, never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NothingMatches = 3,
    NotConfirmed = 4,
    PermissionsMissing = 5,
    InTheWay = 6,
    Interrupted = 130,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NothingMatches,
        Self::NotConfirmed,
        Self::PermissionsMissing,
        Self::InTheWay,
        Self::Interrupted,
    ];

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the number says.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also a dry run, and a run that found nothing left to delete",
            Self::Failed => "a call failed, or the clean-up is stuck; the sentence says where",
            Self::Usage => "the command line cannot be understood",
            Self::NothingMatches => {
                "no domain and nothing of a domain has this id, in this Region and account"
            }
            Self::NotConfirmed => "not confirmed; nothing was changed",
            Self::PermissionsMissing => "permissions are missing (doctor)",
            Self::InTheWay => "something is in the way that only a person can remove; nothing was changed",
            Self::Interrupted => "interrupted; the same command goes on where it stopped",
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

/// An ending other than [`Exit::Done`], and the sentence that tells a person why and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    pub sentence: String,
}

impl Failure {
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into() }
    }
}
