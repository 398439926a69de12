//! The calls, against a server on the loopback in the place of S3, KMS, STS and Systems Manager.

use crate::spec::{Properties, Spec};
use crate::{CrossAccountAccess, Observation};
use serde_json::{Value, json};
use shared::drivers::cloudformation::{Origin, RequestType};
use shared::error::{chain, is_transient};
use shared::reconcile::step::{Plan, Reconcile};
use std::sync::{Arc, Mutex};
use testing::reply::{self, query, query_refusal, refusal};
use testing::{Call, Reply, ScriptedAws};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OWNER: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;
/// In the place of a secret, in a parameter that is none of an endpoint.
const CANARY: &str = "canary-4711";

/// A bucket without a policy and a key with its owner's, and two parameters in every account.
#[derive(Clone)]
struct Policies(Arc<Mutex<[Option<String>; 2]>>);

impl Default for Policies {
    fn default() -> Self {
        Self(Arc::new(Mutex::new([None, Some(OWNER.to_owned())])))
    }
}

impl Policies {
    fn answer(&self, call: &Call) -> Reply {
        let [bucket, key] = &mut *self.0.lock().unwrap();
        match (call.operation.as_str(), call.method.as_str()) {
            ("/models" | "/models/" | "/others" | "/others/", "GET") => match bucket {
                Some(policy) => (200, policy.clone()).into(),
                None => no_such("NoSuchBucketPolicy"),
            },
            ("/models" | "/models/" | "/others" | "/others/", "PUT") => {
                *bucket = Some(call.text.clone());
                (204, String::new()).into()
            }
            ("/models" | "/models/" | "/others" | "/others/", "DELETE") => {
                *bucket = None;
                (204, String::new()).into()
            }
            ("GetKeyPolicy", _) => json!({"Policy": key, "PolicyName": "default"}).into(),
            ("PutKeyPolicy", _) => {
                *key = call.body["Policy"].as_str().map(str::to_owned);
                reply::empty()
            }
            ("AssumeRole", _) => query(
                "AssumeRole",
                "<Credentials><AccessKeyId>ASIAREADER</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>2036-01-05T10:11:12Z</Expiration></Credentials>",
            ),
            ("GetParameters", _) => json!({"Parameters": [
                {"Name": "s3-vpce-id", "Value": "vpce-0a"}, {"Name": "kms-vpce-id", "Value": "vpce-0b"},
            ]})
            .into(),
            (operation, method) => panic!("{method} {operation} is not called"),
        }
    }

    fn aws(&self) -> ScriptedAws {
        let fake = self.clone();
        ScriptedAws::in_front_of(move |call| fake.answer(call))
    }

    fn now(&self) -> [Option<String>; 2] {
        self.0.lock().unwrap().clone()
    }
}

fn no_such(code: &str) -> Reply {
    (404, format!("<Error><Code>{code}</Code><Message>{code} for a test</Message></Error>")).into()
}

fn properties() -> Value {
    json!({
        "Accounts": ["222222222222", "333333333333"], "PrincipalRoleName": "ModelRole", "S3BucketName": "models", "KMSKeyId": KEY,
        "ReaderRoleName": "Reader", "S3VPCESSMParamName": "s3-vpce-id", "KMSVPCESSMParamName": "kms-vpce-id",
    })
}

fn asked(request: RequestType) -> Spec {
    let stack = Some("arn:aws:cloudformation:eu-central-1:111122223333:stack/data-science/1".to_owned());
    serde_json::from_value::<Properties>(properties()).unwrap().read(&Origin::new(request, stack)).unwrap()
}

async fn function(aws: &ScriptedAws) -> CrossAccountAccess {
    CrossAccountAccess::new(&aws.config("eu-central-1", 2).await)
}

async fn step(it: &CrossAccountAccess, spec: &Spec) -> Result<bool, crate::Error> {
    let observed: Observation = it.observe(spec).await?;
    match CrossAccountAccess::plan(spec, &observed) {
        Plan::Act(action, _) => it.act(&action, tokio::time::Instant::now()).await.map(|_| false),
        Plan::Done(_) => Ok(true),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let mut updated = properties();
    updated["Accounts"] = json!(["222222222222"]);
    let mut other = properties();
    other["S3BucketName"] = json!("others");
    let mut bad = properties();
    bad["KMSKeyId"] = json!("alias/models");
    let samples = testing::contract::Samples {
        properties: properties(),
        updated,
        other,
        bad,
        says: "KMSKeyId is `alias/models`",
    };
    testing::contract::check_one_shot(&samples, async || function(&Policies::default().aws()).await).await;
}

#[tokio::test]
async fn a_grant_is_written_once_and_revoking_it_restores_both_policies() {
    let policies = Policies::default();
    let aws = policies.aws();
    let it = function(&aws).await;
    let spec = asked(RequestType::Create);
    assert!(!step(&it, &spec).await.unwrap(), "something was to do");
    let [bucket, key] = policies.now();
    for policy in [bucket.unwrap(), key.unwrap()] {
        assert!(policy.contains("arn:aws:iam::333333333333:root") && policy.contains("vpce-0"), "{policy}");
    }
    let written = aws.called().len();
    assert!(step(&it, &spec).await.unwrap(), "done");
    let again: Vec<_> = aws.called().split_off(written);
    assert!(!again.iter().any(|operation| operation.starts_with("Put")), "{again:?}");
    assert!(!step(&it, &asked(RequestType::Delete)).await.unwrap());
    assert_eq!(policies.now(), [None, Some(OWNER.to_owned())]);
    let roles: Vec<_> = aws.requests("AssumeRole");
    assert!(roles[0].contains("arn:aws:iam::222222222222:role/Reader"), "{roles:?}");
}

#[tokio::test]
async fn when_the_key_cannot_be_changed_the_bucket_is_as_before() {
    for code in ["AccessDeniedException", "MalformedPolicyDocumentException"] {
        let policies = Policies::default();
        let aws = policies.aws().always("PutKeyPolicy", "", refusal(code));
        let error = step(&function(&aws).await, &asked(RequestType::Create)).await.unwrap_err();
        let told = chain(&error);
        assert!(told.starts_with(&format!("could not write the policy of key {KEY}: {code}")), "{told}");
        assert_eq!(policies.now(), [None, Some(OWNER.to_owned())]);
    }
}

#[tokio::test]
async fn what_is_gone_needs_no_revoking() {
    let gone = [
        ("NotFoundException", no_such("NoSuchBucket")),
        ("KMSInvalidStateException", no_such("NoSuchBucket")),
    ];
    for (code, bucket) in gone {
        let aws = Policies::default().aws().always("GetKeyPolicy", "", refusal(code)).always(
            "/models",
            "",
            bucket.clone(),
        );
        let aws = aws.always("/models/", "", bucket);
        assert!(step(&function(&aws).await, &asked(RequestType::Delete)).await.unwrap(), "{code}");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_parameter_is_named_and_its_value_is_not() {
    for (parameters, expected) in [
        (json!([]), "account 222222222222 has no parameter s3-vpce-id: create it there"),
        (
            json!([{"Name": "s3-vpce-id", "Value": CANARY}, {"Name": "kms-vpce-id", "Value": "vpce-0b"}]),
            "parameter s3-vpce-id in account 222222222222 does not hold the id of a VPC endpoint",
        ),
    ] {
        let aws = Policies::default().aws().always("GetParameters", "", json!({"Parameters": parameters}));
        let error = step(&function(&aws).await, &asked(RequestType::Create)).await.unwrap_err();
        let told = chain(&error);
        assert!(told.starts_with(expected) && !format!("{told}{error:?}").contains(CANARY), "{told}");
    }
}

#[tokio::test]
async fn parameters_are_read_as_the_role_of_the_target_account_or_not_at_all() {
    let aws = Policies::default().aws();
    step(&function(&aws).await, &asked(RequestType::Create)).await.unwrap();
    for call in aws.calls("GetParameters") {
        let signed = call.headers["authorization"].to_str().unwrap();
        assert!(signed.contains("Credential=ASIAREADER/"), "{signed}");
    }
    let aws = Policies::default().aws().always("AssumeRole", "", query("AssumeRole", ""));
    let error = step(&function(&aws).await, &asked(RequestType::Create)).await.unwrap_err();
    assert!(
        chain(&error).starts_with("could not assume arn:aws:iam::222222222222:role/Reader"),
        "{}",
        chain(&error)
    );
    assert!(aws.calls("GetParameters").is_empty());
}

#[tokio::test]
async fn every_refused_call_is_told_and_nothing_is_written_then() {
    for (operation, told) in [
        ("GetKeyPolicy", "could not read the policy of key"),
        (
            "AssumeRole",
            "could not assume arn:aws:iam::222222222222:role/Reader: it must exist in that account",
        ),
        ("GetParameters", "could not read the parameters s3-vpce-id and kms-vpce-id in account 222222222222"),
    ] {
        for (code, transient) in [("AccessDeniedException", false), ("ThrottlingException", true)] {
            let refused = if operation == "AssumeRole" { query_refusal(code) } else { refusal(code) };
            let policies = Policies::default();
            let aws = policies.aws().always(operation, "", refused);
            let error = step(&function(&aws).await, &asked(RequestType::Update)).await.unwrap_err();
            assert!(chain(&error).starts_with(told), "{}", chain(&error));
            assert_eq!(is_transient(&error), transient, "{operation} {code}");
            assert_eq!(policies.now(), [None, Some(OWNER.to_owned())]);
        }
    }
}

#[test]
fn the_events_are_understood() {
    for (event, request, accounts) in [
        ("cross-account-access-stack-create", RequestType::Create, 2),
        ("cross-account-access-stack-update", RequestType::Update, 1),
        ("cross-account-access-stack-delete", RequestType::Delete, 0),
    ] {
        let mut properties = testing::event(event)["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().retain(|key, _| !key.starts_with("Service"));
        let properties: Properties = serde_json::from_value(properties).unwrap();
        let spec = properties.read(&Origin::new(request, None)).unwrap();
        assert_eq!(spec.grants.map_or(0, |grants| grants.accounts.len()), accounts, "{event}");
    }
}
