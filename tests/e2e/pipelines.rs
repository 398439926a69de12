//! Pipelines that deploy stacks: the `CloudFormation` action of `CodePipeline`, and the pipelines that test this solution.

mod change_sets;
mod deploy;
mod executions;
mod fixture;
mod solution;
