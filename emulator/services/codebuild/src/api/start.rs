//! `StartBuild`: the project's settings with the call's overrides, turned into a build that runs on its own.

use super::{invalid, no_project, project_name, role_arn, rules};
use crate::model::{Build, BuildArtifacts, Logs, Phase, PhaseType, Project, Settings, Status, Variable};
use crate::store::{Control, Record};
use crate::{CodeBuild, events, run};
use emulator_core::{Answer, Call, Caller, Failure, Initiator, ServiceContext, as_value, text};
use serde_json::{Map, Value, json};

pub(crate) fn start_build(service: &CodeBuild, call: &Call) -> Answer {
    start(service, &call.caller, call.input.clone())
}

pub(super) fn start(service: &CodeBuild, caller: &Caller, request: Value) -> Answer {
    let token = text(&request, "idempotencyToken").to_owned();
    let mut store = service.store();
    if !token.is_empty()
        && let Some(build) = store.recall(&token, &request)?
    {
        return Ok(json!({"build": as_value(build)?}));
    }
    let name = project_name(text(&request, "projectName"));
    let project = store.projects.get(name).ok_or_else(|| no_project(&service.context, name))?.clone();
    let initiator = service.context.bridge.initiator(&caller.access_key);
    let settings = overridden(&service.context, &project, &request)?;
    if settings.artifacts.kind == "CODEPIPELINE" && initiator.is_none() {
        // Only CodePipeline knows where its artifacts are.
        return Err(invalid("ArtifactsOverride must be set when using artifacts type CodePipelines"));
    }
    rules::check(&settings)?;
    let initiator =
        initiator.unwrap_or_else(|| Initiator { name: name_of(caller).to_owned(), revision: None });
    let running =
        store.builds().filter(|(_, build)| build.project_name == name && !build.build_complete).count();
    if let Some(limit) = settings.concurrent_build_limit
        && usize::try_from(limit).is_ok_and(|limit| running >= limit)
    {
        let message = format!("Cannot have more than {limit} active builds for the project");
        return Err(Failure::new("AccountLimitExceededException", message));
    }
    let number = store.number(name);
    let build = build(service, &project, &settings, &initiator.name, number);
    let control = Control::new();
    if !token.is_empty() {
        store.remember(token, request.clone(), build.id.clone());
    }
    store.add(Record { build: build.clone(), request, control: control.clone() });
    drop(store);
    events::state(&service.context, &build);
    let job = run::Job {
        service: service.clone(),
        id: build.id.clone(),
        project_arn: project.arn,
        settings,
        revision: initiator.revision,
    };
    tokio::spawn(job.work(control));
    Ok(json!({"build": as_value(&build)?}))
}

/// The project's settings as this build shall have them.
fn overridden(context: &ServiceContext, project: &Project, request: &Value) -> Result<Settings, Failure> {
    let mut settings = as_value(&project.settings)?;
    let given = |name: &str| request.get(name).filter(|value| !value.is_null()).cloned();
    for (member, place) in [
        ("sourceTypeOverride", "/source/type"),
        ("sourceLocationOverride", "/source/location"),
        ("buildspecOverride", "/source/buildspec"),
        ("sourceAuthOverride", "/source/auth"),
        ("gitCloneDepthOverride", "/source/gitCloneDepth"),
        ("gitSubmodulesConfigOverride", "/source/gitSubmodulesConfig"),
        ("insecureSslOverride", "/source/insecureSsl"),
        ("sourceVersion", "/sourceVersion"),
        ("artifactsOverride", "/artifacts"),
        ("environmentTypeOverride", "/environment/type"),
        ("imageOverride", "/environment/image"),
        ("computeTypeOverride", "/environment/computeType"),
        ("certificateOverride", "/environment/certificate"),
        ("privilegedModeOverride", "/environment/privilegedMode"),
        ("imagePullCredentialsTypeOverride", "/environment/imagePullCredentialsType"),
        ("registryCredentialOverride", "/environment/registryCredential"),
        ("cacheOverride", "/cache"),
        ("serviceRoleOverride", "/serviceRole"),
        ("timeoutInMinutesOverride", "/timeoutInMinutes"),
        ("queuedTimeoutInMinutesOverride", "/queuedTimeoutInMinutes"),
        ("encryptionKeyOverride", "/encryptionKey"),
        ("logsConfigOverride", "/logsConfig"),
        ("secondarySourcesOverride", "/secondarySources"),
        ("secondarySourcesVersionOverride", "/secondarySourceVersions"),
        ("secondaryArtifactsOverride", "/secondaryArtifacts"),
    ] {
        let (parent, key) = place.rsplit_once('/').unwrap_or(("", place));
        if let (Some(value), Some(parent)) = (given(member), settings.pointer_mut(parent)) {
            parent[key] = value;
        }
    }
    let wrong = |error: serde_json::Error| Failure::new("SerializationException", error.to_string());
    let mut settings: Settings = serde_json::from_value(settings).map_err(wrong)?;
    settings.service_role = role_arn(context, &settings.service_role);
    if let Some(variables) = given("environmentVariablesOverride") {
        let variables: Vec<Variable> = serde_json::from_value(variables).map_err(wrong)?;
        let kept = &mut settings.environment.environment_variables;
        kept.retain(|old| !variables.iter().any(|new| new.name == old.name));
        kept.extend(variables);
    }
    Ok(settings)
}

fn build(service: &CodeBuild, project: &Project, settings: &Settings, initiator: &str, number: u64) -> Build {
    let context = &service.context;
    let id = format!("{}:{}", project.name, uuid::Uuid::new_v4());
    let now = service.now();
    let mut submitted = Phase::starting(PhaseType::Submitted, now);
    submitted.end(Status::Succeeded, Vec::new(), now);
    let copied = ["vpcConfig", "fileSystemLocations", "secondarySources", "secondarySourceVersions"];
    let copied: Map<String, Value> = copied
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), settings.stored.get(name)?.clone())))
        .collect();
    Build {
        arn: context.arn("codebuild", &format!("build/{id}")),
        build_number: number,
        start_time: now,
        end_time: None,
        current_phase: PhaseType::Queued,
        build_status: Status::InProgress,
        source_version: settings.source_version.clone(),
        resolved_source_version: None,
        project_name: project.name.clone(),
        phases: vec![submitted, Phase::starting(PhaseType::Queued, now)],
        source: settings.source.clone(),
        artifacts: BuildArtifacts::default(),
        secondary_artifacts: Vec::new(),
        cache: settings.cache.clone(),
        environment: settings.environment.clone(),
        service_role: settings.service_role.clone(),
        logs: logs(service, &project.name, &id, settings.logs_config.as_ref()),
        timeout_in_minutes: settings.timeout_in_minutes,
        queued_timeout_in_minutes: settings.queued_timeout_in_minutes,
        build_complete: false,
        initiator: initiator.into(),
        encryption_key: settings.encryption_key.clone(),
        exported_environment_variables: Vec::new(),
        copied,
        id,
    }
}

/// Where the build's log goes, or nowhere if the project switched `CloudWatch` Logs off.
fn logs(service: &CodeBuild, project: &str, id: &str, config: Option<&Value>) -> Logs {
    let cloud_watch = config.and_then(|config| config.get("cloudWatchLogs")).cloned();
    let s3 = config.and_then(|config| config.get("s3Logs")).cloned();
    let get = |key: &str| cloud_watch.as_ref().and_then(|config| config[key].as_str()).unwrap_or_default();
    let base = Logs { s3_logs: s3, cloud_watch_logs: cloud_watch.clone(), ..Logs::default() };
    if get("status") == "DISABLED" {
        return base;
    }
    let run = id.split_once(':').map_or(id, |(_, run)| run);
    let group = match get("groupName") {
        "" => format!("/aws/codebuild/{project}"),
        name => name.to_owned(),
    };
    let stream = match get("streamName") {
        "" => run.to_owned(),
        prefix => format!("{prefix}/{run}"),
    };
    // On AWS a page of the console, which would be one of an account that has never heard of this build.
    let file = service.log_path(id);
    let file = std::path::absolute(&file).unwrap_or(file);
    Logs {
        deep_link: Some(format!("file://{}", file.display())),
        cloud_watch_logs_arn: Some(
            service.context.arn("logs", &format!("log-group:{group}:log-stream:{stream}")),
        ),
        cloud_watch_logs: base.cloud_watch_logs.or(Some(json!({"status": "ENABLED"}))),
        group_name: Some(group),
        stream_name: Some(stream),
        s3_logs: base.s3_logs,
    }
}

/// Who started a build, as AWS names them: a user's name, or `role/session`.
fn name_of(caller: &Caller) -> &str {
    let name = caller.arn.rsplit_once(':').map_or(caller.arn.as_str(), |(_, name)| name);
    name.strip_prefix("assumed-role/").or(name.strip_prefix("user/")).unwrap_or(name)
}
