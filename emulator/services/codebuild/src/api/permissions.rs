//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of `CodeBuild`.

use super::{builds::project_of, project_arn, project_name, role_arn};
use emulator_core::{Call, Permission, ServiceContext, text, texts};
use serde_json::{Map, Value};

/// The condition keys of `StartBuild`, each with the place of its value in the request. A key is there if its member is;
/// AWS has none for `sourceTypeOverride`, `sourceVersion`, `debugSessionEnabled` and the time-outs.
const START_BUILD_KEYS: [(&str, &str); 25] = [
    ("artifacts.bucketOwnerAccess", "/artifactsOverride/bucketOwnerAccess"),
    ("artifacts.encryptionDisabled", "/artifactsOverride/encryptionDisabled"),
    ("artifacts.location", "/artifactsOverride/location"),
    ("autoRetryLimit", "/autoRetryLimitOverride"),
    ("cache.location", "/cacheOverride/location"),
    ("cache.modes", "/cacheOverride/modes"),
    ("cache.type", "/cacheOverride/type"),
    ("encryptionKey", "/encryptionKeyOverride"),
    ("environment.certificate", "/certificateOverride"),
    ("environment.computeType", "/computeTypeOverride"),
    ("environment.fleet.fleetArn", "/fleetOverride/fleetArn"),
    ("environment.image", "/imageOverride"),
    ("environment.imagePullCredentialsType", "/imagePullCredentialsTypeOverride"),
    ("environment.privilegedMode", "/privilegedModeOverride"),
    ("environment.registryCredential.credential", "/registryCredentialOverride/credential"),
    ("environment.registryCredential.credentialProvider", "/registryCredentialOverride/credentialProvider"),
    ("environment.type", "/environmentTypeOverride"),
    ("logsConfig.s3Logs.location", "/logsConfigOverride/s3Logs/location"),
    ("logsConfig.s3Logs.status", "/logsConfigOverride/s3Logs/status"),
    ("serviceRole", "/serviceRoleOverride"),
    ("source.auth.resource", "/sourceAuthOverride/resource"),
    ("source.auth.type", "/sourceAuthOverride/type"),
    ("source.buildspec", "/buildspecOverride"),
    ("source.insecureSsl", "/insecureSslOverride"),
    ("source.location", "/sourceLocationOverride"),
];
/// The same for the members of lists: the list, the member, and the member that names an item in a key of its own.
const START_BUILD_LISTS: [(&str, &str, &str, &str); 5] = [
    ("environment.environmentVariables", "environmentVariablesOverride", "name", "name"),
    ("environment.environmentVariables", "environmentVariablesOverride", "value", "name"),
    ("secondaryArtifacts", "secondaryArtifactsOverride", "location", "artifactIdentifier"),
    ("secondarySources", "secondarySourcesOverride", "location", "sourceIdentifier"),
    ("secondarySources", "secondarySourcesOverride", "sourceIdentifier", "sourceIdentifier"),
];

/// Lists take no resource.
pub(super) fn on_all(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![Permission::new(action(call), "*")]
}

/// On the project that is defined, with the role that it passes.
pub(super) fn on_definition(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let mut permissions = on_name(context, call);
    permissions.extend(pass(context, call, "serviceRole"));
    permissions
}

/// On the project that `name` names.
pub(super) fn on_name(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![on(context, call, text(&call.input, "name"))]
}

/// On the project that `projectName` names.
pub(super) fn on_project(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![on(context, call, text(&call.input, "projectName"))]
}

/// On the project of a new build, with what conditions may ask of the request and the role that it passes.
pub(super) fn on_start(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let start = on(context, call, text(&call.input, "projectName"));
    let start = Permission { context: condition_keys(&call.input), ..start };
    std::iter::once(start).chain(pass(context, call, "serviceRoleOverride")).collect()
}

/// On the project of the build that `id` names.
pub(super) fn on_build(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![on(context, call, project_of(text(&call.input, "id")))]
}

/// On each of the projects that `names` names.
pub(super) fn on_names(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on_each(context, call, texts(&call.input, "names"))
}

/// On the project of each build that `ids` names.
pub(super) fn on_builds(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let projects = texts(&call.input, "ids").iter().map(|id| project_of(id).to_owned()).collect();
    on_each(context, call, projects)
}

fn on_each(context: &ServiceContext, call: &Call, mut projects: Vec<String>) -> Vec<Permission> {
    projects.sort_unstable();
    projects.dedup();
    projects.iter().map(|project| on(context, call, project)).collect()
}

fn on(context: &ServiceContext, call: &Call, project: &str) -> Permission {
    Permission::new(action(call), project_arn(context, project_name(project)))
}

fn action(call: &Call) -> String {
    format!("codebuild:{}", call.operation)
}

/// The permission to hand a role to the service, if the call does.
fn pass(context: &ServiceContext, call: &Call, member: &str) -> Option<Permission> {
    let role = role_arn(context, text(&call.input, member));
    (!role.is_empty()).then(|| Permission::new("iam:PassRole", role))
}

/// What conditions may ask of a request to start a build.
fn condition_keys(input: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    for (key, place) in START_BUILD_KEYS {
        match input.pointer(place) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                found.insert(format!("codebuild:{key}"), items.iter().map(plain).collect());
            }
            Some(value) => {
                found.insert(format!("codebuild:{key}"), plain(value).into());
            }
        }
    }
    for (key, list, member, identifier) in START_BUILD_LISTS {
        let items = input[list].as_array().into_iter().flatten();
        let items: Vec<_> = items.filter(|item| !item[member].is_null()).collect();
        if !items.is_empty() {
            let values = items.iter().map(|item| plain(&item[member])).collect();
            found.insert(format!("codebuild:{key}.{member}"), values);
        }
        for item in items.into_iter().filter(|_| member != identifier) {
            let name = format!("codebuild:{key}/{}.{member}", text(item, identifier));
            found.insert(name, plain(&item[member]).into());
        }
    }
    found
}

/// A value as conditions compare it: as a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn each_override_is_a_condition_key() {
    use serde_json::json;
    let input = json!({
        "projectName": "clone", "idempotencyToken": "t", "sourceVersion": "v",
        "buildspecOverride": "version: 0.2", "imageOverride": null, "privilegedModeOverride": true,
        "cacheOverride": {"modes": ["LOCAL_SOURCE_CACHE"]},
        "environmentVariablesOverride": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "secondarySourcesOverride": [{"sourceIdentifier": "more", "location": "there"}],
    });
    let expected = json!({
        "codebuild:source.buildspec": "version: 0.2",
        "codebuild:environment.privilegedMode": "true",
        "codebuild:cache.modes": ["LOCAL_SOURCE_CACHE"],
        "codebuild:environment.environmentVariables.name": ["A", "B"],
        "codebuild:environment.environmentVariables.value": ["1", "2"],
        "codebuild:environment.environmentVariables/A.value": "1",
        "codebuild:environment.environmentVariables/B.value": "2",
        "codebuild:secondarySources.location": ["there"],
        "codebuild:secondarySources.sourceIdentifier": ["more"],
        "codebuild:secondarySources/more.location": "there",
    });
    assert_eq!(Value::from(condition_keys(&input)), expected);
}
