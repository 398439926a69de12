//! Who makes the stacks of a set: the execution role of each account, which the administration role assumes, or a role that the
//! service has in the accounts of an organization.

use crate::definition::Definition;
use emulator_core::{Credentials, ServiceContext};
use serde_json::json;

const SERVICE: &str = "cloudformation.amazonaws.com";

/// IAM does not take longer names of sessions.
const LONGEST_SESSION: usize = 64;

/// A set, its roles, and the operation for which they are assumed.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    /// Of the administrator.
    pub(crate) context: ServiceContext,
    /// `NAME:UUID` of the set.
    pub(crate) set: String,
    pub(crate) arn: String,
    pub(crate) operation: String,
}

impl Roles {
    /// Credentials in an account; AWS's reason if it does not let the set in.
    pub(crate) async fn credentials(
        &self,
        definition: &Definition,
        account: &str,
    ) -> Result<Credentials, String> {
        match (&definition.administration_role, &definition.execution_role) {
            (Some(administration), Some(execution)) => {
                self.execution(administration, execution, account).await
            }
            _ => self.of_service(account).await,
        }
    }

    async fn execution(
        &self,
        administration: &str,
        execution: &str,
        account: &str,
    ) -> Result<Credentials, String> {
        let session: String = self.operation.chars().take(LONGEST_SESSION).collect();
        let name = administration.rsplit('/').next().unwrap_or_default();
        let bridge = &self.context.bridge;
        let own = bridge.assume(administration, SERVICE, &self.arn, &session).await;
        let own = own.map_err(|_| {
            let own = &self.context.account;
            format!(
                "Account {own} should have '{name}' role with trust relationship to CloudFormation service."
            )
        })?;
        let client = aws_sdk_sts::Client::new(&self.context.sdk(&own).await);
        let role = format!("arn:aws:iam::{account}:role/{execution}");
        let assumed = client.assume_role().role_arn(role).role_session_name(session).send().await;
        let assumed = assumed.ok().and_then(|answer| answer.credentials).ok_or_else(|| {
            format!(
                "Account {account} should have '{execution}' role with trust relationship to Role '{name}'."
            )
        })?;
        Ok(Credentials {
            access_key_id: assumed.access_key_id,
            secret_access_key: assumed.secret_access_key,
            session_token: assumed.session_token,
        })
    }

    /// Those of the role that the service makes in an account of an organization.
    async fn of_service(&self, account: &str) -> Result<Credentials, String> {
        let unique: String = self.set.rsplit(':').next().unwrap_or_default().replace('-', "");
        let role =
            json!({"account": account, "role": format!("stacksets-exec-{unique}"), "service": SERVICE});
        self.context.bridge.post("assume_service_role", &role).await.map_err(|failure| failure.message)
    }
}
