//! Least privilege, both ways, for the roles of both functions; and what `doctor` asks for is enough for a whole run.

use super::clients::Clients;
use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::pipeline::CleanupPipeline;
use super::program::{self, ADMINISTRATOR};
use super::removal::domains_that_leave;
use crate::harness::run;
use crate::permissions::{check_both_ways, unused};
use anyhow::Context;
use aws_sdk_ec2::types::{DomainType, Filter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

impl Clients {
    /// One of each of the other things that people put into a VPC and forget there.
    async fn populate(&self, vpc: &str, subnet: &str) -> anyhow::Result<()> {
        let ec2 = &self.ec2;
        let attached = Filter::builder().name("attachment.vpc-id").values(vpc).build();
        let found = ec2.describe_internet_gateways().filters(attached).send().await?;
        let gateway = found.internet_gateways().first().and_then(|it| it.internet_gateway_id());
        let table = ec2.create_route_table().vpc_id(vpc).send().await?;
        let table = table.route_table.and_then(|table| table.route_table_id).context("no route table")?;
        let edge = ec2.associate_route_table().route_table_id(table).gateway_id(gateway.context("none")?);
        edge.send().await?;
        let address = ec2.allocate_address().domain(DomainType::Vpc).send().await?;
        let address = address.allocation_id.context("no address")?;
        ec2.create_nat_gateway().subnet_id(subnet).allocation_id(address).send().await?;
        ec2.create_egress_only_internet_gateway().vpc_id(vpc).send().await?;
        ec2.create_network_acl().vpc_id(vpc).send().await?;
        ec2.create_network_interface().subnet_id(subnet).description("left over").send().await?;
        let group = ec2.create_security_group().group_name("people").description("People").vpc_id(vpc);
        group.send().await?;
        Ok(())
    }

    /// An `MLflow` tracking server, whose tags name no domain.
    async fn tracking_server(&self, name: &str) -> anyhow::Result<()> {
        let server = self.sagemaker.create_mlflow_tracking_server().tracking_server_name(name);
        let server = server.artifact_store_uri(format!("s3://{name}"));
        server.role_arn("arn:aws:iam::111122223333:role/studio").send().await?;
        Ok(())
    }
}

#[test]
fn every_call_of_both_functions_is_granted_and_every_grant_is_used() {
    run(async {
        let functions = Functions::deploy("privilege").await?;
        let fixture = DomainFixture::with(functions.clone(), "privilege", &[("Storage", "backup")]).await?;
        fixture.populate().await?;
        fixture.delete().await?;
        assert_eq!(fixture.left().await?, counts([]));
        drop(fixture); // Its place is needed.

        domains_that_leave(functions.clone(), "privilege-leaving").await?;
        let other = DomainFixture::by_hand(functions, "privilege-pipeline").await?;
        other.populate_with_few().await?;
        other.clients.populate(&other.vpc, &other.subnets[0]).await?;
        let line = CleanupPipeline::new(&other).await?;
        let [studio, storage] = other.functions.names();
        let file = json!({"SageMakerDomainId": other.domain}).to_string();
        let parameters =
            r#"{"VPC": "delete", "FileName": "env.json", "Storage": "delete", "DeleteSpaceStorage": "true"}"#;
        // What SageMaker could not delete is asked for its reason.
        let sagemaker = other.cloud.sagemaker();
        sagemaker.set_space_status(&other.domain, "lab", "Delete_Failed", Some("no luck"), Duration::ZERO)?;
        sagemaker.set_user_profile_status(&other.domain, "alice", "Delete_Failed")?;
        other.clients.tracking_server("privilege").await?;
        let ending = line.run("stuck", studio, parameters, &[("env.json", &file)]).await?;
        assert_eq!(ending.status, "Failed", "{ending:?}");
        assert!(ending.message.contains("lab") && ending.message.contains("no luck"), "{ending:?}");
        sagemaker.set_space_status(&other.domain, "lab", "InService", None, Duration::ZERO)?;
        sagemaker.set_user_profile_status(&other.domain, "alice", "InService")?;
        let ending = line.run("studio", studio, parameters, &[("env.json", &file)]).await?;
        assert_eq!(ending.status, "Succeeded", "{ending:?}");
        let ending = line.run("refused", storage, parameters, &[("env.json", &file)]).await?;
        assert_eq!(ending.status, "Failed", "the domain is still there: {ending:?}");
        other.clients.drop_domain(&other.domain).await?;
        let ending = line.run("storage", storage, parameters, &[("env.json", &file)]).await?;
        assert_eq!(ending.status, "Succeeded", "{ending:?}");
        assert_eq!(other.left().await?, counts([]));

        let Functions { studio, storage } = &other.functions;
        check_both_ways(other.cloud, &studio.stack, unused::CLEANUP).await?;
        check_both_ways(other.cloud, &storage.stack, &[unused::CLEANUP, unused::STORAGE_CLEANUP].concat())
            .await?;
        Ok(())
    });
}

/// The IAM actions that a document of `doctor` names, wherever it names them.
fn actions(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => members.values().for_each(|member| actions(member, found)),
        Value::Array(items) => items.iter().for_each(|item| actions(item, found)),
        Value::String(text) => {
            let action = text.split_once(':').is_some_and(|(service, name)| {
                ["backup", "ec2", "elasticfilesystem", "iam", "sagemaker", "sts"].contains(&service)
                    && name.chars().all(char::is_alphanumeric)
            });
            if action {
                found.insert(text.clone());
            }
        }
        _ => {}
    }
}

#[test]
fn what_doctor_asks_for_is_enough_for_everything() {
    run(async {
        let fixture = DomainFixture::by_hand(Functions::shared().await?, "doctor-enough").await?;
        fixture.populate_with_few().await?;
        let clients = &fixture.clients;
        let owner = clients.user("doctor-owner", ADMINISTRATOR).await?;
        let everything = ["--storage", "delete", "--vpc", "delete", "--delete-space-storage"];
        let ask = [&["doctor", "clean-up", &fixture.domain, "--json"], &everything[..]].concat();
        let ran = program::run(fixture.cloud, &owner, &ask).await?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let mut wanted = BTreeSet::new();
        actions(&serde_json::from_str(&ran.out)?, &mut wanted);
        assert!(wanted.len() > 20, "only {wanted:?}");

        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": wanted, "Resource": "*"}],
        });
        let modest = clients.user("doctor-modest", &policy.to_string()).await?;
        let go = [&["clean-up", &fixture.domain, "--yes"], &everything[..]].concat();
        let ran = program::run(fixture.cloud, &modest, &go).await?;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(fixture.left().await?, counts([]));
        Ok(())
    });
}
