//! Nobody waits in a Lambda: while a build takes twenty seconds, no function runs.

use crate::harness::{SourceFixture, run};
use anyhow::Context;
use std::time::Duration;

const BUILD_SECONDS: f64 = 20.0;

#[test]
fn no_function_runs_while_a_long_build_does() {
    run(async {
        let fixture = SourceFixture::deploy("idle", &[]).await?;
        let found = fixture.builds.batch_get_projects().names(fixture.clone_project()).send().await?;
        let project = found.projects.unwrap_or_default().pop().context("no project")?;
        let mut source = project.source.context("no source")?;
        let slow = format!("    commands:\n    - sleep {BUILD_SECONDS}\n");
        source.buildspec = source.buildspec.map(|text| text.replacen("    commands:\n", &slow, 1));
        fixture.builds.update_project().name(fixture.clone_project()).source(source).send().await?;

        let outcome = fixture.run().await?;

        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        let build = fixture.clone_builds().await?.pop().context("no build")?;
        let (start, end) = build.start_time.zip(build.end_time).context("no times")?;
        assert!(end.as_secs_f64() - start.as_secs_f64() >= BUILD_SECONDS, "the build was not slow");
        let invocations = fixture.invocations().await?;
        assert_eq!(invocations.len(), 2, "{invocations:?}");
        // Between the two invocations lies the build; neither overlaps it by more than its own short life.
        let apart =
            Duration::from_millis(u64::try_from(invocations[1].started_ms - invocations[0].started_ms)?);
        let idle = apart.as_secs_f64() - invocations[0].duration_ms / 1000.0;
        assert!(idle >= BUILD_SECONDS - 1.0, "only {idle} s without a running function");
        Ok(())
    });
}
