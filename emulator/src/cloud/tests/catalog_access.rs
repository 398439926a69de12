//! Who may see and launch what in Service Catalog, and the portfolio that SageMaker shares.

use super::catalog::{Catalog, allow, check, read_copies, text};
use super::permissions::role;
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::json;

#[tokio::test]
async fn a_product_is_for_principals_and_within_its_rules() {
    let catalog = Catalog::start().await;
    let statements = [allow(&["cloudformation:*", "sns:*"]), read_copies()];
    catalog.launch_as("launch", "servicecatalog.amazonaws.com", &statements).await;
    let assertion =
        json!({"Assert": {"Fn::Contains": [["blue"], {"Ref": "Team"}]}, "AssertDescription": "blue-only"});
    catalog.constrain("TEMPLATE", &json!({"Rules": {"Team": {"Assertions": [assertion]}}})).await;
    let record = catalog.ended(&catalog.provision("red", "")).await;
    assert!(record["RecordDetail"]["RecordErrors"].to_string().contains("blue-only"), "{record}");
    let record =
        catalog.ended(&catalog.provision("blue", " --provisioning-parameters Key=Team,Value=blue")).await;
    assert_eq!(record["RecordDetail"]["Status"], "SUCCEEDED", "{record}");

    // Somebody else, who may call everything.
    let other = role(&catalog.cloud, "other", &json!([allow(&["servicecatalog:*"])])).await;
    let as_other =
        async |command: &str| aws_as(&catalog.cloud, &other, &format!("servicecatalog {command}")).await;
    let no_paths = format!(
        "(ResourceNotFoundException) when calling the ProvisionProduct operation: No launch paths found for resource: {}",
        catalog.product
    );
    check(as_other(&catalog.provision("other", "")).await, &no_paths);
    check(
        as_other(&format!("describe-product --id {}", catalog.product)).await,
        "(ResourceNotFoundException)",
    );
    assert_eq!(as_other("search-products").await.unwrap()["ProductViewSummaries"], json!([]));
    assert_eq!(as_other("scan-provisioned-products").await.unwrap()["ProvisionedProducts"], json!([]));
    let all =
        as_other("scan-provisioned-products --access-level-filter Key=Account,Value=self").await.unwrap();
    assert_eq!(all["ProvisionedProducts"].as_array().unwrap().len(), 2);
    catalog.admit("arn:aws:iam:::role/oth*", "IAM_PATTERN").await;
    assert_eq!(
        as_other("search-products").await.unwrap()["ProductViewSummaries"][0]["ProductId"],
        *catalog.product
    );
    // A second way to the product must be chosen.
    let create = "servicecatalog create-portfolio --display-name Second --provider-name Platform";
    let second = text(&aws(&catalog.cloud, create).await.unwrap(), "/PortfolioDetail/Id");
    for command in [
        format!("associate-product-with-portfolio --portfolio-id {second} --product-id {}", catalog.product),
        format!(
            "associate-principal-with-portfolio --portfolio-id {second} --principal-arn arn:aws:iam::111122223333:role/other --principal-type IAM"
        ),
    ] {
        aws(&catalog.cloud, &format!("servicecatalog {command}")).await.unwrap();
    }
    check(as_other(&catalog.provision("other", "")).await, "(InvalidParametersException)");
    as_other(&catalog.provision("other", " --path-name Team")).await.unwrap();
    catalog.cloud.stop().await;
}

#[tokio::test]
async fn the_portfolio_of_sagemaker_is_shared_after_a_while() {
    let cloud = Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap();
    let status = async || {
        aws(&cloud, "sagemaker get-sagemaker-servicecatalog-portfolio-status").await.unwrap()["Status"].take()
    };
    assert_eq!(status().await, "Disabled");
    let enable = "sagemaker enable-sagemaker-servicecatalog-portfolio";
    let half = role(&cloud, "half", &json!([allow(&["sagemaker:*"])])).await;
    check(aws_as(&cloud, &half, enable).await, "servicecatalog:AcceptPortfolioShare");
    assert_eq!(status().await, "Disabled");
    aws(&cloud, enable).await.unwrap();
    assert_eq!(status().await, "Enabled");
    let share = testing::until("the share is listed", async || {
        let shares = aws(&cloud, "servicecatalog list-accepted-portfolio-shares").await.unwrap();
        shares["PortfolioDetails"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(share["ProviderName"], "Amazon SageMaker");
    let portfolio = text(&share, "/Id");
    let associate = format!(
        "servicecatalog associate-principal-with-portfolio --portfolio-id {portfolio} --principal-arn arn:aws:iam::111122223333:role/half --principal-type IAM"
    );
    aws(&cloud, &associate).await.unwrap();
    let list = format!("servicecatalog list-principals-for-portfolio --portfolio-id {portfolio}");
    assert_eq!(aws(&cloud, &list).await.unwrap()["Principals"].as_array().unwrap().len(), 1);
    assert_eq!(aws(&cloud, "servicecatalog list-portfolios").await.unwrap()["PortfolioDetails"], json!([]));
    check(
        aws(&cloud, &format!("servicecatalog delete-portfolio --id {portfolio}")).await,
        "(InvalidParametersException)",
    );
    aws(&cloud, "sagemaker disable-sagemaker-servicecatalog-portfolio").await.unwrap();
    assert_eq!(status().await, "Disabled");
    check(aws(&cloud, &list).await, "(ResourceNotFoundException)");
    cloud.stop().await;
}
