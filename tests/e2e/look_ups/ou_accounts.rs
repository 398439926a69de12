//! Accounts of nested units, found by a stack in the management account of an organization.

use super::{function, refused};
use crate::cli::aws;
use crate::harness::{cloud, run, until};
use crate::permissions::{check_both_ways, unused};
use anyhow::{Context, ensure};
use emulator::deploy;

const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, Units: {Type: CommaDelimitedList}}
Resources:
  Accounts:
    Type: Custom::OUAccounts
    Properties: {ServiceToken: !Ref Function, ServiceTimeout: 300, OUIds: !Ref Units}
Outputs:
  Accounts: {Value: !Join [',', !GetAtt Accounts.Accounts]}
";

/// A unit in another one, or in the root.
async fn unit(parent: &str, name: &str) -> anyhow::Result<String> {
    let create = ["organizations", "create-organizational-unit", "--parent-id", parent, "--name", name];
    let made = aws(&create).await?;
    made["OrganizationalUnit"]["Id"].as_str().map(str::to_owned).context("no unit")
}

/// A new account in a unit.
async fn account(name: &str, root: &str, unit: &str) -> anyhow::Result<String> {
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

#[test]
fn a_stack_finds_the_accounts_of_nested_units() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("ou-accounts").await?;
        let ask = |units: &str| deploy::named([("Units", units)]);
        let mut parameters = ask("ou-ab12-34cd56ef");
        parameters.extend(deploy::named([("Function", deployed.output("FunctionArn")?)]));
        let told = refused(deploy::create(cloud, "accounts-early", USER, parameters.clone(), |_| ()).await)?;
        ensure!(told.contains("AWSOrganizationsNotInUseException"), "{told}");

        aws(&["organizations", "create-organization"]).await?;
        let roots = aws(&["organizations", "list-roots"]).await?;
        let root = roots["Roots"][0]["Id"].as_str().context("no root")?;
        let outer = unit(root, "workloads").await?;
        let inner = unit(&outer, "production").await?;
        let empty = unit(root, "empty").await?;
        let mut expected = vec![
            account("first", root, &outer).await?,
            account("second", root, &inner).await?,
            account("third", root, &inner).await?,
        ];
        expected.sort_unstable();

        parameters.extend(ask(&format!("{outer},{inner}")));
        let user = deploy::create(cloud, "accounts-user", USER, parameters, |_| ()).await?;
        ensure!(user.output("Accounts")? == expected.join(","), "{:?} {expected:?}", user.outputs);
        // The whole organization: the management account is not in the list. A closed account leaves it.
        aws(&["organizations", "close-account", "--account-id", &expected[0]]).await?;
        let user = deploy::update(cloud, &user, USER, ask(root), |_| ()).await?;
        ensure!(user.output("Accounts")? == expected[1..].join(","), "{:?}", user.outputs);

        for (units, part) in [
            (&*empty, "neither they nor the units below them have accounts"),
            ("ou-zzzz-zzzzzzzz", "which is no unit of this organization"),
            ("production", "OUIds holds `production`: each must be the id of an organizational unit"),
        ] {
            let told = refused(deploy::update(cloud, &user, USER, ask(units), |_| ()).await)?;
            ensure!(told.contains(part), "{told}");
        }
        deploy::delete(cloud, &user, |_| ()).await?;
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
