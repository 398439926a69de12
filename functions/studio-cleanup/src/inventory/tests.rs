//! The table that people read before they say yes.

use super::*;
use crate::observation::{App, AppId, Domain, Owner, Profile, Space, State};

fn observed() -> Observation {
    let app = |name: &str, state| {
        let id = AppId { kind: "Canvas".into(), name: name.into(), owner: Owner::Profile("alice".into()) };
        App { id, state }
    };
    let space = |name: &str, owner: &str, state| Space {
        name: name.into(),
        owner: Some(owner.into()),
        volume: None,
        state,
    };
    Observation {
        stays: None,
        domain: Some(Domain {
            arn: "arn:aws:sagemaker:eu-central-1:111122223333:domain/d-a".into(),
            file_system: Some("fs-0123".into()),
            project: None,
            state: State::Standing,
        }),
        apps: vec![
            app("a", AppState::Running),
            app("b", AppState::Failed),
            app("c", AppState::Unknown("Odd".into())),
        ],
        spaces: vec![
            space("notes", "alice", State::Standing),
            space("draft", "bob", State::Leaving),
            space("jammed", "bob", State::Refused { recently: true, why: Some("its volume is busy".into()) }),
        ],
        profiles: ["alice", "bob", "carol"]
            .map(|name| Profile { name: name.into(), state: State::Standing })
            .into(),
        reports: Some(Reports {
            tracking_servers: Ok(vec!["tracker".into()]),
            running_pipelines: Err("could not search: AccessDeniedException".into()),
        }),
    }
}

/// `kind: names: action`, line by line.
fn lines(spec: &Spec) -> Vec<String> {
    let items = inventory(spec, &observed());
    items.iter().map(|item| format!("{}: {}: {:?}", item.kind, item.shown().join(","), item.action)).collect()
}

#[test]
fn everything_has_a_line_and_an_action() {
    let spec = Spec::clean("d-a", true).unwrap();
    let expected = [
        "apps: Canvas app a of user profile alice: Delete",
        "apps: Canvas app c of user profile alice: Blocked",
        "apps: Canvas app b of user profile alice: Report",
        "spaces: notes,draft: Delete",
        "spaces: jammed: Blocked",
        "user profiles: alice,bob,carol: Delete",
        "domains: d-a: Delete",
        "tracking servers: tracker: Report",
        "running pipelines: : Report",
    ];
    assert_eq!(lines(&spec), expected);
    let items = inventory(&spec, &observed());
    let reason = |at: usize| items[at].reason.as_str();
    assert!(reason(1).contains("`Odd`") && reason(4).contains("its volume is busy"));
    assert!(reason(6).contains("fs-0123 is not deleted"));
    assert!(reason(8).contains("AccessDeniedException"));
}

#[test]
fn what_is_kept_says_why() {
    let keep = |name: &str| [name.to_owned()].into();
    let spec = Spec {
        keep_spaces: keep("notes"),
        keep_profiles: keep("carol"),
        ..Spec::clean("d-a", false).unwrap()
    };
    let lines = lines(&spec);
    for line in [
        "spaces: draft: Delete",
        "spaces: notes: Keep",
        "user profiles: bob: Delete",
        "user profiles: alice: Keep",
        "user profiles: carol: Keep",
        "domains: d-a: Keep",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line} is not in {lines:#?}");
    }
    let items = inventory(&spec, &observed());
    let alice = items.iter().find(|item| item.shown() == ["alice"]).unwrap();
    assert_eq!(alice.reason, "it owns space notes, which is kept");
}

#[test]
fn a_volume_is_told_with_its_size_and_blocks_until_its_loss_is_accepted() {
    let spec = Spec::clean("d-a", true).unwrap();
    let mut observed = observed();
    observed.spaces[0].volume = Some(100);
    observed.spaces[1].volume = Some(5);
    let lines = |spec: &Spec| -> Vec<String> {
        let items = inventory(spec, &observed).into_iter().filter(|item| item.kind == "spaces");
        items.map(|item| format!("{}: {:?}", item.shown().join(","), item.action)).collect()
    };
    let jammed = "jammed: Blocked".to_owned();
    // What is being deleted already is shown, and no longer asked about.
    assert_eq!(lines(&spec), ["notes (100 GB): Blocked", "draft (5 GB): Delete", &jammed]);
    let accepted = spec.clone().deleting_space_storage(true);
    assert_eq!(lines(&accepted), ["notes (100 GB),draft (5 GB): Delete", &jammed]);
    let keeping = Spec { keep_spaces: ["notes".to_owned()].into(), ..spec };
    assert_eq!(lines(&keeping), ["draft (5 GB): Delete", &jammed, "notes (100 GB): Keep"]);
}

#[test]
fn the_domain_of_a_project_is_blocked_and_named() {
    let spec = Spec::clean("d-a", true).unwrap();
    let mut observed = observed();
    let project = crate::observation::Project { id: "p1".into(), domain: "dzd_1".into() };
    observed.domain.as_mut().unwrap().project = Some(project);
    let line = |spec: &Spec| {
        let items = inventory(spec, &observed);
        let item = items.into_iter().find(|item| item.kind == "domains").unwrap();
        (item.action, item.reason)
    };
    let (action, reason) = line(&spec);
    assert_eq!(action, PlannedAction::Blocked);
    assert!(reason.contains("d-a") && reason.contains("project p1 (domain dzd_1)"), "{reason}");
    assert_eq!(line(&spec.allowing_unified_studio(true)).0, PlannedAction::Delete);
}

#[test]
fn a_domain_that_is_gone_has_no_lines() {
    assert_eq!(inventory(&Spec::clean("d-a", true).unwrap(), &Observation::default()), []);
}
