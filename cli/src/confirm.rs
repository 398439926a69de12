//! Asks before anything is deleted. Typing the id, not a `y`, is what keeps the wrong terminal from being answered.

use crate::exit::{Exit, Failure};
use crate::screen::Screen;

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
fn agrees(typed: &str, domain: &str) -> bool {
    typed.trim() == domain
}

/// Goes on only if the person said so.
///
/// # Errors
/// [`Exit::NotConfirmed`], or [`Exit::Interrupted`] when the question was left with Ctrl-C.
pub fn confirm(screen: &Screen, domain: &str, yes: bool) -> Result<(), Failure> {
    match question(yes, screen.answers()) {
        Question::Skip => Ok(()),
        Question::Refuse => Err(Failure::new(
            Exit::NotConfirmed,
            "not confirmed, because there is no terminal to ask on: add --yes to go on without being asked, \
             or --dry-run to see the plan only",
        )),
        Question::Ask => {
            match screen.ask(&format!("Type {domain} to do this; anything else changes nothing")) {
                Some(typed) if agrees(&typed, domain) => Ok(()),
                Some(_) => Err(Failure::new(Exit::NotConfirmed, "not confirmed; nothing was changed")),
                None => Err(Failure::new(Exit::Interrupted, "interrupted; nothing was changed")),
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
