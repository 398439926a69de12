//! Portfolios with their products, principals, constraints and shares.

use crate::manager::{Catalog, ROLE, check_failure, text};
use serde_json::json;

#[tokio::test]
async fn a_token_makes_one_portfolio() {
    let catalog = Catalog::start();
    let create = json!({"DisplayName": "a", "ProviderName": "Team", "IdempotencyToken": "t"});
    let first = catalog.call("CreatePortfolio", create.clone()).await.unwrap();
    assert_eq!(catalog.call("CreatePortfolio", create.clone()).await.unwrap(), first);
    let mut other = create;
    other["DisplayName"] = "b".into();
    check_failure(catalog.call("CreatePortfolio", other).await, "InvalidParametersException", "token");
}

#[tokio::test]
async fn portfolios_are_changed_and_listed_in_pages() {
    let catalog = Catalog::start();
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(catalog.portfolio(name).await);
    }
    let mut listed = catalog.pages("ListPortfolios", json!({"PageSize": 2}), "PortfolioDetails", "/Id").await;
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let mut listed: Vec<_> = listed.drain(..).flatten().collect();
    listed.sort();
    made.sort();
    assert_eq!(listed, made);
    let add = json!({"Id": made[0], "Description": "d", "AddTags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
    catalog.call("UpdatePortfolio", add).await.unwrap();
    let remove = json!({"Id": made[0], "DisplayName": "new", "RemoveTags": ["a"]});
    let updated = catalog.call("UpdatePortfolio", remove).await.unwrap();
    assert_eq!(updated["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let described = catalog.call("DescribePortfolio", json!({"Id": made[0]})).await.unwrap();
    let detail = &described["PortfolioDetail"];
    assert_eq!((&detail["DisplayName"], &detail["Description"]), (&json!("new"), &json!("d")));
    let reserved = json!({"Id": made[0], "AddTags": [{"Key": "aws:a", "Value": "1"}]});
    check_failure(catalog.call("UpdatePortfolio", reserved).await, "InvalidParametersException", "aws:a");
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let catalog = Catalog::start();
    let (portfolio, product) = catalog.launchable().await;
    let both = json!({"PortfolioId": portfolio, "ProductId": product});
    let launch = json!({
        "PortfolioId": portfolio, "ProductId": product, "Type": "LAUNCH",
        "Parameters": r#"{"LocalRoleName": "Launch"}"#,
    });
    let constraint = catalog.call("CreateConstraint", launch.clone()).await.unwrap();
    let constraint = text(&constraint, "/ConstraintDetail/ConstraintId");
    check_failure(catalog.call("CreateConstraint", launch).await, "DuplicateResourceException", "LAUNCH");
    let share = json!({"PortfolioId": portfolio, "AccountId": "222233334444"});
    catalog.call("CreatePortfolioShare", share.clone()).await.unwrap();
    let access = catalog.call("ListPortfolioAccess", json!({"PortfolioId": portfolio})).await.unwrap();
    assert_eq!(access["AccountIds"], json!(["222233334444"]));

    let delete = async || catalog.call("DeletePortfolio", json!({"Id": portfolio})).await;
    let in_use = "ResourceInUseException";
    check_failure(catalog.call("DeleteProduct", json!({"Id": product})).await, in_use, "associated");
    check_failure(
        catalog.call("DisassociateProductFromPortfolio", both.clone()).await,
        in_use,
        "constraints",
    );
    let principal = json!({"PortfolioId": portfolio, "PrincipalARN": ROLE});
    for (operation, input) in [
        ("DeleteConstraint", json!({"Id": constraint})),
        ("DisassociateProductFromPortfolio", both),
        ("DisassociatePrincipalFromPortfolio", principal),
        ("DeletePortfolioShare", share),
    ] {
        check_failure(delete().await, in_use, &portfolio);
        catalog.call(operation, input).await.unwrap();
    }
    delete().await.unwrap();
    catalog.call("DeleteProduct", json!({"Id": product})).await.unwrap();
    check_failure(delete().await, "ResourceNotFoundException", &portfolio);
}

#[tokio::test]
async fn principals_are_removed_with_their_type() {
    let catalog = Catalog::start();
    let portfolio = catalog.portfolio("a").await;
    let principal =
        |arn: &str, kind: &str| json!({"PortfolioId": portfolio, "PrincipalARN": arn, "PrincipalType": kind});
    for number in 0..10 {
        let pattern = principal(&format!("arn:aws:iam:::role/{number}*"), "IAM_PATTERN");
        catalog.call("AssociatePrincipalWithPortfolio", pattern).await.unwrap();
    }
    let eleventh = principal("arn:aws:iam:::role/more*", "IAM_PATTERN");
    check_failure(
        catalog.call("AssociatePrincipalWithPortfolio", eleventh).await,
        "LimitExceededException",
        "10",
    );
    check_failure(
        catalog.call("AssociatePrincipalWithPortfolio", principal("arn:aws:iam:::role/a", "IAM")).await,
        "InvalidParametersException",
        "role/a",
    );
    let count = async || {
        let input = json!({"PortfolioId": portfolio, "PageSize": 7});
        catalog.pages("ListPrincipalsForPortfolio", input, "Principals", "/PrincipalARN").await.concat().len()
    };
    let wrong = principal("arn:aws:iam:::role/0*", "IAM");
    catalog.call("DisassociatePrincipalFromPortfolio", wrong).await.unwrap();
    assert_eq!(count().await, 10);
    let right = principal("arn:aws:iam:::role/0*", "IAM_PATTERN");
    catalog.call("DisassociatePrincipalFromPortfolio", right).await.unwrap();
    assert_eq!(count().await, 9);
}

#[tokio::test]
async fn constraints_fit_their_type_and_the_association() {
    let catalog = Catalog::start();
    let (portfolio, product) = (catalog.portfolio("a").await, catalog.product("Topic").await);
    let constraint = |kind: &str, parameters: &str| json!({"PortfolioId": portfolio, "ProductId": product, "Type": kind, "Parameters": parameters});
    let local = r#"{"LocalRoleName": "Launch"}"#;
    check_failure(
        catalog.call("CreateConstraint", constraint("LAUNCH", local)).await,
        "ResourceNotFoundException",
        "not associated",
    );
    catalog.join(&portfolio, &product).await;
    for (kind, parameters) in [("LAUNCH", "{}"), ("TEMPLATE", local), ("STACKSET", "{}"), ("OTHER", "{}")] {
        let refused = catalog.call("CreateConstraint", constraint(kind, parameters)).await;
        check_failure(refused, "InvalidParametersException", "");
    }
    let made = catalog.call("CreateConstraint", constraint("LAUNCH", local)).await.unwrap();
    let id = text(&made, "/ConstraintDetail/ConstraintId");
    check_failure(
        catalog.call("UpdateConstraint", json!({"Id": id, "Parameters": "{}"})).await,
        "InvalidParametersException",
        "LAUNCH",
    );
    let role = r#"{"RoleArn": "arn:aws:iam::111122223333:role/Other"}"#;
    catalog
        .call("UpdateConstraint", json!({"Id": id, "Parameters": role, "Description": "d"}))
        .await
        .unwrap();
    let described = catalog.call("DescribeConstraint", json!({"Id": id})).await.unwrap();
    assert_eq!(
        (&described["ConstraintParameters"], &described["ConstraintDetail"]["Description"]),
        (&json!(role), &json!("d"))
    );
    let listed =
        catalog.call("ListConstraintsForPortfolio", json!({"PortfolioId": portfolio})).await.unwrap();
    assert_eq!(listed["ConstraintDetails"].as_array().unwrap().len(), 1);
}
