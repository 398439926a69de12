//! Two executions of one pipeline at once, each with its own commit.

use crate::harness::{SourceFixture, run};
use anyhow::Context;
use aws_sdk_codepipeline::types::{PipelineVariable, PipelineVariableDeclaration};

#[test]
fn parallel_executions_each_get_their_own_commit() {
    run(async {
        let fixture = SourceFixture::deploy("parallel", &[("ExecutionMode", "PARALLEL")]).await?;
        let first = fixture.commit.clone();
        let second = fixture.repository.commit("Second").await?;
        fixture.repository.push("main").await?;
        // Each execution names its commit by a pipeline variable.
        fixture.configure(&[("Branch", None), ("Commit", Some("#{variables.Commit}"))]).await?;
        let variable = PipelineVariableDeclaration::builder().name("Commit").build()?;
        fixture.edit(|pipeline| pipeline.variables = Some(vec![variable])).await?;

        let mut executions = Vec::new();
        for commit in [&first, &second, &first] {
            let start = fixture.pipelines.start_pipeline_execution().name(fixture.pipeline());
            let start = start.variables(PipelineVariable::builder().name("Commit").value(commit).build()?);
            let id = start.send().await?.pipeline_execution_id.context("no execution id")?;
            executions.push((id, commit));
        }
        for (execution, commit) in executions {
            let outcome = fixture.wait(&execution).await?;
            assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
            assert_eq!(&outcome.source.variables["CommitId"], commit);
        }
        assert_eq!(fixture.clone_builds().await?.len(), 3);
        Ok(())
    });
}
