//! Shows the progress of a long compilation: a bar on a terminal, a line every 20 seconds elsewhere, and nothing when there is
//! nothing to compile.

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(20);
/// How often it is checked whether a line is due while cargo prints nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs a `cargo build` command, showing `label` and how many crates of the packages in its `arguments` are compiled. What
/// cargo prints is shown only if it fails.
pub(crate) fn build(cargo: &mut Command, arguments: &[&str], label: &str) -> anyhow::Result<()> {
    let crates = count(arguments)?;
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let messages = child.stdout.take().context("cargo has no output")?;
    let mut errors = child.stderr.take().context("cargo has no error output")?;
    // Read beside the messages, because a full pipe would stop cargo.
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).map(|_| text)
    });
    let (lines, read) = std::sync::mpsc::channel();
    std::thread::spawn(move || BufReader::new(messages).lines().try_for_each(|line| lines.send(line)));
    let mut shown = Shown::new(label, crates);
    loop {
        match read.recv_timeout(LOOK_EVERY) {
            // A build tool may print lines of its own between cargo's.
            Ok(line) => {
                if let Ok(message) = serde_json::from_str::<Value>(&line?) {
                    shown.note(&message);
                }
            }
            Err(RecvTimeoutError::Timeout) => shown.line(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait()?;
    let errors = errors.join().map_err(|_| anyhow::anyhow!("cargo's errors could not be read"))??;
    if !status.success() {
        bail!("{}", errors.trim());
    }
    shown.finish();
    Ok(())
}

/// How many crates the packages that `arguments` name are made of, themselves included.
fn count(arguments: &[&str]) -> anyhow::Result<u64> {
    let edges = if arguments.contains(&"--tests") { "normal,build,dev" } else { "normal,build" };
    let packages = arguments.iter().filter(|argument| !["--bins", "--tests", "--release"].contains(argument));
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--prefix", "none", "--edges", edges]).args(packages);
    let output = tree.output().context("cargo tree")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let crates: HashSet<_> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(u64::try_from(crates.len())?)
}

struct Shown {
    label: String,
    crates: u64,
    done: HashSet<String>,
    compiled: bool,
    begun: Instant,
    last_line: Instant,
    bar: ProgressBar,
}

impl Shown {
    fn new(label: &str, crates: u64) -> Self {
        // Hidden until there is something to compile: most runs have nothing to wait for.
        let bar = ProgressBar::with_draw_target(Some(crates), ProgressDrawTarget::hidden());
        let (done, begun) = (HashSet::new(), Instant::now());
        Self { label: label.into(), crates, done, compiled: false, begun, last_line: begun, bar }
    }

    /// Writes how far it is, if there is something to compile, no terminal, and the last line is old enough.
    fn line(&mut self) {
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let seconds = self.begun.elapsed().as_secs();
            eprintln!("compiling {}: {} of {} crates, {seconds} s", self.label, self.done.len(), self.crates);
        }
    }

    fn note(&mut self, message: &Value) {
        if self.compiled {
            self.line();
        }
        if message["reason"] != "compiler-artifact" {
            return;
        }
        if message["fresh"] == false && !self.compiled {
            self.compiled = true;
            self.appear();
        }
        if let Some(id) = message["package_id"].as_str()
            && self.done.insert(id.to_owned())
        {
            self.bar.set_position(u64::try_from(self.done.len()).unwrap_or(u64::MAX));
        }
    }

    fn appear(&self) {
        if !std::io::stderr().is_terminal() {
            eprintln!("compiling {}: {} crates, some minutes the first time", self.label, self.crates);
            return;
        }
        let style = ProgressStyle::with_template("compiling {msg} {bar:30} {pos}/{len} crates, {elapsed}");
        if let Ok(style) = style {
            self.bar.set_style(style);
        }
        self.bar.set_message(self.label.clone());
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        // The last crate takes longest: the time goes on even when the bar stands.
        self.bar.enable_steady_tick(Duration::from_millis(500));
    }

    fn finish(self) {
        self.bar.finish_and_clear();
        if self.compiled {
            eprintln!("compiled {} in {:.0} s", self.label, self.begun.elapsed().as_secs_f64());
        }
    }
}
