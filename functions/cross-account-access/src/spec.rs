//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use shared::drivers::cloudformation::properties::list;
use shared::drivers::cloudformation::{Origin, RequestType};

/// The part of a `Sid` that tells the statements of one resource from those of others, if none is given.
const NAME: &str = "Targets";

/// Who may read what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name of the bucket.
    pub bucket: String,
    /// The id or the ARN of the key.
    pub key: String,
    /// Part of the `Sid` of each statement.
    pub name: String,
    /// The ARN of the stack that asks; empty without one.
    pub stack: String,
    /// The grants to make; nothing on Delete, which takes them all away.
    pub grants: Option<Grants>,
}

/// The roles of the target accounts, and their way to the bucket and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// The ids of the target accounts, sorted.
    pub accounts: Vec<String>,
    /// The name of the role that gets the grants, the same in every account.
    pub role: String,
    /// Where the ids of the endpoints are found; nothing if the roles are not kept to endpoints.
    pub endpoints: Option<Endpoints>,
}

/// The parameters of Systems Manager that hold the ids of endpoints in each target account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The role in each account that may read the parameters.
    pub reader: String,
    /// The parameter with the id of the endpoint of S3.
    pub s3: String,
    /// The parameter with the id of the endpoint of KMS.
    pub kms: String,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The ids of the target accounts.
    pub accounts: Vec<String>,
    /// The name of the role in each target account that reads models, without its path.
    pub principal_role_name: String,
    /// The bucket with the models.
    #[serde(rename = "S3BucketName")]
    pub bucket: String,
    /// The id or ARN of the key that encrypts them.
    #[serde(rename = "KMSKeyId")]
    pub key: String,
    /// The name of the role in each target account that may read both parameters, without its path.
    #[serde(default)]
    pub reader_role_name: Option<String>,
    /// The parameter of Systems Manager in each target account that holds the id of its endpoint of S3.
    #[serde(default, rename = "S3VPCESSMParamName")]
    pub s3_parameter: Option<String>,
    /// The parameter of Systems Manager in each target account that holds the id of its endpoint of KMS.
    #[serde(default, rename = "KMSVPCESSMParamName")]
    pub kms_parameter: Option<String>,
    /// What tells the statements of this resource from those of other resources for the same bucket and key.
    #[serde(default)]
    pub name: Option<String>,
}

/// The name of the statements.
pub(crate) fn name(given: Option<&str>) -> &str {
    given.filter(|name| !name.is_empty()).unwrap_or(NAME)
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self, origin: &Origin) -> Result<Spec, String> {
        let name = name(self.name.as_deref()).to_owned();
        if !is_sid(&name) {
            return Err(format!("Name is `{name}`: give up to 40 letters and digits, such as Staging"));
        }
        if !is_bucket(&self.bucket) {
            return Err(format!("S3BucketName is `{}`: give the name of a bucket", self.bucket));
        }
        if !is_key(&self.key) {
            return Err(format!("KMSKeyId is `{}`: give the id of a key or its ARN, not an alias", self.key));
        }
        let (bucket, key, stack) = (self.bucket, self.key, origin.stack.clone().unwrap_or_default());
        if origin.request == RequestType::Delete {
            return Ok(Spec { bucket, key, name, stack, grants: None });
        }
        let mut accounts =
            list("Accounts", self.accounts, "the id of an account, which has twelve digits", is_account)?;
        accounts.sort_unstable();
        let own = account_of(&stack).filter(|own| accounts.iter().any(|account| account == own));
        if let Some(own) = own {
            return Err(format!(
                "Accounts holds {own}, the account of the stack: leave it out, because its roles need no grant across accounts"
            ));
        }
        let role = role("PrincipalRoleName", self.principal_role_name)?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let places = [given(self.reader_role_name), given(self.s3_parameter), given(self.kms_parameter)];
        let endpoints = match places {
            [None, None, None] => None,
            [Some(reader), Some(s3), Some(kms)] => {
                let reader = self::role("ReaderRoleName", reader)?;
                Some(Endpoints {
                    reader,
                    s3: parameter("S3VPCESSMParamName", s3)?,
                    kms: parameter("KMSVPCESSMParamName", kms)?,
                })
            }
            _ => {
                let sentence = "ReaderRoleName, S3VPCESSMParamName and KMSVPCESSMParamName belong together: give all three to keep the \
                                roles to the endpoints of their accounts, or none";
                return Err(sentence.to_owned());
            }
        };
        Ok(Spec { bucket, key, name, stack, grants: Some(Grants { accounts, role, endpoints }) })
    }
}

impl Spec {
    /// The account of the stack, which has the bucket.
    pub(crate) fn owner(&self) -> Option<&str> {
        account_of(&self.stack)
    }
}

fn account_of(stack: &str) -> Option<&str> {
    stack.split(':').nth(4)
}

fn role(property: &str, text: String) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(known) {
        return Ok(text);
    }
    Err(format!(
        "{property} is `{text}`: give the name of a role without its path, of up to 64 letters, digits and +=,.@_-"
    ))
}

/// The pattern of Systems Manager (`PutParameter`, `Name`): letters, digits and `.-_/`.
fn parameter(property: &str, text: String) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    if text.len() <= 1011 && text.bytes().all(known) {
        return Ok(text);
    }
    Err(format!("{property} is `{text}`: give the name of a parameter of Systems Manager"))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A `Sid` has letters and digits only.
fn is_sid(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_bucket(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (3..=63).contains(&text.len()) && text.bytes().all(known)
}

/// An id, an id of a key in several Regions, or an ARN of one of them.
fn is_key(text: &str) -> bool {
    let id = match text.split_once(":key/") {
        Some((front, id)) if front.starts_with("arn:") => id,
        Some(_) => return false,
        None => text,
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (8..=64).contains(&id.len()) && id.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const OWN: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/data-science/1";

    fn read(request: RequestType, change: &[(&str, Value)]) -> Result<Spec, String> {
        let mut properties = json!({
            "Accounts": ["333333333333", "222222222222"], "PrincipalRoleName": "ModelRole", "S3BucketName": "models",
            "KMSKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "ReaderRoleName": "Reader",
            "S3VPCESSMParamName": "ds-dev-s3-vpce-id", "KMSVPCESSMParamName": "ds-dev-kms-vpce-id", "Name": "Staging",
        });
        for (property, value) in change {
            properties[property] = value.clone();
        }
        let origin = Origin::new(request, Some(OWN.to_owned()));
        serde_json::from_value::<Properties>(properties).unwrap().read(&origin)
    }

    #[test]
    fn accounts_are_sorted_and_endpoints_are_optional() {
        let grants = read(RequestType::Create, &[]).unwrap().grants.unwrap();
        assert_eq!(grants.accounts, ["222222222222", "333333333333"]);
        let none = [
            ("ReaderRoleName", json!("")),
            ("S3VPCESSMParamName", json!("")),
            ("KMSVPCESSMParamName", json!(null)),
        ];
        assert_eq!(read(RequestType::Update, &none).unwrap().grants.unwrap().endpoints, None);
        assert_eq!(read(RequestType::Create, &[("Name", json!(""))]).unwrap().name, "Targets");
    }

    #[test]
    fn a_delete_needs_nothing_but_the_place() {
        let spec = read(RequestType::Delete, &[("Accounts", json!([]))]).unwrap();
        assert_eq!((spec.name.as_str(), spec.grants), ("Staging", None));
    }

    #[test]
    fn every_bad_value_is_named_with_what_to_do() {
        for (property, value, expected) in [
            ("Accounts", json!([]), "Accounts is empty: "),
            ("Accounts", json!(["1234"]), "Accounts holds `1234`: each must be the id of an account"),
            ("Accounts", json!(["222222222222", "222222222222"]), "Accounts holds `222222222222` twice"),
            ("Accounts", json!(["111122223333"]), "Accounts holds 111122223333, the account of the stack"),
            ("PrincipalRoleName", json!("path/Role"), "PrincipalRoleName is `path/Role`: "),
            (
                "ReaderRoleName",
                json!(""),
                "ReaderRoleName, S3VPCESSMParamName and KMSVPCESSMParamName belong together",
            ),
            ("S3VPCESSMParamName", json!("a b"), "S3VPCESSMParamName is `a b`: "),
            ("S3BucketName", json!("Models"), "S3BucketName is `Models`: "),
            ("KMSKeyId", json!("alias/models"), "KMSKeyId is `alias/models`: give the id of a key"),
            ("Name", json!("a-b"), "Name is `a-b`: give up to 40 letters and digits"),
        ] {
            let refused = read(RequestType::Create, &[(property, value)]).unwrap_err();
            assert!(refused.starts_with(expected), "{refused}");
        }
        for key in [
            "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert!(read(RequestType::Create, &[("KMSKeyId", json!(key))]).is_ok(), "{key}");
        }
    }
}
