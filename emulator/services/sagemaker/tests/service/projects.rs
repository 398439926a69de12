//! Projects whose caller may do nothing: what they make is tested with the emulator.

use crate::studio::{Studio, check_failure};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn a_project_is_changed_by_one_request_at_a_time() {
    let studio = Studio::start().await;
    let named = || json!({"ProjectName": "churn"});
    check_failure(studio.call("DescribeProject", named()).await, "ValidationException", "project/churn");
    let details = json!({"ProductId": "prod-1", "ProvisioningArtifactId": "pa-1"});
    let create = json!({"ProjectName": "churn", "ServiceCatalogProvisioningDetails": details, "Tags": [{"Key": "a", "Value": "1"}]});
    studio.call("CreateProject", create.clone()).await.unwrap();
    check_failure(
        studio.call("CreateProject", create.clone()).await,
        "ValidationException",
        "already exists",
    );
    check_failure(studio.call("DeleteProject", named()).await, "ConflictException", "Pending");
    let failed = async || {
        testing::until("the creation has failed", async || {
            let project = studio.call("DescribeProject", named()).await.unwrap();
            (project["ProjectStatus"] == "CreateFailed").then_some(project)
        })
        .await
    };
    let project = failed().await;
    let told = project["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductStatusMessage"].as_str();
    assert!(told.unwrap().contains("forwarding is refused"), "{project}");
    let listed = studio.call("ListProjects", json!({"NameContains": "chu"})).await.unwrap();
    assert_eq!(listed["ProjectSummaryList"][0]["ProjectId"], project["ProjectId"]);
    let tags = studio.call("ListTags", json!({"ResourceArn": project["ProjectArn"]})).await.unwrap();
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "1"}]));
    let both = json!({"ProjectName": "none"});
    check_failure(studio.call("CreateProject", both).await, "ValidationException", "Exactly one");
    let long = json!({"ProjectName": "a".repeat(33)});
    check_failure(studio.call("CreateProject", long).await, "ValidationException", "32");
}
