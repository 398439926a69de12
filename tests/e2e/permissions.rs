//! Least privilege, both ways: every call is granted by the caller's role, and without any one grant some call would be
//! refused.

mod grants;
pub(crate) mod overrides;
pub(crate) mod unused;

use crate::cli::aws;
use crate::harness::{SourceFixture, run};
use anyhow::{Context, ensure};
use emulator::cloud::Cloud;
use grants::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use unused::Unused;

/// The roles of a stack and of those nested in it, each with its policies.
async fn roles(stack: &str) -> anyhow::Result<Vec<Role>> {
    let prefix = format!("{stack}-");
    let mut roles = Vec::new();
    for name in names(&aws(&["iam", "list-roles", "--query", "Roles[].RoleName"]).await?) {
        if !name.starts_with(&prefix) {
            continue;
        }
        let mut policies = Vec::new();
        let list = ["iam", "list-role-policies", "--role-name", &name, "--query", "PolicyNames"];
        for policy in names(&aws(&list).await?) {
            let get = ["iam", "get-role-policy", "--role-name", &name, "--policy-name", &policy];
            policies.push(aws(&get).await?["PolicyDocument"].take());
        }
        roles.push(Role { name, policies });
    }
    Ok(roles)
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect()
}

/// For each set of policies, the calls of a role that it would not allow, each with its action and resource.
#[derive(Deserialize)]
struct Replay {
    refused: Vec<Vec<(String, String)>>,
}

/// Removes every grant of a role, one at a time, and asks IAM again about the calls that the role has made. Returns for each
/// grant whether one of these calls would be refused without it.
async fn mutate(cloud: &Cloud, role: &Role) -> anyhow::Result<Vec<(String, String, bool)>> {
    let grants = grants::of(&role.policies);
    let mutants = grants.iter().flat_map(|grant| {
        let alone = grants::alone(&role.policies, grant);
        let without = grants::without(&alone, grant);
        [alone, without]
    });
    let variants: Vec<_> = std::iter::once(role.policies.clone()).chain(mutants).collect();
    let body = json!({"role": role.name, "variants": variants});
    let replay: Replay = cloud.context().bridge.post("replay", &body).await?;
    let (whole, mutants) = replay.refused.split_first().context("no answer")?;
    ensure!(whole.is_empty(), "{} does not allow what it allowed before: {whole:?}", role.name);
    let grants = grants.into_iter().zip(mutants.as_chunks::<2>().0);
    let needed = |[alone, without]: &[Vec<_>; 2]| without.len() > alone.len();
    Ok(grants.map(|(grant, refused)| (role.name.clone(), grant.action, needed(refused))).collect())
}

/// Fails if a call was refused that a role of the stack made, if a grant of these roles is needed by no call and not in
/// `unused`, or if a row of `unused` stands for no such grant.
pub(crate) async fn check_both_ways(cloud: &Cloud, stack: &str, unused: &[Unused]) -> anyhow::Result<()> {
    let mut grants = Vec::new();
    for role in roles(stack).await? {
        grants.extend(mutate(cloud, &role).await?);
    }
    ensure!(grants.len() > 3, "only {} grants found: {grants:?}", grants.len());
    let refused = grants::refused(cloud.recorder().since(0), stack);
    let mut faults: Vec<_> = refused.iter().map(grants::line).collect();
    faults.extend(grants::faults(stack, &grants, unused));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

#[test]
fn every_call_is_granted_and_every_grant_is_used() {
    run(async {
        let fixture = SourceFixture::deploy("least-privilege", &[]).await?;
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        fixture.configure(&[("Branch", Some("no-such-branch"))]).await?;
        assert_eq!(fixture.run().await?.status, "Failed");
        fixture.sweep().await?;

        check_both_ways(fixture.cloud, &fixture.deployed.stack, unused::GIT_SOURCE).await?;
        overrides::check(&fixture).await
    });
}

#[test]
fn a_missing_grant_shows_here_as_it_would_on_aws() {
    run(async {
        let fixture = SourceFixture::deploy("missing-grant", &[]).await?;
        for (part, action, status) in [
            ("CloneRole", "secretsmanager:GetSecretValue", 403),
            ("FunctionRole", "codebuild:StartBuild", 400),
        ] {
            let stack = &fixture.deployed.stack;
            let mut roles = roles(stack).await?.into_iter();
            let role = roles.find(|role| role.name.contains(part)).context("no such role")?;
            let grant = grants::of(&role.policies).into_iter().find(|grant| grant.action == action);
            let policies = grants::without(&role.policies, &grant.context("no such grant")?);
            // One policy in the place of all.
            let list = ["iam", "list-role-policies", "--role-name", &role.name, "--query", "PolicyNames"];
            for policy in names(&aws(&list).await?) {
                aws(&["iam", "delete-role-policy", "--role-name", &role.name, "--policy-name", &policy])
                    .await?;
            }
            let statements: Vec<_> =
                policies.iter().filter_map(|policy| policy["Statement"].as_array()).flatten().collect();
            let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            let put = ["iam", "put-role-policy", "--role-name", &role.name, "--policy-name", "all"];
            aws(&[&put[..], &["--policy-document", &document]].concat()).await?;

            let before = fixture.cloud.recorder().len();
            let outcome = fixture.run().await?;
            assert_eq!(outcome.status, "Failed", "{outcome:?}");
            let refused = grants::refused(fixture.cloud.recorder().since(before), stack);
            assert!(!refused.is_empty(), "the check does not see that {action} is missing");
            for call in refused {
                let found =
                    (format!("{}:{}", call.service, call.operation), call.status, call.error.as_deref());
                assert_eq!(found, (action.to_owned(), status, Some("AccessDeniedException")));
            }
        }
        Ok(())
    });
}
