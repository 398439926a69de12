//! Takes the jobs of our action type, as many as there are, and starts a build for each. Every job is on its own: what
//! goes wrong with one does not keep the others.

use crate::aws::{Answered, Aws, Error, Job};
use crate::build::Build;
use crate::complete;
use crate::config::AllowedHosts;
use crate::decide::{self, Answer, Failure};
use futures_util::{StreamExt, stream};
use shared::error::chain;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Jobs handled at the same time. Two hundred of them take seconds, and AWS's rate limits are not hit by one function.
pub const AT_ONCE: usize = 8;
/// The most jobs one run takes, so that it ends within its time limit. The next event or sweep takes the rest.
pub const JOBS_PER_RUN: usize = 200;
/// The pauses when an event comes before its job can be polled: under two seconds in all. Then the job is left to the
/// sweep.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// An acknowledgement that took this long was tried again. No build ends sooner than this after it was started.
const LATE: Duration = Duration::from_millis(500);

/// How often the tries of the SDK are repeated for the answer to a refused job.
const MORE_ROUNDS: usize = 2;

/// The result of a run over the waiting jobs.
#[derive(Debug, Default)]
pub(crate) struct Drained {
    /// Jobs this run took.
    pub(crate) taken: usize,
    /// What has to be tried again.
    pub(crate) errors: Vec<Error>,
}

/// An action of ours started: serves every job that waits, the one of this `execution` among them.
///
/// # Errors
/// When something is left that another try may do.
pub async fn run(aws: &Aws, hosts: &AllowedHosts, execution: &str) -> Result<(), Error> {
    let mut pauses = PAUSES.into_iter();
    let mut drained = drain(aws, hosts, &HashMap::new(), Some((execution, &mut pauses))).await;
    tracing::info!(execution, taken = drained.taken, left = drained.errors.len(), "polled for jobs");
    Error::unite(std::mem::take(&mut drained.errors))
}

/// Serves every job that waits. `known` are builds that exist already, by job: such a job gets no second build, however
/// long ago `StartBuild` has forgotten its token. With `awaited`, an empty poll is repeated after each of the pauses until
/// the job of that execution was seen.
pub(crate) async fn drain(
    aws: &Aws,
    hosts: &AllowedHosts,
    known: &HashMap<&str, &Build>,
    mut awaited: Option<(&str, &mut dyn Iterator<Item = Duration>)>,
) -> Drained {
    let mut drained = Drained::default();
    let mut seen = HashSet::new();
    while seen.len() < JOBS_PER_RUN {
        let mut jobs = match aws.poll().await {
            Ok(jobs) => jobs,
            Err(error) => {
                drained.errors.push(error);
                break;
            }
        };
        // A job that could not be served stays unacknowledged and is offered again: once per run is enough.
        jobs.retain(|job| seen.insert(job.id.clone()));
        if jobs.is_empty() {
            match awaited.as_mut().and_then(|(_, pauses)| pauses.next()) {
                Some(pause) => shared::pause::pause(pause).await,
                None => break,
            }
            continue;
        }
        // A service that does not say which execution a job belongs to has shown all it has.
        awaited = awaited.filter(|(execution, _)| {
            jobs.iter().all(|job| job.execution.as_deref().is_some_and(|its| its != *execution))
        });
        let served =
            stream::iter(&jobs).map(|job| serve(aws, hosts, job, known.get(job.id.as_str()).copied()));
        let mut served = served.buffer_unordered(AT_ONCE);
        while let Some(outcome) = served.next().await {
            match outcome {
                Ok(taken) => drained.taken += usize::from(taken),
                Err(error) => {
                    tracing::warn!(reason = chain(&error), "left a job for another try");
                    drained.errors.push(error);
                }
            }
        }
    }
    drained
}

/// Serves one job; `false` when somebody else has it.
///
/// The build is started before the job is acknowledged. An acknowledged job is never offered again, so that a function
/// which died between the two calls in the other order would leave a job nobody works on. In this order it leaves a
/// build, which the next try finds again by its token (the job's id), or the sweep in the list of builds. A second
/// function with the same job starts nothing new and loses the race for the nonce; and should two builds of one job ever
/// run, the first to end answers and the other answer is refused.
async fn serve(aws: &Aws, hosts: &AllowedHosts, job: &Job, known: Option<&Build>) -> Result<bool, Error> {
    let build = match known {
        Some(build) => build.clone(),
        None => match decide::build_variables(&job.id, &job.configuration, hosts) {
            Err(refused) => return refuse(aws, job, refused.into()).await,
            Ok(variables) => match aws.start_build(&job.id, variables).await {
                Ok(build) => build,
                Err(error) => match error.refusal() {
                    Some(failure) => {
                        tracing::error!(job = job.id, reason = chain(&error), "no build can be started");
                        return refuse(aws, job, failure).await;
                    }
                    None => return Err(error),
                },
            },
        },
    };
    let begun = Instant::now();
    if !aws.acknowledge(job).await? {
        tracing::info!(job = job.id, "somebody else has the job");
        return Ok(false);
    }
    tracing::info!(job = job.id, build = build.id, "started");
    // A build that ended before its job was acknowledged found no job to answer: one started by a function that died in
    // between, or a short one while the acknowledgement had to be tried again.
    let now = if begun.elapsed() >= LATE { aws.build(&build.id).await?.unwrap_or(build) } else { build };
    if now.has_ended() {
        complete::report(aws, now).await?;
    }
    Ok(true)
}

/// Fails a job without a build. Only an acknowledged job can be answered; another worker would answer the same,
/// so the answer is sent in any case: a lost reply to our own acknowledgement looks like a lost race.
async fn refuse(aws: &Aws, job: &Job, failure: Failure) -> Result<bool, Error> {
    let taken = aws.acknowledge(job).await?;
    tracing::info!(job = job.id, kind = ?failure.kind, "refused");
    let answer = Answer::Failure(failure);
    let mut answered = aws.answer(&job.id, &answer).await;
    // Nothing finds an acknowledged job without a build again, so this answer is worth more than the usual tries.
    for _ in 0..MORE_ROUNDS {
        if answered.is_ok() {
            break;
        }
        answered = aws.answer(&job.id, &answer).await;
    }
    Ok(answered? == Answered::Now || taken)
}
