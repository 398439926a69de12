//! IAM's operations on SSH public keys, one function each: checked input in, output or AWS's error out.

mod keys;

use crate::{SshKeys, users};
use emulator_core::{Call, Operation, Permission, ServiceContext, Shapes};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<SshKeys>] = &[
    Operation::waiting("UploadSSHPublicKey", |service, call| Box::pin(keys::upload(service, call)), on_user),
    Operation::waiting("ListSSHPublicKeys", |service, call| Box::pin(keys::list(service, call)), on_user),
    Operation::new("GetSSHPublicKey", keys::get, on_user),
    Operation::new("UpdateSSHPublicKey", keys::update, on_user),
    Operation::new("DeleteSSHPublicKey", keys::delete, on_user),
];

/// On the user, by the ARN of one without a path.
fn on_user(context: &ServiceContext, call: &Call) -> Vec<Permission> {
    let user = users::named(call);
    let arn = match call.caller.arn.rsplit('/').next() {
        // The ARN of the caller has the path.
        Some(name) if name == user && call.caller.arn.contains(":user/") => call.caller.arn.clone(),
        _ => format!("arn:aws:iam::{}:user/{user}", context.account),
    };
    vec![Permission::new(format!("iam:{}", call.operation), arn)]
}
