//! Projects of SageMaker, made of a product of Service Catalog and of a template in S3.

use super::catalog::{Catalog, allow, check, put, read_copies, text, version};
use super::permissions::role;
use super::studio::{aws, aws_as};
use crate::Cloud;
use serde_json::{Value, json};

/// What Describe says of a project once it is in one of these statuses.
async fn settled(cloud: &Cloud, name: &str, statuses: &[&str]) -> Value {
    testing::until(&format!("{name} is one of {statuses:?}"), async || {
        let described =
            aws(cloud, &format!("sagemaker describe-project --project-name {name}")).await.unwrap();
        statuses.contains(&&*text(&described, "/ProjectStatus")).then_some(described)
    })
    .await
}

/// A template with the parameters of projects.
fn template() -> Value {
    let text = json!({"Type": "String"});
    json!({
        "Parameters": {"SageMakerProjectName": text, "SageMakerProjectId": text, "Team": {"Type": "String", "Default": "red"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "SageMakerProjectName"}}}},
    })
}

#[tokio::test]
async fn a_project_launches_a_product_as_its_caller() {
    let catalog = Catalog::start().await;
    put(&catalog.cloud, "project.json", &template()).await;
    let create = format!(
        "servicecatalog create-provisioning-artifact --product-id {} --parameters {}",
        catalog.product,
        version("project")
    );
    aws(&catalog.cloud, &create).await.unwrap();
    let statements = [allow(&["cloudformation:*", "sns:*"]), read_copies()];
    catalog.launch_as("launch", "servicecatalog.amazonaws.com", &statements).await;
    let scientist =
        role(&catalog.cloud, "scientist", &json!([allow(&["sagemaker:*", "servicecatalog:*"])])).await;
    let create = |name: &str| {
        let details = json!({"ProductId": catalog.product, "ProvisioningParameters": [{"Key": "Team", "Value": "blue"}]});
        format!(
            "sagemaker create-project --project-name {name} --service-catalog-provisioning-details {details}"
        )
    };
    // Not a principal of the portfolio yet.
    aws_as(&catalog.cloud, &scientist, &create("early")).await.unwrap();
    let failed = settled(&catalog.cloud, "early", &["CreateCompleted", "CreateFailed"]).await;
    let why = text(&failed, "/ServiceCatalogProvisionedProductDetails/ProvisionedProductStatusMessage");
    assert!(failed["ProjectStatus"] == "CreateFailed" && why.contains(&catalog.product), "{failed}");

    catalog.admit("arn:aws:iam::111122223333:role/scientist", "IAM").await;
    let made = aws_as(&catalog.cloud, &scientist, &create("churn")).await.unwrap();
    check(aws_as(&catalog.cloud, &scientist, &create("churn")).await, "already exists");
    let project = settled(&catalog.cloud, "churn", &["CreateCompleted", "CreateFailed"]).await;
    assert_eq!(
        (&project["ProjectStatus"], &project["ProjectId"]),
        (&json!("CreateCompleted"), &made["ProjectId"])
    );
    let product = text(&project, "/ServiceCatalogProvisionedProductDetails/ProvisionedProductId");
    let stack = format!("SC-111122223333-{product}");
    let described =
        aws(&catalog.cloud, &format!("cloudformation describe-stacks --stack-name {stack}")).await.unwrap();
    let (parameters, tags) =
        (described["Stacks"][0]["Parameters"].to_string(), described["Stacks"][0]["Tags"].to_string());
    assert!(parameters.contains("churn") && parameters.contains("blue"), "{parameters}");
    assert!(tags.contains("sagemaker:project-name") && tags.contains(&text(&made, "/ProjectId")), "{tags}");

    let details = json!({"ProvisioningParameters": [{"Key": "Team", "Value": "green"}]});
    let update = format!(
        "sagemaker update-project --project-name churn --service-catalog-provisioning-update-details {details}"
    );
    aws_as(&catalog.cloud, &scientist, &update).await.unwrap();
    settled(&catalog.cloud, "churn", &["UpdateCompleted"]).await;
    let described =
        aws(&catalog.cloud, &format!("cloudformation describe-stacks --stack-name {stack}")).await.unwrap();
    assert!(described["Stacks"][0]["Parameters"].to_string().contains("green"), "{described}");
    for name in ["early", "churn"] {
        let delete = format!("sagemaker delete-project --project-name {name}");
        aws_as(&catalog.cloud, &scientist, &delete).await.unwrap();
        settled(&catalog.cloud, name, &["DeleteCompleted"]).await;
    }
    let listed = aws(&catalog.cloud, "sagemaker list-projects").await.unwrap();
    assert_eq!(listed["ProjectSummaryList"], json!([]));
    catalog.cloud.stop().await;
}

#[tokio::test]
async fn a_project_makes_a_stack_of_a_template_in_a_bucket() {
    let catalog = Catalog::start().await;
    let cloud = &catalog.cloud;
    put(cloud, "project.json", &template()).await;
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    aws(cloud, &format!("iam create-role --role-name maker --assume-role-policy-document {trust}"))
        .await
        .unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [allow(&["sns:*"])]});
    aws(
        cloud,
        &format!("iam put-role-policy --role-name maker --policy-name own --policy-document {policy}"),
    )
    .await
    .unwrap();
    let grants = json!([allow(&["sagemaker:*", "cloudformation:*", "iam:PassRole", "s3:GetObject"])]);
    let scientist = role(cloud, "scientist", &grants).await;
    let provider = |team: &str| {
        json!([{"CfnTemplateProvider": {
            "TemplateName": "project",
            "TemplateURL": "https://templates.s3.us-east-1.amazonaws.com/project.json",
            "Parameters": [{"Key": "Team", "Value": team}],
        }}])
    };
    let mut first = provider("blue");
    first[0]["CfnTemplateProvider"]["RoleARN"] = "arn:aws:iam::111122223333:role/maker".into();
    let create = format!("sagemaker create-project --project-name churn --template-providers {first}");
    aws_as(cloud, &scientist, &create).await.unwrap();
    let project = settled(cloud, "churn", &["CreateCompleted", "CreateFailed"]).await;
    assert_eq!(project["ProjectStatus"], "CreateCompleted", "{project}");
    let stack = text(&project, "/TemplateProviderDetails/0/CfnTemplateProviderDetail/StackDetail/Id");
    assert!(stack.contains(":stack/SP-"), "{stack}");
    let update = format!(
        "sagemaker update-project --project-name churn --template-providers-to-update {}",
        provider("green")
    );
    aws_as(cloud, &scientist, &update).await.unwrap();
    settled(cloud, "churn", &["UpdateCompleted"]).await;
    let described =
        aws(cloud, &format!("cloudformation describe-stacks --stack-name {stack}")).await.unwrap();
    assert!(described["Stacks"][0]["Parameters"].to_string().contains("green"), "{described}");
    assert_eq!(described["Stacks"][0]["RoleARN"], "arn:aws:iam::111122223333:role/maker");
    aws_as(cloud, &scientist, "sagemaker delete-project --project-name churn").await.unwrap();
    settled(cloud, "churn", &["DeleteCompleted"]).await;
    let none = aws_as(cloud, &scientist, "sagemaker create-project --project-name none").await;
    check(none, "(ValidationException)");

    // The same in a stack.
    let detail = json!([{"CfnTemplateProviderDetail": first[0]["CfnTemplateProvider"]}]);
    let project = json!({"Type": "AWS::SageMaker::Project", "Properties": {"ProjectName": "stacked", "TemplateProviderDetails": detail}});
    let arn = json!({"Value": {"Fn::GetAtt": ["Project", "ProjectArn"]}});
    let body = json!({"Resources": {"Project": project}, "Outputs": {"Arn": arn}});
    let create = format!("cloudformation create-stack --stack-name outer --template-body {body}");
    aws_as(cloud, &scientist, &create).await.unwrap();
    let outer = testing::until("the stack is made", async || {
        let stacks = aws(cloud, "cloudformation describe-stacks --stack-name outer").await.unwrap();
        (stacks["Stacks"][0]["StackStatus"] != "CREATE_IN_PROGRESS").then(|| stacks["Stacks"][0].clone())
    })
    .await;
    assert_eq!(
        outer["Outputs"][0]["OutputValue"], "arn:aws:sagemaker:us-east-1:111122223333:project/stacked",
        "{outer}"
    );
    aws_as(cloud, &scientist, "cloudformation delete-stack --stack-name outer").await.unwrap();
    settled(cloud, "stacked", &["DeleteCompleted"]).await;
    catalog.cloud.stop().await;
}
