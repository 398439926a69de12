//! From every small observation the plan ends, whatever interrupts its actions, and SageMaker never has to refuse it.

use super::*;
use proptest::prelude::*;

/// A domain that does what SageMaker does, without time: things that leave are gone when `tick` says so.
#[derive(Clone, Debug)]
struct Simulation {
    spec: Spec,
    observed: Observation,
}

impl Simulation {
    /// Carries out the first `calls` of an action. Everything that SageMaker would refuse is a mistake of the plan.
    fn act(&mut self, next: &CleanupAction, calls: usize) {
        let Observation { domain, apps, spaces, profiles, .. } = &mut self.observed;
        let spec = &self.spec;
        let going = |app: &App| app.state != AppState::Failed && !spec.keeps_app(&app.id.owner);
        let live = |apps: &[App]| apps.iter().any(going);
        match &next.batch {
            Batch::Apps(ids) => {
                for id in ids.iter().take(calls) {
                    let app = apps.iter_mut().find(|app| app.id == *id).unwrap();
                    assert!(!spec.keeps_app(&id.owner), "{id} is kept");
                    assert_eq!(app.state, AppState::Running, "only an app in service can be deleted");
                    app.state = AppState::Leaving;
                }
            }
            Batch::Spaces(names) => {
                assert!(!live(apps), "a space before the apps");
                for name in names.iter().take(calls) {
                    assert!(!self.spec.keeps_space(name), "space {name} is kept");
                    spaces.iter_mut().find(|space| space.name == *name).unwrap().state = State::Leaving;
                }
            }
            Batch::Profiles(names) => {
                assert!(!live(apps), "a user profile before the apps");
                for name in names.iter().take(calls) {
                    assert!(!self.spec.keeps_profile(name), "user profile {name} is kept");
                    let owned = spaces.iter().any(|space| space.owner.as_ref() == Some(name));
                    assert!(!owned, "user profile {name} before its spaces");
                    profiles.iter_mut().find(|profile| profile.name == *name).unwrap().state = State::Leaving;
                }
            }
            Batch::Domain => {
                assert!(self.spec.with_domain && !live(apps) && spaces.is_empty() && profiles.is_empty());
                if calls > 0 {
                    domain.as_mut().unwrap().state = State::Leaving;
                }
            }
        }
    }

    /// Time goes by: what leaves is gone, or could not be deleted at the first try; what changes stands.
    fn tick(&mut self, fails: bool) {
        let settle = |state: &mut State| match state {
            State::Leaving if fails => *state = refused(false, None),
            State::Changing => *state = State::Standing,
            _ => {}
        };
        let Observation { domain, apps, spaces, profiles, .. } = &mut self.observed;
        for space in &mut *spaces {
            settle(&mut space.state);
        }
        for profile in &mut *profiles {
            settle(&mut profile.state);
        }
        if let Some(domain) = domain {
            settle(&mut domain.state);
        }
        apps.retain(|app| app.state != AppState::Leaving);
        spaces.retain(|space| space.state != State::Leaving);
        profiles.retain(|profile| profile.state != State::Leaving);
        if domain.as_ref().is_some_and(|domain| domain.state == State::Leaving) {
            self.observed = Observation::default();
        }
        for app in &mut self.observed.apps {
            if app.state == AppState::Starting {
                app.state = if fails { AppState::Failed } else { AppState::Running };
            }
        }
    }

    /// What a user who does not know of the clean-up does meanwhile.
    fn open(&mut self, name: usize) {
        if let Some(space) = self.observed.spaces.first() {
            let owner = Owner::Space(space.name.clone());
            let id = AppId { kind: "CodeEditor".into(), name: format!("late-{name}"), owner };
            self.observed.apps.push(App { id, state: AppState::Starting });
        }
    }
}

fn states() -> impl Strategy<Value = State> {
    prop::sample::select(vec![State::Standing, State::Changing, State::Leaving, refused(false, Some("once"))])
}

fn app_states() -> impl Strategy<Value = AppState> {
    prop::sample::select(vec![AppState::Running, AppState::Starting, AppState::Leaving, AppState::Failed])
}

prop_compose! {
    fn simulations()(
        apps in prop::collection::vec((app_states(), any::<bool>(), 0_usize..4), 0..8),
        spaces in prop::collection::vec((states(), prop::option::of(0_usize..4)), 0..5),
        profiles in prop::collection::vec(states(), 0..4),
        itself in states(),
        with_domain: bool,
        keep_spaces in prop::collection::btree_set(0_usize..4, 0..3),
        keep_profiles in prop::collection::btree_set(0_usize..4, 0..3),
    ) -> Simulation {
        let user = |at: usize| format!("user-{at}");
        let names = |numbers: std::collections::BTreeSet<usize>, kind: &str| {
            numbers.into_iter().filter(|_| !with_domain).map(|at| format!("{kind}-{at}")).collect()
        };
        let apps = apps.into_iter().enumerate().map(|(at, (state, shared, owner))| {
            let owner = if shared { Owner::Space(format!("space-{owner}")) } else { Owner::Profile(user(owner)) };
            App { id: AppId { kind: "JupyterLab".into(), name: at.to_string(), owner }, state }
        });
        // What has its apps still is not being deleted yet.
        let settled = |state: State| if state == State::Leaving { State::Standing } else { state };
        let spaces = spaces.into_iter().enumerate().map(|(at, (state, owner))| {
            Space { name: format!("space-{at}"), owner: owner.map(user), volume: None, state: settled(state) }
        });
        let profiles = profiles.into_iter().enumerate();
        let profiles = profiles.map(|(at, state)| Profile { name: user(at), state: settled(state) });
        let observed = Observation {
            domain: Some(domain(settled(itself))),
            apps: apps.collect(),
            spaces: spaces.collect(),
            profiles: profiles.collect(),
            stays: None,
            reports: None,
        };
        let spec = Spec {
            with_domain,
            keep_spaces: names(keep_spaces, "space"),
            keep_profiles: names(keep_profiles, "user"),
            ..spec()
        };
        Simulation { spec, observed }
    }
}

/// What comes between the steps: how many calls of the action are made, whether deletions fail, whether somebody opens an
/// app.
fn interruptions() -> impl Strategy<Value = Vec<(usize, bool, bool)>> {
    prop::collection::vec((0_usize..6, any::<bool>(), any::<bool>()), 0..12)
}

proptest! {
    #[test]
    fn it_ends_and_touches_nothing_that_is_kept(start in simulations(), interruptions in interruptions()) {
        let mut simulation = start.clone();
        let mut interruptions = interruptions.into_iter().enumerate();
        let mut steps = 0;
        loop {
            let (at, (calls, fails, opens)) = interruptions.next().unwrap_or((0, (usize::MAX, false, false)));
            match plan(&simulation.spec, &simulation.observed) {
                Plan::Done(_) => break,
                Plan::Act(next, remaining) => {
                    prop_assert!(remaining.total() > 0);
                    simulation.act(&next, calls);
                }
                Plan::Wait(waiting) => prop_assert!(waiting.remaining.total() > 0),
                Plan::Stuck(why) => panic!("{why}"),
            }
            simulation.tick(fails);
            if opens {
                simulation.open(at);
            }
            steps += 1;
            prop_assert!(steps < 60, "no end in sight: {:?}", simulation.observed);
        }
        let Simulation { spec, observed } = &simulation;
        let stays = |app: &App| app.state == AppState::Failed || spec.keeps_app(&app.id.owner);
        prop_assert!(observed.apps.iter().all(stays));
        prop_assert_eq!(observed.domain.is_none(), spec.with_domain);
        prop_assert!(observed.spaces.iter().all(|space| spec.keeps_space(&space.name)));
        let kept = |names: &[Space]| names.iter().filter(|space| spec.keeps_space(&space.name)).count();
        prop_assert_eq!(observed.spaces.len(), kept(&start.observed.spaces), "a kept space is gone");
        let owners = owners(spec, &start.observed);
        let stays = |profile: &&Profile| keeps(spec, &owners, profile).is_some();
        prop_assert_eq!(observed.profiles.len(), start.observed.profiles.iter().filter(stays).count());
    }
}
