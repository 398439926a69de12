//! The id of a SageMaker domain, and where a pipeline's file has it. It is here because both clean-up functions read it, and a
//! function imports no other function.

use serde_json::{Map, Value};

/// The key of a domain's id in the JSON file of a pipeline's artifact: the name of the output of the stack that makes it.
pub const KEY: &str = "SageMakerDomainId";

/// The text, if SageMaker could give it to a domain as its id: `d-(-*[a-z0-9]){1,61}`, at most 63 characters
/// (`DescribeDomain`, parameter `DomainId`).
///
/// # Errors
/// A sentence with the text in it, which does not say where the text was.
pub fn id(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("d-").filter(|rest| (1..=61).contains(&rest.len()) && !rest.ends_with('-'));
    let known = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    match rest {
        Some(rest) if rest.bytes().all(known) => Ok(text.to_owned()),
        _ => Err(format!(
            "{text:?} is not the id of a domain: it is what `aws sagemaker list-domains` shows as DomainId, such as d-abcdefghijkl"
        )),
    }
}

/// The id in the file of this name.
///
/// # Errors
/// A sentence that names the file, the key and what to do.
pub fn id_in(name: &str, file: Option<&Map<String, Value>>) -> Result<String, String> {
    let file = file.ok_or_else(|| format!("{name} was not read: give the action an input artifact"))?;
    match file.get(KEY) {
        Some(Value::String(text)) => id(text).map_err(|why| format!("{KEY} in {name}: {why}")),
        Some(other) => Err(format!("{KEY} in {name} is {other}: it must be a string, the id of the domain")),
        None => Err(format!(
            "{name} has no key {KEY}: let the stack that makes the domain have an output of that name, and the action that \
             deploys it write its outputs to {name}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_what_sagemaker_gives_to_a_domain() {
        let (longest, longer) = (format!("d-{}", "a".repeat(61)), format!("d-{}", "a".repeat(62)));
        for good in ["d-a", "d-abcdefghijkl", "d--1", "d-1-a", &longest] {
            assert_eq!(id(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "d-",
            "d-1-",
            "D-ABC",
            "d-1*",
            "d-ABC",
            "d-a_b",
            "d-a b",
            "d-ü",
            "vpc-1",
            "arn:aws:sagemaker:x:1:domain/d-1",
            &longer,
        ] {
            let told = id(bad).unwrap_err();
            assert!(told.starts_with(&format!("{bad:?} is not the id of a domain")), "{told}");
        }
    }

    #[test]
    fn a_file_without_an_id_is_told_by_name() {
        let told = |file: Value| id_in("env.json", file.as_object());
        assert_eq!(told(json!({KEY: "d-a", "More": 1})).as_deref(), Ok("d-a"));
        for (file, says) in [
            (json!(null), "env.json was not read"),
            (json!({}), "env.json has no key SageMakerDomainId"),
            (json!({KEY: 7}), "SageMakerDomainId in env.json is 7: it must be a string"),
            (json!({KEY: "studio"}), "SageMakerDomainId in env.json: \"studio\" is not the id of a domain"),
        ] {
            let sentence = told(file).unwrap_err();
            assert!(sentence.starts_with(says), "{sentence}");
        }
    }
}
