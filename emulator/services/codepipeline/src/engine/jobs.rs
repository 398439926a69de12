//! The life of a job: of a custom action, queued, handed out with a nonce, taken, and ended with a result; of a function,
//! taken from the start.

use super::{Effect, Outcome, Transaction};
use crate::builtin::{self, Worker};
use crate::model::ActionTypeId;
use crate::state::{ErrorDetails, Job, JobStatus, Progress, Revision, RunId, State};
use emulator_core::Failure;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long a job that was handed out may stay unacknowledged before it is handed out again.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(1);

impl Job {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, JobStatus::Queued | JobStatus::Dispatched | JobStatus::InProgress)
    }

    /// Hands the job out with a new nonce if it may be handed out now.
    pub(crate) fn offer(&mut self, now: Timestamp) -> bool {
        if !matches!(self.status, JobStatus::Queued | JobStatus::Dispatched) || now < self.hidden_until {
            return false;
        }
        self.status = JobStatus::Dispatched;
        self.nonce = Some(Uuid::new_v4().to_string());
        self.hidden_until = now + LEASE;
        true
    }

    /// Takes the job for the holder of its newest nonce. Asking again with the same nonce changes nothing.
    pub(crate) fn acknowledge(&mut self, nonce: &str) -> Result<JobStatus, Failure> {
        if self.nonce.as_deref() != Some(nonce) {
            return Err(Failure::new("InvalidNonceException", "The nonce is not the newest one of this job"));
        }
        if self.status == JobStatus::Dispatched {
            self.status = JobStatus::InProgress;
        }
        Ok(self.status)
    }

    fn check_running(&self) -> Result<(), Failure> {
        if self.status == JobStatus::InProgress {
            return Ok(());
        }
        let text = format!("The job is {:?}; a result is taken only while it is InProgress", self.status);
        Err(Failure::new("InvalidJobStateException", text))
    }
}

/// What a worker reports with a success.
pub(crate) struct Success {
    pub revision: Option<Revision>,
    pub progress: Progress,
    pub variables: BTreeMap<String, String>,
    pub continuation: Option<String>,
}

impl Transaction<'_> {
    pub(crate) fn queue_job(&mut self, run: RunId, kind: ActionTypeId, continuation: Option<String>) {
        self.add_job(run, kind, continuation, JobStatus::Queued);
    }

    /// A job that nobody has to ask for, because a function is invoked with it. None if its action has ended.
    pub(crate) fn hand_over(&mut self, run: &RunId, continuation: Option<String>) -> Option<String> {
        let (execution, found) = self.state.run(run)?;
        let kind = execution.action(found).action_type_id.clone();
        let running = !found.has_ended();
        running.then(|| self.add_job(run.clone(), kind, continuation, JobStatus::InProgress))
    }

    fn add_job(
        &mut self,
        run: RunId,
        kind: ActionTypeId,
        continuation: Option<String>,
        status: JobStatus,
    ) -> String {
        let delay = SignedDuration::try_from(self.state.job_delay).unwrap_or(SignedDuration::ZERO);
        let job = Job {
            id: Uuid::new_v4().to_string(),
            run,
            kind,
            status,
            nonce: None,
            hidden_until: self.now + delay,
            continuation,
        };
        let id = job.id.clone();
        self.state.jobs.insert(id.clone(), job);
        id
    }

    pub(crate) fn job(&mut self, id: &str) -> Result<&mut Job, Failure> {
        self.state.jobs.get_mut(id).ok_or_else(|| no_job(id))
    }

    /// Up to `most` jobs of a type that nobody has taken; `query` narrows by one configuration property.
    pub(crate) fn offer_jobs(
        &mut self,
        kind: &ActionTypeId,
        query: &BTreeMap<String, String>,
        most: usize,
    ) -> Vec<String> {
        let now = self.now;
        let mut ids: Vec<(Timestamp, String)> = self
            .state
            .jobs
            .values()
            .filter(|job| job.kind == *kind && job.is_open() && fits(self.state, job, query))
            .map(|job| (started(self.state, job), job.id.clone()))
            .collect();
        ids.sort();
        let jobs = &mut self.state.jobs;
        let offered = ids.into_iter().filter(|(_, id)| jobs.get_mut(id).is_some_and(|job| job.offer(now)));
        offered.map(|(_, id)| id).take(most).collect()
    }

    pub(crate) fn succeed_job(&mut self, id: &str, success: Success) -> Result<(), Failure> {
        let job = self.job(id)?;
        job.check_running()?;
        job.status = JobStatus::Succeeded;
        let (run, kind) = (job.run.clone(), job.kind.clone());
        let progress = self.with_url(&run, success.progress);
        self.report(&run, progress);
        let Success { revision, variables, continuation, .. } = success;
        if continuation.is_none() {
            self.finish(&run, Outcome::Succeeded { revision, variables });
        } else if builtin::worker(&kind) == Some(Worker::Lambda) {
            self.effects.push(Effect::Invoke(run, continuation));
        } else {
            self.queue_job(run, kind, continuation);
        }
        Ok(())
    }

    pub(crate) fn fail_job(
        &mut self,
        id: &str,
        error: ErrorDetails,
        progress: Progress,
    ) -> Result<(), Failure> {
        let job = self.job(id)?;
        job.check_running()?;
        job.status = JobStatus::Failed;
        let run = job.run.clone();
        let progress = self.with_url(&run, progress);
        self.report(&run, progress);
        self.finish(&run, Outcome::Failed(error));
        Ok(())
    }

    /// Ends the action of a job that nobody has answered; one that has its answer goes its own way.
    pub(crate) fn give_up(&mut self, id: &str, became: JobStatus, outcome: Outcome) {
        let Some(job) = self.state.jobs.get_mut(id).filter(|job| job.is_open()) else {
            return;
        };
        job.status = became;
        let run = job.run.clone();
        self.finish(&run, outcome);
    }

    /// Fills the action type's `executionUrlTemplate` with the execution id that the worker reported.
    fn with_url(&self, run: &RunId, mut progress: Progress) -> Progress {
        let template = self.state.run(run).and_then(|(execution, run)| {
            let kind = builtin::find(self.state, &execution.action(run).action_type_id)?;
            Some((kind.settings.execution_url_template?, run.configuration.clone()))
        });
        if let (Some((template, configuration)), Some(id)) = (template, &progress.external_id) {
            progress.external_url =
                Some(fill(&template, &configuration).replace("{ExternalExecutionId}", id));
        }
        progress
    }
}

/// A URL template with its `{Config:Name}` placeholders filled in.
pub(crate) fn fill(template: &str, configuration: &BTreeMap<String, String>) -> String {
    configuration
        .iter()
        .fold(template.to_owned(), |url, (name, value)| url.replace(&format!("{{Config:{name}}}"), value))
}

fn fits(state: &State, job: &Job, query: &BTreeMap<String, String>) -> bool {
    let Some((_, run)) = state.run(&job.run) else {
        return false;
    };
    query.iter().all(|(name, value)| run.configuration.get(name) == Some(value))
}

fn started(state: &State, job: &Job) -> Timestamp {
    state.run(&job.run).map_or(Timestamp::MAX, |(_, run)| run.started)
}

/// The answer for a job id nobody has.
pub(crate) fn no_job(id: &str) -> Failure {
    Failure::new("JobNotFoundException", format!("There is no job '{id}'"))
}
