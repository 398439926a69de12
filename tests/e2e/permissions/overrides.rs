//! Who chooses what a build runs acts as its role, which can read the SSH key in the clone build: a function's role may start a build with
//! its own variables and nothing else.

use super::roles;
use crate::cli::aws;
use crate::harness::{SourceFixture, project};
use anyhow::{Context, ensure};
use aws_sdk_codebuild::error::ProvideErrorMetadata;
use aws_sdk_codebuild::operation::start_build::builders::StartBuildFluentBuilder as StartBuild;
use aws_sdk_codebuild::types::{
    ArtifactsType, CacheType, CredentialProviderType, EnvironmentType, EnvironmentVariable,
    ImagePullCredentialsType, LogsConfigStatusType, ProjectArtifacts, ProjectCache, ProjectFleet,
    ProjectSource, RegistryCredential, S3LogsConfig, SourceAuth, SourceAuthType, SourceType,
};
use emulator::cloud::Cloud;
use serde_json::{Value, json};

/// The code of the error that a build is refused with; none if it starts.
pub(crate) async fn refusal(start: StartBuild) -> Option<String> {
    start.send().await.err().map(|error| error.code().unwrap_or("no code").to_owned())
}

fn variable(name: &str) -> EnvironmentVariable {
    EnvironmentVariable::builder().name(name).value("x").build().unwrap()
}

/// Every override that the template forbids, by its condition key.
fn overrides(start: &StartBuild, role: &str) -> Vec<(&'static str, StartBuild)> {
    let start = || start.clone();
    let artifacts = ProjectArtifacts::builder().r#type(ArtifactsType::S3).location("bucket").build().unwrap();
    let cache = ProjectCache::builder().r#type(CacheType::S3).location("bucket/cache").build().unwrap();
    let credential = RegistryCredential::builder()
        .credential("arn:aws:secretsmanager:us-east-1:111122223333:secret:registry")
        .credential_provider(CredentialProviderType::SecretsManager);
    let logs = S3LogsConfig::builder().status(LogsConfigStatusType::Enabled).location("bucket/logs");
    let logs = aws_sdk_codebuild::types::LogsConfig::builder().s3_logs(logs.build().unwrap()).build();
    let source = ProjectSource::builder().r#type(SourceType::Github).source_identifier("more");
    let source = source.location("https://github.com/some/other").build().unwrap();
    let auth = SourceAuth::builder().r#type(SourceAuthType::Oauth).build().unwrap();
    let fleet = ProjectFleet::builder().fleet_arn("arn:aws:codebuild:us-east-1:111122223333:fleet/f").build();
    vec![
        ("artifacts.location", start().artifacts_override(artifacts)),
        ("cache.location", start().cache_override(cache)),
        ("encryptionKey", start().encryption_key_override("alias/other")),
        ("environment.certificate", start().certificate_override("arn:aws:s3:::bucket/certificate")),
        ("environment.fleet.fleetArn", start().fleet_override(fleet)),
        ("environment.image", start().image_override("some/image")),
        (
            "environment.imagePullCredentialsType",
            start().image_pull_credentials_type_override(ImagePullCredentialsType::ServiceRole),
        ),
        ("environment.privilegedMode", start().privileged_mode_override(true)),
        (
            "environment.registryCredential.credential",
            start().registry_credential_override(credential.build().unwrap()),
        ),
        ("environment.type", start().environment_type_override(EnvironmentType::ArmContainer)),
        ("logsConfig.s3Logs.location", start().logs_config_override(logs)),
        ("secondarySources.location", start().secondary_sources_override(source)),
        ("serviceRole", start().service_role_override(role)),
        ("source.auth.type", start().source_auth_override(auth)),
        ("source.buildspec", start().buildspec_override("version: 0.2")),
        ("source.insecureSsl", start().insecure_ssl_override(true)),
        ("source.location", start().source_location_override("bucket/other.zip")),
    ]
}

/// With the credentials of a function, each override that its role excludes is refused. `part` is the start of the role's name behind the
/// stack's. Returns the whole name, and the same call without overrides.
pub(crate) async fn every_override_is_refused(
    cloud: &Cloud,
    stack: &str,
    part: &str,
    project: &str,
) -> anyhow::Result<(String, StartBuild)> {
    let context = cloud.context();
    let mut roles = roles(stack).await?.into_iter();
    let start = format!("{stack}-{part}-");
    let role = roles.find(|role| role.name.starts_with(&start)).context("no role of the function")?;
    let arn = format!("arn:aws:iam::{}:role/{}", context.account, role.name);
    let credentials = context.bridge.assume(&arn, "lambda.amazonaws.com", &arn, "test").await?;
    let builds = aws_sdk_codebuild::Client::new(&context.sdk(&credentials).await);
    let start = builds.start_build().project_name(project);
    let start = start.environment_variables_override(variable("GIT_URL"));

    let overrides = overrides(&start, &arn);
    let conditions = role.policies.iter().filter_map(|policy| policy["Statement"].as_array()).flatten();
    let conditions: Vec<_> = conditions.filter_map(|it| it["Condition"]["Null"].as_object()).collect();
    // Of the statements that start builds, and of the one that encrypts.
    let keys = conditions.into_iter().find(|keys| keys.contains_key("codebuild:source.buildspec"));
    let keys = keys.context("no condition on the buildspec")?;
    let tried = |key: &String| overrides.iter().any(|(name, _)| key.strip_prefix("codebuild:") == Some(name));
    ensure!(keys.keys().all(tried), "one of {keys:?} is not tried here");
    ensure!(
        keys.len() == overrides.len(),
        "{} overrides are excluded, and {} are known",
        keys.len(),
        overrides.len()
    );

    for (key, start) in overrides {
        assert_eq!(refusal(start).await.as_deref(), Some("AccessDeniedException"), "{key}");
    }
    Ok((role.name, start))
}

/// With the credentials of the function, each override is refused, and its own variables are not; with the guide's policy, nobody
/// else starts a build.
pub(super) async fn check(fixture: &SourceFixture) -> anyhow::Result<()> {
    let (cloud, stack) = (fixture.cloud, &fixture.deployed.stack);
    let (role, start) =
        every_override_is_refused(cloud, stack, "FunctionRole", fixture.clone_project()).await?;
    let other = start.clone().environment_variables_override(variable("BASH_ENV"));
    assert_eq!(refusal(other).await.as_deref(), Some("AccessDeniedException"), "a variable of others");
    let policy = organization(stack).await?;
    attach(&role, "organization", &policy).await?;
    // A build without a job, which nobody asks for.
    assert_eq!(refusal(start).await, None, "the guide's policy lets the function start builds");
    an_administrator_is_denied(fixture, policy).await
}

/// The policy that `docs/security.md` gives, for a stack of this name.
async fn organization(stack: &str) -> anyhow::Result<Value> {
    let guide = tokio::fs::read_to_string(project().join("docs/security.md")).await?;
    let (_, policy) = guide.split_once("```json\n").context("no JSON in docs/security.md")?;
    let (policy, _) = policy.split_once("```").context("the JSON has no end")?;
    Ok(serde_json::from_str(&policy.replace("external-repo-access", stack))?)
}

async fn attach(role: &str, name: &str, policy: &Value) -> anyhow::Result<()> {
    let policy = policy.to_string();
    let put = ["iam", "put-role-policy", "--role-name", role, "--policy-name", name];
    aws(&[&put[..], &["--policy-document", &policy]].concat()).await.map(drop)
}

/// With every right on builds, another role can neither start the clone nor change it.
async fn an_administrator_is_denied(fixture: &SourceFixture, mut policy: Value) -> anyhow::Result<()> {
    let everything = json!({"Effect": "Allow", "Action": "codebuild:*", "Resource": "*"});
    policy["Statement"].as_array_mut().context("no statements")?.push(everything);
    let mut roles = roles(&fixture.deployed.stack).await?.into_iter();
    let role = roles.find(|role| role.name.contains("-PipelineRole-")).context("no role of the pipeline")?;
    attach(&role.name, "everything", &policy).await?;
    let context = fixture.cloud.context();
    let arn = format!("arn:aws:iam::{}:role/{}", context.account, role.name);
    let pipeline = context.arn("codepipeline", fixture.pipeline());
    let credentials = context.bridge.assume(&arn, "codepipeline.amazonaws.com", &pipeline, "test").await?;
    let builds = aws_sdk_codebuild::Client::new(&context.sdk(&credentials).await);
    let clone = fixture.clone_project();
    builds.batch_get_projects().names(clone).send().await?;
    assert_eq!(
        refusal(builds.start_build().project_name(clone)).await.as_deref(),
        Some("AccessDeniedException")
    );
    let change = builds.update_project().name(clone).description("mine").send().await;
    assert_eq!(change.err().context("the project was changed")?.code(), Some("AccessDeniedException"));
    Ok(())
}
