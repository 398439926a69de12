//! The table that people read before they say yes.

use super::*;
use crate::seen::{App, AppId, Domain, Owner, Profile, Space, State};

fn seen() -> Seen {
    let app = |name: &str, state| {
        let id = AppId { kind: "Canvas".into(), name: name.into(), owner: Owner::Profile("alice".into()) };
        App { id, state }
    };
    let space =
        |name: &str, owner: &str, state| Space { name: name.into(), owner: Some(owner.into()), state };
    Seen {
        domain: Some(Domain {
            arn: "arn:aws:sagemaker:eu-central-1:111122223333:domain/d-a".into(),
            file_system: Some("fs-0123".into()),
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
fn lines(goal: &Goal) -> Vec<String> {
    let items = inventory(goal, &seen());
    items.iter().map(|item| format!("{}: {}: {:?}", item.kind, item.names.join(","), item.action)).collect()
}

#[test]
fn everything_has_a_line_and_a_fate() {
    let goal = Goal::clean("d-a", true).unwrap();
    let expected = [
        "apps: Canvas app a of user profile alice: Delete",
        "apps: Canvas app c of user profile alice: Blocks",
        "apps: Canvas app b of user profile alice: Report",
        "spaces: notes,draft: Delete",
        "spaces: jammed: Blocks",
        "user profiles: alice,bob,carol: Delete",
        "domains: d-a: Delete",
        "tracking servers: tracker: Report",
        "running pipelines: : Report",
    ];
    assert_eq!(lines(&goal), expected);
    let items = inventory(&goal, &seen());
    let reason = |at: usize| items[at].reason.as_str();
    assert!(reason(1).contains("`Odd`") && reason(4).contains("its volume is busy"));
    assert!(reason(6).contains("fs-0123 is not deleted"));
    assert!(reason(8).contains("AccessDeniedException"));
}

#[test]
fn what_is_kept_says_why() {
    let keep = |name: &str| [name.to_owned()].into();
    let goal = Goal {
        keep_spaces: keep("notes"),
        keep_profiles: keep("carol"),
        ..Goal::clean("d-a", false).unwrap()
    };
    let lines = lines(&goal);
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
    let items = inventory(&goal, &seen());
    let alice = items.iter().find(|item| item.names == ["alice"]).unwrap();
    assert_eq!(alice.reason, "it owns space notes, which is kept");
}

#[test]
fn a_domain_that_is_gone_has_no_lines() {
    assert_eq!(inventory(&Goal::clean("d-a", true).unwrap(), &Seen::default()), []);
}
