//! An environment with a staging and a production account: both get their roles and their network, read the models of the environment,
//! and lose all of it with the environment.

use super::roles::deploy_as;
use super::{create_with, forget_kept, gone, ssm};
use crate::clean_up::functions::release;
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run};
use crate::one_shot::accounts::{account, administrator, organization, unit};
use crate::one_shot::projects_enablement::portfolio;
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ENV: &str = "tgt-env";
const HOME: &str = "111122223333";
const SETUP_STACK: &str = "tgt-setup-stackset-execution-role";
/// As the guide names it.
const SETUP: &str = "tgt-env-setup-stackset-execution-role";

/// An account with the setup role of the guide.
struct Target {
    id: String,
    unit: String,
    admin: Value,
}

impl Target {
    async fn new(stage: &str) -> anyhow::Result<Self> {
        let name = format!("{ENV}-{stage}");
        let unit = unit(organization().await?, &name).await?;
        let id = account(&name, organization().await?, &unit).await?;
        let admin = administrator(&id).await?;
        let given = [
            ("EnvName", ENV),
            ("EnvType", stage),
            ("StackSetExecutionRoleName", SETUP),
            ("AdministratorAccountId", HOME),
        ];
        deploy_as(Some(&admin), "env-iam-setup-stackset-role", SETUP_STACK, &given, true).await?;
        Ok(Self { id, unit, admin })
    }

    /// The parameters of Systems Manager of the environment in the account.
    async fn published(&self, stage: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let list = ["ssm", "describe-parameters", "--query", "Parameters[].Name"];
        let start = format!("{ENV}-{stage}-");
        let mut found = BTreeMap::new();
        for name in
            aws_as(&self.admin, &list).await?.as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            if let Some(end) = name.strip_prefix(&start) {
                let get = ["ssm", "get-parameter", "--name", name, "--query", "Parameter.Value"];
                let value = aws_as(&self.admin, &get).await?;
                found.insert(end.to_owned(), value.as_str().unwrap_or_default().to_owned());
            }
        }
        Ok(found)
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
            "Name=tag:EnvironmentName,Values=tgt-env",
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
        let (staging, production) = (Target::new("staging").await?, Target::new("prod").await?);
        let held = portfolio().await?;
        let mut parameters = release(cloud().await).await?;
        share(&parameters, &[&staging, &production]).await?;
        parameters.extend(deploy::named([
            ("EnvName", ENV),
            ("EnvType", "dev"),
            ("AvailabilityZones", "us-east-1a,us-east-1b"),
            ("NumberOfAZs", "2"),
            ("StartKernelGatewayApps", "NO"),
            // By units, and the lists empty, as the guide passes both.
            ("OrganizationalUnitStagingId", &staging.unit),
            ("OrganizationalUnitProdId", &production.unit),
            ("StagingAccountList", ""),
            ("ProductionAccountList", ""),
            ("SetupStackSetExecutionRoleName", SETUP),
            // No core is there whose boundary could be imported.
            ("PermissionsBoundary", "NONE"),
        ]));
        let stack = create_with(&["CAPABILITY_NAMED_IAM"], ENV, "env-main", parameters).await?;
        let published = ssm(ENV).await?;
        assert_eq!(published["staging-account-list"], staging.id);
        assert_eq!(published["production-account-list"], production.id);
        assert_eq!(published["ou-staging-id"], staging.unit);
        ensure!(!published.contains_key("env-type-staging-sagemaker-sg-ids"), "{published:?}");
        let model_role = &published["sm-model-execution-role-name"];
        for (target, stage) in [(&staging, "staging"), (&production, "prod")] {
            let there = target.published(stage).await?;
            for name in ["vpc-id", "private-subnet-ids", "sagemaker-sg-ids", "s3-vpce-id", "kms-vpce-id"] {
                ensure!(there.contains_key(name), "{stage}: {there:?}");
            }
            ensure!(target.has_role(model_role).await, "{stage} has no role of models");
            ensure!(
                target.has_role(&published["stackset-execution-role-name"]).await,
                "{stage} has no role of stacks"
            );
            reads(&published, target, &there).await?;
        }

        // By lists instead: the same accounts stay.
        let changes = [
            ("OrganizationalUnitStagingId", ""),
            ("OrganizationalUnitProdId", ""),
            ("StagingAccountList", &*staging.id),
            ("ProductionAccountList", &production.id),
        ];
        super::change(&stack, &changes).await?;
        let listed = ssm(ENV).await?;
        ensure!(
            !listed.contains_key("ou-staging-id") && listed["staging-account-list"] == staging.id,
            "{listed:?}"
        );
        ensure!(staging.has_role(model_role).await, "the role of models is gone");

        gone(ENV).await?;
        drop(held);
        for (target, stage) in [(&staging, "staging"), (&production, "prod")] {
            ensure!(!target.has_role(model_role).await, "{stage} kept its role of models");
            assert_eq!(target.published(stage).await?.len(), 0, "parameters of {stage} are left");
            target.forget().await?;
        }
        let policy = ["s3api", "get-bucket-policy", "--bucket", &published["model-bucket-name"]];
        let policy = aws(&policy).await?.to_string();
        ensure!(!policy.contains(&staging.id) && !policy.contains(&production.id), "{policy}");
        forget_kept(ENV, &published).await
    });
}

/// Lets the accounts read the release, as `make package SHARE_WITH=...` does: the templates that a network nests are read there.
async fn share(release: &deploy::Parameters, targets: &[&Target]) -> anyhow::Result<()> {
    let (bucket, prefix) = (&release["CodeBucket"], &release["CodePrefix"]);
    let accounts: Vec<_> = targets.iter().map(|target| format!("arn:aws:iam::{}:root", target.id)).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "TargetAccountsRead",
        "Effect": "Allow",
        "Principal": {"AWS": accounts},
        "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/{prefix}/*"),
    }]});
    let put = ["s3api", "put-bucket-policy", "--bucket", bucket, "--policy", &policy.to_string()];
    aws(&put).await.map(drop)
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
