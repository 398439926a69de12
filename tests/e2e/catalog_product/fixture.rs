//! A catalogue and the function, each in a stack of its own, and looks at what they made.

use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::clean_up::pipeline::{CleanupPipeline, Ending};
use crate::cli::aws;
use crate::harness::{cloud, project};
use anyhow::Context;
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack};
use serde_json::{Value, json};

const CATALOG: &str = include_str!("catalog.yaml");
/// The file of the input artifact, as the guides name it.
pub(super) const FILE: &str = "core-main-output.json";
pub(super) const ASSOCIATE: &str = r#"{"Operation": "associate-role", "FileName": "core-main-output.json"}"#;
pub(super) const TERMINATE: &str = r#"{"Operation": "terminate", "FileName": "core-main-output.json"}"#;
/// In the place of a secret, in the value of a parameter.
pub(super) const CANARY: &str = "canary-parameter-4711";

/// What the product makes.
fn product(name: &str) -> Value {
    json!({
        "Parameters": {"EnvName": {"Type": "String"}, "EnvType": {"Type": "String", "Default": "dev"}},
        "Resources": {"Entry": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": format!("{name}-made"), "Type": "String", "Value": {"Ref": "EnvType"}},
        }},
        "Outputs": {"Entry": {"Value": {"Ref": "Entry"}}},
    })
}

pub(super) struct CatalogFixture {
    pub(super) cloud: &'static Cloud,
    pub(super) clients: Clients,
    pub(super) name: String,
    /// What the names of pipelines, and of their role, begin with: not with that of a stack, whose roles are checked.
    pub(super) pipelines: String,
    pub(super) catalog: DeployedStack,
    pub(super) function: DeployedStack,
}

impl CatalogFixture {
    /// `name` must be unique among the tests.
    pub(super) async fn deploy(name: &str) -> anyhow::Result<Self> {
        let cloud = cloud().await;
        let clients = Clients::root(cloud).await;
        let bucket = format!("{name}-products");
        clients.s3.create_bucket().bucket(&bucket).send().await?;
        let body = product(name).to_string().into_bytes();
        clients.s3.put_object().bucket(&bucket).key("product.json").body(body.into()).send().await?;
        let url = format!("https://{bucket}.s3.us-east-1.amazonaws.com/product.json");
        let given = deploy::named([("Name", name), ("TemplateUrl", url.as_str())]);
        let catalog = deploy::create(cloud, &format!("{name}-catalog"), CATALOG, given, |_| ()).await?;
        let template = package::template(&project().join("infra/functions/catalog-product.yaml"))?;
        let function = deploy::create(cloud, name, &template, release(cloud).await?, |_| ()).await?;
        let pipelines = format!("of-{name}");
        Ok(Self { cloud, clients, name: name.to_owned(), pipelines, catalog, function })
    }

    pub(super) fn function_name(&self) -> &str {
        self.function.output("FunctionName").unwrap()
    }

    pub(super) fn product(&self) -> &str {
        self.catalog.output("ProductId").unwrap()
    }

    /// The outputs of the catalogue, as a pipeline writes them into its artifact.
    pub(super) fn outputs(&self) -> Value {
        let keys = ["PortfolioId", "ProductId", "ProductName", "ProvisioningArtifactIds"];
        keys.iter().map(|key| ((*key).to_owned(), json!(self.catalog.output(key).unwrap()))).collect()
    }

    /// The guides' parameters of a launch.
    pub(super) fn provision() -> String {
        let parameters = json!([{"Key": "EnvName", "Value": CANARY}, {"Key": "EnvType", "Value": "dev"}]);
        json!({"ProvisioningParameters": parameters, "FileName": FILE}).to_string()
    }

    /// Runs a pipeline whose action has these `UserParameters`.
    pub(super) async fn run(
        &self,
        line: &CleanupPipeline<'_>,
        case: &str,
        parameters: &str,
    ) -> anyhow::Result<Ending> {
        let file = self.outputs().to_string();
        line.run(case, self.function_name(), parameters, &[(FILE, &file)]).await
    }

    /// The names of the provisioned products of the catalogue's product, each with its status.
    pub(super) async fn provisioned(&self) -> anyhow::Result<Vec<(String, String)>> {
        let list = [
            "servicecatalog",
            "search-provisioned-products",
            "--access-level-filter",
            "Key=Account,Value=self",
        ];
        let found = aws(&list).await?;
        let all = found["ProvisionedProducts"].as_array().context("no list")?;
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let own = all.iter().filter(|it| it["ProductId"] == self.product());
        Ok(own.map(|it| (text(it, "Id"), text(it, "Status"))).collect())
    }

    /// The id that the SSM parameter holds.
    pub(super) async fn recorded(&self) -> anyhow::Result<Option<String>> {
        let name = format!("/ds-product-catalog/{}/provisioned-product-id", self.product());
        let found = aws(&["ssm", "get-parameters", "--names", &name]).await?;
        Ok(found["Parameters"][0]["Value"].as_str().map(str::to_owned))
    }

    /// Takes the right to make what the product makes from the launch role.
    pub(super) async fn deny_launch(&self) -> anyhow::Result<()> {
        let role = self.catalog.output("LaunchRoleName")?;
        let denied = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ssm:PutParameter", "Resource": "*"}]});
        let denied = denied.to_string();
        let put =
            ["iam", "put-role-policy", "--role-name", role, "--policy-name", "denied", "--policy-document"];
        aws(&[&put[..], &[&denied]].concat()).await.map(drop)
    }

    /// Gives it back.
    pub(super) async fn allow_launch(&self) -> anyhow::Result<()> {
        let role = self.catalog.output("LaunchRoleName")?;
        aws(&["iam", "delete-role-policy", "--role-name", role, "--policy-name", "denied"]).await.map(drop)
    }
}
