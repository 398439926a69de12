//! Whole runs: from nothing to a provisioned product and back, also when Lambda delivers a job again after any of its calls.

use super::fake::{Fake, now};
use super::{ROLE_ARN, all_steps, associate, function, one_step, provision, terminate};
use crate::Spec;

#[tokio::test]
async fn a_product_is_associated_provisioned_and_terminated() {
    let fake = Fake::default();
    let aws = fake.aws();
    let function = function(&aws).await;
    assert_eq!(all_steps(&function, &associate()).await, Ok(2));
    assert_eq!(fake.state().principals, [ROLE_ARN]);
    assert_eq!(all_steps(&function, &associate()).await, Ok(1));
    all_steps(&function, &provision("job-1")).await.unwrap();
    assert_eq!(fake.now(), now(&["pp-1"], Some("pp-1")));
    assert_eq!(all_steps(&function, &provision("job-2")).await, Ok(1), "another execution finds it");
    all_steps(&function, &terminate("job-3")).await.unwrap();
    assert_eq!(fake.now(), now(&[], None));
    assert_eq!(all_steps(&function, &terminate("job-4")).await, Ok(1), "gone is done");
    all_steps(&function, &provision("job-5")).await.unwrap();
    assert_eq!(fake.now().0, ["pp-2"]);
    let written = [
        "AssociatePrincipalWithPortfolio",
        "ProvisionProduct",
        "PutParameter",
        "TerminateProvisionedProduct",
        "DeleteParameter",
        "ProvisionProduct",
        "PutParameter",
    ];
    assert_eq!(aws.written(), written);
}

/// A run that is killed after its step of that number, and delivered again.
async fn killed_after(fake: &Fake, spec: &Spec, steps: usize) {
    let function = function(&fake.aws()).await;
    for _ in 0..steps {
        one_step(&function, spec).await.unwrap();
    }
    all_steps(&function, spec).await.unwrap();
}

#[tokio::test]
async fn a_killed_run_makes_one_product() {
    for steps in 0..5 {
        let fake = Fake::default();
        killed_after(&fake, &provision("job-1"), steps).await;
        assert_eq!(fake.now(), now(&["pp-1"], Some("pp-1")), "{steps}");
        killed_after(&fake, &terminate("job-2"), steps).await;
        assert_eq!(fake.now(), now(&[], None), "{steps}");
    }
}

#[tokio::test]
async fn a_failure_is_told_with_its_first_cause_and_cleared_away_by_the_next_attempt() {
    let fake = Fake::default();
    fake.state().broken = Some("Access denied\nto the bucket\u{202E}.");
    let function = function(&fake.aws()).await;
    let told = all_steps(&function, &provision("job-1")).await.unwrap_err();
    let says = "could not provision data_science_environment-prod-abcdefghijklm (pp-1): CREATE_FAILED: Access denied to the bucket. ";
    assert!(told.starts_with(says), "{told}");
    assert_eq!(fake.state().entry, None);
    assert_eq!(all_steps(&function, &provision("job-1")).await, Err(told), "the same job delivered again");
    fake.state().broken = None;
    all_steps(&function, &provision("job-2")).await.unwrap();
    assert_eq!(fake.now(), now(&["pp-2"], Some("pp-2")));

    fake.state().broken = Some("the bucket is not empty");
    let told = all_steps(&function, &terminate("job-3")).await.unwrap_err();
    assert!(told.starts_with("could not terminate data_science_environment"), "{told}");
    assert!(told.contains("the bucket is not empty"), "{told}");
    assert_eq!(fake.state().entry.as_deref(), Some("pp-2"), "what stands stays recorded");
    fake.state().broken = None;
    all_steps(&function, &terminate("job-4")).await.unwrap();
    assert_eq!(fake.now(), now(&[], None));
}
