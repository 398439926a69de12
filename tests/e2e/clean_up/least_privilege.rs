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
use serde::Deserialize;
use serde_json::{Value, json};
use shared::aws::ec2::Input;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Gateway {
    internet_gateway_id: String,
}

impl Clients {
    /// One of each of the other things that people put into a VPC and forget there.
    async fn populate(&self, vpc: &str, subnet: &str) -> anyhow::Result<()> {
        let gateways: Vec<Gateway> =
            self.of_vpc("DescribeInternetGateways", "attachment.vpc-id", vpc).await?;
        let gateway = &gateways.first().context("no internet gateway")?.internet_gateway_id;
        let table =
            self.make("CreateRouteTable", [("VpcId", vpc)], |made| made.route_table?.route_table_id).await?;
        let edge = Input::default().with("RouteTableId", table).with("GatewayId", gateway);
        self.ec2.run("AssociateRouteTable", &edge).await?;
        let address = self.make("AllocateAddress", [("Domain", "vpc")], |made| made.allocation_id).await?;
        let nat = Input::default().with("SubnetId", subnet).with("AllocationId", address);
        self.ec2.run("CreateNatGateway", &nat).await?;
        let here = Input::default().with("VpcId", vpc);
        self.ec2.run("CreateEgressOnlyInternetGateway", &here).await?;
        self.ec2.run("CreateNetworkAcl", &here).await?;
        let interface = Input::default().with("SubnetId", subnet).with("Description", "left over");
        self.ec2.run("CreateNetworkInterface", &interface).await?;
        let group = here.with("GroupName", "people").with("GroupDescription", "People");
        self.ec2.run("CreateSecurityGroup", &group).await?;
        Ok(())
    }

    /// An `MLflow` tracking server, whose tags name no domain.
    async fn tracking_server(&self, name: &str) -> anyhow::Result<()> {
        let server = json!({
            "TrackingServerName": name,
            "ArtifactStoreUri": format!("s3://{name}"),
            "RoleArn": "arn:aws:iam::111122223333:role/studio",
        });
        Ok(self.sagemaker.run("CreateMlflowTrackingServer", &server).await?)
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
        let of_both = [unused::WITH_STATE_MACHINE, unused::CLEANUP].concat();
        check_both_ways(other.cloud, &studio.stack, &of_both).await?;
        let of_storage = [&of_both[..], unused::STORAGE_CLEANUP].concat();
        check_both_ways(other.cloud, &storage.stack, &of_storage).await?;
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
