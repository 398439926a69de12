//! The operations as their callers see them, in front of a ministack with the user `alice`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator_core::{Bridge, Call, Caller, Failure, Faults, Secrets, Service, ServiceContext};
use emulator_sshkeys::{Holder, Keys, SshKeys};
use serde_json::{Value, json};
use testing::ScriptedAws;

const ACCOUNT: &str = "111122223333";

/// The keys of an account, and the ministack that knows its users.
struct Account(SshKeys, #[expect(dead_code, reason = "it answers as long as it is there")] ScriptedAws);

fn account() -> Account {
    let ministack = ScriptedAws::in_front_of(|call| {
        if call.parameter("UserName") == "alice" { (200, json!({})) } else { (404, json!({})) }
    });
    let bridge = Bridge::new(&ministack.endpoint(), &Secrets::generate());
    let context = ServiceContext::new(ACCOUNT, "us-east-1", "http://127.0.0.1:1", bridge, Faults::default());
    Account(SshKeys::start(context), ministack)
}

impl Account {
    async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        self.0.answer(signed(operation, input)).await
    }

    async fn upload(&self, number: u8) -> Result<Value, Failure> {
        self.call("UploadSSHPublicKey", json!({"UserName": "alice", "SSHPublicKeyBody": line(number)})).await
    }
}

fn signed(operation: &str, input: Value) -> Call {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/team/alice");
    Call { operation: operation.into(), input, caller: Caller { arn, access_key: "AKIA".into() } }
}

/// A key as `ssh-keygen` writes it; each number is another one.
fn line(number: u8) -> String {
    let fields = [b"ssh-rsa".to_vec(), vec![1, 0, 1], vec![0x80 | number; 256]];
    let sized =
        fields.iter().flat_map(|one| [&u32::try_from(one.len()).unwrap().to_be_bytes()[..], one].concat());
    format!("ssh-rsa {} alice@example.com", BASE64_STANDARD.encode(sized.collect::<Vec<u8>>()))
}

#[track_caller]
fn check_failure(answer: Result<Value, Failure>, code: &str) {
    assert_eq!(answer.unwrap_err().code, code);
}

#[tokio::test]
async fn a_key_lets_its_user_in_until_it_is_inactive_or_deleted() {
    let account = account();
    let keys = account.0.context().common::<Keys>();
    let made = account.upload(1).await.unwrap()["SSHPublicKey"].take();
    let id = made["SSHPublicKeyId"].as_str().unwrap();
    assert!(id.starts_with("APKA") && id.len() == 20, "{id}");
    assert_eq!((&made["UserName"], &made["Status"]), (&json!("alice"), &json!("Active")));
    assert_eq!(keys.holder(id), Some(Holder { account: ACCOUNT.into(), user: "alice".into() }));
    assert!(keys.admits(id, &line(1)) && !keys.admits(id, &line(2)) && !keys.admits("APKA", &line(1)));
    let named = json!({"UserName": "alice", "SSHPublicKeyId": id, "Encoding": "SSH"});
    let got = account.call("GetSSHPublicKey", named.clone()).await.unwrap();
    assert_eq!(got["SSHPublicKey"], made);
    let status = |status: &str| json!({"UserName": "alice", "SSHPublicKeyId": id, "Status": status});
    account.call("UpdateSSHPublicKey", status("Inactive")).await.unwrap();
    assert!(!keys.admits(id, &line(1)) && keys.holder(id).is_none());
    account.call("UpdateSSHPublicKey", status("Active")).await.unwrap();
    assert!(keys.admits(id, &line(1)));
    account.call("DeleteSSHPublicKey", named.clone()).await.unwrap();
    assert!(!keys.admits(id, &line(1)));
    check_failure(account.call("DeleteSSHPublicKey", named).await, "NoSuchEntity");
}

#[tokio::test]
async fn a_user_has_five_keys_at_most_which_are_listed_in_pages() {
    let account = account();
    for number in 0..5 {
        account.upload(number).await.unwrap();
    }
    check_failure(account.upload(0).await, "DuplicateSSHPublicKey");
    check_failure(account.upload(5).await, "LimitExceeded");
    // Without a name the caller is the user.
    let first = account.call("ListSSHPublicKeys", json!({"MaxItems": 3})).await.unwrap();
    assert_eq!((first["SSHPublicKeys"].as_array().unwrap().len(), &first["IsTruncated"]), (3, &json!(true)));
    let rest = account.call("ListSSHPublicKeys", json!({"Marker": first["Marker"]})).await.unwrap();
    assert_eq!((rest["SSHPublicKeys"].as_array().unwrap().len(), &rest["IsTruncated"]), (2, &json!(false)));
}

#[tokio::test]
async fn wrong_users_and_keys_are_refused() {
    let account = account();
    let of = |user: &str, body: &str| json!({"UserName": user, "SSHPublicKeyBody": body});
    for (input, code) in [
        (of("bob", &line(1)), "NoSuchEntity"),
        (of("alice", "ssh-ed25519 AAAA"), "InvalidPublicKey"),
        (of("alice", "-----BEGIN PUBLIC KEY-----"), "UnrecognizedPublicKeyEncoding"),
    ] {
        check_failure(account.call("UploadSSHPublicKey", input).await, code);
    }
    check_failure(account.call("ListSSHPublicKeys", json!({"UserName": "bob"})).await, "NoSuchEntity");
    let made = account.upload(1).await.unwrap();
    let named = json!({"UserName": "alice", "SSHPublicKeyId": made["SSHPublicKey"]["SSHPublicKeyId"]});
    let pem = json!({"UserName": "alice", "SSHPublicKeyId": named["SSHPublicKeyId"], "Encoding": "PEM"});
    check_failure(account.call("GetSSHPublicKey", pem).await, "UnrecognizedPublicKeyEncoding");
}

#[tokio::test]
async fn calls_are_about_the_user() {
    let account = account();
    for (input, user) in [
        (json!({}), "team/alice"),
        (json!({"UserName": "alice"}), "team/alice"),
        (json!({"UserName": "bob"}), "bob"),
    ] {
        let needed = account.0.required_permissions(&signed("ListSSHPublicKeys", input));
        assert_eq!(needed[0].action, "iam:ListSSHPublicKeys");
        assert_eq!(needed[0].resource, format!("arn:aws:iam::{ACCOUNT}:user/{user}"));
    }
}
