//! A pipeline associates, provisions and terminates, and fails with the cause.

use super::fixture::{ASSOCIATE, CANARY, CatalogFixture, FILE, TERMINATE};
use crate::clean_up::pipeline::CleanupPipeline;
use crate::cli::aws;
use crate::harness::run;
use crate::permissions::{check_both_ways, unused};
use crate::secrets::logs;
use anyhow::ensure;
use serde_json::json;

#[test]
fn the_guides_own_actions_associate_provision_and_terminate_with_no_right_too_many() {
    run(async {
        let fixture = CatalogFixture::deploy("catalog-product").await?;
        let line = CleanupPipeline::named(&fixture.pipelines, fixture.cloud, &fixture.clients).await?;
        let provision = CatalogFixture::provision();
        let early = fixture.run(&line, "early", &provision).await?;
        ensure!(early.status == "Failed" && early.message.contains("associate-role"), "{early:?}");

        let ending = fixture.run(&line, "associate", ASSOCIATE).await?;
        ensure!(ending.status == "Succeeded", "{ending:?}");
        let role = fixture.function.output("RoleName")?;
        ensure!(ending.variables["RoleArn"].ends_with(&format!("/{role}")), "{ending:?}");

        fixture.deny_launch().await?;
        let ending = fixture.run(&line, "denied", &provision).await?;
        ensure!(ending.status == "Failed", "{ending:?}");
        for words in ["could not provision data_science_catalog-product-prod-", "ssm:PutParameter"] {
            ensure!(ending.message.contains(words), "no {words:?} in {ending:?}");
        }
        ensure!(fixture.recorded().await?.is_none(), "a failure is recorded");
        fixture.allow_launch().await?;

        let ending = fixture.run(&line, "launch", &provision).await?;
        ensure!(ending.status == "Succeeded", "{ending:?}");
        let made = fixture.provisioned().await?;
        ensure!(made.len() == 1 && made[0].1 == "AVAILABLE", "{made:?}");
        ensure!(fixture.recorded().await?.as_ref() == Some(&made[0].0), "{made:?}");
        ensure!(ending.variables["ProvisionedProductId"] == made[0].0, "{ending:?}");

        let other = provision.replace(CANARY, "other");
        let ending = fixture.run(&line, "other", &other).await?;
        ensure!(ending.status == "Failed" && ending.message.contains("with other parameters"), "{ending:?}");

        let ending = fixture.run(&line, "terminate", TERMINATE).await?;
        ensure!(ending.status == "Succeeded", "{ending:?}");
        ensure!(fixture.provisioned().await?.is_empty() && fixture.recorded().await?.is_none(), "{ending:?}");
        let ending = fixture.run(&line, "again", TERMINATE).await?;
        ensure!(ending.status == "Succeeded", "gone is done: {ending:?}");

        for (place, text) in logs(fixture.cloud, &fixture.name).await? {
            ensure!(!text.contains(CANARY), "the value of a parameter is in {place}");
        }
        check_both_ways(fixture.cloud, &fixture.function.stack, unused::CATALOG_PRODUCT).await
    });
}

#[test]
fn what_is_wrong_with_a_launch_is_a_sentence_and_nothing_is_made() {
    run(async {
        let fixture = CatalogFixture::deploy("catalog-bad").await?;
        let line = CleanupPipeline::named(&fixture.pipelines, fixture.cloud, &fixture.clients).await?;
        ensure!(fixture.run(&line, "associate", ASSOCIATE).await?.status == "Succeeded", "no access");
        let provision = CatalogFixture::provision();
        let unknown = provision.replace("EnvType", "EnvKind");
        let twice = provision.replace("EnvType", "EnvName");
        let outputs = |key: &str, value: &str| {
            let mut outputs = fixture.outputs();
            outputs[key] = json!(value);
            outputs.to_string()
        };
        let good = fixture.outputs().to_string();
        for (case, parameters, file, words) in [
            ("key", &unknown, good.clone(), &["EnvKind", "EnvName"][..]),
            ("twice", &twice, good.clone(), &["EnvName again"]),
            ("product", &provision, outputs("ProductId", "prod-none"), &["prod-none", "associate-role"]),
            ("version", &provision, outputs("ProvisioningArtifactIds", "pa-none"), &["no version pa-none"]),
            ("versions", &provision, outputs("ProvisioningArtifactIds", "pa-1,pa-2"), &["2 versions", "one"]),
            ("file", &provision, "[]".to_owned(), &[FILE]),
        ] {
            let ending = line.run(case, fixture.function_name(), parameters, &[(FILE, &file)]).await?;
            ensure!(ending.status == "Failed", "{case}: {ending:?}");
            for word in words {
                ensure!(ending.message.contains(word), "{case}: no {word:?} in {:?}", ending.message);
            }
            ensure!(!ending.message.contains(CANARY), "{case}: {ending:?}");
        }
        ensure!(fixture.provisioned().await?.is_empty(), "something was made");
        let name = format!("/ds-product-catalog/{}/provisioned-product-id", fixture.product());
        let put = ["ssm", "put-parameter", "--type", "String", "--name", &name, "--value", "pp-gone"];
        aws(&put).await?;
        let ending = fixture.run(&line, "stale", TERMINATE).await?;
        ensure!(ending.status == "Succeeded" && fixture.recorded().await?.is_none(), "{ending:?}");
        Ok(())
    });
}
