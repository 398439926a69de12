//! Every rule of the plan, as a line: an observation, and what comes next.

use super::*;
use crate::observation::{Contents, Network, Proof, Recovery, Thing};
use crate::samples::{DOMAIN, DOMAIN_ARN, VPC, file_system, group, interface, mount, network, spec, vpcs};

/// A plan in few words.
fn told(plan: Plan<CleanupAction>) -> String {
    match plan {
        Plan::Done(output) => format!("done, kept {:?}", output["FileSystemsKept"].to_string()),
        Plan::Wait(waiting) => {
            format!("wait {}: {waiting} ({})", waiting.pause.as_secs(), waiting.remaining)
        }
        Plan::Act(next, remaining) => format!("{next} ({remaining})"),
        Plan::Stuck(why) => format!("stuck: {why}"),
    }
}

#[track_caller]
fn check(spec: &Spec, observed: &Observation, expected: &str) {
    let told = told(plan(spec, observed));
    let same = expected.strip_suffix("...").map_or(told == expected, |start| told.starts_with(start));
    assert!(same, "\n    told: {told}\nexpected: {expected}");
}

fn with(file_systems: impl IntoIterator<Item = FileSystem>) -> Observation {
    Observation { file_systems: file_systems.into_iter().collect(), ..Observation::default() }
}

fn keep() -> Spec {
    spec(Storage::Keep, Vpc::Keep)
}

#[test]
fn nothing_is_done_while_the_stack_lives() {
    let spec = Spec { target: Target::Nothing, ..spec(Storage::Delete, Vpc::Delete) };
    let observed = with([file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])]);
    check(&spec, &observed, r#"done, kept """#);
}

#[test]
fn nothing_is_touched_while_the_domain_is_there() {
    let observed = |domain| Observation {
        domains: [(DOMAIN.to_owned(), domain)].into(),
        ..with([file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])])
    };
    let there = observed(Domain::There("InService".to_owned()));
    let told = "stuck: nothing more is deleted until a person has seen to this: domains d-abc123: it is still there (InService)...";
    check(&keep(), &there, told);
    check(&keep(), &observed(Domain::Leaving), "wait 10: 1 domain being deleted (d-abc123) (1 mount target)");
    // Of a VPC's domains those that are there are others': their remains are not among what is seen.
    let of_vpc = Spec { target: Target::Vpc(VPC.to_owned()), ..keep() };
    let there = Observation { file_systems: Vec::new(), ..there };
    check(&of_vpc, &there, r#"done, kept """#);
}

#[test]
fn mount_targets_go_before_the_file_system() {
    let up = |state| with([file_system("fs-1", State::Up, &[mount("fsmt-1", state)])]);
    let delete = spec(Storage::Delete, Vpc::Keep);
    for state in [State::Up, State::Busy, State::Broken] {
        check(&delete, &up(state), "deleting 1 mount target (1 mount target, 1 file system)");
    }
    let leaving = "wait 10: 1 mount target being deleted (fsmt-1) (1 mount target, 1 file system)";
    check(&delete, &up(State::Leaving), leaving);
    check(
        &delete,
        &up(State::Unknown("new".to_owned())),
        "stuck: nothing more is deleted until a person has seen to this: mount targets fsmt-1: it is in the state \"new\"...",
    );
}

#[test]
fn a_file_system_goes_only_when_that_was_asked_for() {
    let delete = spec(Storage::Delete, Vpc::Keep);
    let bare = |state| with([file_system("fs-1", state, &[])]);
    for state in [State::Up, State::Busy, State::Leaving, State::Broken, State::Unknown("new".to_owned())] {
        check(&keep(), &bare(state), r#"done, kept "fs-1""#);
    }
    check(&delete, &bare(State::Up), "deleting 1 file system (1 file system)");
    check(&delete, &bare(State::Broken), "deleting 1 file system (1 file system)");
    check(&delete, &bare(State::Busy), "wait 10: 1 file system being changed (fs-1) (1 file system)");
    check(&delete, &bare(State::Leaving), "wait 10: 1 file system being deleted (fs-1) (1 file system)");
    check(
        &delete,
        &bare(State::Unknown("new".to_owned())),
        "stuck: nothing more is deleted until a person has seen to this: file systems fs-1: it is in the state \"new\"...",
    );
    check(&delete, &with([]), r#"done, kept """#);
}

#[test]
fn without_a_vault_for_the_backup_nothing_is_begun() {
    let system = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)]);
    let observed = Observation { no_vault: Some("attic".to_owned()), ..with([system]) };
    check(
        &spec(Storage::Backup, Vpc::Delete),
        &observed,
        "stuck: nothing more is deleted until a person has seen to this: backup vaults attic: there is no...",
    );
}

#[test]
fn a_file_system_goes_after_its_backup() {
    let spec = spec(Storage::Backup, Vpc::Keep);
    let backed = |state, outcome: Option<Outcome>| {
        let backup = outcome.map(|outcome| Recovery { job: "job-1".to_owned(), outcome });
        with([FileSystem { backup, ..file_system("fs-1", state, &[]) }])
    };
    let failed = |just_now| Outcome::Failed { why: "FAILED: no space".to_owned(), just_now };
    check(&spec, &backed(State::Up, None), "starting 1 backup (1 file system)");
    check(&spec, &backed(State::Up, Some(Outcome::Forgotten)), "starting 1 backup (1 file system)");
    check(&spec, &backed(State::Up, Some(failed(false))), "starting 1 backup (1 file system)");
    check(
        &spec,
        &backed(State::Up, Some(failed(true))),
        "stuck: nothing more is deleted until a person has seen to this: file systems fs-1: its backup failed: FAILED: no...",
    );
    let running = Some(Outcome::Running { percent: "42.0".to_owned(), bytes: 6144 });
    check(
        &spec,
        &backed(State::Up, running),
        "wait 60: 1 file system being backed up (fs-1: 42.0 %, 6.0 KiB) (1 file system)",
    );
    let made = || Some(Outcome::Made("arn:point".to_owned()));
    check(
        &spec,
        &backed(State::Up, made()),
        "deleting 1 file system, of fs-1 arn:point stays (1 file system)",
    );
    check(&spec, &backed(State::Broken, made()), "deleting 1 file system, of...");
    let broken = "stuck: nothing more is deleted until a person has seen to this: file systems fs-1: it is in the state error...";
    check(&spec, &backed(State::Broken, None), broken);
    check(&spec, &backed(State::Busy, None), "wait 10: 1 file system being changed (fs-1) (1 file system)");
    // The order of the second try is not that of the first.
    let Plan::Act(CleanupAction::StartBackups(orders), _) =
        plan(&spec, &backed(State::Up, Some(failed(false))))
    else {
        panic!("expected a start");
    };
    assert_eq!(orders[0].after.as_deref(), Some("job-1"));
}

#[test]
fn groups_go_after_their_rules_and_interfaces() {
    let observed = |rules: &[&str], held: &[Holder]| Observation {
        groups: vec![group("sg-in", rules), group("sg-out", &[])],
        interfaces: held.iter().map(|holder| interface("eni-1", holder.clone())).collect(),
        ..Observation::default()
    };
    let remaining = "(1 network interface, 2 security groups)";
    check(
        &keep(),
        &observed(&["sgr-1", "sgr-2"], &[]),
        "revoking 2 security group rules (2 security groups)",
    );
    check(&keep(), &observed(&[], &[Holder::Nobody]), &format!("deleting 1 network interface {remaining}"));
    for holder in [Holder::Leaving, Holder::Service] {
        let expected = format!("wait 10: 1 network interface being removed by AWS (eni-1) {remaining}");
        check(&keep(), &observed(&[], &[holder]), &expected);
    }
    let other = "stuck: nothing more is deleted until a person has seen to this: network interfaces eni-1 (made for a test): others...";
    // Before any rule is revoked.
    check(&keep(), &observed(&["sgr-1"], &[Holder::Other]), other);
    check(&keep(), &observed(&[], &[]), "deleting 2 security groups (2 security groups)");
    let referred =
        Observation { referrers: vec![("sg-theirs".to_owned(), "sg-in".to_owned())], ..observed(&[], &[]) };
    check(
        &keep(),
        &referred,
        "stuck: nothing more is deleted until a person has seen to this: security groups of others sg-theirs refers to sg-in...",
    );
    // With the VPC the other group goes as well.
    let contents = Contents { groups: vec![group("sg-theirs", &["sgr-9"])], ..Contents::default() };
    let within = Observation { networks: vec![Network { contents, ..network() }], vpcs: vpcs(), ..referred };
    check(
        &spec(Storage::Keep, Vpc::Delete),
        &within,
        "revoking 1 security group rule (2 security groups, 1 other...",
    );
}

#[test]
fn a_vpc_goes_only_when_it_may() {
    let delete = spec(Storage::Keep, Vpc::Delete);
    let observed =
        |network: Network| Observation { networks: vec![network], vpcs: vpcs(), ..Observation::default() };
    check(&delete, &observed(network()), &format!("deleting {VPC} (1 VPC)"));
    check(&keep(), &observed(network()), r#"done, kept """#);
    let blocked = "stuck: nothing more is deleted until a person has seen to this:";
    let default = format!("{blocked} VPCs {VPC}: it is the default VPC...");
    check(&delete, &observed(Network { default: true, ..network() }), &default);
    let shared = Network { owner: Some("999".to_owned()), ..network() };
    check(&delete, &observed(shared), &format!("{blocked} VPCs {VPC}: it belongs to account 999..."));
    let names = |count: usize| (0..count).map(|n| format!("network interface eni-{n}")).collect();
    let held = |count| {
        let endpoints = vec![Thing { id: "vpce-1".to_owned(), leaving: false }];
        let contents = Contents { others: names(count), endpoints, ..Contents::default() };
        observed(Network { contents, ..network() })
    };
    check(
        &delete,
        &held(1),
        &format!("{blocked} things of others network interface eni-0: in {VPC}, which..."),
    );
    let Plan::Stuck(many) = plan(&delete, &held(9)) else { panic!("expected to be stuck") };
    assert!(many.contains("eni-4 and 4 more:"), "{many}");
    // Nothing at all is deleted before, not even the file system.
    let both = Observation {
        file_systems: vec![file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])],
        ..held(1)
    };
    check(&spec(Storage::Delete, Vpc::Delete), &both, &format!("{blocked} things of others..."));
}

#[test]
fn mount_targets_of_others_stay() {
    let mounted = |owner, state| {
        let mount = crate::observation::Mount { owner, ..mount("fsmt-9", state) };
        with([file_system("fs-1", State::Up, &[mount])])
    };
    check(&keep(), &mounted(Owner::Other, State::Up), r#"done, kept "fs-1""#);
    check(&keep(), &mounted(Owner::Other, State::Leaving), r#"done, kept "fs-1""#);
    let unlisted =
        "wait 10: 1 mount target with a network interface that EC2 does not list (fsmt-9) (1 mount target)";
    check(&keep(), &mounted(Owner::Unknown, State::Up), unlisted);
    let copy =
        FileSystem { proof: Proof::Tag, ..file_system("fs-2", State::Up, &[mount("fsmt-2", State::Up)]) };
    check(&spec(Storage::Delete, Vpc::Keep), &with([copy]), r#"done, kept "fs-2""#);
}

#[test]
fn what_does_not_exist_is_absent() {
    use shared::reconcile::step::Reconcile;
    let absent = |spec: &Spec, observed: &Observation| crate::StorageCleanup::absent(spec, observed);
    let nothing = Observation { region: "eu-west-1".to_owned(), ..Observation::default() };
    let told = absent(&keep(), &nothing).unwrap();
    assert!(told.starts_with("no domain has the id d-abc123 in eu-west-1, and no file system"), "{told}");
    assert_eq!(absent(&keep(), &with([file_system("fs-1", State::Up, &[])])), None);
    let of_vpc = |vpc| Spec { target: Target::Vpc(VPC.to_owned()), ..spec(Storage::Keep, vpc) };
    assert!(
        absent(&of_vpc(Vpc::Delete), &nothing)
            .unwrap()
            .starts_with("no VPC has the id vpc-0123456789abcdef0")
    );
    assert_eq!(absent(&of_vpc(Vpc::Keep), &nothing), None);
    assert_eq!(absent(&Spec { target: Target::Nothing, ..keep() }, &nothing), None);
}

#[test]
fn what_is_to_be_found_later_is_tagged_first() {
    let untagged = || Network { own_tag: None, ..network() };
    let observed = || {
        let mut bare = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)]);
        bare.own_tag = None;
        Observation {
            networks: vec![untagged()],
            vpcs: vpcs(),
            groups: vec![group("sg-in", &[])],
            ..with([bare])
        }
    };
    let tagging = format!("tagging {VPC} as what {DOMAIN_ARN} left behind...");
    check(&spec(Storage::Keep, Vpc::Delete), &observed(), &tagging);
    let kept = format!("tagging 1 file system with {VPC} kept (1 mount target, 1 security group)");
    check(&keep(), &observed(), &kept);
    check(
        &spec(Storage::Delete, Vpc::Keep),
        &observed(),
        "deleting 1 mount target (1 mount target, 1 file system...",
    );
    let of_vpc = Spec { target: Target::Vpc(VPC.to_owned()), ..keep() };
    check(&of_vpc, &observed(), &kept);
    let mut tagged = observed();
    tagged.file_systems[0].own_tag = Some(format!("{VPC} kept"));
    for spec in [&of_vpc, &keep()] {
        check(spec, &tagged, "deleting 1 mount target (1 mount target, 1 security group)");
    }
    let delete = Spec { storage: Storage::Delete, ..of_vpc };
    check(&delete, &tagged, &format!("tagging 1 file system with {VPC} (1 mount target, 1 file system..."));
}
