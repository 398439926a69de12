//! Every rule of the plan, as a line: a world, and what comes next.

use super::*;
use crate::samples::{DOMAIN, DOMAIN_ARN, VPC, file_system, goal, group, interface, mount, network};
use crate::seen::{Contents, Network, Recovery, Thing};

/// What a plan comes to, in few words.
fn told(plan: Plan<Move>) -> String {
    match plan {
        Plan::Done(output) => format!("done, kept {:?}", output["FileSystemsKept"]),
        Plan::Wait(waiting) => format!("wait {}: {} ({})", waiting.pause.as_secs(), waiting.on, waiting.left),
        Plan::Move(next, left) => format!("{next} ({left})"),
        Plan::Stuck(why) => format!("stuck: {why}"),
    }
}

#[track_caller]
fn check(goal: &Goal, seen: &Seen, expected: &str) {
    let told = told(plan(goal, seen));
    let same = expected.strip_suffix("...").map_or(told == expected, |start| told.starts_with(start));
    assert!(same, "\n    told: {told}\nexpected: {expected}");
}

fn with(file_systems: impl IntoIterator<Item = FileSystem>) -> Seen {
    Seen { file_systems: file_systems.into_iter().collect(), ..Seen::default() }
}

fn keep() -> Goal {
    goal(Storage::Keep, Vpc::Keep)
}

#[test]
fn nothing_is_done_while_the_stack_lives() {
    let goal = Goal { target: Target::Nothing, ..goal(Storage::Delete, Vpc::Delete) };
    let seen = with([file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])]);
    check(&goal, &seen, r#"done, kept """#);
}

#[test]
fn nothing_is_touched_while_the_domain_is_there() {
    let seen = |domain| Seen {
        domains: [(DOMAIN.to_owned(), domain)].into(),
        ..with([file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])])
    };
    let there = seen(Domain::There("InService".to_owned()));
    check(&keep(), &there, "stuck: domain d-abc123 is still there (InService): delete it first...");
    check(
        &keep(),
        &seen(Domain::Leaving),
        "wait 10: domain d-abc123, which is being deleted (1 mount target)",
    );
    // Of a VPC's domains those that are there are others': their remains are not among what is seen.
    let of_vpc = Goal { target: Target::Vpc(VPC.to_owned()), ..keep() };
    let there = Seen { file_systems: Vec::new(), ..there };
    check(&of_vpc, &there, r#"done, kept """#);
}

#[test]
fn mount_targets_go_before_the_file_system() {
    let up = |state| with([file_system("fs-1", State::Up, &[mount("fsmt-1", state)])]);
    let delete = goal(Storage::Delete, Vpc::Keep);
    for state in [State::Up, State::Busy, State::Broken] {
        check(&delete, &up(state), "deleting 1 mount target (1 mount target, 1 file system)");
    }
    let leaving = "wait 10: 1 mount target being deleted (1 mount target, 1 file system)";
    check(&delete, &up(State::Leaving), leaving);
    check(
        &delete,
        &up(State::Unknown("new".to_owned())),
        "stuck: mount target fsmt-1 is in the state \"new\"...",
    );
}

#[test]
fn a_file_system_goes_only_when_that_was_asked_for() {
    let delete = goal(Storage::Delete, Vpc::Keep);
    let bare = |state| with([file_system("fs-1", state, &[])]);
    for state in [State::Up, State::Busy, State::Leaving, State::Broken, State::Unknown("new".to_owned())] {
        check(&keep(), &bare(state), r#"done, kept "fs-1""#);
    }
    check(&delete, &bare(State::Up), "deleting 1 file system (1 file system)");
    check(&delete, &bare(State::Broken), "deleting 1 file system (1 file system)");
    check(&delete, &bare(State::Busy), "wait 10: file system fs-1, which AWS is changing (1 file system)");
    check(
        &delete,
        &bare(State::Leaving),
        "wait 10: file system fs-1, which is being deleted (1 file system)",
    );
    check(
        &delete,
        &bare(State::Unknown("new".to_owned())),
        "stuck: file system fs-1 is in the state \"new\"...",
    );
    check(&delete, &with([]), r#"done, kept """#);
}

#[test]
fn without_a_vault_for_the_backup_nothing_is_begun() {
    let system = file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)]);
    let seen = Seen { no_vault: Some("attic".to_owned()), ..with([system]) };
    check(&goal(Storage::Backup, Vpc::Delete), &seen, "stuck: there is no backup vault attic...");
}

#[test]
fn a_file_system_goes_after_its_backup() {
    let goal = goal(Storage::Backup, Vpc::Keep);
    let backed = |state, outcome: Option<Outcome>| {
        let backup = outcome.map(|outcome| Recovery { job: "job-1".to_owned(), outcome });
        with([FileSystem { backup, ..file_system("fs-1", state, &[]) }])
    };
    let failed = |just_now| Outcome::Failed { why: "FAILED: no space".to_owned(), just_now };
    check(&goal, &backed(State::Up, None), "starting 1 backup (1 file system)");
    check(&goal, &backed(State::Up, Some(Outcome::Forgotten)), "starting 1 backup (1 file system)");
    check(&goal, &backed(State::Up, Some(failed(false))), "starting 1 backup (1 file system)");
    check(
        &goal,
        &backed(State::Up, Some(failed(true))),
        "stuck: the backup of file system fs-1 failed: FAILED: no...",
    );
    let running = Some(Outcome::Running { percent: "42.0".to_owned(), bytes: 6144 });
    check(
        &goal,
        &backed(State::Up, running),
        "wait 60: the backup of file system fs-1, 42.0 % done, 6.0 KiB so far (1 file system)",
    );
    let made = || Some(Outcome::Made("arn:point".to_owned()));
    check(
        &goal,
        &backed(State::Up, made()),
        "deleting 1 file system, of fs-1 arn:point stays (1 file system)",
    );
    check(&goal, &backed(State::Broken, made()), "deleting 1 file system, of...");
    check(&goal, &backed(State::Broken, None), "stuck: file system fs-1 is in the state error, in which...");
    check(
        &goal,
        &backed(State::Busy, None),
        "wait 10: file system fs-1, which AWS is changing (1 file system)",
    );
    // The order of the second try is not that of the first.
    let Plan::Move(Move::StartBackups(orders), _) = plan(&goal, &backed(State::Up, Some(failed(false))))
    else {
        panic!("expected a start");
    };
    assert_eq!(orders[0].after.as_deref(), Some("job-1"));
}

#[test]
fn groups_go_after_their_rules_and_interfaces() {
    let seen = |rules: &[&str], held: &[Holder]| Seen {
        groups: vec![group("sg-in", rules), group("sg-out", &[])],
        interfaces: held.iter().map(|holder| interface("eni-1", holder.clone())).collect(),
        ..Seen::default()
    };
    let left = "(1 network interface, 2 security groups)";
    check(&keep(), &seen(&["sgr-1", "sgr-2"], &[]), "revoking 2 security group rules (2 security groups)");
    check(&keep(), &seen(&[], &[Holder::Nobody]), &format!("deleting 1 network interface {left}"));
    for holder in [Holder::Leaving, Holder::Service] {
        let expected = format!("wait 10: 1 network interface that AWS removes by itself {left}");
        check(&keep(), &seen(&[], &[holder]), &expected);
    }
    let other =
        "stuck: network interfaces of others use what is to go: network interface eni-1 (made for a test)...";
    check(&keep(), &seen(&[], &[Holder::Other]), other);
    check(&keep(), &seen(&[], &[]), "deleting 2 security groups (2 security groups)");
    let referred = Seen { referrers: vec![("sg-theirs".to_owned(), "sg-in".to_owned())], ..seen(&[], &[]) };
    check(
        &keep(),
        &referred,
        "stuck: security groups of others have rules that refer to those that are to go (sg-th...",
    );
    // With the VPC the other group goes as well.
    let contents = Contents { groups: vec![group("sg-theirs", &["sgr-9"])], ..Contents::default() };
    let within = Seen { networks: vec![Network { contents, ..network() }], ..referred };
    check(
        &goal(Storage::Keep, Vpc::Delete),
        &within,
        "revoking 1 security group rule (2 security groups, 1 other...",
    );
}

#[test]
fn a_vpc_goes_only_when_it_may() {
    let delete = goal(Storage::Keep, Vpc::Delete);
    let seen = |network: Network| Seen { networks: vec![network], ..Seen::default() };
    check(&delete, &seen(network()), &format!("deleting {VPC} (1 VPC)"));
    check(&keep(), &seen(network()), r#"done, kept """#);
    check(
        &delete,
        &seen(Network { default: true, ..network() }),
        "stuck: vpc-0123456789abcdef0 is the default VPC...",
    );
    let shared = Network { owner: Some("999".to_owned()), ..network() };
    check(&delete, &seen(shared), "stuck: vpc-0123456789abcdef0 belongs to account 999...");
    let two = Seen {
        networks: vec![network(), Network { id: "vpc-2".to_owned(), ..network() }],
        ..Seen::default()
    };
    check(&delete, &two, "stuck: what the domain left is in more than one VPC...");
    let names = |count: usize| (0..count).map(|n| format!("network interface eni-{n}")).collect();
    let held = |count| {
        let endpoints = vec![Thing { id: "vpce-1".to_owned(), leaving: false }];
        let contents = Contents { others: names(count), endpoints, ..Contents::default() };
        seen(Network { contents, ..network() })
    };
    let one = "stuck: vpc-0123456789abcdef0 holds what belongs to others: network interface eni-0; nothing in it was...";
    check(&delete, &held(1), one);
    let Plan::Stuck(many) = plan(&delete, &held(9)) else { panic!("expected to be stuck") };
    assert!(many.contains("eni-4 and 4 more;"), "{many}");
}

#[test]
fn what_is_to_be_found_later_is_marked_first() {
    let unmarked = || Network { mark: None, ..network() };
    let seen = || Seen {
        networks: vec![unmarked()],
        ..with([file_system("fs-1", State::Up, &[mount("fsmt-1", State::Up)])])
    };
    let marking = format!("marking {VPC} as what {DOMAIN_ARN} left behind...");
    check(&goal(Storage::Keep, Vpc::Delete), &seen(), &marking);
    check(&keep(), &seen(), "deleting 1 mount target (1 mount target)");
    let of_vpc = Goal { target: Target::Vpc(VPC.to_owned()), ..keep() };
    check(&of_vpc, &seen(), &format!("marking 1 file system with {VPC} kept (1 mount target)"));
    let mut marked = seen();
    marked.file_systems[0].mark = Some(format!("{VPC} kept"));
    check(&of_vpc, &marked, "deleting 1 mount target (1 mount target)");
    let delete = Goal { storage: Storage::Delete, ..of_vpc };
    check(&delete, &marked, &format!("marking 1 file system with {VPC} (1 mount target, 1 file system)"));
}
