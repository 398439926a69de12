//! The parameters of Systems Manager by its JSON protocol, on the runtime of the SDK: four of its 150 operations are used, and the SDK
//! crate of all takes minutes to compile.

use super::SdkConfig;
use super::json;
use super::operation::{Host, Operation, Service};
use crate::error::Cause;
use crate::secret::Secret;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html>
const SSM: Service = Service { host: Host::PlainInGov, ..json::service("SSM", "ssm") };
/// What the header of a call has before the name of the operation.
const TARGET: &str = "AmazonSSM";

/// The service.
#[derive(Clone, Debug)]
pub struct Ssm {
    config: SdkConfig,
}

/// A parameter. What it holds may be secret, whatever its type is: its value is never printed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    pub name: Option<String>,
    pub r#type: Option<String>,
    pub value: Option<Secret<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundParameter {
    parameter: Option<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundParameters {
    parameters: Option<Vec<Parameter>>,
}

impl Parameter {
    /// Whether its value is encrypted where it is stored.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.r#type.as_deref() == Some("SecureString")
    }
}

impl Ssm {
    /// A client for the account and Region of the configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone() }
    }

    /// A parameter.
    ///
    /// # Errors
    /// Those of the SDK, classified; and an answer without a parameter.
    pub async fn parameter(&self, name: &str) -> Result<Parameter, Cause> {
        let found: FoundParameter = self.call("GetParameter", &json!({"Name": name})).await?;
        found.parameter.ok_or_else(|| Cause::incomplete("no parameter"))
    }

    /// Those of these parameters that exist. SSM takes 10 names at a time (`Names`).
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn parameters(&self, names: &[impl AsRef<str>]) -> Result<Vec<Parameter>, Cause> {
        let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
        let found: FoundParameters = self.call("GetParameters", &json!({"Names": names})).await?;
        Ok(found.parameters.unwrap_or_default())
    }

    /// Writes a parameter of the type `String`, over one that exists.
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn put(&self, name: &str, value: &str) -> Result<(), Cause> {
        let input = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
        self.call::<IgnoredAny>("PutParameter", &input).await.map(drop)
    }

    /// Deletes a parameter.
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn delete(&self, name: &str) -> Result<(), Cause> {
        self.call::<IgnoredAny>("DeleteParameter", &json!({"Name": name})).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(&self, action: &'static str, input: &Value) -> Result<T, Cause> {
        let endpoint = SSM.endpoint(&self.config);
        Operation { service: SSM, name: action, endpoint }.json(&self.config, TARGET, input).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Class, chain};
    use testing::ScriptedAws;
    use testing::reply::{empty, refusal};

    async fn service(aws: &ScriptedAws) -> Ssm {
        Ssm::new(&aws.config("eu-central-1", 2).await)
    }

    #[tokio::test]
    async fn a_value_is_read_and_never_printed() {
        let secret = json!({"Name": "a", "Type": "SecureString", "Value": "canary-4711"});
        let aws = ScriptedAws::default().on("GetParameters", json!({"Parameters": [secret]}));
        let found = service(&aws).await.parameters(&["a", "b"]).await.unwrap();
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
        assert!(found[0].is_secure());
        assert_eq!(found[0].value.as_ref().map(|value| value.expose().as_str()), Some("canary-4711"));
        assert_eq!(aws.inputs("GetParameters"), [json!({"Names": ["a", "b"]})]);

        let odd = json!({"Parameter": {"Name": "a", "Value": ["canary-4711"]}});
        let aws = ScriptedAws::default().on("GetParameter", odd);
        let error = service(&aws).await.parameter("a").await.unwrap_err();
        assert!(!chain(&error).contains("canary"), "{error}");
    }

    #[tokio::test]
    async fn a_parameter_is_read_written_and_deleted() {
        let aws = ScriptedAws::default()
            .on("GetParameter", refusal("ParameterNotFound"))
            .on("PutParameter", json!({"Version": 2, "Tier": "Standard"}))
            .on("DeleteParameter", empty());
        let service = service(&aws).await;
        assert_eq!(service.parameter("a").await.unwrap_err().class(), Class::NotFound);
        service.put("a", "b").await.unwrap();
        service.delete("a").await.unwrap();
        let written = json!({"Name": "a", "Value": "b", "Type": "String", "Overwrite": true});
        assert_eq!(aws.inputs("PutParameter"), [written]);
        assert_eq!(aws.inputs("DeleteParameter"), [json!({"Name": "a"})]);
    }
}
