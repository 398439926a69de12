//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use shared::drivers::cloudformation::Origin;
use shared::drivers::cloudformation::properties::{list, optional_list};

/// The path of SageMaker's roles, as its console makes them.
const PATH: &str = "/service-role/";

/// The services that may assume SageMaker's two classic roles, as its console makes them: no page of AWS lists them, they are those
/// of roles that were found in accounts.
const TRUSTS: [(&str, &[&str]); 2] = [
    ("AmazonSageMakerServiceCatalogProductsLaunchRole", &["servicecatalog"]),
    (
        "AmazonSageMakerServiceCatalogProductsUseRole",
        &[
            "apigateway",
            "cloudformation",
            "codebuild",
            "codepipeline",
            "events",
            "firehose",
            "glue",
            "lambda",
            "sagemaker",
            "states",
        ],
    ),
];

/// Roles of which the stack makes those that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The ARN of the stack that asks.
    pub stack: Option<String>,
    /// The path that they have.
    pub path: String,
    pub roles: Vec<Wanted>,
}

/// A role that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    /// The services that must be able to assume it.
    pub services: Vec<String>,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// Names of roles, without their path.
    pub role_names: Vec<String>,
    /// The path of the roles. Left out, it is that of SageMaker's own.
    #[serde(default)]
    pub path: Option<String>,
    /// The services that must be able to assume each of the roles. Left out, they are those of SageMaker's own roles.
    #[serde(default, deserialize_with = "optional_list")]
    pub trusted_services: Vec<String>,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self, origin: &Origin) -> Result<Spec, String> {
        let kind = "the name of a role, of up to 64 letters, digits and +=,.@_-";
        let names = list("RoleNames", self.role_names, kind, is_name)?;
        let path = self.path.filter(|path| !path.is_empty()).unwrap_or_else(|| PATH.to_owned());
        if !is_path(&path) {
            return Err(format!("Path is `{path}`: give a path with a slash at both ends, such as {PATH}"));
        }
        let services = if self.trusted_services.is_empty() {
            None
        } else {
            let kind = "the name of a service, such as lambda.amazonaws.com";
            Some(list("TrustedServices", self.trusted_services, kind, is_service)?)
        };
        let roles = names.into_iter().map(|name| {
            let services = services.clone().or_else(|| own(&name)).ok_or_else(|| {
                format!("RoleNames holds `{name}`, which is no role of SageMaker's: give TrustedServices, which say who must be able to assume it")
            })?;
            Ok(Wanted { name, services })
        });
        Ok(Spec { stack: origin.stack.clone(), path, roles: roles.collect::<Result<_, String>>()? })
    }
}

/// The services that assume one of SageMaker's own roles.
fn own(name: &str) -> Option<Vec<String>> {
    let (_, services) = TRUSTS.iter().find(|(known, _)| *known == name)?;
    Some(services.iter().map(|service| format!("{service}.amazonaws.com")).collect())
}

/// IAM's pattern for names: `[\w+=,.@-]+`, up to 64 (`CreateRole`, `RoleName`).
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(known)
}

/// IAM's pattern for paths: a slash, or printable ASCII between two slashes, up to 512 (`CreateRole`, `Path`).
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.ends_with('/')
        && text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_service(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    text.contains(".amazonaws.com") && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use shared::drivers::cloudformation::RequestType;

    fn read(properties: Value) -> Result<Spec, String> {
        let origin = Origin::new(RequestType::Create, None);
        serde_json::from_value::<Properties>(properties).unwrap().read(&origin)
    }

    #[test]
    fn roles_of_sagemaker_have_their_own_trust() {
        let spec = read(json!({"RoleNames": [TRUSTS[0].0, TRUSTS[1].0], "Path": "", "TrustedServices": ""}))
            .unwrap();
        assert_eq!(spec.path, "/service-role/");
        assert_eq!(spec.roles[0].services, ["servicecatalog.amazonaws.com"]);
        assert_eq!(spec.roles[1].services.len(), 10);
    }

    #[test]
    fn other_roles_need_to_be_told_whom_they_trust() {
        let expected = "RoleNames holds `Team`, which is no role of SageMaker's: give TrustedServices, which say who must be able to assume it";
        assert_eq!(read(json!({"RoleNames": ["Team"]})), Err(expected.to_owned()));
        let spec =
            read(json!({"RoleNames": ["Team"], "Path": "/", "TrustedServices": ["lambda.amazonaws.com"]}))
                .unwrap();
        assert_eq!((spec.path.as_str(), spec.roles[0].services.len()), ("/", 1));
    }

    #[test]
    fn every_bad_value_is_named_with_what_to_do() {
        for (properties, expected) in [
            (json!({"RoleNames": []}), "RoleNames is empty: "),
            (json!({"RoleNames": ["a/b"]}), "RoleNames holds `a/b`: each must be the name of a role, "),
            (
                json!({"RoleNames": [TRUSTS[0].0, TRUSTS[0].0]}),
                "RoleNames holds `AmazonSageMakerServiceCatalogProductsLaunchRole` twice",
            ),
            (
                json!({"RoleNames": [TRUSTS[0].0], "Path": "service-role"}),
                "Path is `service-role`: give a path with a slash at both ends",
            ),
            (json!({"RoleNames": ["a"], "TrustedServices": ["lambda"]}), "TrustedServices holds `lambda`: "),
        ] {
            let refused = read(properties).unwrap_err();
            assert!(refused.starts_with(expected), "{refused}");
        }
    }
}
