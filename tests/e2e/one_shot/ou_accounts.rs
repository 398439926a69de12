//! Accounts of nested units, found by a stack in the management account of an organization.

use super::accounts::{account, organization, unit};
use super::{function, refused};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::ensure;
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

#[test]
fn a_stack_finds_the_accounts_of_nested_units() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("ou-accounts").await?;
        let ask = |units: &str| deploy::named([("Units", units)]);
        let mut parameters = ask("ou-ab12-34cd56ef");
        parameters.extend(deploy::named([("Function", deployed.output("FunctionArn")?)]));
        let root = organization().await?;
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
        // A closed account leaves the list.
        aws(&["organizations", "close-account", "--account-id", &expected[0]]).await?;
        let user = deploy::update(cloud, &user, USER, ask(&outer), |_| ()).await?;
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
