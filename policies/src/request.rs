//! A request as the policies see it: who asks for what on which resource, and the condition keys of the request.

use std::collections::BTreeMap;

/// The condition keys of a request, each with its values. The case of a key does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// The context with a key that has one value.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Self {
        self.with_all(key, &[value])
    }

    /// The context with a key that has several values. No values are no key: IAM does not tell an empty set from an absent key.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: &[&str]) -> Self {
        self.0.insert(key.to_lowercase(), values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    /// The context without a key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.remove(&key.to_lowercase());
        self
    }

    /// The values of a key, if it has any.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice).filter(|values| !values.is_empty())
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A session of a role: the ARN of the role, and the name of the session.
    Session { role: String, name: String },
    /// A user, by its ARN.
    User(String),
    /// A service that asks for itself, as `sagemaker.amazonaws.com` does when it assumes a role.
    Service(String),
}

impl Principal {
    /// The ARN of the role or the user: `aws:PrincipalArn`.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Session { role, .. } => Some(role),
            Self::User(arn) => Some(arn),
            Self::Service(_) => None,
        }
    }

    /// The id of the account that it belongs to.
    pub fn account(&self) -> Option<&str> {
        self.arn().and_then(|arn| arn.split(':').nth(4))
    }

    /// The ARN of the session, which has the name of the role without its path.
    pub fn session_arn(&self) -> Option<String> {
        let Self::Session { role, name } = self else { return None };
        let partition = role.split(':').nth(1)?;
        let short = role.rsplit('/').next()?;
        Some(format!("arn:{partition}:sts::{}:assumed-role/{short}/{name}", self.account()?))
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub principal: Principal,
    pub action: String,
    /// The ARN of the resource, or `*` of an operation that takes none.
    pub resource: String,
    /// The account that the resource belongs to, which an ARN such as that of a bucket does not say.
    pub resource_account: String,
    pub context: Context,
}

impl Request {
    /// A request of a session of a role on a resource of the account of the role, with the keys that each such request has.
    pub fn of_role(role: &str, action: &str, resource: &str) -> Self {
        let principal = Principal::Session { role: role.to_owned(), name: "alice".to_owned() };
        let account = principal.account().unwrap_or_default().to_owned();
        let context = Context::default()
            .with("aws:PrincipalArn", role)
            .with("aws:PrincipalAccount", &account)
            .with("aws:ResourceAccount", &account)
            .with("aws:SecureTransport", "true")
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:userid", "AROAEXAMPLE:alice");
        Self {
            principal,
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: account,
            context,
        }
    }

    /// The request with another context.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(Context) -> Context) -> Self {
        self.context = change(self.context);
        self
    }
}
