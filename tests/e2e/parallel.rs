//! Two executions of one pipeline at once, each with its own commit.

use crate::harness::{Scene, run};
use anyhow::Context;
use aws_sdk_codepipeline::types::{PipelineVariable, PipelineVariableDeclaration};

#[test]
fn parallel_executions_each_get_their_own_commit() {
    run(async {
        let scene = Scene::set("parallel", &[("ExecutionMode", "PARALLEL")]).await?;
        let first = scene.commit.clone();
        let second = scene.repository.commit("Second").await?;
        scene.repository.push("main").await?;
        // Each execution names its commit by a pipeline variable.
        scene.configure(&[("Branch", None), ("Commit", Some("#{variables.Commit}"))]).await?;
        let variable = PipelineVariableDeclaration::builder().name("Commit").build()?;
        scene.edit(|pipeline| pipeline.variables = Some(vec![variable])).await?;

        let mut executions = Vec::new();
        for commit in [&first, &second, &first] {
            let start = scene.pipelines.start_pipeline_execution().name(scene.pipeline());
            let start = start.variables(PipelineVariable::builder().name("Commit").value(commit).build()?);
            let id = start.send().await?.pipeline_execution_id.context("no execution id")?;
            executions.push((id, commit));
        }
        for (execution, commit) in executions {
            let outcome = scene.wait(&execution).await?;
            assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
            assert_eq!(&outcome.source.variables["CommitId"], commit);
        }
        assert_eq!(scene.clone_builds().await?.len(), 3);
        Ok(())
    });
}
