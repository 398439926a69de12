//! Accounts: created, moved, closed, listed.

use super::lists::{no_parent, paged};
use super::tags;
use crate::access::{Callers, organization, organization_mut};
use crate::store::{Account, Organization, Request, State};
use crate::{Organizations, failure};
use emulator_core::{Answer, Call, Failure, present, random_id, text};
use serde_json::{Value, json};
use std::time::Duration;

/// How long AWS takes to create an account: about a minute.
const CREATION: Duration = Duration::from_mins(1);
/// How long a closed account stays in `PENDING_CLOSURE`: minutes.
const CLOSURE: Duration = Duration::from_mins(5);

/// Makes the role first: an account that ministack does not know of would be one that nobody can use.
pub(super) async fn create(service: &Organizations, call: &Call) -> Answer {
    let (email, name) = (text(&call.input, "Email"), text(&call.input, "AccountName"));
    let (id, management) = {
        let mut store = service.store();
        let id = unused_id(&store);
        (id, unused_address(organization_mut(&mut store, call)?, email)?.management.clone())
    };
    service.make_role(&id, &management, text(&call.input, "RoleName")).await?;
    let answer = {
        let mut store = service.store();
        let now = service.now();
        let end = service.after(CREATION);
        let organization = unused_address(organization_mut(&mut store, call)?, email)?;
        let account = Account {
            name: name.to_owned(),
            email: email.to_owned(),
            parent: organization.root.clone(),
            state: State::Active,
            joined_method: "CREATED",
            joined: now,
        };
        organization.accounts.insert(id.clone(), account);
        tags::keep(organization, &id, &call.input["Tags"]);
        let request = Request { name: name.to_owned(), account: id, requested: now, end };
        let request_id = format!("car-{}", random_id(20));
        let answer = json!({"CreateAccountStatus": progress(&request_id, &request, now)});
        organization.requests.insert(request_id, request);
        answer
    };
    service.tell_members().await?;
    Ok(answer)
}

/// The organization, if no account in it has the address. AWS tells this by the state of the request; here it is known at once.
fn unused_address<'a>(
    organization: &'a mut Organization,
    email: &str,
) -> Result<&'a mut Organization, Failure> {
    if organization.accounts.values().any(|account| account.email == email) {
        let message = format!("An account with the email address {email} is already in the organization.");
        return Err(failure("ConstraintViolationException", message));
    }
    Ok(organization)
}

/// Twelve digits that no account has.
fn unused_id(store: &crate::store::Store) -> String {
    loop {
        let digits =
            random_id(24).bytes().map(|byte| char::from(b'0' + byte % 10)).take(11).collect::<String>();
        let id = format!("2{digits}");
        if store.of(&id).is_none() {
            return id;
        }
    }
}

fn progress(id: &str, request: &Request, now: i64) -> Value {
    let Request { name, account, requested, end } = request;
    let ended = now >= *end;
    present(json!({
        "Id": id,
        "AccountName": name,
        "State": if ended { "SUCCEEDED" } else { "IN_PROGRESS" },
        "RequestedTimestamp": seconds(*requested),
        "CompletedTimestamp": ended.then(|| seconds(*end)),
        "AccountId": ended.then_some(account),
    }))
}

pub(super) fn describe_request(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let id = text(&call.input, "CreateAccountRequestId");
    let request = organization.requests.get(id).ok_or_else(|| {
        let message = format!("We can't find an create account request with the CreateAccountRequestId {id}");
        failure("CreateAccountStatusNotFoundException", message)
    })?;
    Ok(json!({"CreateAccountStatus": progress(id, request, service.now())}))
}

pub(super) fn describe(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let id = existing(organization, call)?;
    Ok(json!({"Account": shown(organization, id, service.now())}))
}

pub(super) fn close(service: &Organizations, call: &Call) -> Answer {
    let end = service.after(CLOSURE);
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    if id == organization.management {
        let message =
            "You cannot close the management account of the organization: CANNOT_CLOSE_MANAGEMENT_ACCOUNT";
        return Err(failure("ConstraintViolationException", message));
    }
    match organization.accounts.get_mut(id) {
        Some(account) if account.state == State::Active => {
            account.state = State::PendingClosure(end);
            Ok(json!({}))
        }
        _ => Err(failure("AccountAlreadyClosedException", "The provided account is already closed.")),
    }
}

pub(super) fn relocate(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    let (source, destination) =
        (text(&call.input, "SourceParentId"), text(&call.input, "DestinationParentId"));
    let not_there =
        |code: &str, parent: &str| failure(code, format!("We can't find a root or OU with the id {parent}"));
    if !organization.is_parent(destination) {
        return Err(not_there("DestinationParentNotFoundException", destination));
    }
    if !organization.is_parent(source) || organization.parent_of(id) != Some(source) {
        return Err(not_there("SourceParentNotFoundException", source));
    }
    if source == destination {
        let message = "That account is already present in the specified destination.";
        return Err(failure("DuplicateAccountException", message));
    }
    if let Some(account) = organization.accounts.get_mut(id) {
        destination.clone_into(&mut account.parent);
    }
    Ok(json!({}))
}

pub(super) fn list(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let all = organization.accounts.keys();
    paged("Accounts", all.map(|id| (id.clone(), shown(organization, id, service.now()))), &call.input)
}

pub(super) fn list_for_parent(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let parent = text(&call.input, "ParentId");
    if !organization.is_parent(parent) {
        return Err(no_parent(parent));
    }
    let inside = organization.accounts.iter().filter(|(_, account)| account.parent == parent);
    paged("Accounts", inside.map(|(id, _)| (id.clone(), shown(organization, id, service.now()))), &call.input)
}

/// The id of the account that a call names.
pub(super) fn existing<'a>(organization: &Organization, call: &'a Call) -> Result<&'a str, Failure> {
    let id = text(&call.input, "AccountId");
    let missing = || failure("AccountNotFoundException", "You specified an account that doesn't exist.");
    organization.accounts.contains_key(id).then_some(id).ok_or_else(missing)
}

/// With `State` and without `Status`, which was retired on 2026-09-09.
pub(super) fn shown(organization: &Organization, id: &str, now: i64) -> Value {
    let Some(account) = organization.accounts.get(id) else { return Value::Null };
    let Account { name, email, state, joined_method, joined, .. } = account;
    json!({
        "Id": id,
        "Arn": organization.arn(id),
        "Email": email,
        "Name": name,
        "State": state.word(now),
        "JoinedMethod": joined_method,
        "JoinedTimestamp": seconds(*joined),
    })
}

/// Milliseconds since 1970 as AWS's JSON has them.
pub(super) fn seconds(milliseconds: i64) -> f64 {
    f64::from(i32::try_from(milliseconds / 1000).unwrap_or(i32::MAX))
}

impl Organizations {
    /// The moment at which something is over that begins now and takes this long on AWS.
    fn after(&self, on_aws: Duration) -> i64 {
        let here = self.context.clock.scaled(on_aws).as_millis();
        self.now().saturating_add(i64::try_from(here).unwrap_or(i64::MAX))
    }
}
