//! What others rely on: the permissions that calls need, and the words of AWS for bad input.

use crate::manager::{Catalog, call, check_failure};
use emulator_core::Service;
use serde_json::{Value, json};

#[tokio::test]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let catalog = Catalog::start();
    let arn = |resource: &str| format!("arn:aws:catalog:us-east-1:111122223333:{resource}");
    let launch = json!({"ProductId": "prod-1", "PortfolioId": "port-1", "Type": "LAUNCH", "Parameters": r#"{"LocalRoleName": "L"}"#});
    let template =
        json!({"ProductId": "prod-1", "PortfolioId": "port-1", "Type": "TEMPLATE", "Parameters": "{}"});
    let unchecked = json!({"ProductId": "prod-1", "Parameters": {"DisableTemplateValidation": true}});
    let action = |name: &str, resource: String| (format!("servicecatalog:{name}"), resource);
    let all = || "*".to_owned();
    let both = json!({"PortfolioId": "port-1", "ProductId": "prod-1"});
    for (operation, input, expected) in [
        ("CreatePortfolio", json!({}), vec![action("CreatePortfolio", arn("portfolio/*"))]),
        (
            "DeletePortfolio",
            json!({"Id": "port-1"}),
            vec![action("DeletePortfolio", arn("portfolio/port-1"))],
        ),
        ("ListPortfolios", json!({}), vec![action("ListPortfolios", all())]),
        ("DescribeConstraint", json!({"Id": "cons-1"}), vec![action("DescribeConstraint", all())]),
        (
            "AssociateProductWithPortfolio",
            both,
            vec![
                action("AssociateProductWithPortfolio", arn("portfolio/port-1")),
                action("AssociateProductWithPortfolio", arn("product/prod-1")),
            ],
        ),
        (
            "CreateProduct",
            json!({}),
            vec![
                action("CreateProduct", arn("product/*")),
                ("cloudformation:ValidateTemplate".into(), all()),
            ],
        ),
        (
            "CreateProvisioningArtifact",
            unchecked,
            vec![action("CreateProvisioningArtifact", arn("product/prod-1"))],
        ),
        (
            "CreateConstraint",
            launch,
            vec![
                action("CreateConstraint", arn("product/prod-1")),
                ("iam:PassRole".into(), "arn:aws:iam::111122223333:role/L".into()),
            ],
        ),
        ("CreateConstraint", template, vec![action("CreateConstraint", arn("product/prod-1"))]),
        (
            "ProvisionProduct",
            json!({"ProductId": "prod-1"}),
            vec![action("ProvisionProduct", arn("product/prod-1"))],
        ),
        ("ProvisionProduct", json!({"ProductName": "p"}), vec![action("ProvisionProduct", arn("product/*"))]),
        ("TerminateProvisionedProduct", json!({}), vec![action("TerminateProvisionedProduct", all())]),
    ] {
        let permissions = catalog.service.required_permissions(&call(operation, input));
        let permissions: Vec<_> = permissions.into_iter().map(|it| (it.action, it.resource)).collect();
        assert_eq!(permissions, expected);
    }
}

#[tokio::test]
async fn condition_keys_tell_whose_a_provisioned_product_is() {
    let catalog = Catalog::start();
    let (_, product) = catalog.launchable().await;
    let provision = json!({"ProductId": product, "ProvisioningArtifactName": "one", "ProvisionedProductName": "p", "ProvisionToken": "t"});
    catalog.call("ProvisionProduct", provision).await.unwrap();
    let keys = |session: &str, operation: &str, input: Value| {
        let mut asked = call(operation, input);
        asked.caller.arn = format!("arn:aws:sts::111122223333:assumed-role/{session}");
        let permissions = catalog.service.required_permissions(&asked);
        let keys = permissions[0].context.keys().map(|key| key.rsplit(':').next().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    let all = ["accountLevel", "roleLevel", "userLevel"];
    let describe = || json!({"Name": "p"});
    assert_eq!(keys("Manager/alice", "DescribeProvisionedProduct", describe()), all);
    assert_eq!(keys("Manager/bob", "DescribeProvisionedProduct", describe()), all[..2]);
    assert_eq!(keys("Other/bob", "DescribeProvisionedProduct", describe()), all[..1]);
    assert_eq!(keys("Other/bob", "ScanProvisionedProducts", json!({})), all);
    let account = json!({"AccessLevelFilter": {"Key": "Account", "Value": "self"}});
    assert_eq!(keys("Other/bob", "ScanProvisionedProducts", account), all[..1]);
    catalog.service.stop().await;
}

#[tokio::test]
async fn bad_input_is_refused_in_the_words_of_aws() {
    let catalog = Catalog::start();
    let null = "Value at 'id' failed to satisfy constraint: Member must not be null";
    for (operation, input, code, part) in [
        ("DescribePortfolio", json!({}), "ValidationException", null),
        ("DescribePortfolio", json!({"Id": 1}), "SerializationException", "must be a string"),
        ("DescribePortfolio", json!({"Id": "port-none"}), "ResourceNotFoundException", "port-none"),
        ("DescribeRecord", json!({"Id": "rec-none"}), "ResourceNotFoundException", "rec-none"),
        ("DescribeProduct", json!({}), "InvalidParametersException", "product id"),
        (
            "DescribeProductAsAdmin",
            json!({"Id": "prod-a", "Name": "b"}),
            "InvalidParametersException",
            "not both",
        ),
        ("ListPortfolios", json!({"PageToken": "x"}), "InvalidParametersException", "page token"),
        ("TerminateProvisionedProduct", json!({"TerminateToken": "t"}), "ResourceNotFoundException", ""),
        (
            "AcceptPortfolioShare",
            json!({"PortfolioId": "port-none"}),
            "ResourceNotFoundException",
            "port-none",
        ),
        ("CopyProduct", json!({}), "UnknownOperationException", "CopyProduct"),
    ] {
        check_failure(catalog.service.answer(call(operation, input)).await, code, part);
    }
}
