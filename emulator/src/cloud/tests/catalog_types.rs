//! A stack with the types of Service Catalog: made, changed, deleted.

use super::permissions::role;
use super::stacks::{Stacks, template, topic};
use super::studio::aws;
use crate::{Cloud, Options};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

/// Puts a template with a parameter where versions are made from. Its URL.
async fn put(stacks: &Stacks, key: &str) -> String {
    let s3 = aws_sdk_s3::Client::from_conf(crate::deploy::s3_config(&stacks.cloud.root().await));
    let _ = s3.create_bucket().bucket("templates").send().await;
    let body = json!({
        "Parameters": {"Team": {"Type": "String", "Default": "red"}},
        "Resources": {"Topic": topic()},
        "Outputs": {"Team": {"Value": {"Ref": "Team"}}},
    });
    let body = ByteStream::from(body.to_string().into_bytes());
    s3.put_object().bucket("templates").key(key).body(body).send().await.unwrap();
    format!("https://templates.s3.us-east-1.amazonaws.com/{key}")
}

fn version(name: &str, url: &str, description: &str) -> Value {
    json!({"Name": name, "Description": description, "Info": {"LoadTemplateFromURL": url}})
}

fn resource(kind: &str, properties: &Value, after: &[&str]) -> Value {
    json!({"Type": format!("AWS::ServiceCatalog::{kind}"), "Properties": properties, "DependsOn": after})
}

/// The stack with these versions of the product, this description of the portfolio and this team.
fn stack(versions: &Value, description: &str, team: &str) -> Value {
    let refer = |name: &str| json!({"Ref": name});
    let both = |mut properties: Value| {
        properties["PortfolioId"] = refer("Portfolio");
        properties["ProductId"] = refer("Product");
        properties
    };
    let rules =
        json!({"Blue": {"Assertions": [{"Assert": {"Fn::Contains": [["red", "blue"], {"Ref": "Team"}]}}]}});
    let tags = json!([{"Key": "stack", "Value": description}]);
    let parameters = json!([{"Key": "Team", "Value": team}]);
    let product = json!({"Name": "Topic", "Owner": "Platform", "ProvisioningArtifactParameters": versions, "Tags": tags});
    let mut body = template(&json!({
        "Portfolio": resource("Portfolio", &json!({"DisplayName": "Team", "ProviderName": "Platform", "Description": description, "Tags": tags}), &[]),
        "Product": resource("CloudFormationProduct", &product, &[]),
        "Association": resource("PortfolioProductAssociation", &both(json!({})), &[]),
        "Principal": resource("PortfolioPrincipalAssociation", &json!({
            "PortfolioId": refer("Portfolio"), "PrincipalARN": "arn:aws:iam:::role/build*", "PrincipalType": "IAM_PATTERN",
        }), &[]),
        "Launch": resource("LaunchRoleConstraint", &both(json!({"LocalRoleName": "launch", "Description": description})), &["Association"]),
        "Rules": resource("LaunchTemplateConstraint", &both(json!({"Rules": rules.to_string()})), &["Association"]),
        "Notification": resource("LaunchNotificationConstraint", &both(json!({"NotificationArns": ["arn:aws:sns:us-east-1:111122223333:t"]})), &["Association"]),
        "Updates": resource("ResourceUpdateConstraint", &both(json!({"TagUpdateOnProvisionedProduct": "ALLOWED"})), &["Association"]),
        "Share": resource("PortfolioShare", &json!({"PortfolioId": refer("Portfolio"), "AccountId": "222233334444"}), &[]),
        "Option": resource("TagOption", &json!({"Key": "team", "Value": "red"}), &[]),
        "Launched": resource("CloudFormationProvisionedProduct", &json!({
            "ProductId": refer("Product"),
            "ProvisioningArtifactName": "one",
            "ProvisionedProductName": "launched",
            "ProvisioningParameters": parameters,
        }), &["Launch", "Notification", "Principal", "Rules", "Updates"]),
    }));
    let output = |name: &str, attribute: &str| json!({"Value": {"Fn::GetAtt": [name, attribute]}});
    body["Outputs"] = json!({
        "Portfolio": {"Value": refer("Portfolio")},
        "PortfolioName": output("Portfolio", "PortfolioName"),
        "Product": {"Value": refer("Product")},
        "ProductName": output("Product", "ProductName"),
        "Ids": output("Product", "ProvisioningArtifactIds"),
        "Names": output("Product", "ProvisioningArtifactNames"),
        "Association": {"Value": refer("Association")},
        "Principal": {"Value": refer("Principal")},
        "Launch": {"Value": refer("Launch")},
        "Team": output("Launched", "Outputs.Team"),
        "Stack": output("Launched", "CloudformationStackArn"),
    });
    body
}

async fn outputs(stacks: &Stacks) -> Value {
    let stack = stacks.describe("catalog").await;
    stack.outputs().iter().map(|it| (it.output_key().unwrap(), it.output_value().unwrap())).collect()
}

/// Makes or updates the stack as the builder.
async fn deploy(stacks: &Stacks, builder: &Value, verb: &str, body: &Value) {
    let file = stacks.cloud.state().join("catalog.json");
    std::fs::write(&file, body.to_string()).unwrap();
    let command =
        format!("cloudformation {verb} --stack-name catalog --template-body file://{}", file.display());
    super::studio::aws_as(&stacks.cloud, builder, &command).await.unwrap();
}

#[tokio::test]
async fn a_stack_holds_a_catalog_and_what_is_launched_from_it() {
    let stacks = Stacks::on(Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap()).await;
    let (one, two) = (put(&stacks, "one.json").await, put(&stacks, "two.json").await);
    let all = json!([{"Effect": "Allow", "Action": ["cloudformation:*", "s3:*", "servicecatalog:*", "iam:PassRole"], "Resource": "*"}]);
    let builder = role(&stacks.cloud, "builder", &all).await;
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "servicecatalog.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let create = format!("iam create-role --role-name launch --assume-role-policy-document {trust}");
    aws(&stacks.cloud, &create).await.unwrap();
    let attach =
        "iam attach-role-policy --role-name launch --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    aws(&stacks.cloud, attach).await.unwrap();

    let versions = json!([version("one", &one, "first"), version("two", &two, "second")]);
    deploy(&stacks, &builder, "create-stack", &stack(&versions, "before", "blue")).await;
    stacks.settle("catalog", "CREATE_COMPLETE").await;
    let made = outputs(&stacks).await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (portfolio, product) = (text("Portfolio"), text("Product"));
    assert_eq!(
        (&made["PortfolioName"], &made["ProductName"], &made["Names"]),
        (&json!("Team"), &json!("Topic"), &json!("one,two"))
    );
    assert_eq!(text("Association"), format!("{portfolio}|{product}"));
    assert_eq!(text("Principal"), format!("{portfolio}|arn:aws:iam:::role/build*"));
    assert_eq!(made["Team"], "blue");
    assert!(text("Stack").contains(&format!(":stack/SC-{ACCOUNT}-pp-")), "{made}");
    let ids: Vec<_> = text("Ids").split(',').map(str::to_owned).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.starts_with("pa-")), "{made}");

    // The first version stays, the second one is replaced, because its name is another.
    let versions = json!([version("one", &one, "changed"), version("three", &two, "third")]);
    deploy(&stacks, &builder, "update-stack", &stack(&versions, "after", "red")).await;
    stacks.settle("catalog", "UPDATE_COMPLETE").await;
    let updated = outputs(&stacks).await;
    assert_eq!(
        (&updated["Product"], &updated["Portfolio"], &updated["Launch"]),
        (&made["Product"], &made["Portfolio"], &made["Launch"])
    );
    let new: Vec<_> = updated["Ids"].as_str().unwrap().split(',').collect();
    assert!(new.len() == 2 && new[0] == ids[0] && new[1] != ids[1], "{updated}");
    assert_eq!((&updated["Names"], &updated["Team"]), (&json!("one,three"), &json!("red")));
    let describe = format!("servicecatalog describe-portfolio --id {portfolio}");
    let described = aws(&stacks.cloud, &describe).await.unwrap();
    assert_eq!(described["PortfolioDetail"]["Description"], "after");
    assert_eq!(described["Tags"], json!([{"Key": "stack", "Value": "after"}]));
    let describe = format!("servicecatalog describe-product-as-admin --id {product}");
    let described = aws(&stacks.cloud, &describe).await.unwrap();
    assert_eq!(described["ProvisioningArtifactSummaries"][0]["Description"], "changed");
    assert_eq!(described["Tags"], json!([{"Key": "stack", "Value": "after"}]));

    super::studio::aws_as(&stacks.cloud, &builder, "cloudformation delete-stack --stack-name catalog")
        .await
        .unwrap();
    super::until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("catalog").send().await.is_err()
    })
    .await;
    for (list, member) in [
        ("list-portfolios", "PortfolioDetails"),
        ("search-products-as-admin", "ProductViewDetails"),
        ("list-tag-options", "TagOptionDetails"),
    ] {
        let listed = aws(&stacks.cloud, &format!("servicecatalog {list}")).await.unwrap();
        assert_eq!(listed[member], json!([]), "{list}");
    }
    stacks.cloud.stop().await;
}
