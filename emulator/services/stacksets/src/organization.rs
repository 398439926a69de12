//! The organization of an account, as the service sees it: on AWS it may look into each that trusts it.

use crate::failure::invalid;
use emulator_core::{Credentials, Failure, Refused, ServiceContext, SignedClient, text};
use serde_json::{Value, json};

/// What an organization trusts, and delegates the administration of.
const PRINCIPAL: &str = "member.org.stacksets.cloudformation.amazonaws.com";

const NO_ACCESS: &str = "You must enable organizations access to operate a service managed stack set";
const NOT_ADMINISTRATOR: &str = "You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set";

/// The organization that an account administers stack sets of.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    client: SignedClient,
    management: String,
}

/// An account of a unit.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) unit: Option<String>,
}

impl Organization {
    /// The organization of this account, if it trusts the service and the account may act so.
    pub(crate) async fn administered(context: &ServiceContext, delegated: bool) -> Result<Self, Failure> {
        let own = client(context, &context.account);
        let found = match call(&own, "DescribeOrganization", &json!({})).await {
            Err(refused) if refused.code == "AWSOrganizationsNotInUseException" => {
                return Err(invalid(NO_ACCESS));
            }
            found => found.map_err(internal)?,
        };
        let management = text(&found["Organization"], "MasterAccountId").to_owned();
        let organization = Self { client: client(context, &management), management };
        let is_trusted = |it: &Value| it["ServicePrincipal"] == PRINCIPAL;
        let trusted = organization
            .all("ListAWSServiceAccessForOrganization", json!({}), "EnabledServicePrincipals")
            .await?;
        if !trusted.iter().any(is_trusted) {
            return Err(invalid(NO_ACCESS));
        }
        let asked = json!({"ServicePrincipal": PRINCIPAL});
        let administrators =
            organization.all("ListDelegatedAdministrators", asked, "DelegatedAdministrators").await?;
        let is_delegated = administrators.iter().any(|it| text(it, "Id") == context.account);
        match (delegated, context.account == organization.management) {
            (false, true) => Ok(organization),
            (true, _) if is_delegated => Ok(organization),
            _ => Err(invalid(NOT_ADMINISTRATOR)),
        }
    }

    /// The active accounts of a unit or the root and of all units in it, without the management account.
    pub(crate) async fn members(&self, unit: &str) -> Result<Vec<Member>, Failure> {
        let mut found = Vec::new();
        let mut parents = vec![unit.to_owned()];
        while let Some(parent) = parents.pop() {
            let inside = json!({"ParentId": parent});
            for account in self.all("ListAccountsForParent", inside.clone(), "Accounts").await? {
                let id = text(&account, "Id").to_owned();
                if account["State"] == "ACTIVE" && id != self.management {
                    found.push(Member { id, unit: Some(unit.to_owned()) });
                }
            }
            let units = self.all("ListOrganizationalUnitsForParent", inside, "OrganizationalUnits").await?;
            parents.extend(units.iter().map(|unit| text(unit, "Id").to_owned()));
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    /// Whether an account is one of the organization that can be used.
    pub(crate) async fn is_active(&self, account: &str) -> Result<bool, Failure> {
        match call(&self.client, "DescribeAccount", &json!({"AccountId": account})).await {
            Ok(found) => Ok(found["Account"]["State"] == "ACTIVE"),
            Err(refused) if refused.code == "AccountNotFoundException" => Ok(false),
            Err(refused) => Err(internal(refused)),
        }
    }

    pub(crate) fn is_management(&self, account: &str) -> bool {
        self.management == account
    }

    /// All pages of a list.
    async fn all(&self, operation: &str, mut input: Value, member: &str) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        loop {
            let mut page = match call(&self.client, operation, &input).await {
                Err(refused) if refused.code == "ParentNotFoundException" => {
                    let unit = text(&input, "ParentId");
                    return Err(invalid(format!("Organizational unit {unit} does not exist")));
                }
                page => page.map_err(internal)?,
            };
            if let Value::Array(found) = page[member].take() {
                items.extend(found);
            }
            match page["NextToken"].take() {
                Value::Null => return Ok(items),
                token => input["NextToken"] = token,
            }
        }
    }
}

/// A client that the organization trusts.
fn client(context: &ServiceContext, account: &str) -> SignedClient {
    let credentials = Credentials {
        access_key_id: account.to_owned(),
        secret_access_key: context.bridge.secrets().root_key().to_owned(),
        session_token: String::new(),
    };
    SignedClient::of_role(context, &credentials)
}

async fn call(client: &SignedClient, operation: &str, input: &Value) -> Result<Value, Refused> {
    client.json("organizations", &format!("AWSOrganizationsV20161128.{operation}"), input).await
}

fn internal(refused: Refused) -> Failure {
    let Refused { code, message } = refused;
    Failure { code: "InternalFailure".to_owned(), message: format!("{code} {message}"), status: 500 }
}
