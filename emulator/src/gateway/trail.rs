//! Calls as CloudTrail reports them to EventBridge: each call that changes something becomes an event on the default bus
//! of its account and Region. Reported are the calls of services whose inputs and outputs hold no secrets (`Service::TRAIL`).

use super::request::Request;
use super::{Gateway, Response, account_of};
use emulator_core::Answer;
use serde_json::{Value, json};

const DETAIL_TYPE: &str = "AWS API Call via CloudTrail";

/// EventBridge gives these calls to no rule that does not ask for read-only ones.
const READ_ONLY: &[&str] = &["Describe", "Get", "List", "Search"];

/// What CloudTrail records of a request.
struct ReportedCall<'a> {
    /// As in IAM actions.
    service: &'a str,
    operation: &'a str,
    /// None if it could not be read.
    input: Option<Value>,
    /// ARN of the caller.
    principal: &'a str,
    account: &'a str,
    region: &'a str,
    address: String,
    agent: &'a str,
    request_id: &'a str,
}

/// Emits the event of a call that was answered like this, if CloudTrail reports it.
pub(super) fn report(
    gateway: &Gateway,
    request: &Request,
    principal: &str,
    answer: &Answer,
    response: &Response,
) {
    // Without a caller there is no account to report it to.
    let (Some(signature), Some(account)) = (&request.signature, account_of(principal)) else {
        return;
    };
    let Some(service) = request.own.filter(|service| service.trail) else { return };
    if is_read_only(&request.operation) {
        return;
    }
    let input = request.input(service).ok();
    let agent = request.head.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    let request_id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok());
    let call = ReportedCall {
        service: service.id,
        operation: &request.operation,
        input,
        principal,
        account,
        region: &signature.region,
        address: request.peer.to_string(),
        agent: agent.unwrap_or_default(),
        request_id: request_id.unwrap_or_default(),
    };
    let context = gateway.context.at(account, &signature.region);
    context.emit(&format!("aws.{}", service.id), DETAIL_TYPE, &[], &record(&call, answer));
}

fn is_read_only(operation: &str) -> bool {
    READ_ONLY.iter().any(|verb| operation.starts_with(verb))
}

/// The record, as <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
/// describes it. Left out is what the gateway does not know: ids of principals and the context of sessions.
fn record(call: &ReportedCall<'_>, answer: &Answer) -> Value {
    // An AWS service that calls for its user has its name in the place of address and user agent.
    let service = call.agent.ends_with(".amazonaws.com").then_some(call.agent);
    let address = service.unwrap_or(&call.address);
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": identity(call.principal, call.account, service),
        "eventTime": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": format!("{}.amazonaws.com", call.service),
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": address,
        "userAgent": call.agent,
        "requestParameters": call.input.as_ref().map(elements),
        "responseElements": answer.as_ref().ok().map(elements),
        "requestID": call.request_id,
        "eventID": uuid::Uuid::new_v4().to_string(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    });
    if let Err(failure) = answer {
        record["errorCode"] = failure.code.as_str().into();
        record["errorMessage"] = failure.message.as_str().into();
    }
    record
}

fn identity(arn: &str, account: &str, service: Option<&str>) -> Value {
    let resource = arn.rsplit(':').next().unwrap_or_default();
    let kind = match resource.split('/').next() {
        Some("root") => "Root",
        Some("user") => "IAMUser",
        Some("federated-user") => "FederatedUser",
        _ => "AssumedRole",
    };
    let mut identity = json!({"type": kind, "arn": arn, "accountId": account});
    if kind == "Root" {
        identity["principalId"] = account.into();
    }
    if let Some(name) = resource.rsplit('/').next().filter(|_| kind == "IAMUser") {
        identity["userName"] = name.into();
    }
    if let Some(service) = service {
        identity["invokedBy"] = service.into();
    }
    identity
}

/// Parameters or response elements; none are null.
fn elements(value: &Value) -> Value {
    match value {
        Value::Object(members) if !members.is_empty() => camel_case(value),
        _ => Value::Null,
    }
}

/// The same value with the first letter of each member in lower case, as CloudTrail writes it. Keys of maps, which are the
/// user's own, would stay as they are: no operation served here has a map.
fn camel_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (lower_first(name), camel_case(value))).collect()
        }
        Value::Array(items) => items.iter().map(camel_case).collect(),
        other => other.clone(),
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests;
