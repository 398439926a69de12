//! Calls that services of this project serve: the signature's owner is looked up and its policies are checked first.

use super::request::{Body, Request};
use super::services::Services;
use super::{Gateway, Served, account_of, trail};
use emulator_codebuild::CodeBuild;
use emulator_codepipeline::CodePipeline;
use emulator_core::{Answer, Call, Caller, Failure, Permission, SignedRequest};
use emulator_sagemaker::SageMaker;
use hyper::header::HeaderValue;
use sha2::{Digest, Sha256};

/// The header in which a caller may say what the body's hash is.
const BODY_HASH: &str = "x-amz-content-sha256";

/// Serves one call of a service of this project.
pub(super) async fn serve(gateway: &Gateway, request: Request, principal: &str) -> Served {
    let mut permissions = Vec::new();
    let answer = answer(gateway, &request, principal, &mut permissions).await;
    let timestamps = Service::of(gateway.regions.home(), &request.service).timestamps();
    let response = request.protocol.answer(&request.service, &answer, timestamps);
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
    let call = Call { operation: request.operation.clone(), input: request.protocol.input(body)?, caller };
    let services =
        gateway.regions.at(account_of(principal).unwrap_or(&gateway.context.account), &signature.region);
    let service = Service::of(&services, &request.service);
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

/// The services have the same shape and nothing else in common.
enum Service<'a> {
    CodePipeline(&'a CodePipeline),
    CodeBuild(&'a CodeBuild),
    SageMaker(&'a SageMaker),
}

impl<'a> Service<'a> {
    fn of(services: &'a Services, name: &str) -> Self {
        match name {
            "codepipeline" => Self::CodePipeline(&services.codepipeline),
            "codebuild" => Self::CodeBuild(&services.codebuild),
            _ => Self::SageMaker(&services.sagemaker),
        }
    }

    fn timestamps(&self) -> &'static [&'static str] {
        match self {
            Self::CodePipeline(_) => emulator_codepipeline::TIMESTAMPS,
            Self::CodeBuild(_) => emulator_codebuild::TIMESTAMPS,
            Self::SageMaker(_) => emulator_sagemaker::TIMESTAMPS,
        }
    }

    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        match self {
            Self::CodePipeline(service) => service.required_permissions(call),
            Self::CodeBuild(service) => service.required_permissions(call),
            Self::SageMaker(service) => service.required_permissions(call),
        }
    }

    async fn answer(&self, call: Call) -> Answer {
        match self {
            Self::CodePipeline(service) => service.answer(call).await,
            Self::CodeBuild(service) => service.answer(call).await,
            Self::SageMaker(service) => service.answer(call).await,
        }
    }
}
