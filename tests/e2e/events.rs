//! Events come twice, late, in another order or never: the pipeline ends the same.

use crate::harness::{Scene, run};
use emulator_core::{EventFault, EventFaultKind};
use std::time::Duration;

const ACTION: &str = "CodePipeline Action Execution State Change";
const BUILD: &str = "CodeBuild Build State Change";

fn fault(scene: &Scene, detail_type: &str, containing: &str, kind: EventFaultKind, times: u32) {
    scene.cloud.faults().plan_event(EventFault {
        kind,
        detail_type: Some(detail_type.into()),
        containing: Some(containing.replace("SCENE", &scene.site.stack)),
        times,
    });
}

/// The start event of a scene's source action, and the end event of its clone build.
const EVENTS: [(&str, &str); 2] = [(ACTION, r#""pipeline":"SCENE""#), (BUILD, "SCENE")];

#[test]
fn duplicate_late_and_reordered_events_change_nothing() {
    run(async {
        let scene = Scene::set("events-odd", &[]).await?;
        for kind in [EventFaultKind::Duplicate, EventFaultKind::Delay(1500), EventFaultKind::Reorder] {
            let before = scene.clone_builds().await?.len();
            for (detail_type, containing) in EVENTS {
                fault(&scene, detail_type, containing, kind, 4);
            }
            let outcome = scene.run().await?;
            assert_eq!(outcome.status, "Succeeded", "{kind:?}: {outcome:?}");
            assert_eq!(outcome.source.variables["CommitId"], scene.commit);
            assert_eq!(scene.clone_builds().await?.len(), before + 1, "{kind:?} started another build");
        }
        Ok(())
    });
}

#[test]
fn a_lost_start_event_is_made_good_by_the_sweep() {
    run(async {
        let scene = Scene::set("events-lost-start", &[]).await?;
        fault(&scene, ACTION, r#""pipeline":"SCENE""#, EventFaultKind::Drop, 1);
        let execution = scene.start().await?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(scene.clone_builds().await?.is_empty(), "the event was not lost");
        scene.sweep().await?;
        assert_eq!(scene.wait(&execution).await?.status, "Succeeded");
        Ok(())
    });
}

#[test]
fn a_lost_end_event_is_made_good_by_the_sweep() {
    run(async {
        let scene = Scene::set("events-lost-end", &[]).await?;
        // IN_PROGRESS and the end, both lost.
        fault(&scene, BUILD, "SCENE", EventFaultKind::Drop, 2);
        let execution = scene.start().await?;
        loop {
            let builds = scene.clone_builds().await?;
            if builds.first().is_some_and(|build| build.build_complete) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let state = scene.pipelines.get_pipeline_execution().pipeline_name(scene.pipeline());
        let state = state.pipeline_execution_id(&execution).send().await?.pipeline_execution.unwrap();
        assert_eq!(state.status.unwrap().as_str(), "InProgress", "the event was not lost");
        scene.sweep().await?;
        let outcome = scene.wait(&execution).await?;
        assert_eq!(outcome.status, "Succeeded");
        assert_eq!(outcome.source.variables["CommitId"], scene.commit);
        Ok(())
    });
}

#[test]
fn an_event_that_beats_its_job_waits_for_it_a_moment() {
    run(async {
        let scene = Scene::set("events-early", &[]).await?;
        // An event for a job that never comes: the function looks a few times, then succeeds.
        let event = std::fs::read_to_string(crate::harness::project().join("events/git-source-start.json"))?;
        let provider = scene.site.parameters["SourceActionProvider"].clone();
        let mut event: serde_json::Value = serde_json::from_str(&event)?;
        event["detail"]["type"]["provider"] = provider.into();
        event["detail"]["pipeline"] = scene.pipeline().into();
        scene.invoke(&event).await?;
        let invocation = scene.invocations().await?.pop().unwrap();
        assert!(invocation.error.is_none());
        assert!(scene.clone_builds().await?.is_empty());
        Ok(())
    });
}
