//! Calls that services of this project serve: the signature's owner is looked up and its policies are checked first.

use super::request::{Body, Request};
use super::{Gateway, Served, account_of, trail};
use emulator_core::{Answer, Call, Caller, Failure, Permission, Registration, SignedRequest};
use hyper::header::HeaderValue;
use sha2::{Digest, Sha256};

/// The header in which a caller may say what the body's hash is.
const BODY_HASH: &str = "x-amz-content-sha256";

/// Serves one call of a service of this project.
pub(super) async fn serve(
    gateway: &Gateway,
    service: &'static Registration,
    request: Request,
    principal: &str,
) -> Served {
    let mut permissions = Vec::new();
    let answer = answer(gateway, service, &request, principal, &mut permissions).await;
    let response = request.protocol.answer(service, &request.operation, &answer);
    trail::report(gateway, &request, principal, &answer, &response);
    Served {
        response,
        permissions: permissions
            .into_iter()
            .map(|permission| (permission.action, permission.resource))
            .collect(),
    }
}

async fn answer(
    gateway: &Gateway,
    service: &'static Registration,
    request: &Request,
    principal: &str,
    permissions: &mut Vec<Permission>,
) -> Answer {
    let Some(signature) = &request.signature else {
        return Err(Failure::new("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let body = match &request.body {
        Body::Read(body) => body,
        Body::Streaming(_) => return Err(Failure::new("SerializationException", "the body was not read")),
    };
    let caller = Caller { arn: principal.to_owned(), access_key: signature.access_key.clone() };
    let call = Call { operation: request.operation.clone(), input: request.input(service)?, caller };
    let account = account_of(principal).unwrap_or(&gateway.context.account);
    let service = gateway.registry.instance(service, account, &signature.region);
    *permissions = service.required_permissions(&call);
    let (token, signed) = (signature.session_token.as_deref(), signed(request, body));
    let decision =
        gateway.context.bridge.authorize(&signature.access_key, token, permissions, Some(&signed)).await?;
    match decision.code {
        Some(code) => Err(Failure::new(code, decision.message.unwrap_or_default())),
        None => service.answer(call).await,
    }
}

/// What the signature of a request covers.
fn signed(request: &Request, body: &[u8]) -> SignedRequest {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.head.headers.iter().filter(|(name, _)| *name != BODY_HASH);
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let hash = (BODY_HASH.to_owned(), hex::encode(Sha256::digest(body)));
    SignedRequest {
        service: request.service.clone(),
        method: request.head.method.to_string(),
        path: request.head.uri.path().to_owned(),
        query: request.head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.chain([hash]).collect(),
    }
}
