//! Each call: to the last page, and what AWS's refusals mean.

use super::fake::Fake;
use super::{
    ARTIFACT, CANARY, NAME, PRODUCT, ROLE, ROLE_ARN, associate, function, one_step, provision, terminate,
};
use crate::Spec;
use serde_json::json;
use testing::Reply;
use testing::reply::{query_refusal, refusal};

/// What a step says when an operation is answered like this.
async fn said(spec: &Spec, operation: &str, reply: impl Into<Reply>) -> Result<Option<String>, String> {
    let fake = Fake::default();
    let aws = fake.aws().always(operation, "", reply);
    let said = one_step(&function(&aws).await, spec).await;
    let mut written = aws.written();
    written.dedup();
    assert!(written.len() <= 1, "{written:?}");
    said
}

#[tokio::test]
async fn access_is_looked_for_on_every_page_and_by_the_arn_with_its_path() {
    let principal = |arn: &str| json!({"PrincipalARN": arn, "PrincipalType": "IAM"});
    let aws = Fake::default()
        .aws()
        .on_containing("ListPrincipalsForPortfolio", "two", json!({"Principals": [principal(ROLE_ARN)]}))
        .on(
            "ListPrincipalsForPortfolio",
            json!({"Principals": [principal(&format!("arn:aws:iam::111122223333:role/{ROLE}"))], "NextPageToken": "two"}),
        );
    assert_eq!(one_step(&function(&aws).await, &associate()).await, Ok(None));
    assert_eq!(aws.calls("ListPrincipalsForPortfolio").len(), 2);
    assert_eq!(aws.written(), [""; 0]);
    assert!(aws.requests("GetRole")[0].contains(ROLE));
}

#[tokio::test]
async fn launch_paths_are_read_to_the_last_page() {
    let page = |name: &str| json!([{"Id": format!("lpv3-{name}"), "Name": name}]);
    let aws = Fake::default()
        .aws()
        .on_containing("ListLaunchPaths", "two", json!({"LaunchPathSummaries": page("Two")}))
        .on("ListLaunchPaths", json!({"LaunchPathSummaries": page("One"), "NextPageToken": "two"}));
    let told = one_step(&function(&aws).await, &provision("job-1")).await.unwrap_err();
    assert!(told.contains("through 2 portfolios (One, Two)"), "{told}");
    assert_eq!(aws.written(), [""; 0]);
}

#[tokio::test]
async fn a_launch_says_all_that_was_asked_for() {
    let aws = Fake::default().aws();
    one_step(&function(&aws).await, &provision("job-1")).await.unwrap();
    let mut made = aws.inputs("ProvisionProduct");
    let Spec::Provision(launch) = provision("job-1") else { panic!() };
    assert_eq!(
        made.remove(0),
        json!({
            "ProductId": PRODUCT, "ProvisioningArtifactId": ARTIFACT, "PathId": "lpv3-1", "ProvisionedProductName": NAME,
            "ProvisionToken": launch.token(), "ProvisioningParameters": [{"Key": "EnvName", "Value": CANARY}],
        })
    );
    let mut bare = launch;
    bare.parameters.clear();
    let aws = Fake::default().aws();
    one_step(&function(&aws).await, &Spec::Provision(bare)).await.unwrap();
    assert_eq!(aws.inputs("ProvisionProduct")[0].get("ProvisioningParameters"), None);
}

#[tokio::test]
async fn what_is_not_there_is_a_sentence_before_any_write() {
    let gone = refusal("ResourceNotFoundException");
    for (operation, reply, says) in [
        (
            "ListLaunchPaths",
            gone.clone(),
            "product prod-abcdefghijklm does not exist, or the role has no access",
        ),
        (
            "ListLaunchPaths",
            json!({"LaunchPathSummaries": []}).into(),
            "does not exist, or the role has no access",
        ),
        ("DescribeProvisioningParameters", gone.clone(), "has no version pa-abcdefghijklm"),
        ("DescribeProvisioningParameters", json!({}).into(), "has the Key EnvName"),
    ] {
        let told = said(&provision("job-1"), operation, reply).await.unwrap_err();
        assert!(told.contains(says), "{operation}: {told}");
    }
    let told = said(&associate(), "ListPrincipalsForPortfolio", gone).await.unwrap_err();
    assert!(told.starts_with("could not list who has access to portfolio port-abcdefghijklm: "), "{told}");
    let told = said(&associate(), "GetRole", query_refusal("NoSuchEntity")).await.unwrap_err();
    assert!(told.starts_with("could not read the role catalog-product-Role-1A2B: NoSuchEntity"), "{told}");
}

#[tokio::test]
async fn a_busy_service_is_asked_again_and_a_denied_call_ends_the_run() {
    let (provision, terminate) = (provision("job-1"), terminate("job-1"));
    for (spec, operation) in [
        (&associate(), "AssociatePrincipalWithPortfolio"),
        (&associate(), "ListPrincipalsForPortfolio"),
        (&provision, "GetParameter"),
        (&provision, "ListLaunchPaths"),
        (&provision, "DescribeProvisionedProduct"),
        (&provision, "DescribeProvisioningParameters"),
        (&provision, "ProvisionProduct"),
        (&terminate, "GetParameter"),
        (&terminate, "DescribeProvisionedProduct"),
    ] {
        let busy = said(spec, operation, refusal("ThrottlingException")).await;
        assert!(matches!(&busy, Ok(Some(_))), "{operation}: {busy:?}");
        let denied = said(spec, operation, refusal("AccessDeniedException")).await.unwrap_err();
        assert!(denied.contains("AccessDeniedException"), "{operation}: {denied}");
    }
}

#[tokio::test]
async fn writes_that_fail_at_the_end_are_told_too() {
    let Spec::Provision(launch) = provision("job-1") else { panic!() };
    for (spec, operation) in [
        (provision("job-1"), "PutParameter"),
        (provision("job-1"), "DescribeRecord"),
        (terminate("job-2"), "TerminateProvisionedProduct"),
    ] {
        let fake = Fake::with_product(NAME, &launch.token());
        let aws = fake.aws().always(operation, "", refusal("AccessDeniedException"));
        let told = one_step(&function(&aws).await, &spec).await.unwrap_err();
        assert!(told.contains("AccessDeniedException"), "{operation}: {told}");
        let aws = fake.aws().always(operation, "", refusal("ThrottlingException"));
        let busy = one_step(&function(&aws).await, &spec).await;
        assert!(matches!(&busy, Ok(Some(_))), "{operation}: {busy:?}");
    }
    let fake = Fake::default();
    fake.state().entry = Some("pp-9".to_owned());
    let aws = fake.aws().always("DeleteParameter", "", refusal("AccessDeniedException"));
    let told = one_step(&function(&aws).await, &terminate("job-1")).await.unwrap_err();
    assert!(
        told.starts_with("could not delete the SSM parameter /ds-product-catalog/prod-abcdefghijklm/"),
        "{told}"
    );
}

#[tokio::test]
async fn what_another_run_did_first_is_done() {
    let duplicate =
        said(&provision("job-1"), "ProvisionProduct", refusal("DuplicateResourceException")).await;
    assert!(duplicate.clone().unwrap().unwrap().contains("1 call postponed"), "{duplicate:?}");
    let gone = refusal("ResourceNotFoundException");
    let fake = Fake::with_product(NAME, "token");
    let aws = fake.aws().on("TerminateProvisionedProduct", gone.clone());
    assert!(one_step(&function(&aws).await, &terminate("job-1")).await.unwrap().is_some());
    let aws = fake.aws().on("DescribeRecord", gone);
    assert_eq!(one_step(&function(&aws).await, &terminate("job-1")).await, Ok(None));
    fake.state().entry = Some("pp-9".to_owned());
    fake.state().products.clear();
    let aws = fake.aws().on("DeleteParameter", refusal("ParameterNotFound"));
    assert!(one_step(&function(&aws).await, &terminate("job-1")).await.unwrap().is_some());
}
