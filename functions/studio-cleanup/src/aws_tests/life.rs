//! Whole runs: from a domain in use to an empty one, and what that costs.

use super::{DOMAIN, function, later, spec};
use crate::{OneProfile, Spec};
use serde_json::json;
use shared::reconcile::output::{Output, texts};
use shared::reconcile::step::{StepResult, step};
use testing::sagemaker::{Domains, SageMaker, Stack};

/// Steps until the end; returns the answer and how many steps it took.
async fn run(service: &SageMaker, spec: &Spec) -> (Output, usize) {
    let function = function(service).await;
    for steps in 1..200 {
        match step(&function, spec, later()).await.unwrap() {
            StepResult::Done(output) | StepResult::Absent(output, _) => return (output, steps),
            StepResult::Waiting(waiting) => assert!(!waiting.to_string().is_empty()),
        }
    }
    panic!("no end in sight: {:?}", service.domains(|domains| domains.remaining(DOMAIN)))
}

fn busy() -> Domains {
    Domains::new(DOMAIN)
        .app("draft", "a", "InService")
        .app("draft", "b", "Deleting")
        .app("draft", "c", "Deleted")
        .own_app("alice", "d", "InService")
        .own_app("alice", "e", "Failed")
        .space("draft", "alice", "InService", 0)
        .space("notes", "bob", "Update_Failed", 0)
        .space("old", "bob", "Delete_Failed", 3600)
        .profile("alice", "InService", 0)
        .profile("bob", "Failed", 0)
        .profile("carol", "InService", 0)
}

/// `b` is `Deleting` from the start: it must count its looks too.
fn started(fake_aws: Domains) -> SageMaker {
    let service = SageMaker::with(fake_aws);
    let gone = json!({"DomainId": DOMAIN, "AppName": "b", "AppType": "JupyterLab", "SpaceName": "draft"});
    service.domains(|domains| {
        domains.settle("b");
        assert_eq!(domains.answer("DeleteApp", &gone).status, 200);
    });
    service
}

#[tokio::test]
async fn a_domain_in_use_is_emptied() {
    let service = started(busy());
    let (output, _) = run(&service, &spec()).await;
    assert_eq!(
        service.domains(|domains| domains.remaining(DOMAIN)).unwrap(),
        ["a", "b", "c", "d", "e"],
        "apps are listed for a day"
    );
    let texts = texts(&output);
    assert_eq!(texts["FailedApps"], "Canvas app e of user profile alice");
    assert_eq!((&*texts["TrackingServers"], &*texts["DomainId"]), ("none", DOMAIN));
    assert!(service.inputs("DeleteDomain").is_empty());
    // Once more: nothing to do, and the same answer.
    let before = service.called().len();
    assert_eq!(run(&service, &spec()).await, (output, 1));
    let reads = service.called().len() - before;
    assert!(reads <= 7, "{reads} calls for a look");
}

#[tokio::test]
async fn the_domain_goes_last_when_it_is_asked_for() {
    let service = started(busy());
    run(&service, &Spec { with_domain: true, ..spec() }).await;
    assert_eq!(service.domains(|domains| domains.remaining(DOMAIN)), None);
    assert_eq!(service.inputs("DeleteDomain").len(), 1);
}

#[tokio::test]
async fn what_is_kept_is_still_there() {
    let service = started(busy());
    let keep = |name: &str| [name.to_owned()].into();
    run(&service, &Spec { keep_spaces: keep("notes"), keep_profiles: keep("carol"), ..spec() }).await;
    let remaining = service.domains(|domains| domains.remaining(DOMAIN)).unwrap();
    assert_eq!(remaining[5..], ["notes", "bob", "carol"]);
}

#[tokio::test]
async fn of_one_profile_goes_what_it_owns_and_nothing_else() {
    let mut domains = busy().app("notes", "f", "InService");
    domains.stack = Stack { status: "DELETE_IN_PROGRESS", policy: "Delete" };
    let service = started(domains);
    let profile = OneProfile { name: "Alice".into(), resource: format!("alice|{DOMAIN}") };
    // The stack has `draft` too: its apps go, and the stack deletes the space itself.
    let keep_spaces = ["draft".to_owned()].into();
    let spec = Spec { profile: Some(profile), keep_spaces, stack: Some("arn:stack".into()), ..spec() };
    let (output, _) = run(&service, &spec).await;
    assert_eq!(texts(&output)["TrackingServers"], "not looked at");
    let kept: Vec<_> = service.inputs("DeleteApp").iter().map(|input| input["AppName"].clone()).collect();
    assert!(
        kept.contains(&json!("a")) && kept.contains(&json!("d")) && !kept.contains(&json!("f")),
        "{kept:?}"
    );
    for operation in ["DeleteSpace", "DeleteUserProfile", "DeleteDomain"] {
        assert!(service.inputs(operation).is_empty(), "{operation}");
    }
    run(&service, &Spec { keep_spaces: [].into(), ..spec }).await;
    let spaces = service.inputs("DeleteSpace");
    assert!(spaces.iter().all(|input| input["SpaceName"] == "draft") && !spaces.is_empty(), "{spaces:?}");
    assert!(service.inputs("DeleteUserProfile").is_empty(), "the stack deletes its profile");
}

#[tokio::test]
async fn a_run_costs_little_more_than_its_deletions() {
    for (apps, spaces, profiles) in [(0, 0, 0), (1, 1, 1), (10, 5, 2), (100, 10, 10), (1000, 20, 20)] {
        let mut fake_aws = Domains::new(DOMAIN);
        for at in 0..apps {
            fake_aws = fake_aws.app(&format!("space-{}", at % spaces), &format!("app-{at}"), "InService");
        }
        for at in 0..spaces {
            fake_aws =
                fake_aws.space(&format!("space-{at}"), &format!("user-{}", at % profiles), "InService", 0);
        }
        for at in 0..profiles {
            fake_aws = fake_aws.profile(&format!("user-{at}"), "InService", 0);
        }
        let service = SageMaker::with(fake_aws);
        let (_, steps) = run(&service, &spec()).await;
        let calls = service.called().len();
        let deletions = apps + spaces + profiles;
        assert!(
            calls * 10 <= deletions * 11 + steps * 100,
            "{calls} calls in {steps} steps for {deletions} deletions"
        );
    }
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"DomainId": DOMAIN}),
        updated: json!({"DomainId": DOMAIN, "KeepSpaces": ["notes"]}),
        other: json!({"DomainId": "d-other"}),
        bad: json!({"DomainId": "studio"}),
        says: "DomainId",
    };
    let fake_aws = async || {
        let fake_aws = Domains::new(DOMAIN).domain("d-other", "InService");
        let fake_aws = fake_aws.app("draft", "a", "InService").space("draft", "alice", "InService", 0);
        let service = SageMaker::with(fake_aws.profile("alice", "InService", 0));
        function(&service).await
    };
    testing::contract::check(&samples, fake_aws).await;
}
