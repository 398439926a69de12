//! Shows the progress of a run: a bar per kind on a terminal, plain lines elsewhere, nothing when a program reads the result.

use crate::screen::{Screen, is_unicode};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use shared::reconcile::progress::Waiting;
use std::time::Duration;

/// One run.
pub struct Progress<'a> {
    screen: &'a Screen,
    tally: Tally,
    shown: Shown,
}

enum Shown {
    Nothing,
    /// The progress of the last line, so that none is written twice.
    Lines(Option<shared::reconcile::progress::Progress>),
    Bars(Bars),
}

struct Bars {
    all: MultiProgress,
    message: ProgressBar,
    kinds: Vec<ProgressBar>,
}

impl<'a> Progress<'a> {
    pub fn new(screen: &'a Screen, silent: bool) -> Self {
        let shown = match (silent, screen.animated()) {
            (true, _) => Shown::Nothing,
            (false, false) => Shown::Lines(None),
            (false, true) => Shown::Bars(Bars::new(is_unicode())),
        };
        Self { screen, tally: Tally::default(), shown }
    }

    /// Shows the result of the last step.
    pub fn note(&mut self, waiting: &Waiting) {
        self.tally.note(waiting);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines(last) if last.as_ref() == Some(&waiting.progress()) => {}
            Shown::Lines(last) => {
                self.screen.note(&waiting.to_string());
                *last = Some(waiting.progress());
            }
            Shown::Bars(bars) => {
                // The bars show what is left.
                bars.message.set_message(waiting.summary());
                bars.show(&self.tally);
            }
        }
    }
}

/// Takes the bars away, also after Ctrl-C: what was done is told in words.
impl Drop for Bars {
    fn drop(&mut self) {
        // A terminal that is gone shows no bars either.
        let _ = self.all.clear();
    }
}

impl Bars {
    fn new(unicode: bool) -> Self {
        let all = MultiProgress::new();
        let message = all.add(spinner(unicode));
        Self { all, message, kinds: Vec::new() }
    }

    fn show(&mut self, tally: &Tally) {
        for (at, kind) in tally.0.iter().enumerate() {
            let (done, most) = ((kind.most - kind.remaining) as u64, kind.most as u64);
            if self.kinds.len() == at {
                let bar = ProgressBar::new(most).with_style(style("  {prefix:26} {bar:30} {pos}/{len}"));
                self.kinds.push(self.all.add(bar.with_prefix(kind.name)));
            }
            self.kinds[at].set_length(most);
            self.kinds[at].set_position(done);
        }
    }
}

/// A line with a message that changes, and the time.
pub(crate) fn spinner(unicode: bool) -> ProgressBar {
    let style = style("{spinner} {wide_msg} {elapsed}");
    // What turns where the locale has no other characters; the last one stands still.
    let style = if unicode { style } else { style.tick_chars("|/-\\ ") };
    let line = ProgressBar::new_spinner().with_style(style);
    line.enable_steady_tick(Duration::from_millis(200));
    line
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a template that is tested").progress_chars("=> ")
}

/// How many of each kind there ever were, and are left. A later look may find more of a kind than the one before: a
/// throttled listing, an app that somebody started meanwhile.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally(Vec<Kind>);

#[derive(Debug, PartialEq, Eq)]
struct Kind {
    name: &'static str,
    most: usize,
    remaining: usize,
}

impl Tally {
    fn note(&mut self, waiting: &Waiting) {
        // A step that AWS was too busy for says nothing about what is left.
        if waiting.remaining.total() == 0 {
            return;
        }
        for kind in &mut self.0 {
            kind.remaining = 0;
        }
        for (name, remaining) in waiting.remaining.kinds() {
            match self.0.iter_mut().find(|kind| kind.name == name) {
                Some(kind) => (kind.most, kind.remaining) = (kind.most.max(remaining), remaining),
                None => self.0.push(Kind { name, most: remaining, remaining }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::reconcile::progress::{Phase, Remaining};

    fn waiting(remaining: &[(&'static str, usize)]) -> Waiting {
        Waiting {
            phase: Phase::InProgress,
            resources: Vec::new(),
            remaining: Remaining::new(remaining.iter().copied()),
            pause: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_bar_is_as_long_as_the_largest_count_observed() {
        let mut tally = Tally::default();
        let mut told = |remaining: &[(&'static str, usize)]| {
            tally.note(&waiting(remaining));
            tally
                .0
                .iter()
                .map(|kind| format!("{} {}/{}", kind.name, kind.most - kind.remaining, kind.most))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&[("apps", 3), ("spaces", 2)]), ["apps 0/3", "spaces 0/2"]);
        assert_eq!(told(&[("apps", 1), ("spaces", 2)]), ["apps 2/3", "spaces 0/2"]);
        assert_eq!(told(&[("apps", 5), ("spaces", 2)]), ["apps 0/5", "spaces 0/2"], "somebody started more");
        assert_eq!(told(&[]), ["apps 0/5", "spaces 0/2"], "AWS was busy: no bar jumps to its end");
        assert_eq!(told(&[("spaces", 1)]), ["apps 5/5", "spaces 1/2"]);
        assert_eq!(told(&[("domains", 1)]), ["apps 5/5", "spaces 2/2", "domains 0/1"]);
    }

    #[test]
    fn the_templates_of_the_bars_can_be_read() {
        let mut bars = Bars::new(false);
        let mut tally = Tally::default();
        tally.note(&waiting(&[("apps", 3)]));
        bars.show(&tally);
        assert_eq!((bars.kinds[0].length(), bars.kinds[0].position()), (Some(3), 0));
    }
}
