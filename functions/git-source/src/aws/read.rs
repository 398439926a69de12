//! The SDK's types turned into ours. What is not copied here, above all the artifact credentials of a job, exists nowhere
//! else in the function.

use super::Job;
use crate::build::{Build, Exports, known_variables};
use aws_sdk_codebuild::types as codebuild;
use aws_sdk_codepipeline::types as codepipeline;
use shared::aws::codebuild::{BuildStatus, FailedPhase};
use shared::secret::Secret;

/// A job, if it has what every job has.
pub(super) fn job(job: codepipeline::Job) -> Option<Job> {
    let data = job.data?;
    let configuration = data.action_configuration.and_then(|action| action.configuration).unwrap_or_default();
    Some(Job {
        id: job.id?,
        nonce: Secret::new(job.nonce?),
        configuration: configuration.into_iter().collect(),
        execution: data.pipeline_context.and_then(|context| context.pipeline_execution_id),
    })
}

/// A build, if it has what every build has.
pub(super) fn build(build: codebuild::Build) -> Option<Build> {
    let variables =
        build.environment.as_ref().and_then(|environment| environment.environment_variables.as_deref());
    let variables =
        variables.unwrap_or_default().iter().map(|pair| (pair.name.as_str(), pair.value.as_str()));
    let exports = build.exported_environment_variables();
    let exports = exports.iter().filter_map(|pair| Some((pair.name()?, pair.value()?)));
    Some(Build {
        environment: known_variables(variables),
        exports: Exports::from_pairs(exports),
        failed_phase: FailedPhase::first(build.phases()),
        log: build.logs().and_then(|logs| logs.deep_link()).map(str::to_owned),
        ended: build.end_time().map(aws_smithy_types::DateTime::secs),
        status: BuildStatus::from(build.build_status()?.as_str()),
        project: build.project_name.unwrap_or_default(),
        id: build.id?,
    })
}
