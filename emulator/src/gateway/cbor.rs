//! CBOR bodies of smithy's rpc-v2-cbor protocol to and from the JSON shape that services work on. Timestamps are epoch
//! seconds in both; CBOR marks them with tag 1.

use anyhow::{Context, bail};
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

/// CBOR's tag for seconds since the epoch.
const EPOCH: u64 = 1;

/// Reads a body; definite and indefinite lengths both occur.
pub(super) fn decode(body: &[u8]) -> anyhow::Result<Value> {
    let value: Cbor = ciborium::from_reader(body).context("the body is not CBOR")?;
    to_json(value)
}

/// Writes a body; numbers under the names in `timestamps` are tagged as times.
pub(super) fn encode(value: &Value, timestamps: &[&str]) -> Vec<u8> {
    let mut body = Vec::new();
    ciborium::into_writer(&to_cbor(value, timestamps), &mut body).expect("a vector takes every write");
    body
}

fn to_json(value: Cbor) -> anyhow::Result<Value> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Text(text) => Value::String(text),
        Cbor::Integer(integer) => {
            let wide = i128::from(integer);
            let narrow =
                i64::try_from(wide).map(Number::from).or_else(|_| u64::try_from(wide).map(Number::from));
            Value::Number(narrow.context("an integer has more than 64 bits")?)
        }
        Cbor::Float(float) => Value::Number(Number::from_f64(float).context("a number is not finite")?),
        Cbor::Tag(EPOCH, seconds) => to_json(*seconds)?,
        Cbor::Array(items) => Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Cbor::Map(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let Cbor::Text(key) = key else { bail!("the key of a member is not text") };
                object.insert(key, to_json(value)?);
            }
            Value::Object(object)
        }
        other => bail!("no member of these services is like {other:?}"),
    })
}

fn to_cbor(value: &Value, timestamps: &[&str]) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Cbor::Integer(integer.into()),
            (None, Some(integer)) => Cbor::Integer(integer.into()),
            (None, None) => Cbor::Float(number.as_f64().unwrap_or_default()),
        },
        Value::Array(items) => Cbor::Array(items.iter().map(|item| to_cbor(item, timestamps)).collect()),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let encoded = to_cbor(value, timestamps);
                let is_time = value.is_number() && timestamps.contains(&name.as_str());
                let encoded = if is_time { Cbor::Tag(EPOCH, Box::new(encoded)) } else { encoded };
                (Cbor::Text(name.clone()), encoded)
            };
            Cbor::Map(members.iter().map(member).collect())
        }
    }
}
