//! What is done next, as tables.

mod converge;

use super::*;
use crate::observation::{App, Domain, Owner, Profile, Reports, Space};
use shared::reconcile::output::texts;

const DOMAIN: &str = "d-abcdefghijkl";

fn spec() -> Spec {
    Spec::clean(DOMAIN, false).unwrap()
}

fn keeping(profiles: &[&str], spaces: &[&str]) -> Spec {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Spec { keep_profiles: set(profiles), keep_spaces: set(spaces), ..spec() }
}

fn domain(state: State) -> Domain {
    Domain {
        arn: format!("arn:aws:sagemaker:eu-central-1:111122223333:domain/{DOMAIN}"),
        file_system: None,
        project: None,
        state,
    }
}

fn observed() -> Observation {
    Observation { domain: Some(domain(State::Standing)), ..Observation::default() }
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
fn words(plan: Plan<CleanupAction>) -> String {
    match plan {
        Plan::Done(_) => "done".into(),
        Plan::Wait(waiting) => format!("wait: {waiting} ({})", waiting.remaining),
        Plan::Act(next, remaining) => format!("move: {next} ({remaining})"),
        Plan::Stuck(why) => format!("stuck: {why}"),
    }
}

#[track_caller]
fn check(spec: &Spec, observed: &Observation, expected: &str) {
    let plan = words(plan(spec, observed));
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
        check(&spec(), &Observation { apps: vec![app("a", state)], ..observed() }, expected);
    }
}

#[test]
fn every_status_of_a_space_a_profile_and_a_domain_has_its_treatment() {
    let whole = Spec { with_domain: true, ..spec() };
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
        let spaces = Observation { spaces: vec![space("s", None, state.clone())], ..observed() };
        let profiles = Observation { profiles: vec![profile("p", state.clone())], ..observed() };
        let itself = Observation { domain: Some(domain(state)), ..Observation::default() };
        for (spec, observed, thing, name) in [
            (&spec(), spaces, "space", "space s"),
            (&spec(), profiles, "user profile", "user profile p"),
            (&whole, itself, "domain", "domain d-abcdefghijkl"),
        ] {
            let actions = if thing == "domain" { name.to_owned() } else { format!("1 {thing}") };
            let told = if delete { format!("move: deleting {actions}") } else { expected.to_owned() };
            check(spec, &observed, &format!("{}..", told.replace("THING", thing).replace("NAME", name)));
        }
    }
}

#[test]
fn kinds_go_one_after_the_other() {
    let whole = Spec { with_domain: true, ..spec() };
    let mut observed = Observation {
        apps: vec![app("a", AppState::Running), app("b", AppState::Leaving), app("c", AppState::Failed)],
        spaces: vec![space("draft", Some("alice"), State::Standing)],
        profiles: vec![profile("alice", State::Standing), profile("bob", State::Standing)],
        ..observed()
    };
    check(&whole, &observed, "move: deleting 1 app (2 apps, 1 space, 2 user profiles, 1 domain)");
    observed.apps.remove(0);
    check(
        &whole,
        &observed,
        "wait: 1 app being deleted (JupyterLab app b of space draft) (1 app, 1 space, 2 user profiles, 1 domain)",
    );
    observed.apps.remove(0);
    check(&whole, &observed, "move: deleting 1 space (1 space, 2 user profiles, 1 domain)");
    observed.spaces.clear();
    check(&whole, &observed, "move: deleting 2 user profiles (2 user profiles, 1 domain)");
    observed.profiles.clear();
    check(&whole, &observed, "move: deleting domain d-abcdefghijkl (1 domain)");
    check(&spec(), &observed, "done");
    check(&whole, &Observation::default(), "done");
}

#[test]
fn what_can_go_goes_before_anything_stops_the_run_and_that_before_anything_is_waited_for() {
    let odd = || app("x", AppState::Unknown("Odd".into()));
    let all = vec![odd(), app("a", AppState::Running), app("b", AppState::Leaving)];
    check(&spec(), &Observation { apps: all, ..observed() }, "move: deleting 1 app..");
    check(
        &spec(),
        &Observation { apps: vec![app("b", AppState::Leaving), odd()], ..observed() },
        "stuck: ..",
    );
    let both = vec![app("b", AppState::Starting), app("c", AppState::Leaving), app("d", AppState::Leaving)];
    check(
        &spec(),
        &Observation { apps: both, ..observed() },
        "wait: 2 apps being deleted (JupyterLab app c of space draft, JupyterLab app d of space draft), 1 app starting (JupyterLab app b of space draft) (3 apps)",
    );
}

#[test]
fn one_move_holds_no_more_than_a_hundred_calls() {
    let apps = (0..250).map(|at| app(&at.to_string(), AppState::Running)).collect();
    check(&spec(), &Observation { apps, ..observed() }, "move: deleting 100 apps (250 apps)");
}

#[test]
fn what_is_kept_stays_whatever_its_status() {
    let observed = Observation {
        spaces: vec![
            space("Notes", Some("Alice"), State::Unknown("Odd".into())),
            space("draft", Some("bob"), State::Standing),
        ],
        profiles: vec![profile("alice", refused(true, None)), profile("bob", State::Standing)],
        ..observed()
    };
    check(&keeping(&[], &["notes"]), &observed, "move: deleting 1 space (1 space, 1 user profile)");
    check(&keeping(&["alice", "bob"], &["notes", "draft"]), &observed, "done");
    let whole = Spec { with_domain: true, ..keeping(&["alice", "bob"], &["notes", "draft"]) };
    check(
        &whole,
        &observed,
        "stuck: domain d-abcdefghijkl cannot be deleted while space Notes is kept in it..",
    );
    let apps = vec![app("a", AppState::Running)];
    check(
        &keeping(&["alice"], &[]),
        &Observation { apps: apps.clone(), ..observed.clone() },
        "move: deleting 1 app..",
    );
    // The app of a kept space stays too, except in a stack, which deletes the space itself.
    let kept = keeping(&["alice"], &["draft", "notes"]);
    check(&kept, &Observation { apps: apps.clone(), ..observed.clone() }, "done");
    let stack = Spec { stack: Some("stack".into()), ..kept };
    check(&stack, &Observation { apps, ..observed }, "move: deleting 1 app..");
}

#[test]
fn an_answer_has_the_same_keys_every_time_and_fits() {
    let names = |count: usize| (0..count).map(|at| format!("server-{at}")).collect::<Vec<_>>();
    let reports =
        Reports { tracking_servers: Ok(names(1000)), running_pipelines: Err("denied ".repeat(500)) };
    let full = Observation {
        apps: (0..100).map(|at| app(&at.to_string(), AppState::Failed)).collect(),
        reports: Some(reports),
        ..observed()
    };
    let reports = Reports { tracking_servers: Ok(Vec::new()), running_pipelines: Ok(vec!["train/1".into()]) };
    let quiet = Observation { reports: Some(reports), ..observed() };
    let idle = Spec { idle: true, ..spec() };
    let mut answers = Vec::new();
    for (spec, observed) in [
        (&spec(), &full),
        (&spec(), &quiet),
        (&spec(), &Observation::default()),
        (&idle, &Observation::default()),
    ] {
        let Plan::Done(output) = plan(spec, observed) else { panic!("done") };
        let output = texts(&output);
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
