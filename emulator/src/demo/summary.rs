//! What the demonstration claims, each claim checked against what was seen.

use super::evidence::{Entry, Source};
use super::fixture::{Build, DemoFixture};
use crate::cloud::Cloud;
use crate::invocation::Invocation;
use crate::price::dollars;
use crate::screen::Screen;
use console::style;

/// One successful run and its evidence.
pub(super) struct Run {
    pub(super) state: String,
    /// The commit that was pushed.
    pub(super) commit: String,
    pub(super) source: Source,
    pub(super) artifact: Vec<Entry>,
    /// Paths that the artifact must have.
    pub(super) expected: Vec<String>,
    pub(super) invocations: Vec<Invocation>,
    pub(super) build: Build,
}

#[derive(Default)]
pub(super) struct Summary {
    pub(super) runs: Vec<Run>,
    /// Final state and source action of the run that cannot work.
    pub(super) broken: Option<(String, Source)>,
}

impl Summary {
    pub(super) fn tell(&self, screen: &Screen, cloud: &Cloud, fixture: &DemoFixture) {
        for (holds, claim) in self.claims() {
            screen.check(holds, &claim);
        }
        if let Some(run) = self.runs.last() {
            screen.line(&format!("\n  {}", style("artifact of the last push").bold()));
            for entry in &run.artifact {
                screen.line(&format!(
                    "  {:o}  {:>6} bytes  {}",
                    entry.mode & 0o777,
                    entry.bytes.len(),
                    entry.path
                ));
            }
            cost(screen, run);
        }
        screen.line(&format!("\n  {}", style("logs").bold()));
        screen.fact("ministack", &cloud.state().join("ministack.log").display().to_string());
        screen.fact("builds", &cloud.state().join("builds").display().to_string());
        screen.fact("stack", &fixture.site.stack);
    }

    pub(super) fn holds(&self) -> bool {
        self.claims().iter().all(|(holds, _)| *holds)
    }

    fn claims(&self) -> Vec<(bool, String)> {
        let mut claims: Vec<_> =
            self.runs.iter().enumerate().flat_map(|(n, run)| run.claims(n + 1)).collect();
        if let Some((state, source)) = &self.broken {
            let told = source.message.contains(super::MISSING_BRANCH);
            claims.push((
                state == "FAILED" && told,
                "the broken push failed, and its message names the branch".into(),
            ));
        }
        claims
    }
}

impl Run {
    fn claims(&self, number: usize) -> Vec<(bool, String)> {
        let reported = self.source.variables.get("CommitId");
        let paths: Vec<_> = self.artifact.iter().map(|entry| entry.path.clone()).collect();
        let executable = self.artifact.iter().any(|e| e.path == "run.sh" && e.mode & 0o111 != 0);
        let count = self.invocations.len();
        vec![
            (
                self.state == "SUCCEEDED",
                format!("push {number}: the pipeline succeeded, next stage included"),
            ),
            (reported == Some(&self.commit), format!("push {number}: commit {} was reported", self.commit)),
            (
                paths == self.expected && executable,
                format!(
                    "push {number}: the artifact has all {} files, dot files, submodule, modes",
                    paths.len()
                ),
            ),
            (count == 2, format!("push {number}: {count} Lambda invocations, and none waited for the build")),
        ]
    }
}

/// Two short invocations beside a function that waits for the build.
fn cost(screen: &Screen, run: &Run) {
    let billed_ms: f64 = run.invocations.iter().map(|invocation| invocation.billed_ms).sum();
    let requests = f64::from(u32::try_from(run.invocations.len()).unwrap_or(u32::MAX));
    let ours = dollars(requests, billed_ms);
    screen.line(&format!("\n  {}", style("Lambda time of the last push, 128 MB").bold()));
    let plain = style("(not optimized; `make bench` measures what is shipped)").dim();
    screen.fact("here", &format!("{billed_ms:.0} ms billed in {requests} invocations, ${ours:.8} {plain}"));
    let waited = run.build.seconds * 1000.0;
    let waiting = dollars(1.0, waited);
    screen.fact("waiting in Lambda", &format!("{waited:.0} ms for the same clone build, ${waiting:.8}"));
}
