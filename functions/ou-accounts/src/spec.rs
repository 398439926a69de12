//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use serde_json::Value;
use shared::drivers::cloudformation::Origin;
use shared::drivers::cloudformation::properties::{flag, list};

/// Units whose accounts to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// `ou-...`, or `r-...` for the whole organization.
    pub units: Vec<String>,
    /// The account to leave out, if one is: that of the stack.
    pub without: Option<String>,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The ids of the units.
    #[serde(rename = "OUIds")]
    pub ou_ids: Vec<String>,
    /// `true` for the account of the stack too, if it is in one of the units.
    #[serde(default)]
    pub include_own_account: Value,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self, origin: &Origin) -> Result<Spec, String> {
        let kind = "the id of an organizational unit, such as ou-ab12-34cd56ef, or of a root, such as r-ab12";
        let units = list("OUIds", self.ou_ids, kind, is_unit)?;
        let with_own = flag("IncludeOwnAccount", &self.include_own_account)?;
        let own = origin.stack.as_deref().and_then(|stack| stack.split(':').nth(4)).map(str::to_owned);
        Ok(Spec { units, without: own.filter(|_| !with_own) })
    }
}

/// Whether a text is the id of a unit or of a root, by the pattern of Organizations (`ListAccountsForParent`, `ParentId`): `r-[0-9a-z]{4,32}`, or
/// `ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}`.
#[must_use]
pub fn is_unit(text: &str) -> bool {
    let part = |text: &str, least: usize| {
        (least..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<_>>()[..] {
        ["r", root] => part(root, 4),
        ["ou", root, unit] => part(root, 4) && part(unit, 8),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::drivers::cloudformation::RequestType;

    fn read(properties: Value) -> Result<Spec, String> {
        let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/data-science/1".to_owned();
        let origin = Origin::new(RequestType::Create, Some(stack));
        serde_json::from_value::<Properties>(properties).unwrap().read(&origin)
    }

    #[test]
    fn the_account_of_the_stack_is_left_out_unless_it_is_asked_for() {
        let units = json!(["ou-ab12-34cd56ef", "r-ab12"]);
        let own = |include: Value| {
            read(json!({"OUIds": units, "IncludeOwnAccount": include})).map(|spec| spec.without)
        };
        assert_eq!(own(json!("false")), Ok(Some("111122223333".to_owned())));
        assert_eq!(own(json!("true")), Ok(None));
        assert_eq!(own(json!("yes")), Err("IncludeOwnAccount is \"yes\": give true or false".to_owned()));
    }

    #[test]
    fn a_unit_is_named_by_its_id() {
        for bad in [
            "ou-staging",
            "ou-ab12",
            "r-ab",
            "ou-ab12-34cd56e",
            "ou-ab12-34CD56EF",
            "123456789012",
            "ou-ab12-34cd56ef-x",
        ] {
            let refused = read(json!({"OUIds": ["r-ab12", bad]})).unwrap_err();
            assert!(
                refused.starts_with(&format!("OUIds holds `{bad}`: each must be the id of ")),
                "{refused}"
            );
        }
        assert!(read(json!({"OUIds": [""]})).unwrap_err().starts_with("OUIds is empty: "));
        assert_eq!(
            read(json!({"OUIds": ["r-ab12", "r-ab12"]})).unwrap_err(),
            "OUIds holds `r-ab12` twice: leave one out"
        );
    }
}
