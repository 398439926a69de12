//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of AWS `CodeArtifact`.

use crate::names::DomainId;
use emulator_core::{Call, Permission, ServiceContext, text};

/// Lists of an account, and what is made: it has no resource yet.
pub(super) fn on_all(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let id = DomainId::of(context, &call.input);
    let made = match call.operation.as_str() {
        "CreateDomain" => id.arn(),
        "CreatePackageGroup" => id.group_arn(text(&call.input, "packageGroup")),
        _ => String::new(),
    };
    on(call, "*", &made)
}

pub(super) fn on_domain(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, &DomainId::of(context, &call.input).arn(), "")
}

pub(super) fn on_repository(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let arn = DomainId::of(context, &call.input).repository_arn(text(&call.input, "repository"));
    let mut permissions = on(call, &arn, "");
    permissions.extend(upstreams(context, call));
    permissions
}

pub(super) fn on_new_repository(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let arn = DomainId::of(context, &call.input).repository_arn(text(&call.input, "repository"));
    let mut permissions = on(call, "*", &arn);
    permissions.extend(upstreams(context, call));
    permissions
}

pub(super) fn on_group(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let arn = DomainId::of(context, &call.input).group_arn(text(&call.input, "packageGroup"));
    on(call, &arn, "")
}

/// On the resource of which the input has the ARN.
pub(super) fn on_arn(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    on(call, text(&call.input, "resourceArn"), "")
}

/// A token is one of the Security Token Service, too.
pub(super) fn on_token(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let mut permissions = on_domain(context, call);
    let mut token = Permission::new("sts:GetServiceBearerToken", "*");
    token.context.insert("sts:AWSServiceName".into(), "codeartifact.amazonaws.com".into());
    if let Some(seconds) = call.input["durationSeconds"].as_i64() {
        token.context.insert("sts:DurationSeconds".into(), seconds.to_string().into());
    }
    permissions.push(token);
    permissions
}

/// The operation on its resource, and the tags of what it makes.
fn on(call: &Call, resource: &str, made: &str) -> Vec<Permission> {
    let mut permissions = vec![Permission::new(format!("codeartifact:{}", call.operation), resource)];
    let tagged = call.input["tags"].as_array().is_some_and(|tags| !tags.is_empty());
    if tagged && !made.is_empty() {
        permissions.push(Permission::new("codeartifact:TagResource", made));
    }
    permissions
}

fn upstreams<'a>(context: &'a ServiceContext, call: &'a Call) -> impl Iterator<Item = Permission> + 'a {
    let id = DomainId::of(context, &call.input);
    let upstreams = call.input["upstreams"].as_array().into_iter().flatten();
    upstreams.map(move |upstream| {
        let arn = id.repository_arn(text(upstream, "repositoryName"));
        Permission::new("codeartifact:AssociateWithDownstreamRepository", arn)
    })
}
