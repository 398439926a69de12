//! What stops a run before it begins, and what is said when nobody could look at its result.

use super::*;

fn item(kind: &'static str, action: PlannedAction) -> Item {
    Item { kind, names: vec!["x-1".into()], action, reason: "somebody uses it".into() }
}

#[test]
fn what_blocks_a_run_is_told_by_name_and_reason() {
    let (apps, vpcs) = (item("apps", PlannedAction::Delete), item("VPCs", PlannedAction::Keep));
    assert_eq!(may_begin(&[apps.clone(), vpcs]), Ok(()));
    let told = may_begin(&[apps, item("network interfaces", PlannedAction::Blocked)]).unwrap_err();
    assert!(told.sentence.contains("network interfaces x-1: somebody uses it"), "{told:?}");
    assert!(told.sentence.contains("nothing was changed"), "{told:?}");
}

#[test]
fn a_last_look_that_failed_is_said_and_never_taken_for_success() {
    let check = Failure::new(Exit::Failed, "throttled");
    let told = unchecked(Ok(()), &check);
    assert_eq!(told.exit, Exit::Failed);
    assert!(told.sentence.starts_with("could not check what is left: throttled"), "{told:?}");
    let told = unchecked(Err(Failure::new(Exit::Failed, "stuck")), &check);
    assert_eq!(told.sentence, "stuck; could not check what is left: throttled");
}
