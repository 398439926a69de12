//! Everything the programs of this crate show a person goes through here: plain lines, coloured on a terminal only.

use console::{Term, style};

/// Standard output. A closed pipe is no reason to fail: its reader has seen enough.
pub struct Screen(Term);

impl Screen {
    pub fn new() -> Self {
        Self(Term::stdout())
    }

    pub fn line(&self, text: &str) {
        drop(self.0.write_line(text));
    }

    /// A heading with an empty line above.
    pub fn heading(&self, text: &str) {
        self.line(&format!("\n{}", style(text).bold()));
    }

    /// `  name        value`, names in one column.
    pub fn fact(&self, name: &str, value: &str) {
        self.line(&format!("  {:<18}{value}", style(name).dim()));
    }

    /// A claim and whether it held.
    pub fn check(&self, holds: bool, claim: &str) {
        let mark = if holds { style("ok  ").green() } else { style("FAIL").red() };
        self.line(&format!("  {mark}  {claim}"));
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}
