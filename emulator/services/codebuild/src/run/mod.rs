//! One build from its queue to its end. Whatever happens on the way (a failing command, a time-out, a stop, a fault of
//! this machine), the build ends once, leaves no process behind, and says why.

mod artifacts;
mod aws;
mod build_dir;
mod clone_reference;
mod environment;
mod error;
mod group;
mod network;
mod pattern;
mod phases;
mod shell;
mod source;
mod ssh;

#[cfg(test)]
mod tests;

use crate::logs::Log;
use crate::model::{Build, Context, Exported, Phase, PhaseType, Settings, Status};
use crate::store::Control;
use crate::{CodeBuild, events};
use build_dir::BuildDir;
use group::Group;
use phases::PhaseRunner;
use std::sync::Arc;
use std::time::Duration;

/// A build and what it was started with.
pub(crate) struct Job {
    pub(crate) service: CodeBuild,
    pub(crate) id: String,
    pub(crate) project_arn: String,
    pub(crate) settings: Settings,
    /// The revision that `CodePipeline` provides with its source.
    pub(crate) revision: Option<String>,
}

impl Job {
    /// Runs the build to its end; everything it has to tell is told through the store, the log and events.
    pub(crate) async fn work(self, control: Arc<Control>) {
        let status = match self.run(control.clone()).await {
            Ok(status) => status,
            Err(error) => {
                tracing::warn!("build {} could not run: {error}", self.id);
                self.end_phase(Status::Fault, vec![Context::new("INTERNAL_ERROR", error.to_string())]);
                Status::Fault
            }
        };
        self.complete(status);
        control.end();
    }

    async fn run(&self, control: Arc<Control>) -> std::io::Result<Status> {
        let path = self.service.log_path(&self.id);
        let (log, writer) = Log::open(&path, &self.service.context.clock).await?;
        let status = self.run_with(log, control).await;
        writer.finish().await;
        status
    }

    async fn run_with(&self, log: Log, control: Arc<Control>) -> std::io::Result<Status> {
        let queue = tokio::time::timeout(
            minutes(self.settings.queued_timeout_in_minutes),
            self.service.slots.acquire(),
        );
        let slot = tokio::select! {
            () = control.stopped() => return Ok(self.interrupt(Status::Stopped)),
            slot = queue => slot,
        };
        let Ok(Ok(_slot)) = slot else {
            return Ok(self.interrupt(Status::TimedOut));
        };
        self.end_phase(Status::Succeeded, Vec::new());
        let build_dir = BuildDir::prepare(&self.service.context)?;
        let group = Group::start(&build_dir.program("sh")?, &self.id)?;
        let phases = PhaseRunner::new(self, &log, &build_dir, &group);
        let status = tokio::select! {
            biased;
            () = control.stopped() => self.interrupt(Status::Stopped),
            () = tokio::time::sleep(minutes(self.settings.timeout_in_minutes)) => self.interrupt(Status::TimedOut),
            status = phases.work() => status,
        };
        let (shell, network) = phases.into_parts();
        group.end().await;
        network.leave().await;
        if let Some((shell, names)) = shell {
            self.export(shell.exported(&names).await);
        }
        build_dir.remove().await;
        Ok(status)
    }

    fn begin_phase(&self, phase: PhaseType) {
        let now = self.service.now();
        self.change(|build| {
            build.current_phase = phase;
            build.phases.push(Phase::starting(phase, now));
        });
    }

    /// Ends the phase that is under way, if one is.
    fn end_phase(&self, status: Status, contexts: Vec<Context>) {
        let now = self.service.now();
        let changed = self.change(|build| {
            if let Some(phase) = build.phases.last_mut().filter(|phase| phase.end_time.is_none()) {
                phase.end(status, contexts, now);
            }
        });
        if let Some(build) = changed
            && let Some(phase) = build.phases.last()
        {
            events::phase(&self.service.context, &build, phase);
        }
    }

    /// Ends the phase under way because the whole build ends.
    fn interrupt(&self, status: Status) -> Status {
        let contexts = match status {
            Status::TimedOut => vec![Context::new("BUILD_TIMED_OUT", "Build has timed out.")],
            _ => Vec::new(),
        };
        self.end_phase(status, contexts);
        status
    }

    fn export(&self, variables: Vec<Exported>) {
        self.change(|build| build.exported_environment_variables = variables);
    }

    fn complete(&self, status: Status) {
        let now = self.service.now();
        let ended = self.change(|build| {
            build.current_phase = PhaseType::Completed;
            build.phases.push(Phase::starting(PhaseType::Completed, now));
            build.build_status = status;
            build.build_complete = true;
            build.end_time = Some(now);
        });
        if let Some(build) = ended {
            events::state(&self.service.context, &build);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Build)) -> Option<Build> {
        self.service.store().change(&self.id, change)
    }

    /// The build as it is now.
    fn build(&self) -> Option<Build> {
        self.change(|_| {})
    }
}

fn minutes(number: u64) -> Duration {
    Duration::from_mins(number)
}
