//! The end of every command but the clean-up: one document for programs, or text for people, and the exit status.

use crate::args::Place;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::{self, Session};
use crate::signals;
use serde::Serialize;

/// What a command found, whole or up to its failure.
pub(crate) trait Answer: Serialize {
    /// For people.
    fn text(&self, account: &str, region: &str, width: u16) -> String;

    /// Whether the text only says that there is nothing: a pipe gets no line then.
    fn is_empty(&self) -> bool {
        false
    }

    /// Whether anything was asked of AWS that changes something.
    fn begun(&self) -> bool {
        false
    }

    /// Takes back what was made only to ask about it, after a signal ended the command.
    ///
    /// # Errors
    /// What may be left.
    async fn undo(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// The status of a command that did not fail.
    fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// The document. Every key is always there, except `Error`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a, A> {
    account: &'a str,
    region: &'a str,
    #[serde(flatten)]
    answer: &'a A,
    outcome: Exit,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Why a command ended that a signal stopped. A second signal ends it at once.
async fn stopped<A: Answer>(exit: Exit, answer: &mut A) -> Failure {
    let begun = answer.begun();
    let undone = tokio::select! {
        undone = answer.undo() => undone,
        again = signals::stop() => return signals::failure(again, begun),
    };
    let told = signals::failure(exit, begun);
    match undone {
        Ok(()) => told,
        Err(failure) => Failure::new(exit, format!("{} But {}", told.sentence, failure.sentence)),
    }
}

/// Runs a command and prints its answer.
pub(crate) async fn run<A: Answer>(
    mut answer: A,
    place: &Place,
    json: bool,
    screen: &Screen,
    work: impl AsyncFnOnce(&Session, &mut A) -> Result<(), Failure>,
) -> Exit {
    let (mut account, mut region) = (String::new(), String::new());
    let work = async {
        let session = session::open(place).await?;
        account.clone_from(&session.account);
        region.clone_from(&session.region);
        work(&session, &mut answer).await
    };
    let ended = tokio::select! {
        ended = work => Ok(ended),
        exit = signals::stop() => Err(exit),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(exit) => Err(stopped(exit, &mut answer).await),
    };
    let failure = ended.err();
    let outcome = failure.as_ref().map_or_else(|| answer.exit(), |failure| failure.exit);
    let error = failure.as_ref().map(|failure| failure.sentence.as_str());
    match &failure {
        _ if json => {
            let (account, region, exit) = (account.as_str(), region.as_str(), outcome.code());
            screen.json(&Document { account, region, answer: &answer, outcome, exit, error });
        }
        Some(failure) => screen.failure(failure),
        None if answer.is_empty() => screen.note(&answer.text(&account, &region, screen.table_width())),
        None => screen.result(&answer.text(&account, &region, screen.table_width())),
    }
    outcome
}
