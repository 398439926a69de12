//! Roles that a stack makes, keeps on an update, and does not take from others.

use super::{function, refused};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::ensure;
use emulator::deploy::{self, DeployedStack};
use tokio::sync::{Mutex, MutexGuard};

const LAUNCH: &str = "AmazonSageMakerServiceCatalogProductsLaunchRole";
const USE: &str = "AmazonSageMakerServiceCatalogProductsUseRole";

/// The roles of SageMaker's project templates, of which the account has one each and which stay when their stack goes: for one test
/// at a time, and at first none is there.
pub(crate) async fn classic_roles() -> anyhow::Result<MutexGuard<'static, ()>> {
    static ROLES: Mutex<()> = Mutex::const_new(());
    let held = ROLES.lock().await;
    forget_classic_roles().await?;
    Ok(held)
}

/// Deletes those of the two that are there, with their policies.
pub(crate) async fn forget_classic_roles() -> anyhow::Result<()> {
    for name in [LAUNCH, USE] {
        if aws(&["iam", "get-role", "--role-name", name]).await.is_ok() {
            forget(name).await?;
        }
    }
    Ok(())
}

/// Deletes a role with its policies.
async fn forget(name: &str) -> anyhow::Result<()> {
    let list = ["iam", "list-role-policies", "--role-name", name, "--query", "PolicyNames"];
    for policy in aws(&list).await?.as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
        aws(&["iam", "delete-role-policy", "--role-name", name, "--policy-name", policy]).await?;
    }
    let query = "AttachedPolicies[].PolicyArn";
    let list = ["iam", "list-attached-role-policies", "--role-name", name, "--query", query];
    for policy in aws(&list).await?.as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
        aws(&["iam", "detach-role-policy", "--role-name", name, "--policy-arn", policy]).await?;
    }
    aws(&["iam", "delete-role", "--role-name", name]).await.map(drop)
}

/// The stack asks; with the role in it, it has made that role.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, Path: {Type: String, Default: ''}}
Resources:
  Roles:
    Type: Custom::SageMakerLaunchRoles
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 300
      RoleNames: [AmazonSageMakerServiceCatalogProductsLaunchRole]
      Path: !Ref Path
Outputs:
  Launch: {Value: !Sub 'make <${Roles.AmazonSageMakerServiceCatalogProductsLaunchRole}>'}
";

const ROLE: &str = "
  Launch:
    Type: AWS::IAM::Role
    Properties:
      RoleName: AmazonSageMakerServiceCatalogProductsLaunchRole
      Path: /service-role/
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: servicecatalog.amazonaws.com}, Action: sts:AssumeRole}]
Outputs:";

fn made(user: &DeployedStack, expected: &str) -> anyhow::Result<()> {
    ensure!(user.output("Launch")? == expected, "{:?}", user.outputs);
    Ok(())
}

#[test]
fn a_role_is_made_once_and_a_role_of_others_only_used_when_it_fits() {
    run(async {
        let _held = classic_roles().await?;
        let cloud = cloud().await;
        let deployed = function("launch-roles").await?;
        let parameters = deploy::named([("Function", deployed.output("FunctionArn")?)]);
        let user = deploy::create(cloud, "roles-user", USER, parameters.clone(), |_| ()).await?;
        let to_make = format!("make <{LAUNCH}>");
        made(&user, &to_make)?;
        // The stack makes the role, and asks again: the role is its own.
        let with_role = USER.replace("\nOutputs:", ROLE);
        let function = format!("ParameterKey=Function,ParameterValue={}", deployed.output("FunctionArn")?);
        for path in ["", "/service-role/"] {
            let path = format!("ParameterKey=Path,ParameterValue={path}");
            let stack = ["--stack-name", "roles-user"];
            let change = [
                "--template-body",
                &with_role,
                "--parameters",
                &function,
                &path,
                "--capabilities",
                "CAPABILITY_NAMED_IAM",
            ];
            aws(&[&["cloudformation", "update-stack"], &stack[..], &change].concat()).await?;
            aws(&[&["cloudformation", "wait", "stack-update-complete"], &stack[..]].concat()).await?;
            let seen = aws(&[&["cloudformation", "describe-stacks"], &stack[..]].concat()).await?;
            ensure!(seen["Stacks"][0]["Outputs"][0]["OutputValue"] == to_make, "{path}: {seen}");
        }
        // Another stack uses the role, because its path and its trust fit, and makes none.
        let other = deploy::create(cloud, "roles-other", USER, parameters.clone(), |_| ()).await?;
        made(&other, "make <>")?;
        deploy::delete(cloud, &other, |_| ()).await?;
        deploy::delete(cloud, &user, |_| ()).await?;

        // Somebody made a role of that name.
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let foreign = async |path: &str, expected: &str| {
            let create = ["iam", "create-role", "--role-name", LAUNCH, "--path", path];
            aws(&[&create[..], &["--assume-role-policy-document", trust]].concat()).await?;
            let asked = deploy::create(cloud, "roles-foreign", USER, parameters.clone(), |_| ()).await;
            let told = refused(asked)?;
            ensure!(told.contains(expected), "{told}");
            aws(&["cloudformation", "delete-stack", "--stack-name", "roles-foreign"]).await?;
            aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", "roles-foreign"])
                .await?;
            aws(&["iam", "delete-role", "--role-name", LAUNCH]).await.map(drop)
        };
        foreign("/", "exists with the path / and not /service-role/").await?;
        foreign("/service-role/", "cannot be assumed by servicecatalog.amazonaws.com").await?;
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
