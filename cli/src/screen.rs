//! The one place that writes: results to standard output, progress, prompts and errors to standard error. Colour and bars
//! are for terminals only; in a pipe there are plain lines.

use crate::exit::Failure;
use console::Term;
use serde::Serialize;
use shared::env;
use std::cell::Cell;
use std::io::{IsTerminal, Write};

/// Where no terminal says how wide it is.
const WIDTH: u16 = 120;

/// Both streams. A closed pipe is no reason to fail: its reader has ended.
pub struct Screen {
    out: Term,
    err: Term,
    /// Whether a question stands at the beginning of the line.
    asking: Cell<bool>,
}

impl Screen {
    pub fn new() -> Self {
        Self { out: Term::stdout(), err: Term::stderr(), asking: Cell::new(false) }
    }

    /// A line of the result.
    pub fn result(&self, text: &str) {
        drop(self.out.write_line(text));
    }

    /// Bytes of the result, as they are.
    pub fn raw(&self, bytes: &[u8]) {
        drop(Write::write_all(&mut &self.out, bytes));
    }

    /// A document of the result, for programs.
    pub fn json(&self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).expect("plain data with text keys");
        self.result(&text);
    }

    /// A line about what is going on.
    pub fn note(&self, text: &str) {
        if self.asking.take() {
            drop(self.err.write_line(""));
        }
        drop(self.err.write_line(text));
    }

    /// A sentence about what went wrong.
    pub fn error(&self, sentence: &str) {
        let word = console::style("error:").for_stderr().red().bold();
        self.note(&format!("{word} {sentence}"));
    }

    /// Why a command ended before it was done.
    pub fn failure(&self, failure: &Failure) {
        if failure.is_stop() { self.note(&failure.sentence) } else { self.error(&failure.sentence) }
    }

    /// The width for text.
    pub fn width(&self) -> u16 {
        self.out.size_checked().map_or(WIDTH, |(_, columns)| columns)
    }

    /// The width for tables of names and ids: in a pipe, whose reader looks for them line by line, none is broken.
    pub fn table_width(&self) -> u16 {
        self.out.size_checked().map_or(u16::MAX, |(_, columns)| columns)
    }

    /// Whether results may have colour: a terminal that has it, unless `NO_COLOR` or `CLICOLOR=0` says no, or
    /// `CLICOLOR_FORCE` says yes.
    pub fn coloured(&self) -> bool {
        console::colors_enabled()
    }

    /// Whether results are read on a terminal, where a long list does not fit.
    pub fn short(&self) -> bool {
        self.out.is_term()
    }

    /// Whether somebody is there to see bars, on a terminal that can draw them.
    pub fn animated(&self) -> bool {
        self.err.is_term() && !console::is_dumb()
    }

    /// Whether somebody is there to answer a question.
    pub fn answers(&self) -> bool {
        std::io::stdin().is_terminal() && self.err.is_term()
    }

    /// Asks, and reads one line that is typed after the question was there; `None` when the line was not finished, because of
    /// Ctrl-D for example.
    pub async fn ask(&self, question: &str) -> Option<String> {
        forget_typed();
        drop(self.err.write_str(&format!("{question}: ")));
        drop(self.err.flush());
        self.asking.set(true);
        let (send, receive) = tokio::sync::oneshot::channel();
        // A thread of its own, which the end of the program does not wait for: a signal may come before the line.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line);
            drop(send.send(read.ok().map(|_| line)));
        });
        let line = receive.await.ok().flatten().filter(|line| line.ends_with('\n'));
        // Enter has ended the line of the question.
        self.asking.set(line.is_none());
        line
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

/// What was typed before a question is no answer to it.
fn forget_typed() {
    #[cfg(unix)]
    let _ = nix::sys::termios::tcflush(std::io::stdin(), nix::sys::termios::FlushArg::TCIFLUSH);
}

/// Whether the locale says that the terminal shows more than ASCII. The first variable that is set counts, as in POSIX.
pub(crate) fn is_unicode() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(env::optional);
    set.is_some_and(|locale| names_utf8(&locale))
}

fn names_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::names_utf8;

    #[test]
    fn only_a_locale_of_utf_8_shows_more_than_ascii() {
        for (locale, expected) in [
            ("en_US.UTF-8", true),
            ("C.utf8", true),
            ("de_DE.UTF-8@euro", true),
            ("C", false),
            ("POSIX", false),
            ("de_DE.ISO-8859-1", false),
        ] {
            assert_eq!(names_utf8(locale), expected, "{locale}");
        }
    }
}
