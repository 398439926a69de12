//! Who may call what: the organization's own rule, and the permissions that IAM is asked for.

use crate::store::{Organization, Store};
use emulator_core::{Call, Caller, Failure, Permission, text};

/// The members of inputs that name something with an ARN.
const NAMES: [&str; 8] = [
    "AccountId",
    "ChildId",
    "DestinationParentId",
    "OrganizationalUnitId",
    "ParentId",
    "ResourceId",
    "SourceParentId",
    "TargetId",
];

/// The permissions that a call needs: its action on everything that it names.
pub(crate) fn permissions(store: &Store, call: &Call) -> Vec<Permission> {
    let action = format!("organizations:{}", call.operation);
    let organization = account_of(&call.caller).and_then(|account| store.of(account));
    let named = NAMES.iter().map(|name| text(&call.input, name)).filter(|id| !id.is_empty());
    let named: Vec<_> = organization.into_iter().flat_map(|it| named.clone().map(|id| it.arn(id))).collect();
    if named.is_empty() {
        return vec![Permission::new(action, "*")];
    }
    named.into_iter().map(|arn| Permission::new(action.clone(), arn)).collect()
}

/// The account of a caller.
pub(crate) fn account_of(caller: &Caller) -> Option<&str> {
    caller.arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Who may call an operation, besides the management account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Every member.
    Members,
    /// Delegated administrators of any service.
    Administrators,
    /// Nobody.
    Management,
}

/// The organization of the caller, if it may call such an operation.
pub(crate) fn organization<'a>(
    store: &'a Store,
    call: &Call,
    callers: Callers,
) -> Result<&'a Organization, Failure> {
    let account = account_of(&call.caller).unwrap_or_default();
    let organization = store.of(account).ok_or_else(not_in_use)?;
    allowed(organization, account, callers).map(|()| organization)
}

/// The same, to change it.
pub(crate) fn organization_mut<'a>(
    store: &'a mut Store,
    call: &Call,
) -> Result<&'a mut Organization, Failure> {
    let account = account_of(&call.caller).unwrap_or_default();
    let organization = store.of_mut(account).ok_or_else(not_in_use)?;
    allowed(organization, account, Callers::Management).map(|()| organization)
}

fn allowed(organization: &Organization, account: &str, callers: Callers) -> Result<(), Failure> {
    let may = organization.management == account
        || match callers {
            Callers::Members => true,
            Callers::Administrators => organization.delegations.contains_key(account),
            Callers::Management => false,
        };
    let refused =
        || crate::failure("AccessDeniedException", "You don't have permissions to access this resource.");
    may.then_some(()).ok_or_else(refused)
}

fn not_in_use() -> Failure {
    crate::failure("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}
