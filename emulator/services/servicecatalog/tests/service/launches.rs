//! Requests to launch, while the stack is still being made.

use crate::manager::{Catalog, check_failure, text};
use emulator_core::Service;
use serde_json::{Value, json};

fn provision(product: &str, name: &str) -> Value {
    json!({
        "ProductId": product, "ProvisioningArtifactName": "one", "ProvisionedProductName": name,
        "ProvisionToken": name, "Tags": [{"Key": "a", "Value": "1"}],
    })
}

#[tokio::test]
async fn a_token_launches_once_and_a_product_is_changed_by_one_request_at_a_time() {
    let catalog = Catalog::start();
    let (_, product) = catalog.launchable().await;
    let made = catalog.call("ProvisionProduct", provision(&product, "one")).await.unwrap();
    assert_eq!(made["RecordDetail"]["Status"], "CREATED");
    let record = text(&made, "/RecordDetail/RecordId");
    let again = catalog.call("ProvisionProduct", provision(&product, "one")).await.unwrap();
    assert_eq!(text(&again, "/RecordDetail/RecordId"), record);
    let mut other = provision(&product, "one");
    other["Tags"] = json!([]);
    check_failure(
        catalog.call("ProvisionProduct", other.clone()).await,
        "InvalidParametersException",
        "token",
    );
    other["ProvisionToken"] = "new".into();
    check_failure(catalog.call("ProvisionProduct", other).await, "DuplicateResourceException", "one");

    testing::until("the record is in progress", async || {
        let described = catalog.call("DescribeRecord", json!({"Id": record})).await.unwrap();
        (described["RecordDetail"]["Status"] == "IN_PROGRESS").then_some(())
    })
    .await;
    let update = json!({"ProvisionedProductName": "one", "UpdateToken": "u"});
    check_failure(
        catalog.call("UpdateProvisionedProduct", update).await,
        "InvalidParametersException",
        "under change",
    );
    let terminate = json!({"ProvisionedProductName": "one", "TerminateToken": "t"});
    check_failure(
        catalog.call("TerminateProvisionedProduct", terminate).await,
        "ValidationException",
        "under change",
    );
    let described = catalog.call("DescribeProvisionedProduct", json!({"Name": "one"})).await.unwrap();
    assert_eq!(described["ProvisionedProductDetail"]["Status"], "UNDER_CHANGE");
    catalog.service.stop().await;
}

#[tokio::test]
async fn launched_products_are_listed_searched_for_and_recorded() {
    let catalog = Catalog::start();
    let (_, product) = catalog.launchable().await;
    for name in ["one", "two", "three"] {
        catalog.call("ProvisionProduct", provision(&product, name)).await.unwrap();
    }
    for (input, expected) in [
        (json!({"SortBy": "name"}), vec!["one", "three", "two"]),
        (
            json!({"Filters": {"SearchQuery": ["name:t*"]}, "SortBy": "name", "SortOrder": "DESCENDING"}),
            vec!["two", "three"],
        ),
        (json!({"Filters": {"SearchQuery": ["name:one", "name:two"]}, "SortBy": "name"}), vec!["one", "two"]),
        (json!({"Filters": {"SearchQuery": ["status:AVAILABLE"]}}), vec![]),
        (json!({"Filters": {"SearchQuery": ["ee"]}}), vec!["three"]),
    ] {
        let found = catalog.call("SearchProvisionedProducts", input).await.unwrap();
        let names: Vec<_> =
            found["ProvisionedProducts"].as_array().unwrap().iter().map(|it| text(it, "/Name")).collect();
        assert_eq!(
            (names, found["TotalResultsCount"].as_u64()),
            (expected.iter().map(|it| (*it).to_owned()).collect(), Some(expected.len() as u64))
        );
    }
    let lengths = |pages: Vec<Vec<String>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    let two = json!({"PageSize": 2});
    let scanned = catalog.pages("ScanProvisionedProducts", two.clone(), "ProvisionedProducts", "/Name").await;
    assert_eq!(lengths(scanned), [2, 1]);
    let recorded = catalog.pages("ListRecordHistory", two, "RecordDetails", "/RecordId").await;
    assert_eq!(lengths(recorded), [2, 1]);
    let filter = json!({"SearchFilter": {"Key": "product", "Value": "prod-other"}});
    let none = catalog.call("ListRecordHistory", filter).await.unwrap();
    assert_eq!(none["RecordDetails"], json!([]));
    catalog.service.stop().await;
}

#[tokio::test]
async fn a_path_is_chosen_where_there_are_several() {
    let catalog = Catalog::start();
    let (portfolio, product) = catalog.launchable().await;
    let paths = catalog.call("ListLaunchPaths", json!({"ProductId": product})).await.unwrap();
    assert_eq!(paths["LaunchPathSummaries"][0]["Name"], "Team");
    let path = text(&paths, "/LaunchPathSummaries/0/Id");
    let parameters = json!({"ProductName": "Topic", "ProvisioningArtifactName": "one", "PathId": path});
    let described = catalog.call("DescribeProvisioningParameters", parameters).await.unwrap();
    assert_eq!(
        described["ProvisioningArtifactOutputKeys"],
        json!([{"Key": "Topic", "Description": "whose"}])
    );
    let mut wrong = provision(&product, "one");
    wrong["PathId"] = "lpv3-none".into();
    check_failure(catalog.call("ProvisionProduct", wrong).await, "ResourceNotFoundException", "lpv3-none");
    let both = json!({"PortfolioId": portfolio, "ProductId": product});
    catalog.call("DisassociateProductFromPortfolio", both).await.unwrap();
    let no_paths = format!("No launch paths found for resource: {product}");
    check_failure(
        catalog.call("ProvisionProduct", provision(&product, "one")).await,
        "ResourceNotFoundException",
        &no_paths,
    );
    check_failure(
        catalog.call("DescribeProduct", json!({"Id": product})).await,
        "ResourceNotFoundException",
        &product,
    );
}
