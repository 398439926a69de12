//! The one place that writes: results to standard output, progress, prompts and errors to standard error. Colour and bars
//! are for terminals only; in a pipe there are plain lines.

use console::Term;
use serde::Serialize;
use std::io::IsTerminal;

/// Where no terminal says how wide it is.
const WIDTH: u16 = 120;

/// Both streams. A closed pipe is no reason to fail: whoever read it has seen enough.
pub struct Screen {
    out: Term,
    err: Term,
}

impl Screen {
    pub fn new() -> Self {
        Self { out: Term::stdout(), err: Term::stderr() }
    }

    /// A line of the result.
    pub fn result(&self, text: &str) {
        drop(self.out.write_line(text));
    }

    /// Bytes of the result, as they are.
    pub fn raw(&self, bytes: &[u8]) {
        drop(std::io::Write::write_all(&mut &self.out, bytes));
    }

    /// A document of the result, for programs.
    pub fn json(&self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).expect("plain data with text keys");
        self.result(&text);
    }

    /// A line about what is going on.
    pub fn note(&self, text: &str) {
        drop(self.err.write_line(text));
    }

    /// A sentence about what went wrong.
    pub fn error(&self, sentence: &str) {
        let word = console::style("error:").for_stderr().red().bold();
        self.note(&format!("{word} {sentence}"));
    }

    /// The width for results.
    pub fn width(&self) -> u16 {
        self.out.size_checked().map_or(WIDTH, |(_, columns)| columns)
    }

    /// Whether results may have colour: a terminal, and `NO_COLOR` is not set.
    pub fn coloured(&self) -> bool {
        self.out.features().colors_supported()
    }

    /// Whether somebody is there to see bars.
    pub fn animated(&self) -> bool {
        self.err.features().is_attended()
    }

    /// Whether somebody is there to answer a question.
    pub fn answers(&self) -> bool {
        std::io::stdin().is_terminal() && self.err.is_term()
    }

    /// Asks; `None` when the question could not be answered, because of Ctrl-C for example.
    pub fn ask(&self, question: &str) -> Option<String> {
        let input = dialoguer::Input::<String>::new().with_prompt(question).allow_empty(true);
        let answer = input.interact_text_on(&self.err).ok();
        if answer.is_none() {
            // The question still stands at the beginning of the line.
            self.note("");
        }
        answer
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}
