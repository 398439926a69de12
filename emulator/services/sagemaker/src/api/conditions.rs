//! What conditions of policies may ask of a call: the tags of the request and of the resource, the service that a role is passed
//! to, and SageMaker's own keys, after its Service Authorization Reference. A key without a value in the input is absent.

use super::target::Target;
use crate::store::{Kind, Store, Tags};
use emulator_core::{Call, Permission, ServiceContext, text, texts};
use serde_json::{Map, Value, json};

/// Members of the input by the key that has their value.
const MEMBERS: &[(&str, &[&str])] = &[
    ("sagemaker:AppNetworkAccessType", &["AppNetworkAccessType"]),
    ("sagemaker:DirectInternetAccess", &["DirectInternetAccess"]),
    ("sagemaker:InstanceTypes", &["InstanceType"]),
    ("sagemaker:RemoteAccess", &["SpaceSettings", "RemoteAccess"]),
    ("sagemaker:RootAccess", &["RootAccess"]),
    ("sagemaker:VolumeKmsKey", &["KmsKeyId"]),
];

/// Lists of the input.
const LISTS: &[(&str, &[&str])] = &[
    ("sagemaker:VpcSecurityGroupIds", &["SecurityGroupIds"]),
    ("sagemaker:VpcSecurityGroupIds", &["DefaultUserSettings", "SecurityGroups"]),
    ("sagemaker:VpcSecurityGroupIds", &["UserSettings", "SecurityGroups"]),
    ("sagemaker:VpcSubnets", &["SubnetIds"]),
];

/// Adds the keys to the permissions of a call.
pub(crate) fn add(context: &ServiceContext, store: &Store, call: &Call, permissions: &mut [Permission]) {
    let input = &call.input;
    let request = request(context, store, input);
    for permission in permissions {
        if permission.action == "iam:PassRole" {
            permission.context.insert("iam:PassedToService".into(), "sagemaker.amazonaws.com".into());
            continue;
        }
        if permission.action.starts_with("kms:") {
            continue;
        }
        permission.context.extend(request.clone());
        if permission.action == "sagemaker:AddTags" && call.operation.starts_with("Create") {
            permission.context.insert("sagemaker:TaggingAction".into(), call.operation.clone().into());
        }
        if let Some(tags) = store.tags_of(&permission.resource) {
            permission.context.extend(of_resource(tags));
        }
    }
}

fn of_resource(tags: &Tags) -> impl Iterator<Item = (String, Value)> {
    tags.iter().flat_map(|(key, value)| {
        ["aws", "sagemaker"]
            .map(|prefix| (format!("{prefix}:ResourceTag/{key}"), Value::from(value.as_str())))
    })
}

fn request(context: &ServiceContext, store: &Store, input: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let tags: Vec<_> = input["Tags"].as_array().into_iter().flatten().collect();
    let mut keys = texts(input, "TagKeys");
    for tag in tags {
        let key = text(tag, "Key");
        found.insert(format!("aws:RequestTag/{key}"), text(tag, "Value").into());
        keys.push(key.to_owned());
    }
    if !keys.is_empty() {
        found.insert("aws:TagKeys".into(), keys.into());
    }
    for (key, path) in MEMBERS {
        let value = text_at(input, path);
        if !value.is_empty() {
            found.insert((*key).into(), value.into());
        }
    }
    for (key, path) in LISTS {
        let value = path.iter().fold(input, |value, member| &value[*member]);
        if value.as_array().is_some_and(|list| !list.is_empty()) {
            found.insert((*key).into(), value.clone());
        }
    }
    if !text(input, "SubnetId").is_empty() {
        found.insert("sagemaker:VpcSubnets".into(), json!([text(input, "SubnetId")]));
    }
    found.extend(of_space(context, store, input));
    found
}

/// Whose space it is, and whether it is shared: of a new one as the input says, of another as it is.
fn of_space(context: &ServiceContext, store: &Store, input: &Value) -> Vec<(String, Value)> {
    let space = Target::of(context, Kind::Space, input);
    let known = store.get(Kind::Space, &space.key).map(|space| Value::Object(space.members.clone()));
    let members = known.as_ref().unwrap_or(input);
    let owner = text_at(members, &["OwnershipSettings", "OwnerUserProfileName"]);
    let sharing = text_at(members, &["SpaceSharingSettings", "SharingType"]);
    let mut found = Vec::new();
    if !owner.is_empty() {
        let profile = format!("user-profile/{}/{owner}", text(input, "DomainId"));
        found.push(("sagemaker:OwnerUserProfileArn".into(), context.arn("sagemaker", &profile).into()));
    }
    if !sharing.is_empty() {
        found.push(("sagemaker:SpaceSharingType".into(), sharing.into()));
    }
    found
}

fn text_at<'a>(input: &'a Value, path: &[&str]) -> &'a str {
    path.iter().fold(input, |value, member| &value[*member]).as_str().unwrap_or_default()
}
