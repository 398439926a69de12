//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use shared::drivers::cloudformation::properties::list;
use shared::drivers::cloudformation::{Origin, RequestType};
use std::collections::BTreeSet;

/// Who has access to SageMaker's portfolio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Those that have it.
    pub with: BTreeSet<Principal>,
    /// Those that do not have it any more: of a Delete all, of an update those that were left out.
    pub without: BTreeSet<Principal>,
}

/// A role, or roles of which the names fit a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal {
    pub arn: String,
    pub kind: Kind,
}

/// How Service Catalog understands the ARN of a principal (`AssociatePrincipalWithPortfolio`, `PrincipalType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `IAM`.
    Role,
    /// `IAM_PATTERN`: without an account, and with `*` and `?` for any characters.
    Pattern,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The ARNs of the roles, such as the execution roles of a domain.
    pub role_arns: Vec<String>,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self, origin: &Origin) -> Result<Spec, String> {
        let account = origin.stack.as_deref().and_then(|stack| stack.split(':').nth(4));
        let kind = match account {
            Some(account) => format!(
                "the ARN of a role of account {account}, such as arn:aws:iam::{account}:role/NAME, or a pattern without an account, such as \
                 arn:aws:iam:::role/NAME*"
            ),
            None => "the ARN of a role".to_owned(),
        };
        let arns = list("RoleArns", self.role_arns, &kind, |arn| principal(arn, account).is_some())?;
        let given: BTreeSet<_> = arns.iter().filter_map(|arn| principal(arn, account)).collect();
        if origin.request == RequestType::Delete {
            return Ok(Spec { with: BTreeSet::new(), without: given });
        }
        // What was accepted before and is not understood any more stays as it is.
        let before = origin.before.clone().and_then(|old| old.get("RoleArns").cloned());
        let before: Vec<String> =
            before.and_then(|arns| serde_json::from_value(arns).ok()).unwrap_or_default();
        let before = before.iter().filter_map(|arn| principal(arn, account));
        let without = before.filter(|principal| !given.contains(principal)).collect();
        Ok(Spec { with: given, without })
    }
}

/// The principal of this ARN, if it is one of the account.
fn principal(arn: &str, account: Option<&str>) -> Option<Principal> {
    let [_, _, _, _, of, role] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else { return None };
    let name = role.strip_prefix("role/")?;
    let known = |wild: bool| {
        let fits = |byte: u8| {
            byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte) || wild && b"*?".contains(&byte)
        };
        !name.is_empty() && name.bytes().all(fits)
    };
    let is_iam = arn.starts_with("arn:aws")
        && arn.split(':').nth(2) == Some("iam")
        && arn.split(':').nth(3) == Some("");
    let kind = match of {
        "" => Kind::Pattern,
        own if account.is_none_or(|account| own == account) => Kind::Role,
        _ => return None,
    };
    (is_iam && known(kind == Kind::Pattern)).then(|| Principal { arn: arn.to_owned(), kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ONE: &str = "arn:aws:iam::111122223333:role/service-role/one";
    const ALL: &str = "arn:aws:iam:::role/team-*";

    fn read(request: RequestType, arns: &Value, before: Option<Value>) -> Result<Spec, String> {
        let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/core/1".to_owned();
        let origin = Origin { before, ..Origin::new(request, Some(stack)) };
        let properties: Properties =
            serde_json::from_value(json!({"RoleArns": arns})).map_err(|error| error.to_string())?;
        properties.read(&origin)
    }

    fn arns(of: &BTreeSet<Principal>) -> Vec<&str> {
        of.iter().map(|principal| principal.arn.as_str()).collect()
    }

    #[test]
    fn a_role_has_an_account_and_a_pattern_has_none() {
        let spec = read(RequestType::Create, &json!([ONE, ALL]), None).unwrap();
        let kinds: Vec<_> = spec.with.iter().map(|principal| principal.kind).collect();
        assert_eq!((arns(&spec.with), kinds), (vec![ONE, ALL], vec![Kind::Role, Kind::Pattern]));
        assert!(spec.without.is_empty());
        for bad in [
            "execution",
            "arn:aws:iam::999999999999:role/of-others",
            "arn:aws:iam::111122223333:role/wild-*",
            "arn:aws:iam::111122223333:user/ann",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam:eu-central-1:111122223333:role/a",
            "",
        ] {
            let refused = read(RequestType::Create, &json!([ONE, bad]), None).unwrap_err();
            let expected =
                format!("RoleArns holds `{bad}`: each must be the ARN of a role of account 111122223333");
            assert!(refused.starts_with(&expected), "{refused}");
        }
        assert!(read(RequestType::Create, &json!([]), None).unwrap_err().starts_with("RoleArns is empty"));
        assert!(read(RequestType::Create, &json!([ONE, ONE]), None).unwrap_err().contains("twice"));
    }

    #[test]
    fn an_update_takes_access_away_from_roles_that_it_leaves_out_and_a_delete_from_all() {
        let before = json!({"RoleArns": [ONE, ALL, "arn:aws:iam::999999999999:role/of-others"]});
        let spec = read(RequestType::Update, &json!([ALL]), Some(before)).unwrap();
        assert_eq!((arns(&spec.with), arns(&spec.without)), (vec![ALL], vec![ONE]));
        let spec = read(RequestType::Update, &json!([ALL]), Some(json!({"RoleArns": "odd"}))).unwrap();
        assert!(spec.without.is_empty());
        let spec = read(RequestType::Delete, &json!([ONE, ALL]), None).unwrap();
        assert_eq!((spec.with.len(), arns(&spec.without)), (0, vec![ONE, ALL]));
    }
}
