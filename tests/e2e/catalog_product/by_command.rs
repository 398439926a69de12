//! The command line lists, provisions, shows and terminates, and knows what a pipeline made.

use super::fixture::{ASSOCIATE, CANARY, CatalogFixture, TERMINATE};
use crate::clean_up::pipeline::CleanupPipeline;
use crate::clean_up::program::{self, ADMINISTRATOR, Ran};
use crate::cli::aws;
use crate::harness::run;
use anyhow::{Context, ensure};
use serde_json::{Value, json};

#[track_caller]
fn told(ran: &Ran, code: i32, words: &[&str]) -> anyhow::Result<()> {
    ensure!(ran.code == Some(code), "{ran:?}");
    for word in words {
        ensure!(ran.out.contains(word) || ran.err.contains(word), "no {word:?} in {ran:?}");
    }
    ensure!(!format!("{ran:?}").contains(CANARY), "the value of a parameter is told");
    Ok(())
}

#[test]
fn a_product_is_launched_and_terminated_by_command_and_by_pipeline() {
    run(async {
        let fixture = CatalogFixture::deploy("catalog-command").await?;
        let user = fixture.clients.user("catalog-command", ADMINISTRATOR).await?;
        let command = async |arguments: &[&str]| {
            program::run(fixture.cloud, &user, &[&["product"], arguments].concat()).await
        };
        let product = fixture.product();
        let key = format!("EnvName={CANARY}");
        let provision = ["provision", product, "--parameter", &key];

        let nothing = command(&provision).await?;
        told(&nothing, 3, &["may launch 0 products", "its portfolio gives access"])?;
        let identity = aws(&["iam", "get-user", "--user-name", "catalog-command"]).await?;
        let arn = identity["User"]["Arn"].as_str().context("no user")?;
        let portfolio = fixture.catalog.output("PortfolioId")?;
        let associate = ["servicecatalog", "associate-principal-with-portfolio", "--principal-type", "IAM"];
        aws(&[&associate[..], &["--portfolio-id", portfolio, "--principal-arn", arn]].concat()).await?;
        told(&command(&["list"]).await?, 0, &[product, "Data science catalog-command", "none"])?;

        fixture.deny_launch().await?;
        let failed = command(&provision).await?;
        told(&failed, 1, &["could not provision data_science_catalog-command-prod-", "ssm:PutParameter"])?;
        told(&command(&["status", product]).await?, 0, &["PROVISION_PRODUCT, FAILED", "ssm:PutParameter"])?;
        ensure!(fixture.recorded().await?.is_none(), "a failure is recorded");
        fixture.allow_launch().await?;

        told(&command(&provision).await?, 0, &["AVAILABLE", "PROVISION_PRODUCT, SUCCEEDED", "Entry"])?;
        let made = fixture.provisioned().await?;
        ensure!(made.len() == 1 && fixture.recorded().await?.as_ref() == Some(&made[0].0), "{made:?}");
        let list: Value = serde_json::from_str(&command(&["list", "--versions", "--json"]).await?.out)?;
        ensure!(list["ProvisionedProducts"][0]["Id"] == json!(made[0].0), "{list}");
        ensure!(list["Products"][0]["ProvisioningArtifacts"][0]["Name"] == "one", "{list}");

        let denied = command(&["terminate", product]).await?;
        told(&denied, 4, &["not confirmed", &made[0].0])?;
        ensure!(fixture.provisioned().await? == made, "terminated without a yes");
        // The pipeline terminates what the command made.
        let line = CleanupPipeline::named(&fixture.pipelines, fixture.cloud, &fixture.clients).await?;
        let ending = fixture.run(&line, "theirs", TERMINATE).await?;
        ensure!(
            ending.status == "Failed" && ending.message.contains("TerminateProvisionedProduct"),
            "{ending:?}"
        );
        told(&command(&["terminate", &made[0].0, "--yes"]).await?, 0, &["Terminated: pp-"])?;
        ensure!(
            fixture.provisioned().await?.is_empty() && fixture.recorded().await?.is_none(),
            "it is there"
        );

        // The command terminates what a pipeline made.
        ensure!(fixture.run(&line, "associate", ASSOCIATE).await?.status == "Succeeded", "no access");
        ensure!(
            fixture.run(&line, "launch", &CatalogFixture::provision()).await?.status == "Succeeded",
            "launch"
        );
        told(&command(&["terminate", product, "--yes"]).await?, 0, &["Terminated: pp-"])?;
        ensure!(
            fixture.provisioned().await?.is_empty() && fixture.recorded().await?.is_none(),
            "it is there"
        );
        Ok(())
    });
}
