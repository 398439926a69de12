//! The shape of the document, which scripts rely on, and what counts as deleted and kept.

use super::*;
use crate::args::{Place, Scope};
use serde_json::{Value, json};
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::{Phase, Tracked};

fn item(kind: &'static str, names: &[&str], action: PlannedAction) -> Item {
    Item {
        kind,
        names: names.iter().map(|&name| Name::from(name)).collect(),
        action,
        reason: "because".into(),
    }
}

fn report() -> Report {
    let scope = Scope { storage: Storage::Backup, vpc: Vpc::Delete, ..Scope::default() };
    let place = Place { region: Some("eu-central-1".into()), profile: None };
    let domain_id = "d-abc".to_owned();
    Report::new(&CleanUp { domain_id, scope, place, dry_run: false, yes: true, all: false, json: true })
}

fn after(items: &[Item]) -> After {
    After { items: items.to_vec(), in_vpcs: Vec::new() }
}

fn before() -> Vec<Item> {
    vec![
        item("apps", &["a", "b"], PlannedAction::Delete),
        item("apps", &["broken"], PlannedAction::Report),
        item("domains", &["d-abc"], PlannedAction::Delete),
        item("file systems", &["fs-1"], PlannedAction::Keep),
        item("mount targets", &["m-1", "m-2"], PlannedAction::Delete),
        item("VPCs", &["vpc-1"], PlannedAction::Keep),
    ]
}

#[test]
fn the_document_has_every_key_and_nothing_else() {
    let mut report = report();
    report.plan = before();
    report.compare(&after(&[
        item("file systems", &["fs-1"], PlannedAction::Keep),
        item("mount targets", &["m-2"], PlannedAction::Delete),
    ]));
    report.output.insert("RecoveryPoints".into(), "arn:r".into());
    report.end(None);
    let text = serde_json::to_value(&report).unwrap();
    assert_eq!(
        text["Plan"][0],
        json!({"Kind": "apps", "Names": ["a", "b"], "Action": "Delete", "Reason": "because"})
    );
    let mut rest = text;
    rest["Plan"] = Value::Null;
    let expected = json!({
        "DomainId": "d-abc", "Region": "eu-central-1", "Account": "", "Storage": "backup", "Vpc": "delete",
        "DeleteSpaceStorage": false, "UnifiedStudioProject": false, "DryRun": false, "Domain": null, "Plan": null, "Outcome": "Done", "Exit": 0,
        "Deleted": [
            {"Kind": "apps", "Names": ["a", "b"]},
            {"Kind": "domains", "Names": ["d-abc"]},
            {"Kind": "mount targets", "Names": ["m-1"]},
        ],
        "Kept": [{"Kind": "file systems", "Names": ["fs-1"]}, {"Kind": "VPCs", "Names": ["vpc-1"]}],
        "Output": {"RecoveryPoints": "arn:r"},
    });
    assert_eq!(rest, expected);
}

#[test]
fn a_failure_is_in_the_document_by_name_number_and_sentence() {
    let mut report = report();
    report.end(Some(&Failure::new(Exit::NothingMatches, "nothing here")));
    let text = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&text["Outcome"], &text["Exit"], &text["Error"]),
        (&json!("NothingMatches"), &json!(3), &json!("nothing here")),
    );
}

#[test]
fn the_last_lines_count_what_went_and_name_what_stays() {
    let mut report = report();
    report.plan = before();
    report.compare(&after(&[]));
    report.output.insert("RecoveryPoints".into(), "arn:r".into());
    let expected = [
        "Deleted: 2 apps, 1 domain, 2 mount targets",
        "Kept: 1 file system: fs-1",
        "Kept: 1 VPC: vpc-1",
        "Recovery points: arn:r",
    ];
    assert_eq!(report.lines(), expected);
    report.plan = Vec::new();
    report.output.clear();
    report.compare(&after(&[]));
    assert_eq!(report.lines(), [""; 0]);
}

#[test]
fn what_is_said_about_a_thing_is_no_part_of_its_identity() {
    let of =
        |action, size| Item { names: vec![Name::noted("fs-1", size)], ..item("file systems", &[], action) };
    let mut report = report();
    report.plan = vec![of(PlannedAction::Delete, "6.0 KiB")];
    report.compare(&after(&[of(PlannedAction::Delete, "7.0 KiB")]));
    assert_eq!(report.deleted, [], "it has only grown");
    report.plan = vec![of(PlannedAction::Keep, "6.0 KiB")];
    report.compare(&after(&[of(PlannedAction::Keep, "7.0 KiB")]));
    assert_eq!(report.kept[0].names.len(), 1);
}

#[test]
fn a_vpc_that_lost_its_ties_to_the_domain_does_not_count_as_deleted() {
    let mut report = report();
    report.plan = vec![
        item("subnets", &["subnet-1", "subnet-2"], PlannedAction::Delete),
        item("VPCs", &["vpc-1"], PlannedAction::Delete),
    ];
    let subnets = item("subnets", &["subnet-2"], PlannedAction::Delete);
    let in_vpcs = vec![subnets, item("VPCs", &["vpc-1"], PlannedAction::Keep)];
    report.compare(&After { items: Vec::new(), in_vpcs });
    assert_eq!(report.lines(), ["Deleted: 1 subnet"]);
}

#[test]
fn what_a_vpc_holds_counts_as_deleted_only_when_it_was_listed() {
    let mut report = report();
    report.plan = vec![item("subnets", &["subnet-1"], PlannedAction::Delete)];
    let others = item("things of others", &["eni-1"], PlannedAction::Blocked);
    report.compare(&after(&[others, item("VPCs", &["vpc-1"], PlannedAction::Keep)]));
    assert_eq!(report.deleted, []);
    report.compare(&after(&[]));
    assert_eq!(report.deleted[0].names, [Name::from("subnet-1")], "the VPC is gone");
    report.compare(&after(&[item("VPCs", &["vpc-1"], PlannedAction::Report)]));
    assert_eq!(report.deleted[0].names, [Name::from("subnet-1")], "the VPC is reported as gone");
}

#[test]
fn the_kinds_in_a_vpc_are_those_of_the_library() {
    use storage_cleanup::observation::{Contents, Group, NatGateway, Network, RouteTable, Thing};
    use storage_cleanup::{Observation, Spec, Target, Vpc};
    let id = "x-1".to_owned();
    let contents = Contents {
        endpoints: vec![Thing { id: id.clone(), leaving: false }],
        nat_gateways: vec![NatGateway { id: id.clone(), leaving: false, addresses: Vec::new() }],
        internet_gateways: vec![id.clone()],
        subnets: vec![id.clone()],
        route_tables: vec![RouteTable { id: id.clone(), associations: Vec::new() }],
        acls: vec![id.clone()],
        groups: vec![Group { id: id.clone(), ..Group::default() }],
        ..Contents::default()
    };
    let observed = Observation {
        networks: vec![Network { id, contents, ..Network::default() }],
        ..Observation::default()
    };
    let target = Target::vpc("vpc-0123456789abcdef0").unwrap();
    let spec = Spec {
        target,
        storage: storage_cleanup::Storage::Keep,
        vpc: Vpc::Delete,
        stack: None,
        consent: None,
    };
    let mut kinds: Vec<_> =
        storage_cleanup::inventory(&spec, &observed).into_iter().map(|item| item.kind).collect();
    kinds.retain(|kind| *kind != "VPCs");
    assert_eq!(kinds, IN_VPC);
}

#[test]
fn a_recovery_point_is_remembered_from_the_step_that_leaves_it() {
    let mut report = report();
    let (one, two) = ("arn:aws:backup:r:1:recovery-point:a", "arn:aws:backup:r:1:recovery-point:b");
    let step = |states: &[(&str, State)]| {
        let resources =
            states.iter().flat_map(|(id, state)| Tracked::all("file systems", [*id], state)).collect();
        let phase = Phase::Acted { action: "a step".to_owned(), postponed: Postponed::default() };
        Waiting { resources, ..Waiting::without_resources(phase, std::time::Duration::ZERO) }
    };
    let kept = |point: &str| State::DeletedWithRecoveryPoint(point.to_owned());
    report.note(&step(&[("fs-1", State::ActedOn)]));
    assert_eq!(report.lines(), [""; 0]);
    report.note(&step(&[("fs-1", kept(one)), ("fs-2", kept(two))]));
    report.note(&step(&[("fs-2", kept(two))]));
    assert_eq!(report.lines(), [format!("Recovery points: {one}, {two}")]);
}
