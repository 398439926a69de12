//! Asks before anything is deleted or terminated. The id must be typed, not a `y`, so that an answer in the wrong terminal deletes nothing.

use crate::exit::{Exit, Failure};
use crate::screen::Screen;

/// What is about to happen.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// `delete`, `terminate`.
    pub verb: &'a str,
    /// What a person types: the id of the thing.
    pub id: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    /// How to see it without doing it.
    pub look: &'a str,
}

/// What is to be done about the question.
#[derive(Debug, PartialEq, Eq)]
enum Question {
    Skip,
    Ask,
    Refuse,
}

const fn question(yes: bool, answers: bool) -> Question {
    match (yes, answers) {
        (true, _) => Question::Skip,
        (false, true) => Question::Ask,
        (false, false) => Question::Refuse,
    }
}

/// Blanks around the id are a slip of pasting; anything else is a no.
fn agrees(typed: &str, id: &str) -> bool {
    typed.trim() == id
}

/// Goes on only if the person said so.
///
/// # Errors
/// [`Exit::NotConfirmed`].
pub async fn confirm(screen: &Screen, intent: Intent<'_>, yes: bool) -> Result<(), Failure> {
    let Intent { verb, id, account, region, look } = intent;
    match question(yes, screen.answers()) {
        Question::Skip => Ok(()),
        Question::Refuse => Err(Failure::new(
            Exit::NotConfirmed,
            format!(
                "not confirmed, because there is no terminal to ask on: add --yes to {verb} without a question, or {look}"
            ),
        )),
        Question::Ask => {
            let question =
                format!("Type {id} to {verb} this in account {account}, {region}; anything else cancels");
            match screen.ask(&question).await {
                Some(typed) if agrees(&typed, id) => Ok(()),
                _ => Err(Failure::new(Exit::NotConfirmed, "not confirmed; nothing was changed")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_asked_only_where_it_can_be_answered() {
        assert_eq!(question(true, true), Question::Skip);
        assert_eq!(question(true, false), Question::Skip);
        assert_eq!(question(false, true), Question::Ask);
        assert_eq!(question(false, false), Question::Refuse);
    }

    #[test]
    fn only_the_id_itself_is_a_yes() {
        for typed in ["d-abc", " d-abc ", "d-abc\n"] {
            assert!(agrees(typed, "d-abc"), "{typed:?}");
        }
        for typed in ["", "y", "yes", "d-ab", "d-abcd", "D-ABC", "d-abc d-abc"] {
            assert!(!agrees(typed, "d-abc"), "{typed:?}");
        }
    }
}
