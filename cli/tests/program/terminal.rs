//! The program on a terminal: the question, the keys that end it, and terminals that can do little.

use crate::changes::two;
use crate::program::{answering, caller};
use crate::{empty, leftover};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use testing::ScriptedAws;

const QUESTION: &str = "Type d-abc to delete this in account 111122223333, eu-central-1";

/// The program on a terminal of 80 columns.
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    output: Receiver<Vec<u8>>,
    pub(crate) observed: String,
}

impl Terminal {
    pub(crate) fn start(fake_aws: &ScriptedAws, line: &str, environment: &[(&str, &str)]) -> Self {
        let size = Winsize { ws_row: 40, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).expect("a pseudo-terminal");
        let mut command = caller(fake_aws, line);
        command.envs(environment.iter().copied());
        let end = || pair.slave.try_clone().expect("a second handle");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("the program starts");
        let keys = File::from(pair.master);
        let mut screen = keys.try_clone().expect("a second handle");
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                drop(send.send(bytes[..count].to_vec()));
            }
        });
        Self { child, keys, output, observed: String::new() }
    }

    /// Reads until this is there.
    #[track_caller]
    pub(crate) fn until(&mut self, text: &str) {
        while !self.observed.contains(text) {
            let more = self.output.recv_timeout(Duration::from_secs(30));
            let more = more.unwrap_or_else(|error| panic!("{text:?}: {error}: {}", self.observed));
            self.observed.push_str(&String::from_utf8_lossy(&more));
        }
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.observed.clear();
        self.keys.write_all(keys.as_bytes()).expect("the terminal is open");
    }

    pub(crate) fn send(&mut self, signal: Signal) {
        self.observed.clear();
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("the process runs");
    }

    /// The exit status, and what was seen since the last keys.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("the process ends").code();
        while let Ok(more) = self.output.recv_timeout(Duration::from_secs(30)) {
            self.observed.push_str(&String::from_utf8_lossy(&more));
        }
        (code, self.observed)
    }
}

fn deletions(fake_aws: &ScriptedAws) -> usize {
    fake_aws.called().iter().filter(|call| call.starts_with("DELETE")).count()
}

const LINE: &str = "clean-up d-abc --storage delete";
const COLOURFUL: &[(&str, &str)] = &[("TERM", "xterm"), ("LANG", "C.UTF-8")];

#[test]
fn what_appears_while_the_question_stands_is_shown_and_asked_about() {
    let more = Arc::new(AtomicBool::new(false));
    let observed = Arc::clone(&more);
    let fake_aws =
        answering(move |call| if observed.load(Ordering::SeqCst) { two(call) } else { leftover(call) });
    let mut terminal = Terminal::start(&fake_aws, LINE, COLOURFUL);
    terminal.until(QUESTION);
    more.store(true, Ordering::SeqCst);
    terminal.type_in("d-abc\n");
    terminal.until("Found since the plan was shown");
    terminal.until("fs-2");
    terminal.until(QUESTION);
    assert_eq!(deletions(&fake_aws), 0);
    terminal.type_in("no\n");
    let (code, observed) = terminal.end();
    assert!(
        code == Some(4) && observed.contains("not confirmed; nothing was changed"),
        "{code:?} {observed}"
    );
    assert_eq!(deletions(&fake_aws), 0);
}

#[test]
fn ctrl_d_and_an_empty_line_are_a_no() {
    let fake_aws = answering(leftover);
    for keys in ["\u{4}", "\n", "d-abc\u{4}\u{4}"] {
        let mut terminal = Terminal::start(&fake_aws, LINE, COLOURFUL);
        terminal.until(QUESTION);
        terminal.type_in(keys);
        let (code, observed) = terminal.end();
        assert!(code == Some(4) && observed.contains("\r\n\u{1b}["), "{keys:?}: {code:?} {observed:?}");
        assert!(observed.contains("not confirmed"), "{observed}");
    }
    assert_eq!(deletions(&fake_aws), 0);
}

#[test]
fn a_signal_at_the_question_ends_the_program() {
    let fake_aws = answering(leftover);
    for (signal, code, sentence) in [
        (Signal::SIGINT, 130, "Interrupted. Nothing was changed."),
        (Signal::SIGTERM, 143, "Terminated. Nothing was changed."),
    ] {
        let mut terminal = Terminal::start(&fake_aws, LINE, COLOURFUL);
        terminal.until(QUESTION);
        terminal.send(signal);
        let (ended, observed) = terminal.end();
        assert_eq!(ended, Some(code), "{observed}");
        assert!(observed.starts_with("\r\n") && observed.contains(sentence), "{observed:?}");
    }
}

/// A whole run on a terminal, and all that it wrote after the question.
fn whole(environment: &[(&str, &str)]) -> String {
    let gone = AtomicBool::new(false);
    let fake_aws = answering(move |call| {
        if call.starts_with("DELETE") {
            gone.store(true, Ordering::SeqCst);
        }
        if gone.load(Ordering::SeqCst) && call.starts_with("GET") { empty(call) } else { leftover(call) }
    });
    let mut terminal = Terminal::start(&fake_aws, LINE, environment);
    terminal.until(QUESTION);
    let before = std::mem::take(&mut terminal.observed);
    terminal.type_in("d-abc\n");
    let (code, observed) = terminal.end();
    assert!(code == Some(0) && observed.contains("Deleted: 1 file system"), "{code:?} {observed}");
    format!("{before}{observed}")
}

#[test]
fn a_dumb_terminal_gets_plain_lines_and_no_escapes() {
    let observed = whole(&[("TERM", "dumb")]);
    assert!(observed.contains("deleting 1 file system") && !observed.contains('\u{1b}'), "{observed:?}");
}

#[test]
fn colour_and_characters_follow_the_environment() {
    let red = "\u{1b}[38;5;9m";
    let observed = whole(COLOURFUL);
    assert!(observed.contains(red) && !observed.is_ascii(), "{observed:?}");
    let observed = whole(&[("TERM", "xterm"), ("LANG", "C.UTF-8"), ("LC_ALL", "C")]);
    assert!(observed.is_ascii(), "{observed:?}");
    for no in [("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        let observed = whole(&[("TERM", "xterm"), no]);
        assert!(!observed.contains(red), "{no:?}: {observed:?}");
    }
}
