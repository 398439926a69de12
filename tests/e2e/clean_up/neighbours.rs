//! What belongs to others: another domain in the same VPC, file systems that bear no tag or an odd one.

use super::clients::{Clients, Made};
use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::{Counts, TAG, counts};
use super::population::{AppType, Owner};
use crate::harness::{run, until};
use aws_sdk_efs::types::{LifeCycleState, Tag};
use serde_json::json;
use shared::aws::ec2::Input;
use std::collections::BTreeMap;

impl Clients {
    /// A file system that SageMaker did not make, with a mount target in a subnet. Returns its id.
    async fn foreign_file_system(&self, tag: Option<(&str, &str)>, subnet: &str) -> anyhow::Result<String> {
        let request = self.efs.create_file_system().creation_token(format!("{subnet}-{tag:?}"));
        let tag = tag.map(|(key, value)| Tag::builder().key(key).value(value).build()).transpose()?;
        let made = request.set_tags(tag.map(|tag| vec![tag])).send().await?;
        let id = made.file_system_id;
        until(&format!("file system {id} available"), async || {
            let found = self.efs.describe_file_systems().file_system_id(&id).send().await?;
            Ok(found.file_systems().iter().all(|system| system.life_cycle_state == LifeCycleState::Available))
        })
        .await?;
        self.efs.create_mount_target().file_system_id(&id).subnet_id(subnet).send().await?;
        Ok(id)
    }

    /// Those of the file systems that are there, each with its mount target.
    async fn standing(&self, systems: &Systems) -> anyhow::Result<Systems> {
        let mut standing = Systems::new();
        let mut all = self.efs.describe_file_systems().into_paginator().items().send();
        while let Some(found) = all.next().await {
            let found = found?;
            let known = systems.get_key_value(found.file_system_id());
            standing.extend(
                known
                    .filter(|_| found.number_of_mount_targets() == 1)
                    .map(|(id, tag)| (id.clone(), tag.clone())),
            );
        }
        Ok(standing)
    }
}

/// File systems by their ids, each with what a person would look at to see why it is not SageMaker's.
type Systems = BTreeMap<String, String>;

/// File systems with tags that look like the one that counts, and one with none.
async fn odd_file_systems(fixture: &DomainFixture) -> anyhow::Result<Systems> {
    let arn = format!("{}{}", fixture.clients.domains, fixture.domain);
    let longer = format!("{arn}x");
    let elsewhere = arn.replace(&fixture.cloud.context().region, "eu-west-1");
    let tags = [
        None,
        Some(("Name", arn.as_str())),
        Some((TAG, longer.as_str())),
        Some((TAG, fixture.domain.as_str())),
        Some((TAG, elsewhere.as_str())),
        Some((TAG, "")),
        Some(("managedbyamazonsagemakerresource", arn.as_str())),
    ];
    let mut made = Systems::new();
    for tag in tags {
        let id = fixture.clients.foreign_file_system(tag, &fixture.subnets[0]).await?;
        made.insert(id, format!("{tag:?}"));
    }
    Ok(made)
}

/// What a foreign domain has of its own, its share of the VPC included.
fn of_foreign_domain() -> Counts {
    counts([("domains", 1), ("user profiles", 1), ("apps", 1)])
}

#[test]
fn a_foreign_domain_in_the_same_vpc_and_odd_file_systems_stay_untouched() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "neighbours").await?;
        fixture.populate_with_few().await?;
        let clients = &fixture.clients;
        let foreign = clients.domain("neighbours-foreign", &fixture.vpc, &fixture.subnets).await?;
        clients.profile(&foreign, "mallory").await?;
        let app = (Owner::Profile("mallory"), AppType::KernelGateway, "work");
        clients.app(&foreign, &app).await?;
        let odd = odd_file_systems(&fixture).await?;
        let network = clients.in_vpc(&fixture.vpc).await?;
        let of_one_domain = fixture.left().await?["mount targets"];

        let [studio, storage] = fixture.functions.state_machines();
        let (status, text) =
            fixture.walk(studio, &json!({"DomainId": fixture.domain, "DeleteSpaceStorage": true})).await?;
        assert_eq!(status, "SUCCEEDED", "{text}");
        clients.drop_domain(&fixture.domain).await?;
        let spec = json!({"DomainId": fixture.domain, "Storage": "delete"});
        let (status, text) = fixture.walk(storage, &spec).await?;
        assert_eq!(status, "SUCCEEDED", "{text}");
        assert_eq!(clients.standing(&odd).await?, odd);
        // By VPC it is the leftovers of every domain that is gone. A tag alone, of a domain that has never been there, proves
        // nothing.
        let spec = json!({"VpcId": fixture.vpc, "Storage": "delete"});
        let (status, text) = fixture.walk(storage, &spec).await?;
        assert_eq!(status, "SUCCEEDED", "{text}");
        assert_eq!(clients.standing(&odd).await?, odd);
        assert_eq!(clients.in_domain(&foreign).await?, of_foreign_domain());
        let system = clients.file_system(&foreign).await?;
        assert_eq!(usize::try_from(system.number_of_mount_targets())?, of_one_domain);
        assert!(
            clients.file_systems(&fixture.domain).await?.is_empty(),
            "its own file system is still there"
        );
        let now = clients.in_vpc(&fixture.vpc).await?;
        assert_eq!(now["groups"] + 2, network["groups"], "of the groups, exactly the domain's own two went");
        assert_eq!(now["interfaces"] + of_one_domain, network["interfaces"]);

        // Deleting the VPC would take what is not its own: it says what is in it, and leaves it whole.
        let spec = json!({"DomainId": fixture.domain, "Storage": "delete", "Vpc": "delete"});
        let (status, cause) = fixture.walk(storage, &spec).await?;
        let whole = clients.in_vpc(&fixture.vpc).await?;
        assert_eq!(whole, now, "{status} {cause}");
        Ok(())
    });
}

#[test]
fn a_vpc_with_something_of_others_in_it_is_left_whole_and_what_it_is_is_said() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "occupied").await?;
        let clients = &fixture.clients;
        let input = [("SubnetId", fixture.subnets[1].as_str())];
        let id = |made: Made| made.network_interface?.network_interface_id;
        let interface = clients.make("CreateNetworkInterface", input, id).await?;
        let odd = clients.foreign_file_system(None, &fixture.subnets[0]).await?;
        clients.drop_domain(&fixture.domain).await?;
        let spec = json!({"DomainId": fixture.domain, "Storage": "delete", "Vpc": "delete"});
        let storage = fixture.functions.state_machines()[1];
        let (status, cause) = fixture.walk(storage, &spec).await?;
        assert_eq!(status, "FAILED", "{cause}");
        assert!(
            cause.contains(&odd) || cause.contains("eni-"),
            "it does not say what is in the way: {cause}"
        );
        let left = fixture.left().await?;
        assert_eq!((left.get("VPCs"), left.get("subnets")), (Some(&1), Some(&2)), "{left:?}");
        let theirs = Systems::from([(odd.clone(), "no tag".to_owned())]);
        assert_eq!(clients.standing(&theirs).await?, theirs);

        // Once a person has removed what was in the way, the same input goes through.
        let targets = clients.efs.describe_mount_targets().file_system_id(&odd).send().await?;
        for target in targets.mount_targets() {
            clients.efs.delete_mount_target().mount_target_id(target.mount_target_id()).send().await?;
        }
        // It may be one that nobody has, and then it went with the rest.
        let input = Input::default().with("NetworkInterfaceId", &interface);
        drop(clients.ec2.run("DeleteNetworkInterface", &input).await);
        until("the mount target of the others is gone", async || {
            let found = clients.efs.describe_file_systems().file_system_id(&odd).send().await?;
            Ok(found.file_systems().iter().all(|system| system.number_of_mount_targets() == 0))
        })
        .await?;
        let (status, text) = fixture.walk(storage, &spec).await?;
        assert_eq!(status, "SUCCEEDED", "{text}");
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}
