//! The users of IAM, which ministack has.

use emulator_core::{Call, Failure, ServiceContext, SignedClient, text};
use form_urlencoded::Serializer;
use hyper::Method;

/// The user that a call is about: the caller, if it names none.
pub(crate) fn named(call: &Call) -> String {
    let given = text(&call.input, "UserName");
    if !given.is_empty() {
        return given.to_owned();
    }
    let own = call.caller.arn.split_once(":user/").map(|(_, user)| user).unwrap_or_default();
    own.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Refuses a user that does not exist.
pub(crate) async fn check(context: &ServiceContext, user: &str) -> Result<(), Failure> {
    let form = Serializer::new(String::new())
        .append_pair("Action", "GetUser")
        .append_pair("Version", "2010-05-08")
        .append_pair("UserName", user)
        .finish();
    let client = SignedClient::of_root(context);
    let kind = "application/x-www-form-urlencoded";
    let answer = client.send("iam", Method::POST, "/", kind, form).await;
    match answer {
        Ok((status, _)) if status < 300 => Ok(()),
        Ok((404 | 400, _)) => Err(missing(format!("The user with name {user} cannot be found."))),
        Ok((status, body)) => {
            Err(Failure::new("ServiceUnavailable", format!("IAM answers {status}: {body}")))
        }
        Err(refused) => Err(Failure::new("ServiceUnavailable", refused.to_string())),
    }
}

pub(crate) fn missing(message: impl Into<String>) -> Failure {
    Failure::new("NoSuchEntity", message)
}
