//! Organizations' operations, one function each: checked input in, output or AWS's error out.

mod accounts;
mod delegation;
mod lists;
mod organization;
mod tags;
mod units;

use crate::{Organizations, failure};
use emulator_core::{Call, Failure, Operation, Permission, Rule, ServiceContext, Shapes};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")).refusing(|_, rule| Some(refusal(rule))));

/// The error for an input that breaks a rule of the model. The texts are those of the reasons of `InvalidInputException` in the
/// API reference; of two reasons for a text and for a number, one text is made.
fn refusal(rule: Rule) -> Failure {
    let message = match rule {
        Rule::Required => "You must include a value for all required parameters.",
        Rule::Pattern => "You provided a value that does not match the required pattern.",
        Rule::Choice => "You specified an invalid value.",
        Rule::Least => "You provided a parameter that is shorter or smaller than allowed.",
        Rule::Most => "You provided a parameter that is longer or larger than allowed.",
    };
    failure("InvalidInputException", message)
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(operation: &str, input: &Value, message: &str) {
        let refused = SHAPES.checked(operation, input).unwrap().unwrap_err();
        assert_eq!((refused.code.as_str(), refused.message.as_str()), ("InvalidInputException", message));
    }

    #[test]
    fn inputs_that_break_a_rule_have_the_error_of_the_service() {
        let pattern = "You provided a value that does not match the required pattern.";
        check("DescribeAccount", &json!({"AccountId": "12345"}), pattern);
        check("TagResource", &json!({"ResourceId": "0A000000X000", "Tags": []}), pattern);
        check("DescribeAccount", &json!({}), "You must include a value for all required parameters.");
        let kind = json!({"ParentId": "r-abcd", "ChildType": "BLEE"});
        check("ListChildren", &kind, "You specified an invalid value.");
        let page = json!({"MaxResults": 21});
        check("ListRoots", &page, "You provided a parameter that is longer or larger than allowed.");
    }
}
