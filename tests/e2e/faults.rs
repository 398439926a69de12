//! Every call the function makes may be throttled or fail: the pipeline still ends well.

use crate::harness::{Scene, run};
use emulator_core::{Fault, FaultKind};

/// Calls of one source action. Those of the sweep are struck in a test of their own.
const CALLS: [(&str, &str); 4] = [
    ("codepipeline", "PollForJobs"),
    ("codepipeline", "AcknowledgeJob"),
    ("codepipeline", "PutJobSuccessResult"),
    ("codebuild", "StartBuild"),
];

fn strike(scene: &Scene, kind: FaultKind, call: (&str, &str), times: u32) {
    scene.cloud.faults().plan(Fault {
        kind,
        service: Some(call.0.into()),
        operation: Some(call.1.into()),
        principal: Some(scene.function().into()),
        after: 0,
        times,
        every: 1,
    });
}

#[test]
fn throttling_and_server_errors_on_any_call_are_survived() {
    run(async {
        let scene = Scene::set("faults", &[]).await?;
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            for call in CALLS {
                let before = scene.clone_builds().await?.len();
                strike(&scene, kind, call, 2);
                let outcome = scene.run().await?;
                assert_eq!(outcome.status, "Succeeded", "{kind:?} on {call:?}: {outcome:?}");
                assert_eq!(scene.clone_builds().await?.len(), before + 1, "{kind:?} on {call:?}: builds");
            }
        }
        scene.configure(&[("Branch", Some("no-such-branch"))]).await?;
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            strike(&scene, kind, ("codepipeline", "PutJobFailureResult"), 2);
            let outcome = scene.run().await?;
            assert_eq!(outcome.status, "Failed");
            assert!(outcome.source.message.contains("no-such-branch"), "{kind:?}: {outcome:?}");
        }
        Ok(())
    });
}

#[test]
fn a_refused_job_is_answered_through_a_long_fault() {
    run(async {
        let scene = Scene::set("faults-refused", &[]).await?;
        scene.configure(&[("GitUrl", Some("https://github.com/a/b.git"))]).await?;
        // More than the SDK retries: no build exists that would find the job again.
        strike(&scene, FaultKind::ServerError, ("codepipeline", "PutJobFailureResult"), 8);
        let outcome = scene.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("GitUrl"), "{outcome:?}");
        Ok(())
    });
}

#[test]
fn a_fault_that_outlasts_the_retries_is_made_good_by_redelivery() {
    run(async {
        let scene = Scene::set("faults-long", &[]).await?;
        // More than the SDK retries in one invocation, less than three invocations do.
        strike(&scene, FaultKind::ServerError, ("codebuild", "StartBuild"), 6);
        let outcome = scene.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        assert_eq!(scene.clone_builds().await?.len(), 1);
        Ok(())
    });
}

#[test]
fn the_sweep_survives_faults_too() {
    run(async {
        let scene = Scene::set("faults-sweep", &[]).await?;
        assert_eq!(scene.run().await?.status, "Succeeded");
        for kind in [FaultKind::Throttle, FaultKind::ServerError] {
            for call in [("codebuild", "ListBuildsForProject"), ("codebuild", "BatchGetBuilds")] {
                strike(&scene, kind, call, 2);
                scene.sweep().await?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_denied_build_fails_the_job_with_a_sentence() {
    run(async {
        let scene = Scene::set("faults-denied", &[]).await?;
        strike(&scene, FaultKind::AccessDenied, ("codebuild", "StartBuild"), 1);
        let outcome = scene.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("codebuild:StartBuild"), "{outcome:?}");
        Ok(())
    });
}
