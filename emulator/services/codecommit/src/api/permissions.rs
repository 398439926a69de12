//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of AWS `CodeCommit`.

use emulator_core::{Call, Permission, ServiceContext, text, texts};

pub(super) fn on_all(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![named(call, "*".into())]
}

pub(super) fn on_repository(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![named(call, arn(context, text(&call.input, "repositoryName")))]
}

/// A list of repositories: the operation on each.
pub(super) fn on_each(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let names = texts(&call.input, "repositoryNames");
    names.iter().map(|name| named(call, arn(context, name))).collect()
}

/// A repository has its old name until it has been renamed.
pub(super) fn on_renamed(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![named(call, arn(context, text(&call.input, "oldName")))]
}

/// On the repository of which the input has the ARN.
pub(super) fn on_arn(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![named(call, text(&call.input, "resourceArn").into())]
}

/// What has an archive made has to be able to cancel it.
pub(super) fn on_archive(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let arn = arn(context, text(&call.input, "repositoryName"));
    vec![named(call, arn.clone()), Permission::new("codecommit:CancelUploadArchive", arn)]
}

fn named(call: &Call, resource: String) -> Permission {
    Permission::new(format!("codecommit:{}", call.operation), resource)
}

fn arn(context: &ServiceContext, name: &str) -> String {
    context.arn("codecommit", name)
}
