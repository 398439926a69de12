//! Least privilege, both ways: every call is granted by the caller's role, and every grant is used by some call.

use crate::cli::aws;
use crate::harness::{Scene, run};
use anyhow::Context;
use local::cloud::Cloud;
use local_core::Recorded;
use serde_json::Value;
use std::collections::BTreeSet;

/// Grants that AWS itself uses with the role, out of sight, or that take more than a test has: part of the role's name, start of the action, reason.
/// Everything else must be used here.
const USED_INSIDE_AWS: [(&str, &str, &str); 11] = [
    ("Role", "kms:", "S3, Secrets Manager and the queue use the key on the caller's behalf"),
    ("FunctionRole", "logs:", "Lambda writes the function's log"),
    ("FunctionRole", "sqs:SendMessage", "Lambda sends the event it gave up on"),
    ("PipelineRole", "s3:Get", "CodePipeline looks at its bucket and hands on artifacts"),
    ("BuildRole", "s3:GetObjectVersion", "CodeBuild reads a pipeline's artifact by its version"),
    ("cleanup-Role", "logs:", "Lambda writes the function's log"),
    ("events-rules-Role", "logs:", "Lambda writes the function's log"),
    ("events-rules-Role", "sqs:SendMessage", "Lambda sends the event it gave up on"),
    ("storage-cleanup-Role", "cloudformation:GetTemplate", "for a VPC that a stack deletes and lives on"),
    ("cleanup-Role", "cloudformation:ListStackResources", "for stacks of more than a hundred resources only"),
    ("Loop", "", "Step Functions invokes the function and writes the log of the loop"),
];

fn is_used_inside_aws((role, action): &(String, String)) -> bool {
    USED_INSIDE_AWS.iter().any(|(part, start, _)| role.contains(part) && action.starts_with(start))
}

/// The roles of a stack and of those nested in it, each with the names of its policies.
async fn roles(stack: &str) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let prefix = format!("{stack}-");
    let mut roles = Vec::new();
    for role in names(&aws(&["iam", "list-roles", "--query", "Roles[].RoleName"]).await?) {
        if role.starts_with(&prefix) {
            let list = ["iam", "list-role-policies", "--role-name", &role, "--query", "PolicyNames"];
            let policies = names(&aws(&list).await?);
            roles.push((role, policies));
        }
    }
    Ok(roles)
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect()
}

/// `(role, action)` of every Allow statement of the stack's roles.
async fn grants(stack: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut grants = Vec::new();
    for (role, policies) in roles(stack).await? {
        for policy in policies {
            let get = ["iam", "get-role-policy", "--role-name", &role, "--policy-name", &policy];
            let document = &aws(&get).await?["PolicyDocument"];
            grants.extend(actions(document).into_iter().map(|action| (role.clone(), action)));
        }
    }
    Ok(grants)
}

fn actions(document: &Value) -> Vec<String> {
    let statements = document["Statement"].as_array().cloned().unwrap_or_default();
    let allowed = statements.into_iter().filter(|statement| statement["Effect"] == "Allow");
    let actions = allowed.flat_map(|statement| match &statement["Action"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    });
    actions.filter_map(|action| action.as_str().map(Into::into)).collect()
}

/// `(role, action)` of every call that was made with one of the stack's roles.
fn uses(stack: &str, calls: &[Recorded]) -> BTreeSet<(String, String)> {
    let prefix = format!(":assumed-role/{stack}-");
    let own = calls.iter().filter(|call| call.principal.contains(&prefix));
    own.flat_map(|call| {
        let role = call.principal.split('/').nth(1).unwrap_or_default().to_owned();
        let needed = call.needs.iter().map(|(action, _)| action.clone());
        needed.map(|action| (role.clone(), action)).collect::<Vec<_>>()
    })
    .collect()
}

/// Fails if a call was refused that a role of the stack made, or a grant of the stack's roles was never used.
pub(crate) async fn check_both_ways(cloud: &Cloud, stack: &str) -> anyhow::Result<()> {
    let calls = cloud.recorder().since(0);
    let prefix = format!(":assumed-role/{stack}-");
    let refused = calls.iter().filter(|call| call.principal.contains(&prefix) && call.status == 403);
    let refused: Vec<_> =
        refused.map(|call| format!("{} {} {:?}", call.service, call.operation, call.needs)).collect();
    assert!(refused.is_empty(), "calls that the role does not grant: {refused:?}");

    let used = uses(stack, &calls);
    let grants = grants(stack).await?;
    assert!(grants.len() > 10, "only {} grants found: {grants:?}", grants.len());
    let unused = grants.into_iter().filter(|grant| !used.contains(grant));
    let unused: Vec<_> = unused.filter(|grant| !is_used_inside_aws(grant)).collect();
    assert!(unused.is_empty(), "grants that nothing uses: {unused:?}; used: {used:?}");
    Ok(())
}

#[test]
fn every_call_is_granted_and_every_grant_is_used() {
    run(async {
        let scene = Scene::set("least-privilege", &[]).await?;
        let outcome = scene.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        scene.configure(&[("Branch", Some("no-such-branch"))]).await?;
        assert_eq!(scene.run().await?.status, "Failed");
        scene.sweep().await?;

        check_both_ways(scene.cloud, &scene.site.stack).await
    });
}

#[test]
fn a_missing_grant_shows_here_as_it_would_on_aws() {
    run(async {
        let scene = Scene::set("missing-grant", &[]).await?;
        let found = roles(&scene.site.stack).await?.into_iter().find(|(role, _)| role.contains("Function"));
        let (role, policies) = found.context("no role of the function")?;
        for policy in policies {
            aws(&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", &policy]).await?;
        }
        let before = scene.cloud.recorder().len();
        scene.start().await?;
        let refused = loop {
            let calls = scene.cloud.recorder().since(before);
            let refused =
                calls.into_iter().find(|c| c.principal.contains(&role) && c.operation == "PollForJobs");
            match refused {
                Some(call) => break call,
                None => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            }
        };
        assert!(refused.status >= 400, "a role without permissions could poll for jobs");
        Ok(())
    });
}
