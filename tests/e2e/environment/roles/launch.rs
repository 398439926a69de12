//! The launch roles: an environment is made as the launch role of its product, and a project as the launch role of projects, each only
//! with the boundary that it demands.

use super::{Texts, delete, denied, deploy, deploy_as, outputs, place, roles_of, session_of};
use crate::cli::{aws, aws_as};
use crate::harness::run;
use anyhow::{Context, ensure};
use serde_json::Value;

const SOURCE: &str = "arn:aws:catalog:us-east-1:111122223333:product/prod-1";
const CATALOG: &str = "servicecatalog.amazonaws.com";
/// As Service Catalog names the stacks of products.
const STACK: &str = "SC-111122223333-pp-roleslaunch";

#[test]
fn an_environment_is_launched_with_the_boundary_and_with_nothing_else() {
    run(async {
        let names = [
            ("DSAdministratorRoleName", ""),
            ("SageMakerDetectiveControlExecutionRoleName", ""),
            ("SCLaunchRoleName", "roles-launch-DSServiceCatalogLaunchRole"),
            ("EnvironmentNamePattern", "roles-launch*"),
        ];
        let shared = deploy("core-iam-shared-roles", "roles-launch-shared", &names, true).await?;
        let boundary = &shared["EnvironmentPermissionsBoundaryArn"];
        // Nobody but Service Catalog acts as the launch role.
        let role = &shared["SCLaunchRoleArn"];
        ensure!(session_of(role, "cloudformation.amazonaws.com", SOURCE).await.is_err(), "it trusts others");
        let launch = session_of(role, CATALOG, SOURCE).await?;

        let place = place().await?;
        let mut given = vec![("EnvName", "roles-launch"), ("EnvType", "dev")];
        given.extend(place.iter().take(2).map(|(name, value)| (*name, value.as_str())));
        // Without the boundary, with another one, and as a stack that is not of the product.
        denied(try_deploy(&launch, &format!("{STACK}-1"), &given).await)?;
        let other = ("PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess");
        let others: Vec<_> = given.iter().copied().chain([other]).collect();
        denied(try_deploy(&launch, &format!("{STACK}-2"), &others).await)?;
        given.push(("PermissionsBoundary", boundary));
        denied(try_deploy(&launch, "roles-launch-other", &given).await)?;

        deploy_as(Some(&launch), "env-iam", STACK, &given, true).await?;
        let made = outputs(STACK).await?;
        for name in roles_of(STACK).await? {
            let found = aws(&["iam", "get-role", "--role-name", &name]).await?;
            let found = &found["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"];
            ensure!(found == boundary, "{name}: {found}");
        }
        projects(&made).await?;
        storage(&launch, &made).await?;
        // A role is not freed from its boundary, and the boundary is not changed.
        let name = made["SageMakerExecutionRoleArn"].rsplit('/').next().context("no name")?;
        denied(aws_as(&launch, &["iam", "delete-role-permissions-boundary", "--role-name", name]).await)?;
        let document = r#"{"Version":"2012-10-17","Statement":[]}"#;
        let version =
            ["iam", "create-policy-version", "--policy-arn", boundary, "--policy-document", document];
        denied(aws_as(&launch, &version).await)?;

        aws_as(&launch, &["cloudformation", "delete-stack", "--stack-name", STACK]).await?;
        aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK]).await?;
        for stack in [format!("{STACK}-1"), format!("{STACK}-2"), "roles-launch-shared".to_owned()] {
            delete(&stack).await?;
        }
        Ok(())
    });
}

async fn try_deploy(launch: &Value, stack: &str, given: &[(&str, &str)]) -> anyhow::Result<Value> {
    deploy_as(Some(launch), "env-iam", stack, given, true).await.map(|()| Value::Null)
}

/// Keys and buckets are made and deleted as the launch role too.
async fn storage(launch: &Value, made: &Texts) -> anyhow::Result<()> {
    let env = [("EnvName", "roles-launch"), ("EnvType", "dev")];
    let roles = [
        ("DSTeamAdministratorRoleArn", &*made["DSTeamAdministratorRoleArn"]),
        ("DataScientistRoleArn", &made["DataScientistRoleArn"]),
        ("SageMakerExecutionRoleArn", &made["SageMakerExecutionRoleArn"]),
        ("SageMakerPipelineExecutionRoleArn", &made["SageMakerPipelineExecutionRoleArn"]),
        ("SCLaunchRoleArn", &made["SCProjectLaunchRoleArn"]),
        ("VPCEndpointKMSId", "vpce-1"),
    ];
    let kms = format!("{STACK}-kms");
    deploy_as(Some(launch), "env-kms", &kms, &[&env[..], &roles].concat(), false).await?;
    let keys = outputs(&kms).await?;
    let name = |end: &str| format!("roles-launch-dev-us-east-1-111122223333-{end}");
    let (data, models) = (name("data"), name("models"));
    let buckets = [
        ("DataBucketName", &*data),
        ("ModelBucketName", &models),
        ("VPCEndpointS3Id", "vpce-1"),
        ("S3BucketKMSKeyId", &keys["S3BucketKMSKeyId"]),
    ];
    let s3 = format!("{STACK}-s3");
    deploy_as(Some(launch), "env-s3", &s3, &[&env[..], &buckets].concat(), false).await?;
    let made = outputs(&s3).await?;
    for stack in [&s3, &kms] {
        aws_as(launch, &["cloudformation", "delete-stack", "--stack-name", stack]).await?;
        aws(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack]).await?;
    }
    for bucket in made.values() {
        aws(&["s3api", "delete-bucket-policy", "--bucket", bucket]).await?;
        aws(&["s3api", "delete-bucket", "--bucket", bucket]).await?;
    }
    for id in ["S3BucketKMSKeyId", "SageMakerStudioStorageKMSKeyId"] {
        aws(&["kms", "schedule-key-deletion", "--key-id", &keys[id]]).await?;
    }
    Ok(())
}

/// The launch role of projects makes roles on its own path, with the boundary of projects.
async fn projects(made: &Texts) -> anyhow::Result<()> {
    let launch = session_of(&made["SCProjectLaunchRoleArn"], CATALOG, SOURCE).await?;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let create =
        ["iam", "create-role", "--assume-role-policy-document", trust, "--role-name", "roles-launch-project"];
    let (path, boundary) = (&*made["ProjectRolesPath"], &*made["ProjectRolesBoundaryArn"]);
    let at = |path: &'static str| ["--path", path];
    denied(aws_as(&launch, &[&create[..], &["--path", path]].concat()).await)?;
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let bounded = ["--permissions-boundary", administrator];
    denied(aws_as(&launch, &[&create[..], &["--path", path], &bounded].concat()).await)?;
    let bounded = ["--permissions-boundary", boundary];
    for other in ["/", "/sm-mlops-projects/other-dev/"] {
        denied(aws_as(&launch, &[&create[..], &at(other), &bounded].concat()).await)?;
    }
    aws_as(&launch, &[&create[..], &["--path", path], &bounded].concat()).await?;
    // The boundary holds whatever policies the role gets: a project makes no jobs and no other roles.
    let named = ["--role-name", "roles-launch-project"];
    let attach = ["iam", "attach-role-policy", "--policy-arn", administrator];
    aws_as(&launch, &[&attach[..], &named].concat()).await?;
    let arn = format!("arn:aws:iam::111122223333:role{path}roles-launch-project");
    let project = session_of(&arn, "codebuild.amazonaws.com", SOURCE).await?;
    denied(aws_as(&project, &["iam", "create-user", "--user-name", "roles-launch-user"]).await)?;
    let make = ["sagemaker", "create-presigned-domain-url", "--domain-id", "d-1", "--user-profile-name", "a"];
    denied(aws_as(&project, &make).await)?;
    aws_as(&project, &["sagemaker", "list-pipelines"]).await?;
    let detach = ["iam", "detach-role-policy", "--policy-arn", administrator];
    aws_as(&launch, &[&detach[..], &named].concat()).await?;
    aws_as(&launch, &[&["iam", "delete-role"][..], &named].concat()).await.map(drop)
}
