//! Stack policies: which resources an update may touch, and how.

use super::stacks::Stacks;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use serde_json::{Value, json};

fn policy(statements: &[(&str, Value, &str)]) -> String {
    let statements = statements.iter().map(|(effect, action, resource)| {
        json!({"Effect": effect, "Action": action, "Principal": "*", "Resource": resource})
    });
    json!({"Statement": statements.collect::<Vec<_>>()}).to_string()
}

/// A queue and a topic with these names to show.
fn template(queue: Option<&str>, topic: &str) -> Value {
    let topic = json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": topic}});
    match queue {
        None => json!({"Resources": {"T": topic}}),
        Some(name) => {
            let queue = json!({"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}});
            json!({"Resources": {"T": topic, "Q": queue}})
        }
    }
}

#[tokio::test]
async fn an_update_does_what_the_stack_policy_allows() {
    let stacks = Stacks::start().await;
    let allow = ("Allow", json!("Update:*"), "*");
    let all = policy(&[("Deny", json!("Update:*"), "*")]);
    let queue =
        policy(&[allow.clone(), ("Deny", json!(["Update:Delete", "Update:Replace"]), "LogicalResourceId/Q")]);
    let topic_only = policy(&[("Allow", json!("Update:*"), "LogicalResourceId/T")]);
    let denied = |index: u8, actions: &str, resource: &str| {
        format!(
            "Action denied by stack policy: Statement [#{index}] does not allow [{actions}] for resource [{resource}];"
        )
    };
    let kept = || denied(2, "Update:Delete, Update:Replace", "LogicalResourceId/Q");
    stacks.create("s", &template(Some("one"), "a")).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    for (policy, update, refused) in [
        (&all, template(Some("one"), "b"), Some(denied(1, "Update:*", "*"))),
        (&queue, template(Some("one"), "c"), None),
        (&queue, template(Some("two"), "c"), Some(kept())),
        (&queue, template(None, "d"), Some(kept())),
        (&topic_only, template(Some("one"), "e"), None),
        (&topic_only, template(None, "e"), Some("Action not allowed by stack policy".into())),
    ] {
        stacks.client.set_stack_policy().stack_name("s").stack_policy_body(policy).send().await.unwrap();
        stacks.update("s", &update).await;
        let end = if refused.is_some() { "UPDATE_ROLLBACK_COMPLETE" } else { "UPDATE_COMPLETE" };
        stacks.settle("s", end).await;
        if let Some(reason) = refused {
            assert_eq!(stacks.reasons("s", "UPDATE_FAILED").await[0], reason);
        }
    }
    // A policy for the time of an update takes the place of the stack's until its end.
    let during = policy(&[allow]);
    let update = stacks.client.update_stack().stack_name("s").stack_policy_during_update_body(&during);
    let next = template(None, "f").to_string();
    update.template_body(next).stack_policy_body(&all).send().await.unwrap();
    let in_force = async || {
        let found = stacks.client.get_stack_policy().stack_name("s").send().await.unwrap();
        found.stack_policy_body.unwrap()
    };
    stacks.settle("s", "UPDATE_COMPLETE").await;
    assert_eq!(in_force().await, all);
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_malformed_stack_policy_is_refused() {
    let stacks = Stacks::start().await;
    stacks.create("s", &template(None, "a")).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let other = json!({"Effect": "Deny", "Action": "Delete:*", "Principal": "*", "Resource": "*"});
    let person = json!({"Effect": "Deny", "Action": "Update:*", "Principal": "me", "Resource": "*"});
    for (text, valid) in [
        ("{}".to_owned(), true),
        ("no JSON".to_owned(), false),
        (json!({"Statement": [other]}).to_string(), false),
        (json!({"Statement": [person]}).to_string(), false),
    ] {
        let set = stacks.client.set_stack_policy().stack_name("s").stack_policy_body(&text).send().await;
        let message = set.as_ref().err().and_then(|error| error.message());
        assert_eq!(
            message,
            (!valid).then_some("Error validating stack policy: Invalid stack policy"),
            "{text}"
        );
    }
    stacks.cloud.stop().await;
}
