//! Organizations' operations, one function each: checked input in, output or AWS's error out.

mod accounts;
mod delegation;
mod lists;
mod organization;
mod tags;
mod units;

use crate::Organizations;
use emulator_core::{Call, Operation, Permission, ServiceContext, Shapes};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<Organizations>] = &[
    Operation::waiting(
        "CreateOrganization",
        |service, call| Box::pin(organization::create(service, call)),
        own,
    ),
    Operation::new("DescribeOrganization", organization::describe, own),
    Operation::waiting(
        "DeleteOrganization",
        |service, call| Box::pin(organization::delete(service, call)),
        own,
    ),
    Operation::new("ListRoots", organization::list_roots, own),
    Operation::new("CreateOrganizationalUnit", units::create, own),
    Operation::new("DescribeOrganizationalUnit", units::describe, own),
    Operation::new("UpdateOrganizationalUnit", units::update, own),
    Operation::new("DeleteOrganizationalUnit", units::delete, own),
    Operation::new("ListOrganizationalUnitsForParent", units::list, own),
    Operation::waiting("CreateAccount", |service, call| Box::pin(accounts::create(service, call)), own),
    Operation::new("DescribeCreateAccountStatus", accounts::describe_request, own),
    Operation::new("DescribeAccount", accounts::describe, own),
    Operation::new("CloseAccount", accounts::close, own),
    Operation::new("MoveAccount", accounts::relocate, own),
    Operation::new("ListAccounts", accounts::list, own),
    Operation::new("ListAccountsForParent", accounts::list_for_parent, own),
    Operation::new("ListChildren", lists::children, own),
    Operation::new("ListParents", lists::parents, own),
    Operation::new("RegisterDelegatedAdministrator", delegation::register, own),
    Operation::new("DeregisterDelegatedAdministrator", delegation::deregister, own),
    Operation::new("ListDelegatedAdministrators", delegation::list, own),
    Operation::new("ListDelegatedServicesForAccount", delegation::list_services, own),
    Operation::new("EnableAWSServiceAccess", delegation::enable, own),
    Operation::new("DisableAWSServiceAccess", delegation::disable, own),
    Operation::new("ListAWSServiceAccessForOrganization", delegation::list_enabled, own),
    Operation::new("TagResource", tags::add, own),
    Operation::new("UntagResource", tags::remove, own),
    Operation::new("ListTagsForResource", tags::list, own),
];

/// The service computes the permissions of all operations itself: see `required_permissions`.
fn own(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![Permission::new(format!("organizations:{}", call.operation), "*")]
}
