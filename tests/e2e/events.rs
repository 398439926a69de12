//! Events come twice, late, in another order or never: the pipeline ends the same.

use crate::harness::{SourceFixture, run, until};
use emulator_core::{EventFault, EventFaultKind};

const ACTION: &str = "CodePipeline Action Execution State Change";
const BUILD: &str = "CodeBuild Build State Change";

fn fault(fixture: &SourceFixture, detail_type: &str, containing: &str, kind: EventFaultKind, times: u32) {
    fixture.cloud.faults().plan_event(EventFault {
        kind,
        detail_type: Some(detail_type.into()),
        containing: Some(of(fixture, containing)),
        times,
    });
}

fn of(fixture: &SourceFixture, containing: &str) -> String {
    containing.replace("STACK", &fixture.deployed.stack)
}

/// Waits until all planned events are lost.
async fn lost(fixture: &SourceFixture, containing: &str) -> anyhow::Result<()> {
    let containing = of(fixture, containing);
    until("the events are lost", async || Ok(fixture.cloud.faults().events_left(&containing) == 0)).await
}

/// The events of a fixture's source action, and those of its clone build: start and end of each.
const EVENTS: [(&str, &str); 2] = [(ACTION, r#""pipeline":"STACK""#), (BUILD, "STACK")];

#[test]
fn duplicate_late_and_reordered_events_change_nothing() {
    run(async {
        let fixture = SourceFixture::deploy("events-odd", &[]).await?;
        for kind in [EventFaultKind::Duplicate, EventFaultKind::Delay(1500), EventFaultKind::Reorder] {
            let before = fixture.clone_builds().await?.len();
            for (detail_type, containing) in EVENTS {
                fault(&fixture, detail_type, containing, kind, 2);
            }
            let outcome = fixture.run().await?;
            assert_eq!(outcome.status, "Succeeded", "{kind:?}: {outcome:?}");
            assert_eq!(outcome.source.variables["CommitId"], fixture.commit);
            assert_eq!(fixture.clone_builds().await?.len(), before + 1, "{kind:?} started another build");
            // What is left would hit the events of the next kind instead.
            for (_, containing) in EVENTS {
                let left = fixture.cloud.faults().events_left(&of(&fixture, containing));
                assert_eq!(left, 0, "{kind:?} has hit too few events");
            }
        }
        Ok(())
    });
}

#[test]
fn a_lost_start_event_is_made_good_by_the_sweep() {
    run(async {
        let fixture = SourceFixture::deploy("events-lost-start", &[]).await?;
        fault(&fixture, ACTION, r#""pipeline":"STACK""#, EventFaultKind::Drop, 1);
        let execution = fixture.start().await?;
        lost(&fixture, r#""pipeline":"STACK""#).await?;
        assert!(fixture.clone_builds().await?.is_empty(), "the event was not lost");
        fixture.sweep().await?;
        assert_eq!(fixture.wait(&execution).await?.status, "Succeeded");
        Ok(())
    });
}

#[test]
fn a_lost_end_event_is_made_good_by_the_sweep() {
    run(async {
        let fixture = SourceFixture::deploy("events-lost-end", &[]).await?;
        // IN_PROGRESS and the end, both lost.
        fault(&fixture, BUILD, "STACK", EventFaultKind::Drop, 2);
        let execution = fixture.start().await?;
        lost(&fixture, "STACK").await?;
        let ended = async || {
            let builds = fixture.clone_builds().await?;
            Ok(builds.first().is_some_and(|build| build.build_complete))
        };
        until("the clone build ends", ended).await?;
        let state = fixture.pipelines.get_pipeline_execution().pipeline_name(fixture.pipeline());
        let state = state.pipeline_execution_id(&execution).send().await?.pipeline_execution.unwrap();
        assert_eq!(state.status.unwrap().as_str(), "InProgress", "the event was not lost");
        fixture.sweep().await?;
        let outcome = fixture.wait(&execution).await?;
        assert_eq!(outcome.status, "Succeeded");
        assert_eq!(outcome.source.variables["CommitId"], fixture.commit);
        Ok(())
    });
}

#[test]
fn an_event_that_beats_its_job_waits_for_it_a_moment() {
    run(async {
        let fixture = SourceFixture::deploy("events-early", &[]).await?;
        // An event for a job that never comes: the function looks a few times, then succeeds.
        let event = std::fs::read_to_string(crate::harness::project().join("events/git-source-start.json"))?;
        let provider = fixture.deployed.parameters["SourceActionProvider"].clone();
        let mut event: serde_json::Value = serde_json::from_str(&event)?;
        event["detail"]["type"]["provider"] = provider.into();
        event["detail"]["pipeline"] = fixture.pipeline().into();
        fixture.invoke(&event).await?;
        let invocation = fixture.invocations().await?.pop().unwrap();
        assert!(invocation.error.is_none());
        assert!(fixture.clone_builds().await?.is_empty());
        Ok(())
    });
}
