//! What is done next, as tables.

mod converge;

use super::*;
use crate::seen::{App, Domain, Owner, Profile, Reports, Space};

const DOMAIN: &str = "d-abcdefghijkl";

fn goal() -> Goal {
    Goal::clean(DOMAIN, false).unwrap()
}

fn keeping(profiles: &[&str], spaces: &[&str]) -> Goal {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Goal { keep_profiles: set(profiles), keep_spaces: set(spaces), ..goal() }
}

fn domain(state: State) -> Domain {
    Domain {
        arn: format!("arn:aws:sagemaker:eu-central-1:111122223333:domain/{DOMAIN}"),
        file_system: None,
        project: None,
        state,
    }
}

fn seen() -> Seen {
    Seen { domain: Some(domain(State::Standing)), ..Seen::default() }
}

fn app(name: &str, state: AppState) -> App {
    let id = AppId { kind: "JupyterLab".into(), name: name.into(), owner: Owner::Space("draft".into()) };
    App { id, state }
}

fn space(name: &str, owner: Option<&str>, state: State) -> Space {
    Space { name: name.into(), owner: owner.map(str::to_owned), volume: None, state }
}

fn profile(name: &str, state: State) -> Profile {
    Profile { name: name.into(), state }
}

fn refused(recently: bool, why: Option<&str>) -> State {
    State::Refused { recently, why: why.map(str::to_owned) }
}

/// A plan in a few words.
fn words(plan: Plan<Move>) -> String {
    match plan {
        Plan::Done(_) => "done".into(),
        Plan::Wait(waiting) => format!("wait: {} ({})", waiting.on, waiting.left),
        Plan::Move(next, left) => format!("move: {next} ({left})"),
        Plan::Stuck(why) => format!("stuck: {why}"),
    }
}

#[track_caller]
fn check(goal: &Goal, seen: &Seen, expected: &str) {
    let plan = words(plan(goal, seen));
    let same = match expected.strip_suffix("..") {
        Some(front) => plan.starts_with(front),
        None => plan == expected,
    };
    assert!(same, "expected {expected}, got {plan}");
}

#[test]
fn every_status_of_an_app_has_its_treatment() {
    for (state, expected) in [
        (AppState::Running, "move: deleting 1 app (1 app)"),
        (AppState::Starting, "wait: 1 app starting (JupyterLab app a of space draft) (1 app)"),
        (AppState::Leaving, "wait: 1 app being deleted (JupyterLab app a of space draft) (1 app)"),
        (AppState::Failed, "done"),
        (
            AppState::Unknown("Asleep".into()),
            "stuck: JupyterLab app a of space draft has the status `Asleep`..",
        ),
    ] {
        check(&goal(), &Seen { apps: vec![app("a", state)], ..seen() }, expected);
    }
}

#[test]
fn every_status_of_a_space_a_profile_and_a_domain_has_its_treatment() {
    let whole = Goal { with_domain: true, ..goal() };
    for (state, delete, expected) in [
        (State::Standing, true, ""),
        (refused(false, None), true, ""),
        (State::Changing, false, "wait: 1 THING being changed"),
        (State::Leaving, false, "wait: 1 THING being deleted"),
        (
            refused(true, Some("in use.")),
            false,
            "stuck: SageMaker could not delete NAME: in use. Remove that cause",
        ),
        (refused(true, None), false, "stuck: SageMaker could not delete NAME: it gives no reason. Remove"),
        (State::Unknown("Odd".into()), false, "stuck: NAME has the status `Odd`"),
    ] {
        let spaces = Seen { spaces: vec![space("s", None, state.clone())], ..seen() };
        let profiles = Seen { profiles: vec![profile("p", state.clone())], ..seen() };
        let itself = Seen { domain: Some(domain(state)), ..Seen::default() };
        for (goal, seen, thing, name) in [
            (&goal(), spaces, "space", "space s"),
            (&goal(), profiles, "user profile", "user profile p"),
            (&whole, itself, "domain", "domain d-abcdefghijkl"),
        ] {
            let moves = if thing == "domain" { name.to_owned() } else { format!("1 {thing}") };
            let told = if delete { format!("move: deleting {moves}") } else { expected.to_owned() };
            check(goal, &seen, &format!("{}..", told.replace("THING", thing).replace("NAME", name)));
        }
    }
}

#[test]
fn kinds_go_one_after_the_other() {
    let whole = Goal { with_domain: true, ..goal() };
    let mut seen = Seen {
        apps: vec![app("a", AppState::Running), app("b", AppState::Leaving), app("c", AppState::Failed)],
        spaces: vec![space("draft", Some("alice"), State::Standing)],
        profiles: vec![profile("alice", State::Standing), profile("bob", State::Standing)],
        ..seen()
    };
    check(&whole, &seen, "move: deleting 1 app (2 apps, 1 space, 2 user profiles, 1 domain)");
    seen.apps.remove(0);
    check(
        &whole,
        &seen,
        "wait: 1 app being deleted (JupyterLab app b of space draft) (1 app, 1 space, 2 user profiles, 1 domain)",
    );
    seen.apps.remove(0);
    check(&whole, &seen, "move: deleting 1 space (1 space, 2 user profiles, 1 domain)");
    seen.spaces.clear();
    check(&whole, &seen, "move: deleting 2 user profiles (2 user profiles, 1 domain)");
    seen.profiles.clear();
    check(&whole, &seen, "move: deleting domain d-abcdefghijkl (1 domain)");
    check(&goal(), &seen, "done");
    check(&whole, &Seen::default(), "done");
}

#[test]
fn what_can_go_goes_before_anything_stops_the_run_and_that_before_anything_is_waited_for() {
    let odd = || app("x", AppState::Unknown("Odd".into()));
    let all = vec![odd(), app("a", AppState::Running), app("b", AppState::Leaving)];
    check(&goal(), &Seen { apps: all, ..seen() }, "move: deleting 1 app..");
    check(&goal(), &Seen { apps: vec![app("b", AppState::Leaving), odd()], ..seen() }, "stuck: ..");
    let both = vec![app("b", AppState::Starting), app("c", AppState::Leaving), app("d", AppState::Leaving)];
    check(
        &goal(),
        &Seen { apps: both, ..seen() },
        "wait: 2 apps being deleted (JupyterLab app c of space draft, JupyterLab app d of space draft), 1 app starting (JupyterLab app b of space draft) (3 apps)",
    );
}

#[test]
fn one_move_holds_no_more_than_a_hundred_calls() {
    let apps = (0..250).map(|at| app(&at.to_string(), AppState::Running)).collect();
    check(&goal(), &Seen { apps, ..seen() }, "move: deleting 100 apps (250 apps)");
}

#[test]
fn what_is_kept_stays_whatever_its_status() {
    let seen = Seen {
        spaces: vec![
            space("Notes", Some("Alice"), State::Unknown("Odd".into())),
            space("draft", Some("bob"), State::Standing),
        ],
        profiles: vec![profile("alice", refused(true, None)), profile("bob", State::Standing)],
        ..seen()
    };
    check(&keeping(&[], &["notes"]), &seen, "move: deleting 1 space (1 space, 1 user profile)");
    check(&keeping(&["alice", "bob"], &["notes", "draft"]), &seen, "done");
    let whole = Goal { with_domain: true, ..keeping(&["alice", "bob"], &["notes", "draft"]) };
    check(&whole, &seen, "stuck: domain d-abcdefghijkl cannot be deleted while space Notes is kept in it..");
    let apps = vec![app("a", AppState::Running)];
    check(&keeping(&["alice"], &[]), &Seen { apps: apps.clone(), ..seen.clone() }, "move: deleting 1 app..");
    // The app of a kept space stays too, except in a stack, which deletes the space itself.
    let kept = keeping(&["alice"], &["draft", "notes"]);
    check(&kept, &Seen { apps: apps.clone(), ..seen.clone() }, "done");
    let stack = Goal { stack: Some("stack".into()), ..kept };
    check(&stack, &Seen { apps, ..seen }, "move: deleting 1 app..");
}

#[test]
fn an_answer_has_the_same_keys_every_time_and_fits() {
    let names = |count: usize| (0..count).map(|at| format!("server-{at}")).collect::<Vec<_>>();
    let reports =
        Reports { tracking_servers: Ok(names(1000)), running_pipelines: Err("denied ".repeat(500)) };
    let full = Seen {
        apps: (0..100).map(|at| app(&at.to_string(), AppState::Failed)).collect(),
        reports: Some(reports),
        ..seen()
    };
    let reports = Reports { tracking_servers: Ok(Vec::new()), running_pipelines: Ok(vec!["train/1".into()]) };
    let quiet = Seen { reports: Some(reports), ..seen() };
    let idle = Goal { idle: true, ..goal() };
    let mut answers = Vec::new();
    for (goal, seen) in
        [(&goal(), &full), (&goal(), &quiet), (&goal(), &Seen::default()), (&idle, &Seen::default())]
    {
        let Plan::Done(output) = plan(goal, seen) else { panic!("done") };
        let length: usize = output.values().map(String::len).sum();
        assert!(length < 3000, "{length} bytes");
        assert_eq!(
            output.keys().collect::<Vec<_>>(),
            ["DomainId", "FailedApps", "RunningPipelines", "TrackingServers"]
        );
        answers.push(output);
    }
    assert!(answers[0]["TrackingServers"].starts_with("server-0, server-1, "));
    assert!(answers[0]["TrackingServers"].ends_with(" more"));
    assert!(answers[0]["FailedApps"].starts_with("JupyterLab app 0 of space draft, "));
    assert!(answers[0]["RunningPipelines"].starts_with("unknown: denied"));
    assert_eq!((&*answers[1]["FailedApps"], &*answers[1]["RunningPipelines"]), ("none", "train/1"));
    assert_eq!(answers[3]["FailedApps"], "not looked at");
}
