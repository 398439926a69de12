//! An administrator of stack sets without ministack: all roles may be assumed, and stacks are in creation until the test lets them end.

use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use emulator_stacksets::StackSets;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testing::ScriptedAws;

pub(crate) const ACCOUNT: &str = "111122223333";

pub(crate) struct Administrator {
    pub(crate) service: StackSets,
    released: Arc<AtomicBool>,
}

impl Administrator {
    pub(crate) fn start() -> Self {
        let released = Arc::<AtomicBool>::default();
        let seen = Arc::clone(&released);
        let base = ScriptedAws::in_front_of(move |call| fake(call, seen.load(Ordering::SeqCst))).endpoint();
        let bridge = Bridge::new(&base, &Secrets::generate());
        let context = ServiceContext::new(ACCOUNT, "us-east-1", &base, bridge, Faults::default());
        Self { service: StackSets::start(context.with_speed(500.0)), released }
    }

    /// Lets all stacks end.
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::SeqCst);
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.service.answer(call(operation, input)).await
    }

    /// A set that is called `one`.
    pub(crate) async fn set(&self) {
        self.call("CreateStackSet", set("one")).await.unwrap();
    }

    /// Begins an operation with this id on instances in two accounts.
    pub(crate) async fn operate(&self, operation: &str, id: &str, more: Value) -> Result<Value, Failure> {
        let mut input = json!({
            "StackSetName": "one", "Accounts": ["222233334444", "333344445555"], "Regions": ["us-east-1"],
            "OperationId": id,
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call(operation, input).await
    }

    /// The status of an operation.
    pub(crate) async fn status(&self, id: &str) -> String {
        let named = json!({"StackSetName": "one", "OperationId": id});
        let described = self.call("DescribeStackSetOperation", named).await.unwrap();
        text(&described, "/StackSetOperation/Status")
    }

    /// Waits until an operation has this status.
    pub(crate) async fn settle(&self, id: &str, status: &str) {
        let what = format!("operation {id} is {status}");
        testing::until(&what, async || (self.status(id).await == status).then_some(())).await;
    }

    /// What is at these pointers in the items of a list, read in pages of one item.
    pub(crate) async fn listed(
        &self,
        operation: &str,
        mut input: Value,
        pointers: [&str; 2],
    ) -> Vec<[String; 2]> {
        let mut all = Vec::new();
        input["MaxResults"] = 1.into();
        loop {
            let page = self.call(operation, input.clone()).await.unwrap();
            let items = page["Summaries"].as_array().unwrap();
            assert!(items.len() <= 1, "{page}");
            all.extend(items.iter().map(|it| pointers.map(|pointer| text(it, pointer))));
            let Some(token) = page["NextToken"].as_str() else { return all };
            input["NextToken"] = token.into();
        }
    }
}

/// The input that makes a set.
pub(crate) fn set(name: &str) -> Value {
    json!({"StackSetName": name, "TemplateBody": "Resources: {}", "Parameters": [parameter("Team", "red")]})
}

pub(crate) fn parameter(key: &str, value: &str) -> Value {
    json!({"ParameterKey": key, "ParameterValue": value})
}

fn fake(call: &testing::Call, released: bool) -> (u16, String) {
    let template = text_or_empty(&call.body["text"]);
    let answer = match &*call.operation {
        "/_bridge/forward" | "/_bridge/assume" => {
            json!({"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t"})
        }
        "/_bridge/describe_template" if template == "broken" => {
            json!({"refused": "Template format error: broken"})
        }
        "/_bridge/describe_template" => {
            let capabilities = if template == "roles" { vec!["CAPABILITY_IAM"] } else { Vec::new() };
            let parameters = json!({"Team": {"Type": "String"}, "Size": {"Type": "String", "Default": "1", "NoEcho": "true"}});
            json!({"parameters": parameters, "capabilities": capabilities})
        }
        "AssumeRole" => {
            let keys = "<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
            let credentials =
                format!("<Credentials>{keys}<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>");
            return xml("AssumeRole", &credentials);
        }
        "CreateStack" => {
            return xml(
                "CreateStack",
                "<StackId>arn:aws:cloudformation:us-east-1:222233334444:stack/S/1</StackId>",
            );
        }
        "DeleteStack" => return xml("DeleteStack", ""),
        "DescribeStacks" => {
            let status = if released { "CREATE_COMPLETE" } else { "CREATE_IN_PROGRESS" };
            let stack = format!(
                "<StackName>S</StackName><CreationTime>2026-11-02T16:04:09Z</CreationTime><StackStatus>{status}</StackStatus>"
            );
            return xml("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"));
        }
        _ => return (404, "<Error><Code>NotHere</Code></Error>".into()),
    };
    (200, answer.to_string())
}

fn text_or_empty(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An answer in the query protocol.
fn xml(operation: &str, result: &str) -> (u16, String) {
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    (200, format!("<{operation}Response>{result}</{operation}Response>"))
}

pub(crate) fn call(operation: &str, input: Value) -> Call {
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/alice");
    Call { operation: operation.into(), input, caller: Caller { arn, access_key: "ASIA".into() } }
}

#[track_caller]
pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} of {answer}")).to_owned()
}

#[track_caller]
pub(crate) fn check_failure(answer: Result<Value, Failure>, status: u16, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!((failure.status, failure.code.as_str()), (status, code), "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}
