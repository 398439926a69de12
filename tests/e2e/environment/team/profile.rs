//! User profiles: opened by their owner only, with a space, ended while an app runs.

use super::super::described;
use super::super::roles::denied;
use super::{Team, describe, told};
use crate::clean_up::clients::Clients;
use crate::clean_up::leftovers::counts;
use crate::clean_up::population::{AppType, Owner};
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run, until};
use anyhow::ensure;
use serde_json::Value;
use shared::aws::sagemaker::Status;

async fn open(person: &Value, domain: &str, profile: &str) -> anyhow::Result<Value> {
    let open = ["sagemaker", "create-presigned-domain-url", "--domain-id", domain];
    aws_as(person, &[&open[..], &["--user-profile-name", profile]].concat()).await
}

#[test]
fn a_data_scientist_provisions_a_profile_and_ends_it_while_its_apps_run() {
    run(async {
        let team = Team::new("team-prof").await?;
        let domain = team.domain()?;
        let (alice, shared) = (team.named("alice"), team.named("shared"));
        let given = [("UserProfileName", "alice"), ("UserName", &*alice), ("SpaceName", "lab")];
        let made = team.provision(&team.alice, "UserProfileProductId", &alice, &given).await?;
        ensure!(made["DomainId"] == domain && made["UserProfileName"] == "alice", "{made:?}");
        ensure!(made["OpenStudioCommand"].contains("--user-profile-name alice"), "{made:?}");
        ensure!(made["HomeDirectory"].contains("home directory stays"), "{made:?}");
        let space = describe("describe-space", &["--domain-id", domain, "--space-name", "lab"]).await?;
        let settings = &space["SpaceSettings"];
        let size = &settings["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"];
        ensure!(size == 20 && settings["AppType"] == "JupyterLab", "{space}");

        open(&team.alice, domain, "alice").await?;
        denied(open(&team.bob, domain, "alice").await)?;
        others(&team, &alice).await?;

        // The administrator makes one for the whole team, which is another person's to end.
        let for_all = [("UserProfileName", "everyone"), ("DeleteSpaceStorage", "NO")];
        team.provision(&team.administrator, "UserProfileProductId", &shared, &for_all).await?;
        open(&team.bob, domain, "everyone").await?;
        denied(team.terminate(&team.bob, &shared).await.map(|()| Value::Null))?;

        // While a profile of the portfolio exists, the portfolio stays, and with it the way to end the profile.
        let stack = team.named("portfolio");
        aws(&["cloudformation", "delete-stack", "--stack-name", &stack]).await?;
        until("the deletion has ended", async || {
            let status = described(&stack).await?["StackStatus"].clone();
            Ok(!status.as_str().unwrap_or_default().ends_with("_IN_PROGRESS"))
        })
        .await?;
        let paths =
            ["servicecatalog", "list-launch-paths", "--product-id", &team.portfolio["UserProfileProductId"]];
        aws_as(&team.alice, &paths).await?;

        work(domain).await?;
        team.terminate(&team.alice, &alice).await?;
        let clients = Clients::root(cloud().await).await;
        let left = clients.in_domain(domain).await?;
        // Those of the administrator and of the environment, and the space of the former.
        assert_eq!(left, counts([("apps", 1), ("domains", 1), ("spaces", 1), ("user profiles", 2)]));
        // What nobody allowed to delete keeps the product, and says so.
        told(team.terminate(&team.administrator, &shared).await, "EBS volume")?;
        clients.drop_app(domain, &(Owner::Space("theirs"), AppType::JupyterLab, "default")).await?;
        until("the app is gone", async || Ok(!clients.in_domain(domain).await?.contains_key("apps"))).await?;
        aws(&["sagemaker", "delete-space", "--domain-id", domain, "--space-name", "theirs"]).await?;
        until("the space is gone", async || Ok(!clients.in_domain(domain).await?.contains_key("spaces")))
            .await?;
        team.terminate(&team.administrator, &shared).await?;
        assert_eq!(clients.in_domain(domain).await?, counts([("domains", 1), ("user profiles", 1)]));
        team.tear_down().await
    });
}

/// Of somebody else's product the name and the status are seen; it is neither opened, nor changed, nor ended.
async fn others(team: &Team, product: &str) -> anyhow::Result<()> {
    let named = ["--provisioned-product-name", product];
    for operation in
        ["get-provisioned-product-outputs", "update-provisioned-product", "terminate-provisioned-product"]
    {
        let mut command = vec!["servicecatalog", operation];
        command.extend(named);
        if operation.starts_with("update") {
            command.extend(["--product-id", &team.portfolio["UserProfileProductId"]]);
            command.extend(["--provisioning-artifact-name", "v1.0"]);
        }
        denied(aws_as(&team.bob, &command).await)?;
    }
    Ok(())
}

/// People work in the space of the product and in spaces that they made, each with a running app.
async fn work(domain: &str) -> anyhow::Result<()> {
    let clients = Clients::root(cloud().await).await;
    clients.space(domain, "own", "alice", Some(AppType::JupyterLab)).await?;
    let create = ["sagemaker", "create-space", "--domain-id", domain, "--space-name", "theirs"];
    let settings = [
        "--ownership-settings",
        "OwnerUserProfileName=everyone",
        "--space-sharing-settings",
        "SharingType=Private",
    ];
    let storage =
        r#"{"AppType":"JupyterLab","SpaceStorageSettings":{"EbsStorageSettings":{"EbsVolumeSizeInGb":5}}}"#;
    aws(&[&create[..], &settings, &["--space-settings", storage]].concat()).await?;
    until("the space is in service", async || {
        Ok(clients.sagemaker.space(domain, "theirs").await?.status == Some(Status::InService))
    })
    .await?;
    for space in ["lab", "own", "theirs"] {
        clients.app(domain, &(Owner::Space(space), AppType::JupyterLab, "default")).await?;
    }
    until("the apps are in service", async || {
        let apps = clients.sagemaker.apps(domain).await?.items;
        Ok(apps.len() == 3 && apps.iter().all(|app| app.status == Some(Status::InService)))
    })
    .await
}
