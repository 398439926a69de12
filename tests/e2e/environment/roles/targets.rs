//! Other accounts: the setup role that is deployed by hand, the roles that a stack set makes with it, and who may assume them.

use super::{Texts, delete, denied, deploy, deploy_as, has_outputs, place, role, session_of};
use crate::cli::{aws, aws_as};
use crate::harness::{run, until};
use crate::one_shot::accounts::{account, administrator, organization, session, unit};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

const ENV: &str = "roles-targets";
const SET: &str = "roles-targets-us-east-1-target-account-roles";
const SETUP: &str = "roles-targets-setup-stackset-execution-role";
const HOME: &str = "111122223333";
const OUTPUTS: &[&str] = &[
    "SageMakerModelExecutionRoleArn",
    "SageMakerModelExecutionRoleName",
    "StackSetExecutionRoleArn",
    "StackSetExecutionRoleName",
];

#[test]
fn roles_of_target_accounts_are_made_with_their_boundary_and_trust_one_role_each() {
    run(async {
        let unit = unit(organization().await?, ENV).await?;
        let target = account(ENV, organization().await?, &unit).await?;
        let admin = administrator(&target).await?;
        // As the guide has it, in the target account.
        let given = [
            ("EnvName", ENV),
            ("EnvType", "staging"),
            ("StackSetExecutionRoleName", SETUP),
            ("AdministratorAccountId", HOME),
        ];
        let stack = "roles-targets-setup-stackset-role";
        deploy_as(Some(&admin), "env-iam-setup-stackset-role", stack, &given, true).await?;

        let place = place().await?;
        let mut given = vec![("EnvName", ENV), ("EnvType", "dev"), ("SetupStackSetExecutionRoleName", SETUP)];
        given.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        let env = deploy("env-iam", "roles-targets-iam", &given, true).await?;
        // The account of the environment has the roles too, by their own names.
        let here = [("EnvName", ENV), ("EnvType", "dev")];
        let here = deploy("env-iam-target-account-roles", "roles-targets-here", &here, true).await?;
        has_outputs(&here, OUTPUTS)?;
        let rights = [
            ("EnvName", ENV),
            ("AttachToStackSetAdministrationRole", "YES"),
            ("StackSetAdministrationRoleName", &env["StackSetAdministrationRoleName"]),
        ];
        let attached = deploy("env-iam-target-account-roles", "roles-targets-here", &rights, true).await?;
        ensure!(attached == here, "{attached:?}");

        stack_set(&env, &here, &target, true).await?;
        boundaries(&admin, &here, &target).await?;
        trust(&admin, &env, &here, &target).await?;
        remove_set(&target).await?;
        // Without the boundary the setup role makes no role.
        let told = stack_set(&env, &here, &target, false).await.err().context("no boundary was needed")?;
        ensure!(format!("{told:#}").contains("iam:CreateRole"), "{told:#}");
        remove_set(&target).await?;

        for stack in ["roles-targets-here", "roles-targets-iam"] {
            delete(stack).await?;
        }
        ensure!(role(&here["StackSetExecutionRoleArn"]).await.is_none(), "the role is left");
        let gone = ["cloudformation", "delete-stack", "--stack-name", stack];
        aws_as(&admin, &gone).await?;
        aws_as(&admin, &["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack]).await?;
        let left = aws_as(&admin, &["iam", "get-role", "--role-name", SETUP]).await;
        ensure!(left.is_err(), "the setup role is left");
        Ok(())
    });
}

/// Makes the roles in the account with a stack set, as the environment does.
async fn stack_set(env: &Texts, here: &Texts, target: &str, with_boundary: bool) -> anyhow::Result<()> {
    let boundary = if with_boundary { "roles-targets-target-account-boundary" } else { "" };
    let parameters = [
        ("EnvName", ENV),
        ("EnvType", "staging"),
        ("AdministratorAccountId", HOME),
        ("SageMakerModelExecutionRoleName", &*here["SageMakerModelExecutionRoleName"]),
        ("StackSetExecutionRoleName", &here["StackSetExecutionRoleName"]),
        ("StackSetAdministrationRoleName", &env["StackSetAdministrationRoleName"]),
        // As the later guide passes them.
        ("ModelS3KMSKeyArn", "*"),
        ("ModelBucketName", "*us-east-1-111122223333-models"),
        ("EndpointReaderRoleName", "roles-targets-endpoint-reader"),
        ("PermissionsBoundaryName", boundary),
    ];
    let parameters: Vec<_> =
        parameters.iter().map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": value})).collect();
    let parameters = Value::from(parameters).to_string();
    let file = crate::harness::project().join("infra/env-iam-target-account-roles.yaml");
    let body = format!("file://{}", file.display());
    let create = ["cloudformation", "create-stack-set", "--stack-set-name", SET, "--template-body", &body];
    let roles = [
        "--administration-role-arn",
        &env["SetupStackSetAdministrationRoleArn"],
        "--execution-role-name",
        SETUP,
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
        "--parameters",
        &parameters,
    ];
    aws(&[&create[..], &roles].concat()).await?;
    let instances = ["cloudformation", "create-stack-instances", "--stack-set-name", SET];
    let places = ["--accounts", target, "--regions", "us-east-1", "--query", "OperationId"];
    let operation = aws(&[&instances[..], &places].concat()).await?;
    ended(operation.as_str().context("no operation")?).await
}

/// Waits for an operation; one that failed is an error with the reason of the stack.
async fn ended(operation: &str) -> anyhow::Result<()> {
    let describe = ["cloudformation", "describe-stack-set-operation", "--stack-set-name", SET];
    let describe =
        [&describe[..], &["--operation-id", operation, "--query", "StackSetOperation.Status"]].concat();
    until("the operation has ended", async || {
        let status = aws(&describe).await?;
        Ok(!["RUNNING", "QUEUED"].contains(&status.as_str().unwrap_or_default()))
    })
    .await?;
    let status = aws(&describe).await?;
    let list = ["cloudformation", "list-stack-instances", "--stack-set-name", SET];
    ensure!(status == "SUCCEEDED", "{status}: {}", aws(&list).await?);
    Ok(())
}

async fn remove_set(target: &str) -> anyhow::Result<()> {
    let delete = ["cloudformation", "delete-stack-instances", "--stack-set-name", SET, "--no-retain-stacks"];
    let places = ["--accounts", target, "--regions", "us-east-1", "--query", "OperationId"];
    let operation = aws(&[&delete[..], &places].concat()).await?;
    ended(operation.as_str().context("no operation")?).await?;
    aws(&["cloudformation", "delete-stack-set", "--stack-set-name", SET]).await.map(drop)
}

/// Each role of the account has the boundary, and the setup role can change none of that.
async fn boundaries(admin: &Value, here: &Texts, target: &str) -> anyhow::Result<()> {
    let boundary = format!("arn:aws:iam::{target}:policy/roles-targets-target-account-boundary");
    let names = [
        &*here["SageMakerModelExecutionRoleName"],
        &here["StackSetExecutionRoleName"],
        "roles-targets-endpoint-reader",
    ];
    for name in names {
        let found = aws_as(admin, &["iam", "get-role", "--role-name", name]).await?;
        let found = &found["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"];
        ensure!(*found == boundary, "{name}: {found}");
    }
    // An administrator of the account is not let in by the setup role, only the role of stack sets is.
    let assume = ["sts", "assume-role", "--role-session-name", "admin", "--role-arn"];
    let setup = format!("arn:aws:iam::{target}:role/{SETUP}");
    denied(aws_as(admin, &[&assume[..], &[&setup]].concat()).await)
}

/// Who assumes which role of the target account.
async fn trust(admin: &Value, env: &Texts, here: &Texts, target: &str) -> anyhow::Result<()> {
    let source = format!("arn:aws:cloudformation:us-east-1:{HOME}:stackset/{SET}:1");
    let role = &env["StackSetAdministrationRoleArn"];
    let stack_sets = session_of(role, "cloudformation.amazonaws.com", &source).await?;
    let stack_source = "arn:aws:cloudformation:us-east-1:111122223333:stack/x/1";
    let other = session_of(role, "cloudformation.amazonaws.com", stack_source).await;
    ensure!(other.is_err(), "CloudFormation acts as the role for a stack too");
    let there = |name: &str| format!("arn:aws:iam::{target}:role/{name}");
    let deploys = there(&here["StackSetExecutionRoleName"]);
    let (model, setup) = (there(&here["SageMakerModelExecutionRoleName"]), there(SETUP));
    let deployer = session(&stack_sets, &deploys).await?;
    ensure!(
        session(&stack_sets, &setup).await.is_err(),
        "the role that projects hand to stack sets sets up accounts"
    );
    let role = &env["SetupStackSetAdministrationRoleArn"];
    let setting_up = session_of(role, "cloudformation.amazonaws.com", &source).await?;
    ensure!(session(&setting_up, &deploys).await.is_err(), "the role that sets up accounts deploys models");
    let set_up = session(&setting_up, &setup).await?;
    ensure!(session(&stack_sets, &model).await.is_err(), "the role of stack sets serves models");
    for role in [&deploys, &model, &setup] {
        ensure!(session(admin, role).await.is_err(), "{role} trusts its own account");
    }
    // The setup role changes neither itself nor other roles, and frees none from its boundary.
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = ["iam", "attach-role-policy", "--policy-arn", administrator, "--role-name"];
    for name in [SETUP, "OrganizationAccountAccessRole"] {
        denied(aws_as(&set_up, &[&attach[..], &[name]].concat()).await)?;
    }
    let name = &here["StackSetExecutionRoleName"];
    denied(aws_as(&set_up, &["iam", "delete-role-permissions-boundary", "--role-name", name]).await)?;
    // The role of the stacks reads the network of its account and makes no roles.
    let put = ["ssm", "put-parameter", "--type", "String", "--value", "subnet-1", "--name"];
    aws_as(admin, &[&put[..], &["roles-targets-staging-private-subnet-ids"]].concat()).await?;
    let get = ["ssm", "get-parameters", "--names", "roles-targets-staging-private-subnet-ids"];
    aws_as(&deployer, &get).await?;
    denied(
        aws_as(&deployer, &["ssm", "get-parameters", "--names", "other-staging-private-subnet-ids"]).await,
    )?;
    denied(aws_as(&deployer, &["iam", "create-user", "--user-name", "x"]).await)?;
    denied(aws_as(&deployer, &["s3api", "list-buckets"]).await)
}
