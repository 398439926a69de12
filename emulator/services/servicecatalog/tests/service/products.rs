//! Products and their versions.

use crate::manager::{Catalog, check_failure, product, text, version};
use serde_json::json;

#[tokio::test]
async fn a_token_makes_one_product() {
    let catalog = Catalog::start();
    let mut create = product("Topic");
    create["IdempotencyToken"] = "t".into();
    let first = catalog.call("CreateProduct", create.clone()).await.unwrap();
    assert_eq!(catalog.call("CreateProduct", create.clone()).await.unwrap(), first);
    create["Name"] = "Other".into();
    check_failure(catalog.call("CreateProduct", create).await, "InvalidParametersException", "token");
}

#[tokio::test]
async fn versions_are_added_deprecated_and_deleted_but_for_the_last() {
    let catalog = Catalog::start();
    let id = catalog.product("Topic").await;
    let add = json!({"ProductId": id, "Parameters": version("two"), "IdempotencyToken": "t"});
    let two = catalog.call("CreateProvisioningArtifact", add.clone()).await.unwrap();
    assert_eq!(catalog.call("CreateProvisioningArtifact", add).await.unwrap(), two);
    let two = text(&two, "/ProvisioningArtifactDetail/Id");
    let update =
        json!({"ProductId": id, "ProvisioningArtifactId": two, "Guidance": "DEPRECATED", "Active": false});
    let updated = catalog.call("UpdateProvisioningArtifact", update).await.unwrap();
    let detail = &updated["ProvisioningArtifactDetail"];
    assert_eq!((&detail["Guidance"], &detail["Active"]), (&json!("DEPRECATED"), &json!(false)));
    let describe = json!({"ProductId": id, "ProvisioningArtifactName": "two", "IncludeProvisioningArtifactParameters": true});
    let described = catalog.call("DescribeProvisioningArtifact", describe).await.unwrap();
    let parameter = &described["ProvisioningArtifactParameters"][0];
    assert_eq!((&parameter["ParameterKey"], &parameter["IsNoEcho"]), (&json!("Team"), &json!(true)));
    assert_eq!(parameter["ParameterConstraints"]["AllowedValues"], json!(["red", "1"]));
    assert!(text(&described, "/Info/TemplateUrl").ends_with("/one.json"));

    let listed = catalog.call("ListProvisioningArtifacts", json!({"ProductId": id})).await.unwrap();
    let one = text(&listed, "/ProvisioningArtifactDetails/0/Id");
    let delete = async |artifact: &str| {
        let input = json!({"ProductId": id, "ProvisioningArtifactId": artifact});
        catalog.call("DeleteProvisioningArtifact", input).await
    };
    delete(&one).await.unwrap();
    check_failure(delete(&one).await, "ResourceNotFoundException", &one);
    check_failure(delete(&two).await, "ResourceInUseException", &two);
}

#[tokio::test]
async fn a_version_needs_a_template_that_its_maker_can_read() {
    let catalog = Catalog::start();
    for (info, part) in [
        (json!({"Other": "x"}), "LoadTemplateFromURL"),
        (json!({"LoadTemplateFromURL": "https://example.com/t.json"}), "not a URL of Amazon S3"),
        (json!({"LoadTemplateFromURL": "https://templates.s3.amazonaws.com/none.json"}), "NoSuchKey"),
        (
            json!({"LoadTemplateFromURL": "https://templates.s3.amazonaws.com/broken.json"}),
            "Template format error",
        ),
    ] {
        let mut create = product("Topic");
        create["ProvisioningArtifactParameters"]["Info"] = info;
        check_failure(catalog.call("CreateProduct", create).await, "InvalidParametersException", part);
    }
    let mut terraform = product("Topic");
    terraform["ProductType"] = "EXTERNAL".into();
    check_failure(catalog.call("CreateProduct", terraform).await, "InvalidParametersException", "EXTERNAL");
}

#[tokio::test]
async fn administrators_find_products_by_name_and_portfolio() {
    let catalog = Catalog::start();
    let portfolio = catalog.portfolio("a").await;
    let mut ids = Vec::new();
    for name in ["Topic", "Queue", "Bucket"] {
        ids.push(catalog.product(name).await);
    }
    catalog.join(&portfolio, &ids[1]).await;
    let name = "/ProductViewSummary/Name";
    for (input, expected) in [
        (json!({"PageSize": 2}), vec![vec!["Bucket", "Queue"], vec!["Topic"]]),
        (json!({"SortBy": "Title", "SortOrder": "DESCENDING"}), vec![vec!["Topic", "Queue", "Bucket"]]),
        (json!({"PortfolioId": portfolio}), vec![vec!["Queue"]]),
        (json!({"Filters": {"FullTextSearch": ["buck"]}}), vec![vec!["Bucket"]]),
        (json!({"Filters": {"Owner": ["Nobody"]}}), vec![vec![]]),
    ] {
        assert_eq!(catalog.pages("SearchProductsAsAdmin", input, "ProductViewDetails", name).await, expected);
    }
    let described = catalog.call("DescribeProductAsAdmin", json!({"Name": "Queue"})).await.unwrap();
    assert_eq!(text(&described, "/ProductViewDetail/ProductViewSummary/ProductId"), ids[1]);
    let update =
        json!({"Id": ids[1], "Name": "Topic", "Description": "d", "AddTags": [{"Key": "a", "Value": "1"}]});
    let updated = catalog.call("UpdateProduct", update).await.unwrap();
    assert_eq!(updated["ProductViewDetail"]["ProductViewSummary"]["ShortDescription"], "d");
    let twice = catalog.call("DescribeProductAsAdmin", json!({"Name": "Topic"})).await;
    check_failure(twice, "InvalidParametersException", "not unique");
    let portfolios = catalog.call("ListPortfoliosForProduct", json!({"ProductId": ids[1]})).await.unwrap();
    assert_eq!(text(&portfolios, "/PortfolioDetails/0/Id"), portfolio);
}

#[tokio::test]
async fn tag_options_are_unique() {
    let catalog = Catalog::start();
    let option = |value: &str| json!({"Key": "team", "Value": value});
    let made = catalog.call("CreateTagOption", option("red")).await.unwrap();
    let id = text(&made, "/TagOptionDetail/Id");
    check_failure(catalog.call("CreateTagOption", option("red")).await, "DuplicateResourceException", "red");
    catalog.call("CreateTagOption", option("blue")).await.unwrap();
    let taken = json!({"Id": id, "Value": "blue"});
    check_failure(catalog.call("UpdateTagOption", taken).await, "DuplicateResourceException", "blue");
    catalog.call("UpdateTagOption", json!({"Id": id, "Active": false})).await.unwrap();
    let listed = catalog.call("ListTagOptions", json!({"Filters": {"Active": false}})).await.unwrap();
    assert_eq!(text(&listed, "/TagOptionDetails/0/Value"), "red");
    catalog.call("DeleteTagOption", json!({"Id": id})).await.unwrap();
    check_failure(
        catalog.call("DescribeTagOption", json!({"Id": id})).await,
        "ResourceNotFoundException",
        &id,
    );
}
