//! Products of Service Catalog, launched with the AWS command line by someone who may do nothing else.

use super::permissions::role;
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

/// A portfolio with a product, and credentials of a principal of it.
pub(super) struct Catalog {
    pub(super) cloud: Cloud,
    pub(super) portfolio: String,
    pub(super) product: String,
    pub(super) user: Value,
}

/// The statement that lets a launch role read the copies of templates that Service Catalog keeps.
pub(super) fn read_copies() -> Value {
    let tagged = json!({"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}});
    json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": tagged})
}

pub(super) fn allow(actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// A template with two parameters and this resource.
fn template(resource: &str) -> Value {
    json!({
        "Parameters": {"Team": {"Type": "String", "Default": "red"}, "Size": {"Type": "String", "Default": "1"}},
        "Resources": {resource.replace("::", ""): {"Type": resource}},
        "Outputs": {"Team": {"Value": {"Ref": "Team"}, "Description": "Whose"}, "Size": {"Value": {"Ref": "Size"}}},
    })
}

impl Catalog {
    pub(super) async fn start() -> Self {
        let cloud = Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap();
        put(&cloud, "one.json", &template("AWS::SNS::Topic")).await;
        let create = "servicecatalog create-portfolio --display-name Team --provider-name Platform";
        let made = aws(&cloud, create).await.unwrap();
        let portfolio = text(&made, "/PortfolioDetail/Id");
        let create = format!(
            "servicecatalog create-product --name Topic --owner Platform --product-type CLOUD_FORMATION_TEMPLATE \
             --provisioning-artifact-parameters {}",
            version("one")
        );
        let made = aws(&cloud, &create).await.unwrap();
        let product = text(&made, "/ProductViewDetail/ProductViewSummary/ProductId");
        let associate = format!(
            "servicecatalog associate-product-with-portfolio --portfolio-id {portfolio} --product-id {product}"
        );
        aws(&cloud, &associate).await.unwrap();
        let user = role(&cloud, "user", &json!([allow(&["servicecatalog:*"])])).await;
        let catalog = Self { cloud, portfolio, product, user };
        catalog.admit("arn:aws:iam::111122223333:role/user", "IAM").await;
        catalog
    }

    pub(super) async fn admit(&self, arn: &str, kind: &str) {
        let associate = format!(
            "servicecatalog associate-principal-with-portfolio --portfolio-id {} --principal-arn {arn} --principal-type {kind}",
            self.portfolio
        );
        aws(&self.cloud, &associate).await.unwrap();
    }

    /// Makes a role with these statements that this service may assume, and has it launch the product. The id of the constraint.
    pub(super) async fn launch_as(&self, name: &str, service: &str, statements: &[Value]) -> String {
        let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
        let create = format!("iam create-role --role-name {name} --assume-role-policy-document {trust}");
        aws(&self.cloud, &create).await.unwrap();
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let put =
            format!("iam put-role-policy --role-name {name} --policy-name own --policy-document {policy}");
        aws(&self.cloud, &put).await.unwrap();
        self.constrain("LAUNCH", &json!({"RoleArn": format!("arn:aws:iam::111122223333:role/{name}")})).await
    }

    pub(super) async fn constrain(&self, kind: &str, parameters: &Value) -> String {
        let create = format!(
            "servicecatalog create-constraint --portfolio-id {} --product-id {} --type {kind} --parameters {parameters}",
            self.portfolio, self.product
        );
        text(&aws(&self.cloud, &create).await.unwrap(), "/ConstraintDetail/ConstraintId")
    }

    pub(super) async fn as_user(&self, command: &str) -> Result<Value, String> {
        aws_as(&self.cloud, &self.user, &format!("servicecatalog {command}")).await
    }

    /// The request to launch the product.
    pub(super) fn provision(&self, name: &str, more: &str) -> String {
        let Self { product, .. } = self;
        format!(
            "provision-product --product-id {product} --provisioning-artifact-name one --provisioned-product-name {name}{more}"
        )
    }

    /// The record of a request of the user, once it has ended.
    pub(super) async fn ended(&self, command: &str) -> Value {
        let made = self.as_user(command).await.unwrap();
        let describe = format!("describe-record --id {}", text(&made, "/RecordDetail/RecordId"));
        testing::until("the record has ended", async || {
            let record = self.as_user(&describe).await.unwrap();
            let status = text(&record, "/RecordDetail/Status");
            ["SUCCEEDED", "FAILED"].contains(&&*status).then_some(record)
        })
        .await
    }

    pub(super) async fn status(&self, name: &str) -> String {
        let product = self.as_user(&format!("describe-provisioned-product --name {name}")).await.unwrap();
        text(&product, "/ProvisionedProductDetail/Status")
    }
}

/// Puts a template where products are made from.
pub(super) async fn put(cloud: &Cloud, key: &str, template: &Value) {
    let s3 = aws_sdk_s3::Client::from_conf(crate::deploy::s3_config(&cloud.root().await));
    // It may be there already.
    let _ = s3.create_bucket().bucket("templates").send().await;
    let body = ByteStream::from(template.to_string().into_bytes());
    s3.put_object().bucket("templates").key(key).body(body).send().await.unwrap();
}

pub(super) fn version(name: &str) -> Value {
    let url = format!("https://templates.s3.us-east-1.amazonaws.com/{name}.json");
    json!({"Name": name, "Info": {"LoadTemplateFromURL": url}, "Type": "CLOUD_FORMATION_TEMPLATE"})
}

#[track_caller]
pub(super) fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} of {answer}")).to_owned()
}

#[track_caller]
pub(super) fn check(refused: Result<Value, String>, part: &str) {
    let told = refused.unwrap_err();
    assert!(told.contains(part), "{told}");
}

#[tokio::test]
async fn a_product_is_launched_changed_and_terminated_by_its_launch_role() {
    let catalog = Catalog::start().await;
    let statements = [allow(&["cloudformation:*", "sns:*"]), read_copies()];
    catalog.launch_as("launch", "servicecatalog.amazonaws.com", &statements).await;
    let parameters = " --provisioning-parameters Key=Team,Value=blue Key=Size,Value=2 --provision-token t1";
    let provision = catalog.provision("one", parameters);
    let record = catalog.ended(&provision).await;
    assert_eq!(record["RecordDetail"]["Status"], "SUCCEEDED", "{record}");
    assert_eq!(catalog.status("one").await, "AVAILABLE");
    let outputs =
        catalog.as_user("get-provisioned-product-outputs --provisioned-product-name one").await.unwrap();
    assert_eq!(outputs["Outputs"], record["RecordOutputs"]);
    let stack = text(&outputs, "/Outputs/0/OutputValue");
    let id = text(&record, "/RecordDetail/ProvisionedProductId");
    assert!(stack.contains(&format!(":stack/SC-111122223333-{id}/")), "{outputs}");
    assert_eq!(
        (&outputs["Outputs"][1]["OutputValue"], &outputs["Outputs"][2]["OutputValue"]),
        (&json!("blue"), &json!("2"))
    );
    let describe = format!("cloudformation describe-stacks --stack-name {stack}");
    let described = aws(&catalog.cloud, &describe).await.unwrap();
    let tags = described["Stacks"][0]["Tags"].to_string();
    let product = format!("arn:aws:catalog:us-east-1:111122223333:product/{}", catalog.product);
    assert!(tags.contains("aws:servicecatalog:productArn") && tags.contains(&product), "{tags}");
    assert!(tags.contains("assumed-role/user/test"), "{tags}");
    let calls = catalog.cloud.recorder().since(0);
    let made = calls.iter().find(|call| call.operation == "CreateStack").unwrap();
    assert_eq!(made.principal, "arn:aws:sts::111122223333:assumed-role/launch/servicecatalog");

    // The same request is the same record, and its token is good for nothing else.
    let again = catalog.as_user(&provision).await.unwrap();
    assert_eq!(again["RecordDetail"]["RecordId"], record["RecordDetail"]["RecordId"]);
    check(catalog.as_user(&provision.replace("blue", "red")).await, "(InvalidParametersException)");
    check(catalog.as_user(&provision.replace("token t1", "token t2")).await, "(DuplicateResourceException)");

    // A new version, and parameters that stay.
    put(&catalog.cloud, "two.json", &template("AWS::SQS::Queue")).await;
    let create = format!(
        "servicecatalog create-provisioning-artifact --product-id {} --parameters {}",
        catalog.product,
        version("two")
    );
    aws(&catalog.cloud, &create).await.unwrap();
    let update = "update-provisioned-product --provisioned-product-name one --provisioning-artifact-name two \
                  --provisioning-parameters Key=Team,UsePreviousValue=true Key=Size,Value=3";
    let record = catalog.ended(update).await;
    let told = record["RecordDetail"]["RecordErrors"].to_string();
    assert!(record["RecordDetail"]["Status"] == "FAILED" && told.contains("sqs:CreateQueue"), "{record}");
    assert_eq!(catalog.status("one").await, "TAINTED");
    let policy = json!({"Version": "2012-10-17", "Statement": [allow(&["cloudformation:*", "sns:*", "sqs:*"]), read_copies()]});
    let grant =
        format!("iam put-role-policy --role-name launch --policy-name own --policy-document {policy}");
    aws(&catalog.cloud, &grant).await.unwrap();
    let record = catalog.ended(update).await;
    assert_eq!(record["RecordDetail"]["Status"], "SUCCEEDED", "{record}");
    let outputs = record["RecordOutputs"].to_string();
    assert!(outputs.contains("blue") && outputs.contains(r#""3""#), "{outputs}");
    assert_eq!(catalog.status("one").await, "AVAILABLE");

    let record = catalog.ended("terminate-provisioned-product --provisioned-product-name one").await;
    assert_eq!(record["RecordDetail"]["Status"], "SUCCEEDED", "{record}");
    check(catalog.as_user("describe-provisioned-product --name one").await, "(ResourceNotFoundException)");
    let described = aws(&catalog.cloud, &describe).await.unwrap();
    assert_eq!(described["Stacks"][0]["StackStatus"], "DELETE_COMPLETE");
    let history = catalog.as_user("list-record-history").await.unwrap();
    assert_eq!(history["RecordDetails"].as_array().unwrap().len(), 4);
    catalog.cloud.stop().await;
}

#[tokio::test]
async fn what_a_launch_role_may_not_do_fails_the_record() {
    let catalog = Catalog::start().await;
    let service = "servicecatalog.amazonaws.com";
    for (name, service, statements, denied) in [
        (
            "foreign",
            "cloudformation.amazonaws.com",
            vec![read_copies()],
            "Access denied while assuming the role",
        ),
        ("stackless", service, vec![read_copies()], "cloudformation:CreateStack"),
        ("blind", service, vec![allow(&["cloudformation:*", "sns:*"])], "Access Denied"),
        ("topicless", service, vec![allow(&["cloudformation:*"]), read_copies()], "sns:CreateTopic"),
    ] {
        let constraint = catalog.launch_as(name, service, &statements).await;
        let record = catalog.ended(&catalog.provision(name, "")).await;
        let error = &record["RecordDetail"]["RecordErrors"][0];
        assert_eq!(record["RecordDetail"]["Status"], "FAILED", "{record}");
        assert!(text(error, "/Description").contains(denied), "{name}: {error}");
        assert_eq!(catalog.status(name).await, "ERROR");
        let record = catalog
            .ended(&format!(
                "terminate-provisioned-product --ignore-errors --provisioned-product-name {name}"
            ))
            .await;
        let ended = if name == "foreign" { "FAILED" } else { "SUCCEEDED" };
        assert_eq!(record["RecordDetail"]["Status"], ended, "{record}");
        aws(&catalog.cloud, &format!("servicecatalog delete-constraint --id {constraint}")).await.unwrap();
    }
    // Without a launch role the user acts.
    let record = catalog.ended(&catalog.provision("own", "")).await;
    assert!(record.to_string().contains("assumed-role/user/test is not authorized"), "{record}");
    let policy = json!({"Version": "2012-10-17", "Statement": [allow(&["cloudformation:*", "servicecatalog:*", "sns:*"]), read_copies()]});
    aws(
        &catalog.cloud,
        &format!("iam put-role-policy --role-name user --policy-name own --policy-document {policy}"),
    )
    .await
    .unwrap();
    let record = catalog.ended(&catalog.provision("capable", "")).await;
    assert_eq!(record["RecordDetail"]["Status"], "SUCCEEDED", "{record}");
    catalog.cloud.stop().await;
}
