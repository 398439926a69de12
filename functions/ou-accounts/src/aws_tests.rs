//! The calls, against a server on the loopback in the place of Organizations.

use crate::OuAccounts;
use crate::spec::{Properties, Spec};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{LookUp, Origin, RequestType};
use shared::error::{chain, is_transient};
use testing::reply::refusal;
use testing::{Call, Reply, ScriptedAws};

const ROOT: &str = "r-ab12";

/// An organization whose root has a unit with a unit in it, and accounts in each. Every account and every unit is on a page of its
/// own, and before each list stands an empty page.
fn organization(call: &Call) -> Reply {
    let (parent, token) =
        (call.body["ParentId"].as_str().unwrap_or_default(), call.body["NextToken"].as_str());
    let listed = |key: &str, items: Vec<Value>| {
        let at: Option<usize> = token.map(|token| token.parse().unwrap());
        let item: Vec<_> = at.map(|at| items[at].clone()).into_iter().collect();
        let next = at.map_or(0, |at| at + 1);
        let next = (next < items.len()).then(|| next.to_string());
        json!({key: item, "NextToken": next}).into()
    };
    let account = |id: &str, state: Value, status: &str| json!({"Id": id, "State": state, "Status": status});
    match call.operation.as_str() {
        "DescribeOrganization" => json!({"Organization": {"MasterAccountId": "999999999999"}}).into(),
        "ListAccountsForParent" => match parent {
            ROOT => listed("Accounts", vec![account("999999999999", json!("ACTIVE"), "ACTIVE")]),
            "ou-ab12-11111111" => listed(
                "Accounts",
                vec![
                    account("333333333333", json!("ACTIVE"), "ACTIVE"),
                    account("222222222222", Value::Null, "ACTIVE"),
                    account("444444444444", json!("PENDING_CLOSURE"), "ACTIVE"),
                    account("555555555555", Value::Null, "SUSPENDED"),
                ],
            ),
            "ou-ab12-22222222" => {
                listed("Accounts", vec![account("111122223333", json!("ACTIVE"), "ACTIVE")])
            }
            _ => refusal("ParentNotFoundException"),
        },
        "ListOrganizationalUnitsForParent" => match parent {
            ROOT => listed("OrganizationalUnits", vec![json!({"Id": "ou-ab12-11111111"})]),
            "ou-ab12-11111111" => listed("OrganizationalUnits", vec![json!({"Id": "ou-ab12-22222222"})]),
            _ => listed("OrganizationalUnits", Vec::new()),
        },
        other => panic!("{other} is not called"),
    }
}

async fn function(aws: &ScriptedAws) -> OuAccounts {
    OuAccounts::new(&aws.config("eu-central-1", 2).await)
}

fn asked(properties: Value) -> Spec {
    let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/data-science/1".to_owned();
    let origin = Origin::new(RequestType::Create, Some(stack));
    serde_json::from_value::<Properties>(properties).unwrap().read(&origin).unwrap()
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"OUIds": ["ou-ab12-11111111"]}),
        updated: json!({"OUIds": ["ou-ab12-11111111"], "IncludeOwnAccount": "true"}),
        other: json!({"OUIds": ["ou-ab12-11111111"]}),
        bad: json!({"OUIds": ["ou-ab12-11111111"], "IncludeOwnAccount": "maybe"}),
        says: "IncludeOwnAccount is \"maybe\"",
    };
    let aws = || ScriptedAws::in_front_of(organization);
    testing::contract::check_one_shot(&samples, async || function(&aws()).await).await;
}

#[tokio::test]
async fn every_page_of_every_unit_is_read_and_each_unit_once() {
    let aws = ScriptedAws::in_front_of(organization);
    // The inner unit is reached from both ends.
    let spec = asked(json!({"OUIds": ["ou-ab12-22222222", ROOT], "IncludeOwnAccount": "true"}));
    let observed = function(&aws).await.read(&spec).await.unwrap();
    let answered = json!(OuAccounts::answer(&spec, &observed).unwrap());
    assert_eq!(answered, json!({"Accounts": ["111122223333", "222222222222", "333333333333"]}));
    let first = |input: &&Value| input["NextToken"].is_null();
    assert_eq!(aws.inputs("ListAccountsForParent").iter().filter(first).count(), 3);
}

#[tokio::test]
async fn a_unit_that_does_not_exist_is_named() {
    let spec = asked(json!({"OUIds": ["ou-ab12-99999999"]}));
    let error = function(&ScriptedAws::in_front_of(organization)).await.read(&spec).await.unwrap_err();
    let told = chain(&error);
    assert!(
        told.starts_with("OUIds holds ou-ab12-99999999, which is no unit of this organization"),
        "{told}"
    );
}

#[tokio::test]
async fn who_may_not_read_the_organization_is_told_what_to_do_and_a_throttled_call_is_tried_again() {
    let spec = asked(json!({"OUIds": [ROOT]}));
    for operation in ["DescribeOrganization", "ListAccountsForParent", "ListOrganizationalUnitsForParent"] {
        let failing = async |code: &str| {
            let aws = ScriptedAws::in_front_of(organization).always(operation, "", refusal(code));
            function(&aws).await.read(&spec).await.unwrap_err()
        };
        let denied = failing("AccessDeniedException").await;
        let told = chain(&denied);
        assert!(told.contains("register-delegated-administrator") && !is_transient(&denied), "{told}");
        assert!(is_transient(&failing("TooManyRequestsException").await), "{operation}");
    }
}

#[test]
fn the_events_are_understood() {
    for (event, own) in [
        ("ou-accounts-stack-create", Some("111122223333")),
        ("ou-accounts-stack-update", None),
        ("ou-accounts-stack-delete", Some("111122223333")),
    ] {
        let mut properties = testing::event(event)["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().retain(|key, _| !key.starts_with("Service"));
        assert_eq!(asked(properties).without.as_deref(), own, "{event}");
    }
    let bad = testing::event("ou-accounts-stack-create-bad-unit")["ResourceProperties"]["OUIds"].clone();
    assert_eq!(bad, json!(["ou-staging"]));
}
