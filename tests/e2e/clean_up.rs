//! The clean-up of Studio and its storage, end to end: the packaged templates, the release builds of both functions, and
//! each driver that asks for it: `CloudFormation`, `CodePipeline`, the state machine, the command line.

pub(crate) mod clients;
mod domain_fixture;
pub(crate) mod functions;
pub(crate) mod leftovers;
pub(crate) mod pipeline;
pub(crate) mod population;
pub(crate) mod program;
pub(crate) mod record;

mod by_command;
mod by_event;
mod by_machine;
mod by_pipeline;
mod by_stack;
pub(crate) mod canaries;
mod kill;
mod least_privilege;
mod neighbours;
mod removal;
mod stuck;
mod throttle;
