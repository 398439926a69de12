//! A service with two operations, made by the recipe `docs/adding-an-emulated-service.md` and called by the AWS command line.

use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use emulator_core::{
    Answer, Call, Failure, Operation, Order, Permission, Registration, Service, ServiceContext, Shapes, page,
    random_id, text,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The connections of an account in a Region, by ARN.
#[derive(Clone)]
struct CodeConnections {
    context: ServiceContext,
    names: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What `make shapes` would write.
static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::read(
        r#"{"operations": {"CreateConnection": "CreateConnectionInput", "ListConnections": "ListConnectionsInput"},
        "errors": {"CreateConnection": ["LimitExceededException"], "ListConnections": ["ResourceUnavailableException"]},
        "shapes": {
        "ConnectionName": {"type": "string", "max": 32, "min": 1},
        "CreateConnectionInput": {"type": "structure", "required": ["ConnectionName"],
            "members": {"ProviderType": "Word", "ConnectionName": "ConnectionName"}},
        "ListConnectionsInput": {"type": "structure", "members": {"MaxResults": "MaxResults", "NextToken": "Word"}},
        "MaxResults": {"type": "integer", "max": 100, "min": 0},
        "Word": {"type": "string"}}}"#,
    )
});

const OPERATIONS: &[Operation<CodeConnections>] =
    &[Operation::new("CreateConnection", create, on_all), Operation::new("ListConnections", list, on_all)];

impl Service for CodeConnections {
    const ID: &'static str = "codeconnections";
    const TARGET: &'static str = "com.amazonaws.codeconnections.CodeConnections_20231201";
    const TIMESTAMPS: &'static [&'static str] = &[];
    const EVENTS: &'static [&'static str] = &[];
    const OPERATIONS: &'static [Operation<Self>] = OPERATIONS;
    const SHAPES: fn() -> &'static Shapes = || &SHAPES;

    fn start(context: ServiceContext) -> Self {
        Self { context, names: Arc::default() }
    }

    fn context(&self) -> &ServiceContext {
        &self.context
    }
}

fn on_all(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![Permission::new(format!("codeconnections:{}", call.operation), "*")]
}

fn create(service: &CodeConnections, call: &Call) -> Answer {
    let name = text(&call.input, "ConnectionName");
    let mut names = service.names.lock().unwrap();
    if names.values().any(|other| other == name) {
        return Err(Failure::new("LimitExceededException", format!("There is a connection {name}")));
    }
    let arn = service.context.arn("codeconnections", &format!("connection/{}", random_id(12)));
    names.insert(arn.clone(), name.to_owned());
    Ok(json!({"ConnectionArn": arn}))
}

fn list(service: &CodeConnections, call: &Call) -> Answer {
    let names = service.names.lock().unwrap();
    let items =
        names.iter().map(|(arn, name)| (name.clone(), json!({"ConnectionArn": arn, "ConnectionName": name})));
    let most = call.input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let page = page(items, Order::Ascending, text(&call.input, "NextToken"), most);
    let page = page.map_err(|_| Failure::new("ValidationException", "The token is not one of this list"))?;
    let mut output = json!({"Connections": page.items});
    if let Some(token) = page.next {
        output["NextToken"] = token.into();
    }
    Ok(output)
}

/// An access key of a user that has this policy and no other.
async fn user(cloud: &Cloud, policy: &Value) -> Value {
    aws(cloud, "iam create-user --user-name one").await.unwrap();
    let put = format!("iam put-user-policy --user-name one --policy-name p --policy-document {policy}");
    aws(cloud, &put).await.unwrap();
    aws(cloud, "iam create-access-key --user-name one").await.unwrap()["AccessKey"].take()
}

#[tokio::test]
async fn a_new_service_is_a_type_and_a_line() {
    static SERVICES: &[Registration] = &[Registration::of::<CodeConnections>()];
    let cloud = Cloud::start_with(Options::default(), SERVICES).await.unwrap();
    let create = "codeconnections create-connection --provider-type GitHub --connection-name";
    for name in ["b", "a", "c"] {
        aws(&cloud, &format!("{create} {name}")).await.unwrap();
    }
    // Pages.
    let listed =
        async |more: &str| aws(&cloud, &format!("codeconnections list-connections {more}")).await.unwrap();
    let first = listed("--no-paginate --max-results 2").await;
    assert_eq!(first["Connections"].as_array().unwrap().len(), 2);
    let token = first["NextToken"].as_str().unwrap();
    let second = listed(&format!("--no-paginate --next-token {token}")).await;
    assert_eq!((&second["Connections"][0]["ConnectionName"], second.get("NextToken")), (&"c".into(), None));
    // One state per Region.
    assert_eq!(listed("--region eu-west-1").await["Connections"], json!([]));
    let refused = async |credentials: &Value, command: &str, part: &str| {
        let told = aws_as(&cloud, credentials, command).await.unwrap_err();
        assert!(told.contains(part), "{told}");
    };
    // The signature, the permission, the shape, an error of the service's own, an operation without a handler.
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "codeconnections:Create*", "Resource": "*"},
    ]});
    let mut key = user(&cloud, &policy).await;
    refused(&key, "codeconnections list-connections", "(AccessDeniedException)").await;
    let long = "x".repeat(33);
    refused(&key, &format!("{create} {long}"), "length less than or equal to 32").await;
    refused(&key, &format!("{create} a"), "(LimitExceededException)").await;
    key["SecretAccessKey"] = "wrong".into();
    refused(&key, &format!("{create} d"), "(InvalidSignatureException)").await;
    let unknown = aws(&cloud, "codeconnections list-hosts").await.unwrap_err();
    assert!(unknown.contains("(UnknownOperationException)"), "{unknown}");
    assert!(unknown.contains("emulator/services/codeconnections/src/api/mod.rs"), "{unknown}");
    cloud.stop().await;
}
