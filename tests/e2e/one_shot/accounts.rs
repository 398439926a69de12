//! The organization of all tests: its management account is the one in which the stacks are.

use crate::cli::{aws, aws_as};
use crate::harness::until;
use anyhow::Context;
use serde_json::Value;
use tokio::sync::OnceCell;

/// The user of the management account who assumes roles: the root user cannot.
const ORGANIZER: &str = "organizer";

/// Makes the organization once. Returns the id of its root.
pub(crate) async fn organization() -> anyhow::Result<&'static str> {
    static ROOT: OnceCell<String> = OnceCell::const_new();
    let make = async || {
        aws(&["organizations", "create-organization"]).await?;
        aws(&["iam", "create-user", "--user-name", ORGANIZER]).await?;
        let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
        aws(&["iam", "attach-user-policy", "--user-name", ORGANIZER, "--policy-arn", administrator]).await?;
        let roots = aws(&["organizations", "list-roots"]).await?;
        roots["Roots"][0]["Id"].as_str().map(str::to_owned).context("no root")
    };
    ROOT.get_or_try_init(make).await.map(String::as_str)
}

/// A unit in another one, or in the root.
pub(crate) async fn unit(parent: &str, name: &str) -> anyhow::Result<String> {
    let create = ["organizations", "create-organizational-unit", "--parent-id", parent, "--name", name];
    let made = aws(&create).await?;
    made["OrganizationalUnit"]["Id"].as_str().map(str::to_owned).context("no unit")
}

/// A new account in a unit.
pub(crate) async fn account(name: &str, root: &str, unit: &str) -> anyhow::Result<String> {
    let email = format!("{name}@example.com");
    let create = ["organizations", "create-account", "--account-name", name, "--email", &email];
    let asked = aws(&create).await?;
    let request = asked["CreateAccountStatus"]["Id"].as_str().context("no request")?;
    let describe =
        ["organizations", "describe-create-account-status", "--create-account-request-id", request];
    until("the account is created", async || {
        Ok(aws(&describe).await?["CreateAccountStatus"]["State"] == "SUCCEEDED")
    })
    .await?;
    let status = aws(&describe).await?;
    let id = status["CreateAccountStatus"]["AccountId"].as_str().context("no account")?.to_owned();
    let places = ["--account-id", &id, "--source-parent-id", root, "--destination-parent-id", unit];
    aws(&[&["organizations", "move-account"][..], &places].concat()).await?;
    Ok(id)
}

/// Credentials of the administrator of an account that the organization created.
pub(crate) async fn administrator(account: &str) -> anyhow::Result<Value> {
    static KEY: OnceCell<Value> = OnceCell::const_new();
    let make = async || {
        let made = aws(&["iam", "create-access-key", "--user-name", ORGANIZER]).await?;
        anyhow::Ok(made["AccessKey"].clone())
    };
    let key = KEY.get_or_try_init(make).await?;
    session(key, &format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole")).await
}

/// Credentials of a role.
pub(crate) async fn session(of: &Value, role: &str) -> anyhow::Result<Value> {
    let assume = ["sts", "assume-role", "--role-session-name", "test", "--role-arn", role];
    Ok(aws_as(of, &assume).await?["Credentials"].clone())
}
