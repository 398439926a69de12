//! An environment with a staging and a production account: both get their roles and their network, read the models of the environment,
//! and lose all of it with the environment.

use super::{change, created, forget_kept, gone, parameters_of, ssm, until_gone};
use crate::cli::{aws, aws_as};
use crate::guides::replay::Replay;
use crate::harness::run;
use crate::one_shot::accounts::{account, administrator, organization, unit};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// As the guide names them.
const ENV: &str = "sm-mlops";
const STACK: &str = "sm-mlops-env";
const SETUP_STACK: &str = "sm-mlops-setup-stackset-role";
const HOME: &str = "111122223333";

/// An account with the setup role of the guide.
struct Target {
    id: String,
    unit: String,
    admin: Value,
}

impl Target {
    async fn new(replay: &mut Replay, stage: &str) -> anyhow::Result<Self> {
        let name = format!("targets-{stage}");
        let unit = unit(organization().await?, &name).await?;
        let id = account(&name, organization().await?, &unit).await?;
        let admin = administrator(&id).await?;
        replay.act_as(&admin).await?;
        for (variable, value) in [("ENV_NAME", ENV), ("ENV_TYPE", stage), ("ADMIN_ACCOUNT_ID", HOME)] {
            replay.set(variable, value).await?;
        }
        let printed = replay.step("deployment/setup-role").await?;
        ensure!(printed.contains("sm-mlops-setup-stackset-execution-role"), "{printed}");
        // Where the environment does not make the roles of models, this does.
        replay.step("solution/target-account-roles").await?;
        let roles = ["--stack-name", "env-iam-target-account-roles"];
        let outputs = ["cloudformation", "describe-stacks", "--query", "Stacks[0].Outputs[].OutputValue"];
        let made = aws_as(&admin, &[&outputs[..], &roles].concat()).await?;
        ensure!(made.as_array().is_some_and(|values| values.len() >= 4), "{made}");
        aws_as(&admin, &[&["cloudformation", "delete-stack"][..], &roles].concat()).await?;
        aws_as(&admin, &[&["cloudformation", "wait", "stack-delete-complete"][..], &roles].concat()).await?;
        replay.act_as_root().await?;
        Ok(Self { id, unit, admin })
    }

    /// The parameters of Systems Manager of the environment in the account.
    async fn published(&self, stage: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let call = async |arguments: &[&str]| aws_as(&self.admin, arguments).await;
        parameters_of(call, &format!("{ENV}-{stage}-")).await
    }

    async fn has_role(&self, name: &str) -> bool {
        aws_as(&self.admin, &["iam", "get-role", "--role-name", name]).await.is_ok()
    }

    async fn forget(&self) -> anyhow::Result<()> {
        let stack = ["--stack-name", SETUP_STACK];
        aws_as(&self.admin, &[&["cloudformation", "delete-stack"][..], &stack].concat()).await?;
        aws_as(&self.admin, &[&["cloudformation", "wait", "stack-delete-complete"][..], &stack].concat())
            .await?;
        let vpcs = [
            "ec2",
            "describe-vpcs",
            "--filters",
            "Name=tag:EnvironmentName,Values=sm-mlops",
            "--query",
            "Vpcs",
        ];
        assert_eq!(aws_as(&self.admin, &vpcs).await?, json!([]), "the network is left");
        Ok(())
    }
}

#[test]
fn target_accounts_get_roles_and_network_and_read_the_models() {
    run(async {
        // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
        let _held = (portfolio().await?, classic_roles().await?);
        let mut replay = Replay::start("targets").await?;
        let staging = Target::new(&mut replay, "staging").await?;
        let production = Target::new(&mut replay, "prod").await?;
        delegated(&mut replay, &staging).await?;
        replay.step("deployment/core").await?;
        created("sm-mlops-core").await?;

        // By units, and the lists empty, as the guide passes both.
        given(&mut replay, [&staging.unit, &production.unit, "", ""]).await?;
        replay.step("deployment/environment-with-targets").await?;
        let stack = created(STACK).await?;
        let published = ssm(ENV).await?;
        assert_eq!(published["staging-account-list"], staging.id);
        assert_eq!(published["production-account-list"], production.id);
        assert_eq!(published["ou-staging-id"], staging.unit);
        ensure!(!published.contains_key("env-type-staging-sagemaker-sg-ids"), "{published:?}");
        both_are_set_up(&published, [(&staging, "staging"), (&production, "prod")]).await?;

        // By lists instead: the same accounts stay.
        let model_role = &published["sm-model-execution-role-name"];
        let changes = [
            ("OrganizationalUnitStagingId", ""),
            ("OrganizationalUnitProdId", ""),
            ("StagingAccountList", &*staging.id),
            ("ProductionAccountList", &production.id),
        ];
        change(&stack, &changes).await?;
        let listed = ssm(ENV).await?;
        ensure!(
            !listed.contains_key("ou-staging-id") && listed["staging-account-list"] == staging.id,
            "{listed:?}"
        );
        ensure!(staging.has_role(model_role).await, "the role of models is gone");
        gone(STACK).await?;
        none_is_left(&published, [(&staging, "staging"), (&production, "prod")]).await?;

        // By lists from the beginning, and the units empty.
        given(&mut replay, ["", "", &staging.id, &production.id]).await?;
        replay.step("deployment/environment-with-targets").await?;
        created(STACK).await?;
        let published = ssm(ENV).await?;
        assert_eq!(published["production-account-list"], production.id);
        ensure!(!published.contains_key("ou-prod-id"), "{published:?}");
        both_are_set_up(&published, [(&staging, "staging"), (&production, "prod")]).await?;
        gone(STACK).await?;
        replay.step("solution/core-clean-up").await?;
        until_gone("sm-mlops-core").await?;
        replay.end().await?;
        none_is_left(&published, [(&staging, "staging"), (&production, "prod")]).await?;
        staging.forget().await?;
        production.forget().await
    });
}

/// Another account may list accounts once it is registered; the management account, in which the environment is, always may.
async fn delegated(replay: &mut Replay, target: &Target) -> anyhow::Result<()> {
    replay.set("ADMIN_ACCOUNT_ID", &target.id).await?;
    let printed = replay.step("deployment/delegated-administrator").await?;
    ensure!(printed.contains(&target.id), "{printed}");
    let service = "--service-principal=member.org.stacksets.cloudformation.amazonaws.com";
    let end = ["organizations", "deregister-delegated-administrator", service, "--account-id", &target.id];
    aws(&end).await.map(drop)
}

/// The two units and the two lists.
async fn given(replay: &mut Replay, values: [&str; 4]) -> anyhow::Result<()> {
    let names = ["STAGING_OU_ID", "PROD_OU_ID", "STAGING_ACCOUNTS", "PROD_ACCOUNTS"];
    for (name, value) in names.into_iter().zip(values) {
        replay.set(name, value).await?;
    }
    Ok(())
}

/// Both accounts have roles and network, and read the models.
async fn both_are_set_up(
    published: &BTreeMap<String, String>,
    targets: [(&Target, &str); 2],
) -> anyhow::Result<()> {
    for (target, stage) in targets {
        let there = target.published(stage).await?;
        for name in ["vpc-id", "private-subnet-ids", "sagemaker-sg-ids", "s3-vpce-id", "kms-vpce-id"] {
            ensure!(there.contains_key(name), "{stage}: {there:?}");
        }
        for name in ["sm-model-execution-role-name", "stackset-execution-role-name"] {
            ensure!(target.has_role(&published[name]).await, "{stage} has no {}", published[name]);
        }
        reads(published, target, &there).await?;
    }
    Ok(())
}

/// With the environment, both accounts have lost all that it made there; its buckets and keys are deleted here.
async fn none_is_left(
    published: &BTreeMap<String, String>,
    targets: [(&Target, &str); 2],
) -> anyhow::Result<()> {
    let policy = ["s3api", "get-bucket-policy", "--bucket", &published["model-bucket-name"]];
    let policy = aws(&policy).await?.to_string();
    for (target, stage) in targets {
        let role = &published["sm-model-execution-role-name"];
        ensure!(!target.has_role(role).await, "{stage} kept its role of models");
        assert_eq!(target.published(stage).await?.len(), 0, "parameters of {stage} are left");
        ensure!(!policy.contains(&target.id), "{policy}");
    }
    forget_kept(ENV, published).await
}

/// The policy of the bucket names the role of models of the account, and its endpoint.
async fn reads(
    published: &BTreeMap<String, String>,
    target: &Target,
    there: &BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let policy =
        ["s3api", "get-bucket-policy", "--bucket", &published["model-bucket-name"], "--query", "Policy"];
    let policy = aws(&policy).await?;
    let policy = policy.as_str().context("no policy")?;
    let role = format!("arn:aws:iam::{}:role/{}", target.id, published["sm-model-execution-role-name"]);
    ensure!(policy.contains(&role), "{policy}");
    ensure!(policy.contains(&there["s3-vpce-id"]), "{policy}");
    let key = [
        "kms",
        "get-key-policy",
        "--key-id",
        &published["kms-s3-key-arn"],
        "--policy-name",
        "default",
        "--query",
        "Policy",
    ];
    let policy = aws(&key).await?;
    ensure!(policy.as_str().is_some_and(|policy| policy.contains(&role)), "{policy}");
    Ok(())
}
