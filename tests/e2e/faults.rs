//! Every call the function makes may be throttled or fail: the pipeline still ends well.

use crate::harness::{SourceFixture, run};
use emulator_core::{Fault, FaultKind};

/// Calls of one source action. Those of the sweep are struck in a test of their own.
const CALLS: [(&str, &str); 4] = [
    ("codepipeline", "PollForJobs"),
    ("codepipeline", "AcknowledgeJob"),
    ("codepipeline", "PutJobSuccessResult"),
    ("codebuild", "StartBuild"),
];

fn inject_fault(fixture: &SourceFixture, kind: FaultKind, call: (&str, &str), times: u32) {
    fixture.cloud.faults().plan(Fault {
        kind,
        service: Some(call.0.into()),
        operation: Some(call.1.into()),
        principal: Some(fixture.function().into()),
        after: 0,
        times,
        every: 1,
    });
}

#[test]
fn throttling_and_server_errors_on_any_call_are_survived() {
    run(async {
        let fixture = SourceFixture::deploy("faults", &[]).await?;
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            for call in CALLS {
                let before = fixture.clone_builds().await?.len();
                inject_fault(&fixture, kind, call, 2);
                let outcome = fixture.run().await?;
                assert_eq!(outcome.status, "Succeeded", "{kind:?} on {call:?}: {outcome:?}");
                assert_eq!(fixture.clone_builds().await?.len(), before + 1, "{kind:?} on {call:?}: builds");
            }
        }
        fixture.configure(&[("Branch", Some("no-such-branch"))]).await?;
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            inject_fault(&fixture, kind, ("codepipeline", "PutJobFailureResult"), 2);
            let outcome = fixture.run().await?;
            assert_eq!(outcome.status, "Failed");
            assert!(outcome.source.message.contains("no-such-branch"), "{kind:?}: {outcome:?}");
        }
        Ok(())
    });
}

#[test]
fn a_refused_job_is_answered_through_a_long_fault() {
    run(async {
        let fixture = SourceFixture::deploy("faults-refused", &[]).await?;
        fixture.configure(&[("GitUrl", Some("https://github.com/a/b.git"))]).await?;
        // More than the SDK retries: no build exists that would find the job again.
        inject_fault(&fixture, FaultKind::ServerError, ("codepipeline", "PutJobFailureResult"), 8);
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("GitUrl"), "{outcome:?}");
        Ok(())
    });
}

#[test]
fn a_fault_that_outlasts_the_retries_is_made_good_by_redelivery() {
    run(async {
        let fixture = SourceFixture::deploy("faults-long", &[]).await?;
        // More than the SDK retries in one invocation, less than three invocations do.
        inject_fault(&fixture, FaultKind::ServerError, ("codebuild", "StartBuild"), 6);
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        assert_eq!(fixture.clone_builds().await?.len(), 1);
        Ok(())
    });
}

#[test]
fn the_sweep_survives_faults_too() {
    run(async {
        let fixture = SourceFixture::deploy("faults-sweep", &[]).await?;
        assert_eq!(fixture.run().await?.status, "Succeeded");
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            for call in [("codebuild", "ListBuildsForProject"), ("codebuild", "BatchGetBuilds")] {
                inject_fault(&fixture, kind, call, 2);
                fixture.sweep().await?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_denied_build_fails_the_job_with_a_sentence() {
    run(async {
        let fixture = SourceFixture::deploy("faults-denied", &[]).await?;
        inject_fault(&fixture, FaultKind::AccessDenied, ("codebuild", "StartBuild"), 1);
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("codebuild:StartBuild"), "{outcome:?}");
        Ok(())
    });
}
