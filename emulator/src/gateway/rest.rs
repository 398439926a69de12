//! AWS's REST protocol: an input is in the query string and in a JSON body, by the shapes of the service, and an error has an HTTP
//! status of its own.

use super::request::pairs;
use emulator_core::{Failure, ShapeKind, Shapes};
use serde_json::{Map, Value};

/// The input of an operation: members that its shape has in the query string are read off there only.
pub(super) fn decode(shapes: &Shapes, operation: &str, body: &[u8], query: &str) -> Result<Value, Failure> {
    let malformed = |error: String| Failure::new("SerializationException", error);
    let mut input = if body.is_empty() {
        Map::new()
    } else {
        match serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))? {
            Value::Object(members) => members,
            _ => return Err(malformed("the input is not a structure".into())),
        }
    };
    let Some(shape) = shapes.input(operation) else { return Ok(input.into()) };
    let given: Vec<_> = pairs(query).collect();
    for (name, parameter, member) in shape.query() {
        input.remove(name);
        let mut values = given.iter().filter(|(key, _)| key == parameter).map(|(_, value)| value.as_str());
        let kind = shapes.shape(member).map_or(ShapeKind::String, emulator_core::Shape::kind);
        let value = match kind {
            ShapeKind::List => {
                let items: Vec<_> = values.map(Value::from).collect();
                (!items.is_empty()).then(|| Value::from(items))
            }
            kind => values.next().map(|text| typed(kind, text)),
        };
        if let Some(value) = value {
            input.insert(name.to_owned(), value);
        }
    }
    Ok(input.into())
}

/// A value as its shape wants it. What is not written so stays a text: the check of the input refuses it.
fn typed(kind: ShapeKind, text: &str) -> Value {
    match kind {
        ShapeKind::Integer => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        ShapeKind::Float => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
        ShapeKind::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

/// The failure with the status that its code has in the model or, for the errors of all services, in the protocol.
pub(super) fn failure(shapes: &Shapes, failure: &Failure) -> Failure {
    let common = match &*failure.code {
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException" => Some(403),
        "UnknownOperationException" => Some(404),
        _ => None,
    };
    let status = shapes.status(&failure.code).or(common).unwrap_or(failure.status);
    Failure { status, ..failure.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::LazyLock;

    static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
        Shapes::read(
            r#"{"operations": {"Put": "PutInput"}, "routes": {"Put": "PUT /v1/thing"},
            "statuses": {"ConflictException": 409}, "shapes": {
            "Flag": {"type": "boolean"}, "Number": {"type": "integer"}, "Ratio": {"type": "float"}, "Text": {"type": "string"},
            "Texts": {"type": "list", "member": "Text"},
            "PutInput": {"type": "structure", "members": {"domainOwner": "Text", "flag": "Flag", "most": "Number",
                "ratio": "Ratio", "names": "Texts", "note": "Text"},
                "query": {"domainOwner": "domain-owner", "flag": "flag", "most": "max-results", "ratio": "ratio",
                "names": "name"}}}}"#,
        )
    });

    #[track_caller]
    fn check(body: &str, query: &str, expected: &Value) {
        assert_eq!(decode(&SHAPES, "Put", body.as_bytes(), query).unwrap(), *expected, "{body} {query}");
    }

    #[test]
    fn members_are_read_off_the_query_string_and_the_body() {
        check("", "", &json!({}));
        check(
            r#"{"note": "n"}"#,
            "domain-owner=1%2B2&unknown=x",
            &json!({"note": "n", "domainOwner": "1+2"}),
        );
        check("", "flag=true&max-results=7&ratio=0.5", &json!({"flag": true, "most": 7, "ratio": 0.5}));
        check("", "name=a&name=b", &json!({"names": ["a", "b"]}));
        // What is not of its type is left to the check of the input.
        check("", "flag=yes&max-results=1e3", &json!({"flag": "yes", "most": "1e3"}));
        // A member of the query string is not read off the body.
        check(r#"{"domainOwner": "1"}"#, "", &json!({}));
        assert_eq!(
            SHAPES.checked("Put", &json!({"most": "1e3"})).unwrap().unwrap_err().code,
            "SerializationException"
        );
    }

    #[test]
    fn a_body_that_is_no_structure_is_refused() {
        for body in ["[]", "{", "1", "null"] {
            let refused = decode(&SHAPES, "Put", body.as_bytes(), "").unwrap_err();
            assert_eq!(refused.code, "SerializationException", "{body}");
        }
    }

    #[test]
    fn an_error_has_the_status_of_its_code() {
        for (code, status) in [
            ("ConflictException", 409),
            ("AccessDeniedException", 403),
            ("UnknownOperationException", 404),
            ("SerializationException", 400),
        ] {
            assert_eq!(failure(&SHAPES, &Failure::new(code, "no")).status, status, "{code}");
        }
    }
}
