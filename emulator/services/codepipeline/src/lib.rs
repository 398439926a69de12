//! A `CodePipeline` that runs on this machine: AWS's operations, errors and events, and an engine that really carries
//! executions through their stages. It keeps no data on disk and runs no action itself: custom actions belong to the worker that
//! polls for their jobs, builds to `CodeBuild`, functions to Lambda, approvals to people. It only copies the objects of S3 sources and has archives of commits made.

mod api;
mod builtin;
mod check;
mod engine;
mod events;
mod json_path;
mod model;
mod state;
mod variables;
mod webhook;

#[cfg(test)]
mod tests;

pub use engine::CodePipeline;

use emulator_core::{Delivery, Operation, Service, ServiceContext, Shapes};

/// The most for actions of pipelines: functions run in real time, up to a minute a turn, and would be given up at a higher
/// speed, at which the 20 minutes that they have are over sooner.
const SPEED_OF_ACTIONS: f64 = 10.0;

impl Service for CodePipeline {
    const ID: &'static str = "codepipeline";
    const TARGET: &'static str = "CodePipeline_20150709";
    const TIMESTAMPS: &'static [&'static str] = &[
        "approvedAt",
        "created",
        "endTime",
        "lastChangedAt",
        "lastStatusChange",
        "lastTriggered",
        "lastUpdateTime",
        "pollingDisabledAt",
        "startTime",
        "updated",
    ];
    const EVENTS: &'static [&'static str] = &[events::PIPELINE, events::STAGE, events::ACTION];
    const OPERATIONS: &'static [Operation<Self>] = api::OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &api::SHAPES;

    fn start(mut context: ServiceContext) -> Self {
        context.clock = context.clock.at_most(SPEED_OF_ACTIONS);
        let service = Self::new(context);
        service.watch_branches();
        service
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }

    fn deliver(&self, delivery: Delivery<'_>) -> Option<(u16, String)> {
        webhook::receive(self, delivery)
    }
}
