//! A catalog without ministack: one user, who is in IAM what the test says, and one template for all versions.

use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext, random_id};
use emulator_servicecatalog::ServiceCatalog;
use serde_json::{Value, json};
use testing::ScriptedAws;

/// The role of the user.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/team/Manager";

pub(crate) struct Catalog {
    pub(crate) service: ServiceCatalog,
}

impl Catalog {
    pub(crate) fn start() -> Self {
        let base = ScriptedAws::in_front_of(fake).endpoint();
        let bridge = Bridge::new(&base, &Secrets::generate());
        let context = ServiceContext::new("111122223333", "us-east-1", &base, bridge, Faults::default());
        Self { service: ServiceCatalog::start(context) }
    }

    /// A call with a token of its own, if the operation takes one.
    pub(crate) async fn call(&self, operation: &str, mut input: Value) -> Result<Value, Failure> {
        if operation.starts_with("Create") && input.get("IdempotencyToken").is_none() {
            input["IdempotencyToken"] = random_id(12).into();
        }
        self.service.answer(call(operation, input)).await
    }

    pub(crate) async fn portfolio(&self, name: &str) -> String {
        let made = self.call("CreatePortfolio", json!({"DisplayName": name, "ProviderName": "Team"})).await;
        text(&made.unwrap(), "/PortfolioDetail/Id")
    }

    pub(crate) async fn product(&self, name: &str) -> String {
        let made = self.call("CreateProduct", product(name)).await;
        text(&made.unwrap(), "/ProductViewDetail/ProductViewSummary/ProductId")
    }

    /// A product that the user may launch, and its portfolio.
    pub(crate) async fn launchable(&self) -> (String, String) {
        let (portfolio, product) = (self.portfolio("Team").await, self.product("Topic").await);
        self.join(&portfolio, &product).await;
        let principal = json!({"PortfolioId": portfolio, "PrincipalARN": ROLE, "PrincipalType": "IAM"});
        self.call("AssociatePrincipalWithPortfolio", principal).await.unwrap();
        (portfolio, product)
    }

    pub(crate) async fn join(&self, portfolio: &str, product: &str) {
        let both = json!({"PortfolioId": portfolio, "ProductId": product});
        self.call("AssociateProductWithPortfolio", both).await.unwrap();
    }

    /// The pages of a list, each with what is at the pointer in its items.
    pub(crate) async fn pages(
        &self,
        operation: &str,
        mut input: Value,
        member: &str,
        item: &str,
    ) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let page = self.call(operation, input.clone()).await.unwrap();
            pages.push(page[member].as_array().unwrap().iter().map(|it| text(it, item)).collect());
            let Some(token) = page["NextPageToken"].as_str() else { return pages };
            input["PageToken"] = token.into();
        }
    }
}

/// The input that makes a product.
pub(crate) fn product(name: &str) -> Value {
    json!({
        "Name": name,
        "Owner": "Platform",
        "ProductType": "CLOUD_FORMATION_TEMPLATE",
        "ProvisioningArtifactParameters": version("one"),
    })
}

/// The parameters that make a version.
pub(crate) fn version(name: &str) -> Value {
    let url = "https://templates.s3.us-east-1.amazonaws.com/one.json";
    json!({"Name": name, "Info": {"LoadTemplateFromURL": url}, "Type": "CLOUD_FORMATION_TEMPLATE"})
}

fn fake(call: &testing::Call) -> (u16, String) {
    let parameters =
        json!({"Team": {"Type": "String", "Default": "red", "AllowedValues": ["red", 1], "NoEcho": true}});
    let answer = match &*call.operation {
        "/_bridge/forward" | "/_bridge/assume" => {
            json!({"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t"})
        }
        "/_bridge/identify" => json!({"arns": [ROLE]}),
        "/_bridge/keep_template" => json!({}),
        "/_bridge/read_template" if call.body["text"] == "broken" => {
            json!({"refused": "Template format error: broken"})
        }
        "/_bridge/read_template" => {
            json!({"text": call.body["text"], "parameters": parameters, "outputs": {"Topic": "whose"}})
        }
        "/templates/one.json" => return (200, "Resources: {}".into()),
        "/templates/broken.json" => return (200, "broken".into()),
        "ValidateTemplate" => return xml("ValidateTemplate", ""),
        "CreateStack" => {
            let id = "arn:aws:cloudformation:us-east-1:111122223333:stack/SC/1";
            return xml("CreateStack", &format!("<StackId>{id}</StackId>"));
        }
        "DescribeStacks" => {
            let stack = "<StackName>SC</StackName><CreationTime>2026-11-02T16:04:09Z</CreationTime><StackStatus>CREATE_IN_PROGRESS</StackStatus>";
            return xml("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"));
        }
        _ => return (404, "<Error><Code>NoSuchKey</Code></Error>".into()),
    };
    (200, answer.to_string())
}

/// An answer in the query protocol.
fn xml(operation: &str, result: &str) -> (u16, String) {
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    (200, format!("<{operation}Response>{result}</{operation}Response>"))
}

pub(crate) fn call(operation: &str, input: Value) -> Call {
    let arn = "arn:aws:sts::111122223333:assumed-role/Manager/alice".into();
    Call { operation: operation.into(), input, caller: Caller { arn, access_key: "ASIA".into() } }
}

#[track_caller]
pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} of {answer}")).to_owned()
}

#[track_caller]
pub(crate) fn check_failure(answer: Result<Value, Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code, code, "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}
