//! What ministack must know of organizations: who is in which, for the condition key `aws:PrincipalOrgID`, and the role that
//! AWS makes in a new account.

use crate::{Organizations, failure};
use emulator_core::Failure;
use serde_json::{Value, json};

/// The role that the management account assumes in an account that it created, if the request names no other.
const ROLE: &str = "OrganizationAccountAccessRole";

impl Organizations {
    /// Tells who is in which organization now.
    pub(crate) async fn tell_members(&self) -> Result<(), Failure> {
        let members: Value = {
            let store = self.store();
            let of = |(management, it): (&String, &crate::store::Organization)| {
                debug_assert_eq!(
                    *management, it.management,
                    "organizations are kept by their management account"
                );
                it.accounts.keys().map(|account| (account.clone(), json!(it.id))).collect::<Vec<_>>()
            };
            Value::Object(store.organizations.iter().flat_map(of).collect())
        };
        self.post("keep_members", &json!({"members": members})).await
    }

    /// Makes the role in a new account through which the management account acts there.
    pub(crate) async fn make_role(&self, account: &str, management: &str, name: &str) -> Result<(), Failure> {
        let name = if name.is_empty() { ROLE } else { name };
        let role = json!({"account": account, "management": management, "role": name});
        self.post("make_role", &role).await
    }

    async fn post(&self, name: &str, body: &Value) -> Result<(), Failure> {
        self.context.bridge.post::<Value>(name, body).await.map(drop).map_err(|error| {
            tracing::error!("ministack did not take {name}: {error}");
            let message = "AWS Organizations can't complete your request because of an internal service error. Try again later.";
            failure("ServiceException", message)
        })
    }
}
