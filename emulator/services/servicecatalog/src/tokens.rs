//! Idempotency: a call with the token of an earlier one is answered as that was.

use crate::failure::invalid;
use emulator_core::{Call, Failure, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// By operation and token: the input of the call, and the id of what it made.
#[derive(Debug, Default)]
pub(crate) struct Tokens(BTreeMap<(String, String), (Value, String)>);

impl Tokens {
    /// The id of what an earlier call with the token in this member made; none if there was no such call.
    pub(crate) fn replayed(&self, call: &Call, member: &str) -> Result<Option<String>, Failure> {
        let Some((input, id)) = self.0.get(&key(call, member)) else { return Ok(None) };
        if *input == call.input {
            return Ok(Some(id.clone()));
        }
        let token = text(&call.input, member);
        Err(invalid(format!("The token {token} was used with other parameters in an earlier request.")))
    }

    /// Remembers what a call made.
    pub(crate) fn remember(&mut self, call: &Call, member: &str, id: &str) {
        self.0.insert(key(call, member), (call.input.clone(), id.to_owned()));
    }
}

fn key(call: &Call, member: &str) -> (String, String) {
    (call.operation.clone(), text(&call.input, member).to_owned())
}
