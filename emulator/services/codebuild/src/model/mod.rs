//! The shapes of `CodeBuild`'s API that this service reads or makes itself. Members that it only stores and gives back
//! stay `Value`, so that they come back exactly as they were given.

mod build;
mod moment;
mod project;

pub(crate) use build::{Build, BuildArtifacts, Context, Exported, Logs, Phase, PhaseType, Status};
pub(crate) use moment::Moment;
pub(crate) use project::{Artifacts, Environment, Project, Settings, Source, Variable};
