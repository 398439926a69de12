//! What a client of a package manager needs: a token and the address of a repository. Nothing answers at that address.

use crate::CodeArtifact;
use crate::failure::invalid;
use crate::names::DomainId;
use crate::store::seconds;
use emulator_core::{Answer, Call, Failure, random_id, text};
use serde_json::{Value, json};

/// The seconds that a token may be valid; it is 12 hours if nothing else is asked for.
const SHORTEST: i64 = 900;
const LONGEST: i64 = 43_200;
/// What stands for the rest of the caller's session, which is not known here: the session that a role has if nothing else is asked for.
const SESSION: i64 = 3600;

pub(super) fn get(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    if call.caller.arn.ends_with(":root") {
        let message = "The root user of an account cannot get an authorization token.";
        return Err(Failure::new("AccessDeniedException", message));
    }
    let duration = match call.input["durationSeconds"].as_i64() {
        None => LONGEST,
        Some(0) => SESSION,
        Some(seconds) if seconds >= SHORTEST => seconds,
        Some(_) => {
            return Err(invalid(format!("The duration must be 0 or from {SHORTEST} to {LONGEST} seconds.")));
        }
    };
    service.store().domain(&id)?;
    let parts: Vec<_> = std::iter::repeat_with(|| random_id(24)).take(8).collect();
    let expiration: Value = seconds(service.now() + duration * 1000);
    Ok(
        json!({"authorizationToken": format!("eyJ2ZXIiOjEsImlzdSI6{}", parts.concat()), "expiration": expiration}),
    )
}

pub(super) fn endpoint(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let (name, format) = (text(input, "repository"), text(input, "format"));
    service.store().domain(&id)?.repository(&id, name)?;
    let suffix = if text(input, "endpointType") == "dualstack" { "on.aws" } else { "amazonaws.com" };
    let DomainId { region, owner, name: domain } = &id;
    let endpoint = format!("https://{domain}-{owner}.d.codeartifact.{region}.{suffix}/{format}/{name}/");
    Ok(json!({"repositoryEndpoint": endpoint}))
}
