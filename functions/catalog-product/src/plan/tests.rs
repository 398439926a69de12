//! Every decision.

use super::*;

const NAME: &str = "env-prod-1";

fn launch() -> Launch {
    Launch {
        product: "prod-1".to_owned(),
        artifact: "pa-1".to_owned(),
        name: NAME.to_owned(),
        path: None,
        entry: true,
        parameters: [("EnvName".to_owned(), shared::secret::Secret::new("canary".to_owned()))].into(),
        run: run(false),
    }
}

fn run(continued: bool) -> Run {
    Run { id: "job-1".to_owned(), continued }
}

/// What stands under the right name, made by this run.
fn found(kind: Kind, status: Status) -> Provisioned {
    Provisioned {
        id: "pp-1".to_owned(),
        name: NAME.to_owned(),
        product: "prod-1".to_owned(),
        artifact: "pa-1".to_owned(),
        token: launch().token(),
        record: crate::observation::Record { id: "rec-1".to_owned(), kind, status },
    }
}

fn failed() -> Status {
    Status::Failed("AccessDenied: no".to_owned())
}

/// A plan in short: what it does, or why it does not go on.
fn short(plan: Plan<ProductAction>) -> String {
    match plan {
        Plan::Done(output) => format!("done: {}", output["ProvisionedProductId"]),
        Plan::Wait(waiting) => format!("wait: {waiting}"),
        Plan::Act(action, _) => format!("act: {action}"),
        Plan::Stuck(why) => format!("stuck: {why}"),
    }
}

#[track_caller]
fn check(spec: &Spec, observed: &Observation, expected: &[&str]) {
    let plan = short(plan(spec, observed));
    assert!(plan.starts_with(expected[0]), "{plan}");
    for words in expected {
        assert!(plan.contains(words), "no {words:?} in {plan}");
    }
    assert!(!plan.contains("canary"), "{plan}");
}

#[track_caller]
fn check_launch(
    launch: Launch,
    (recorded, named): (Option<Provisioned>, Option<Provisioned>),
    offer: Option<Offer>,
    expected: &[&str],
) {
    check(&Spec::Provision(launch), &Observation::Launch { recorded, named, offer }, expected);
}

#[test]
fn a_role_gets_access_once() {
    let spec = Spec::Associate { portfolio: "port-1".to_owned() };
    let access = |associated| Observation::Access { role: "arn:role/path/r".to_owned(), associated };
    check(&spec, &access(false), &["act: giving arn:role/path/r access to portfolio port-1"]);
    let Plan::Done(output) = plan(&spec, &access(true)) else { panic!() };
    assert_eq!((&output["PortfolioId"], &output["RoleArn"]), (&"port-1".into(), &"arn:role/path/r".into()));
}

#[test]
fn a_product_is_launched_when_it_can_be() {
    let version = |keys: &[&str]| Offer::Version {
        path: "lp-1".to_owned(),
        parameters: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    for (offer, expected) in [
        (None, &["stuck: ", "a bug"][..]),
        (Some(Offer::NoPath), &["stuck: ", "product prod-1 does not exist", "associate-role"]),
        (Some(Offer::Paths(vec!["One".into(), "Two".into()])), &["stuck: ", "2 portfolios (One, Two)"]),
        (Some(Offer::NoVersion), &["stuck: ", "no version pa-1", "ProvisioningArtifactIds"]),
        (Some(version(&["Other"])), &["stuck: ", "the Key EnvName", "give Other"]),
        (Some(version(&[])), &["stuck: ", "give none"]),
        (Some(version(&["EnvName", "Other"])), &["act: provisioning env-prod-1"]),
    ] {
        check_launch(launch(), (None, None), offer, expected);
    }
}

#[test]
fn a_launch_goes_by_the_record() {
    let ours = |kind, status| Some(found(kind, status));
    let of = |change: fn(&mut Provisioned)| {
        let mut it = found(Kind::Provision, Status::Succeeded);
        change(&mut it);
        Some(it)
    };
    for (named, expected) in [
        (
            ours(Kind::Provision, Status::Running),
            &["wait: 1 provisioned product being provisioned (env-prod-1, pp-1)"][..],
        ),
        (ours(Kind::Other, Status::Running), &["wait: "]),
        (ours(Kind::Terminate, Status::Running), &["wait: ", "being terminated"]),
        (ours(Kind::Terminate, Status::Succeeded), &["wait: ", "being terminated"]),
        (ours(Kind::Provision, Status::Unknown("NEW".into())), &["stuck: ", "`NEW`", "does not know"]),
        (
            ours(Kind::Provision, failed()),
            &["stuck: could not provision env-prod-1 (pp-1): AccessDenied: no."],
        ),
        (ours(Kind::Terminate, failed()), &["stuck: the last request for env-prod-1 (pp-1) failed"]),
        (ours(Kind::Other, failed()), &["stuck: the last request"]),
        (ours(Kind::Provision, Status::Succeeded), &["act: writing pp-1 to /ds-product-catalog/prod-1/"]),
        (ours(Kind::Other, Status::Succeeded), &["act: writing pp-1"]),
        (of(|it| it.product = "prod-2".into()), &["stuck: the name env-prod-1 belongs to pp-1", "prod-2"]),
        (
            of(|it| it.artifact = "pa-2".into()),
            &["stuck: env-prod-1 (pp-1) is there already, from another version"],
        ),
        (of(|it| it.token = "other".into()), &["stuck: ", "with other parameters", "terminate it first"]),
        (of(|it| it.token = launch().fingerprint() + "job-0"), &["act: writing pp-1"]),
    ] {
        check_launch(launch(), (None, named), None, expected);
    }
    let recorded = ours(Kind::Provision, Status::Succeeded);
    check_launch(launch(), (recorded.clone(), recorded), None, &["done: pp-1"]);
}

#[test]
fn what_failed_before_is_cleared_away_and_what_failed_now_is_told() {
    let mut earlier = found(Kind::Provision, failed());
    earlier.token = launch().fingerprint() + "job-0";
    check_launch(launch(), (None, Some(earlier.clone())), None, &["act: terminating env-prod-1"]);
    let continued = Launch { run: run(true), ..launch() };
    check_launch(continued, (None, Some(earlier)), None, &["stuck: could not provision"]);
}

#[test]
fn one_product_is_provisioned_once() {
    let other = Provisioned {
        id: "pp-9".to_owned(),
        name: "by_hand".to_owned(),
        ..found(Kind::Provision, Status::Succeeded)
    };
    let says = &["stuck: product prod-1 is provisioned already, as pp-9 (by_hand): terminate that first"];
    check_launch(launch(), (Some(other.clone()), None), Some(Offer::NoPath), says);
    check_launch(launch(), (Some(other), Some(found(Kind::Provision, Status::Succeeded))), None, says);
}

#[test]
fn a_termination_goes_by_the_record() {
    let spec = |continued| {
        let (product, name) = ("prod-1".to_owned(), NAME.to_owned());
        Spec::Terminate(Termination { product, id: None, name, run: run(continued) })
    };
    let end = |recorded, found| Observation::End { recorded, found };
    for (observed, expected) in [
        (end(false, None), &["done: none"][..]),
        (
            end(true, None),
            &["act: deleting the SSM parameter /ds-product-catalog/prod-1/provisioned-product-id"],
        ),
        (end(true, Some(found(Kind::Provision, Status::Succeeded))), &["act: terminating env-prod-1"]),
        (end(false, Some(found(Kind::Provision, failed()))), &["act: terminating env-prod-1"]),
        (end(true, Some(found(Kind::Terminate, failed()))), &["act: terminating env-prod-1"]),
        (end(true, Some(found(Kind::Terminate, Status::Running))), &["wait: ", "being terminated"]),
        (end(true, Some(found(Kind::Terminate, Status::Succeeded))), &["wait: ", "being terminated"]),
        (end(true, Some(found(Kind::Provision, Status::Running))), &["wait: ", "being changed"]),
        (end(true, Some(found(Kind::Other, Status::Unknown("X".into())))), &["stuck: ", "`X`"]),
    ] {
        check(&spec(false), &observed, expected);
    }
    let failed = end(true, Some(found(Kind::Terminate, failed())));
    check(&spec(true), &failed, &["stuck: could not terminate env-prod-1 (pp-1): AccessDenied: no."]);
    let foreign = Provisioned { product: "prod-2".to_owned(), ..found(Kind::Provision, Status::Succeeded) };
    check(&spec(false), &end(true, Some(foreign)), &["stuck: env-prod-1 (pp-1) is made of product prod-2"]);
    check(&spec(false), &Observation::Access { role: String::new(), associated: true }, &["stuck: "]);
}
