//! The bridge to ministack, which holds IAM, the event bus and everything else that is not served here.

use crate::{Failure, OwnedResource, Permission, Secrets};
use anyhow::{Context, anyhow};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Credentials of a role, or of a caller on whose behalf a service acts. `Debug` prints the access key id only.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Empty if they are not temporary.
    pub session_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl From<&Credentials> for aws_credential_types::Credentials {
    fn from(role: &Credentials) -> Self {
        let token = Some(role.session_token.clone()).filter(|token| !token.is_empty());
        Self::new(&role.access_key_id, &role.secret_access_key, token, None, "emulator")
    }
}

/// The HTTP client of the module that runs inside ministack (`emulator/cloudformation/bridge.py`).
#[derive(Clone, Debug)]
pub struct Bridge {
    base: String,
    secrets: Secrets,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
    initiators: Initiators,
    /// The principal of the service that has this bridge, e.g. `sagemaker.amazonaws.com`.
    service: Arc<str>,
}

/// The service and its resource on whose behalf another service is called with the credentials of a role. On AWS the services
/// pass this to each other; no parameter of a public API holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initiator {
    /// As AWS names it: `codepipeline/PIPELINE`.
    pub name: String,
    /// The revision of the source that the call is about, if it is known.
    pub revision: Option<String>,
}

/// The services that are called with some credentials know their initiator until this is dropped.
#[derive(Debug)]
#[must_use = "the initiator is forgotten when this is dropped"]
pub struct Introduction {
    initiators: Initiators,
    access_key: String,
}

impl Drop for Introduction {
    fn drop(&mut self) {
        self.initiators.lock().remove(&self.access_key);
    }
}

/// Initiators by access key.
#[derive(Clone, Debug, Default)]
struct Initiators(Arc<Mutex<HashMap<String, Initiator>>>);

impl Initiators {
    /// A poisoned lock holds a map that is whole: each critical section is one call of the map.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Initiator>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who a signature belongs to and whether IAM lets the call through.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessDecision {
    /// Caller's ARN; empty if the access key is unknown.
    pub principal: String,
    /// AWS error code if refused.
    pub code: Option<String>,
    pub message: Option<String>,
}

/// A request as it arrived, of which the signature is to be checked.
#[derive(Clone, Debug, Serialize)]
pub struct SignedRequest {
    /// The name that the service is called by in policies.
    pub service: String,
    pub method: String,
    pub path: String,
    pub query: String,
    /// With the hash of the body that arrived in `x-amz-content-sha256`.
    pub headers: Vec<(String, String)>,
}

impl Bridge {
    /// `base` is ministack's own URL, e.g. `http://127.0.0.1:4567`.
    pub fn new(base: &str, secrets: &Secrets) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            base: base.into(),
            secrets: secrets.clone(),
            client,
            initiators: Initiators::default(),
            service: "".into(),
        }
    }

    /// The same for a service, by the prefix of its IAM actions.
    #[must_use]
    pub fn of_service(&self, id: &str) -> Self {
        Self { service: format!("{id}.amazonaws.com").into(), ..self.clone() }
    }

    /// ministack's own URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The secrets of this start.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Resolves an access key and checks its policies (identity policies, boundary, session) for every need. Of a request
    /// that is given as it arrived, the signature is checked first.
    pub async fn authorize(
        &self,
        access_key: &str,
        session_token: Option<&str>,
        permissions: &[Permission],
        request: Option<&SignedRequest>,
    ) -> Result<AccessDecision, Failure> {
        let owned = |one: &OwnedResource| json!({"arn": one.arn, "owner": one.owner, "policy": one.policy});
        let as_json = |permission: &Permission| json!({"action": permission.action, "resource": permission.resource, "context": permission.context, "owned": permission.owned.as_ref().map(owned)});
        let permissions: Vec<_> = permissions.iter().map(as_json).collect();
        self.post(
            "authorize",
            &json!({"accessKey": access_key, "sessionToken": session_token, "permissions": permissions, "request": request}),
        )
        .await
    }

    /// Credentials of `role_arn` for an AWS service (`codebuild.amazonaws.com`), if the role's trust policy lets that
    /// service assume it for `source_arn` in this account.
    pub async fn assume(
        &self,
        role_arn: &str,
        service: &str,
        source_arn: &str,
        session: &str,
    ) -> Result<Credentials, Failure> {
        self.post(
            "assume",
            &json!({"roleArn": role_arn, "service": service, "sourceArn": source_arn, "session": session}),
        )
        .await
    }

    /// Credentials with which this service calls others on behalf of its caller: conditions see that in `aws:CalledVia`.
    pub async fn forward(&self, access_key: &str) -> Result<Credentials, Failure> {
        self.post("forward", &json!({"accessKey": access_key, "service": &*self.service})).await
    }

    /// Credentials of a user of IAM, with which a service asks what a user may do who has shown a key of another kind. None if
    /// there is no such user.
    pub async fn sign_in(&self, account: &str, user: &str) -> Result<Option<Credentials>, Failure> {
        self.post("sign_in", &json!({"account": account, "user": user})).await
    }

    /// Says that the holder of these credentials runs in subnets: its calls take the endpoints of their VPC.
    pub async fn place(&self, credentials: &Credentials, subnets: &[String]) -> Result<(), Failure> {
        let placed = json!({"accessKey": credentials.access_key_id, "subnets": subnets});
        self.post::<Value>("place", &placed).await.map(drop)
    }

    /// Whether a role can be assumed so. AWS's services try that when a role is declared.
    pub async fn can_assume(
        &self,
        role_arn: &str,
        service: &str,
        source_arn: &str,
        session: &str,
    ) -> Result<bool, Failure> {
        match self.assume(role_arn, service, source_arn, session).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.status >= 500 => Err(failure),
            Err(_) => Ok(false),
        }
    }

    /// Tells the services that are called with these credentials on whose behalf that is.
    pub fn introduce(&self, credentials: &Credentials, initiator: Initiator) -> Introduction {
        let access_key = credentials.access_key_id.clone();
        self.initiators.lock().insert(access_key.clone(), initiator);
        Introduction { initiators: self.initiators.clone(), access_key }
    }

    /// The service that calls with this access key; none if a person or a program does.
    pub fn initiator(&self, access_key: &str) -> Option<Initiator> {
        self.initiators.lock().get(access_key).cloned()
    }

    /// POST `/_bridge/NAME`; an error answer is `{"code", "message"}` with status 4xx.
    pub async fn post<T: serde::de::DeserializeOwned>(&self, name: &str, body: &Value) -> Result<T, Failure> {
        self.try_post(name, body).await.map_err(|error| match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Failure::internal(&error),
        })
    }

    async fn try_post<T: serde::de::DeserializeOwned>(&self, name: &str, body: &Value) -> anyhow::Result<T> {
        let request = hyper::Request::post(format!("{}/_bridge/{name}", self.base))
            .header("content-type", "application/json")
            .header(Secrets::HEADER, self.secrets.port())
            .header(Secrets::BRIDGE, "yes")
            .body(Full::from(body.to_string()))?;
        let answer = self.client.request(request).await.with_context(|| format!("bridge call {name}"))?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            return serde_json::from_slice(&body).with_context(|| format!("answer of bridge call {name}"));
        }
        let error: Value =
            serde_json::from_slice(&body).map_err(|_| anyhow!("bridge call {name}: HTTP {status}"))?;
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        Err(Failure::new(text("code"), text("message")).into())
    }
}
