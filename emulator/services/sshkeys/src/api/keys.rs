//! Operations on the keys of a user.

use crate::key::Key;
use crate::users::{self, missing, named};
use crate::{SshKey, SshKeys};
use emulator_core::{Answer, Call, Failure, Order, epoch_seconds, page, random_id, text};
use serde_json::{Value, json};

/// IAM's quota of a user.
const MOST: usize = 5;
/// A page, if the input says nothing.
const PAGE: u64 = 100;

pub(super) async fn upload(service: &SshKeys, call: &Call) -> Answer {
    let user = named(call);
    let body = text(&call.input, "SSHPublicKeyBody").trim();
    let key = Key::read(body)?;
    users::check(&service.context, &user).await?;
    let account = service.context.account.clone();
    let mut keys = service.keys.lock();
    let of_user: Vec<_> =
        keys.values().filter(|other| other.account == account && other.user == user).collect();
    if of_user.iter().any(|other| other.key == key) {
        let told = format!("The SSH public key is uploaded for {user} already.");
        return Err(Failure::new("DuplicateSSHPublicKey", told));
    }
    if of_user.len() >= MOST {
        return Err(Failure::new("LimitExceeded", format!("Cannot exceed quota for SSHPublicKeys: {MOST}")));
    }
    let uploaded = service.context.clock.now();
    let id = format!("APKA{}", random_id(16).to_uppercase());
    let new = SshKey { account, user, key, body: body.into(), active: true, uploaded };
    let shown = shown(&id, &new);
    keys.insert(id, new);
    Ok(json!({"SSHPublicKey": shown}))
}

pub(super) async fn list(service: &SshKeys, call: &Call) -> Answer {
    let user = named(call);
    users::check(&service.context, &user).await?;
    let most = usize::try_from(call.input["MaxItems"].as_u64().unwrap_or(PAGE)).unwrap_or(usize::MAX);
    let page = {
        let keys = service.keys.lock();
        let own = keys.iter().filter(|(_, key)| key.account == service.context.account && key.user == user);
        let items = own.map(|(id, key)| (id.clone(), shown(id, key)));
        page(items, Order::Ascending, text(&call.input, "Marker"), most)
    };
    let page = page.map_err(|_| Failure::new("ValidationException", "The marker is not valid."))?;
    let mut output = json!({"SSHPublicKeys": page.items, "IsTruncated": page.next.is_some()});
    if let Some(next) = page.next {
        output["Marker"] = next.into();
    }
    Ok(output)
}

pub(super) fn get(service: &SshKeys, call: &Call) -> Answer {
    if text(&call.input, "Encoding") == "PEM" {
        let message = "Keys are returned in the format in which they were uploaded, which is SSH.";
        return Err(Failure::new("UnrecognizedPublicKeyEncoding", message));
    }
    with_key(service, call, |id, key| json!({"SSHPublicKey": shown(id, key)}))
}

pub(super) fn update(service: &SshKeys, call: &Call) -> Answer {
    let active = match text(&call.input, "Status") {
        "Active" => true,
        "Inactive" => false,
        other => return Err(Failure::new("InvalidInput", format!("A key cannot be {other}."))),
    };
    with_key(service, call, |_, key| {
        key.active = active;
        json!({})
    })
}

pub(super) fn delete(service: &SshKeys, call: &Call) -> Answer {
    with_key(service, call, |_, _| json!({}))?;
    service.keys.lock().remove(text(&call.input, "SSHPublicKeyId"));
    Ok(json!({}))
}

/// Does something with the key of the user that a call names.
fn with_key(service: &SshKeys, call: &Call, act: impl FnOnce(&str, &mut SshKey) -> Value) -> Answer {
    let (user, id) = (named(call), text(&call.input, "SSHPublicKeyId"));
    let mut keys = service.keys.lock();
    let own = |key: &&mut SshKey| key.account == service.context.account && key.user == user;
    let key = keys.get_mut(id).filter(own);
    let key = key.ok_or_else(|| missing(format!("The Public Key with id {id} cannot be found.")))?;
    Ok(act(id, key))
}

/// A list shows fewer members: the others are not in its shape.
fn shown(id: &str, key: &SshKey) -> Value {
    json!({
        "UserName": key.user,
        "SSHPublicKeyId": id,
        "Fingerprint": key.key.fingerprint(),
        "SSHPublicKeyBody": key.body,
        "Status": if key.active { "Active" } else { "Inactive" },
        "UploadDate": epoch_seconds(key.uploaded),
    })
}
