//! Answers the job of a build that has ended.

use crate::aws::{Answered, Aws, Error};
use crate::build::Build;
use crate::decide;

/// A build changed its state: answers its job, if it has ended and has one. Builds of other projects, and builds that
/// somebody started by hand, have none of ours.
///
/// # Errors
/// When the answer did not arrive, so that Lambda delivers the event again.
pub async fn run(aws: &Aws, project: &str, build: Build) -> Result<(), Error> {
    if build.project != project || !build.has_ended() {
        return Ok(());
    }
    report(aws, build).await.map(|_| ())
}

/// Answers the job of a build, after a look at the build where the event said too little.
pub(crate) async fn report(aws: &Aws, mut build: Build) -> Result<Answered, Error> {
    if decide::needs_a_look(&build)
        && let Some(seen) = aws.build(&build.id).await?
    {
        build = build.completed_by(seen);
    }
    let (Some(job), Some(answer)) = (build.job(), decide::answer(&build)) else {
        tracing::info!(build = build.id, "works for no job");
        return Ok(Answered::Before);
    };
    let answered = aws.answer(job, &answer).await?;
    tracing::info!(job, build = build.id, status = ?build.status, ?answered, "reported");
    Ok(answered)
}
