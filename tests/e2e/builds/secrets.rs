//! No value of a variable and no secret of a request is where people read it. CodeBuild itself shows variables, to those who may read
//! builds and their events: what the function keeps is looked at here.

use super::fixture::BuildFixture;
use crate::clean_up::canaries::{kept, runs};
use crate::cli::aws;
use crate::harness::run;
use crate::one_shot::refused;
use crate::secrets::{calls, canaries, logs};
use anyhow::ensure;

/// The value of a variable.
const PLANTED: &str = "planted-canary-0816";

#[test]
fn values_of_variables_and_response_urls_appear_nowhere() {
    run(async {
        let fixture = BuildFixture::deploy("hushed").await?;
        let command = format!(": {PLANTED}");
        let user = fixture.create("hushed-user", &[("Command", &command)]).await?;
        let failing = format!("{command}; exit 3");
        let told = refused(fixture.update(&user, &[("Command", &failing)]).await)?;
        let told_bad =
            refused(fixture.create("hushed-bad", &[("Name", "TAG"), ("Command", &command)]).await)?;
        ensure!(told_bad.contains("has TAG twice"), "{told_bad}");

        let mut places = logs(fixture.cloud, "hushed-function").await?;
        let logged = places.iter().filter(|(_, text)| text.contains("started a build")).count();
        ensure!(logged == 1, "the function logged nothing: the search would prove nothing");
        let runs = runs(fixture.cloud, &[fixture.deployed.output("StateMachineArn")?]).await?;
        let encrypted = runs.iter().filter(|(_, text)| text.contains("EncryptedProperties")).count();
        ensure!(encrypted > 0, "no request is in the histories");
        places.extend(runs);
        places.push(("the reason of a failure".to_owned(), format!("{told}{told_bad}")));
        for stack in ["hushed-user", "hushed-bad"] {
            let events = aws(&["cloudformation", "describe-stack-events", "--stack-name", stack]).await?;
            places.push((format!("the events of {stack}"), events.to_string()));
        }
        // The user gives the value to CloudFormation, and the function to CodeBuild, which puts it into its events.
        let given = ["call cloudformation:", "call codebuild:StartBuild"];
        let own = |(place, _): &(String, String)| !given.iter().any(|call| place.starts_with(call));
        places.extend(calls(fixture.cloud).into_iter().filter(own));
        let of_codebuild = |(_, text): &(String, String)| text.contains("\"aws.codebuild\"");
        places.extend(kept(fixture.cloud).await?.into_iter().filter(|it| !of_codebuild(it)));
        let mut canaries = canaries(fixture.cloud).await?;
        canaries.push(PLANTED.to_owned());
        for canary in canaries {
            for (place, text) in &places {
                assert!(!text.contains(&canary), "a secret is in {place}: {}...", &canary[..8]);
            }
        }
        fixture.forget("hushed-bad").await?;
        fixture.delete(&user).await?;
        fixture.tear_down().await
    });
}
