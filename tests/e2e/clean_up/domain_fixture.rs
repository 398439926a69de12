//! A domain in a VPC of its own, made by the user's stack or by hand, for one test.

use super::clients::Clients;
use super::functions::Functions;
use crate::harness::{cloud, until};
use crate::secrets::logs;
use anyhow::{Context, anyhow};
use emulator::cloud::Cloud;
use emulator::deploy::{self, DeployedStack};
use serde_json::json;
use shared::aws::ec2::Input;
use shared::aws::sagemaker::{Domain, Status};
use shared::error::Class;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The user's stack, as `docs/clean-up.md` tells people to write it.
pub(crate) const STUDIO: &str = include_str!("studio.yaml");

/// Lines of each log that an error shows.
const LAST_LINES: usize = 60;

/// The stack to copy.
const EXAMPLE: &str = include_str!("../../../examples/studio-with-clean-up.yaml");

/// Fixtures at the same time: mostly they wait. A test holds one at a time, or it could wait for itself.
static PLACES: Semaphore = Semaphore::const_new(6);

pub(crate) struct DomainFixture {
    pub(crate) cloud: &'static Cloud,
    pub(crate) clients: Clients,
    pub(crate) functions: Functions,
    /// The user's stack; a fixture that was made by hand has none.
    pub(crate) deployed: Option<DeployedStack>,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    _place: SemaphorePermit<'static>,
}

impl DomainFixture {
    /// Deploys the user's stack with the function stacks that all tests share; `name` must be unique among the tests.
    pub(crate) async fn of_stack(name: &str, storage: &str) -> anyhow::Result<Self> {
        Self::with(Functions::shared().await?, name, &[("Storage", storage)]).await
    }

    /// Deploys the example with the function stacks that all tests share, whose names the example does not know.
    pub(crate) async fn of_example(name: &str) -> anyhow::Result<Self> {
        let functions = Functions::shared().await?;
        let place = PLACES.acquire().await?;
        let cloud = cloud().await;
        let mut template = EXAMPLE.to_owned();
        for (imported, deployed) in
            [("studio-cleanup", &functions.studio), ("storage-cleanup", &functions.storage)]
        {
            let import = |stack: &str| format!("!ImportValue {stack}-FunctionArn");
            template = template.replace(&import(imported), &import(&deployed.stack));
        }
        let deployed = deploy::create(cloud, name, &template, deploy::named([]), |_| ()).await?;
        Self::of_deployed(functions, name, deployed, Vec::new(), place).await
    }

    /// Deploys the user's stack with these function stacks and parameters.
    pub(crate) async fn with(
        functions: Functions,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let place = PLACES.acquire().await?;
        let cloud = cloud().await;
        let given = [
            ("StudioCleanup", functions.studio.output("FunctionArn")?),
            ("StorageCleanup", functions.storage.output("FunctionArn")?),
            ("DeleteSpaceStorage", "true"),
        ];
        let parameters = deploy::named(given.iter().chain(parameters).copied());
        let deployed = deploy::create(cloud, name, STUDIO, parameters, |_| ()).await?;
        let subnets = deployed.output("SubnetIds")?.split(',').map(Into::into).collect();
        Self::of_deployed(functions, name, deployed, subnets, place).await
    }

    async fn of_deployed(
        functions: Functions,
        name: &str,
        deployed: DeployedStack,
        subnets: Vec<String>,
        place: SemaphorePermit<'static>,
    ) -> anyhow::Result<Self> {
        let cloud = cloud().await;
        Ok(Self {
            cloud,
            clients: Clients::root(cloud).await,
            functions,
            name: name.into(),
            domain: deployed.output("DomainId")?.into(),
            vpc: deployed.output("VpcId")?.into(),
            subnets,
            deployed: Some(deployed),
            _place: place,
        })
    }

    /// Makes VPC and domain by hand, with what people add to a VPC: a gateway, a route table, an endpoint.
    pub(crate) async fn by_hand(functions: Functions, name: &str) -> anyhow::Result<Self> {
        let place = PLACES.acquire().await?;
        let cloud = cloud().await;
        let clients = Clients::root(cloud).await;
        let (vpc, subnets) = clients.network(&cloud.context().region).await?;
        let domain = clients.domain(name, &vpc, &subnets).await?;
        let name = name.into();
        Ok(Self { cloud, clients, functions, deployed: None, name, domain, vpc, subnets, _place: place })
    }

    /// The user's stack.
    pub(crate) fn stack(&self) -> anyhow::Result<&DeployedStack> {
        self.deployed.as_ref().context("this fixture was made by hand")
    }

    /// Deletes the user's stack, and does nothing else. An error has the last lines of the functions' logs.
    pub(crate) async fn delete(&self) -> anyhow::Result<()> {
        let Err(error) = deploy::delete(self.cloud, self.stack()?, |_| ()).await else { return Ok(()) };
        let mut said = Vec::new();
        for function in [&self.functions.studio, &self.functions.storage] {
            for (place, lines) in logs(self.cloud, &function.stack).await? {
                let from = lines.lines().count().saturating_sub(LAST_LINES);
                said.extend([place].into_iter().chain(lines.lines().skip(from).map(str::to_owned)));
            }
        }
        Err(anyhow!("{error:#}\n{}", said.join("\n")))
    }

    /// Updates the user's stack.
    pub(crate) async fn update(&self, changes: &[(&str, &str)]) -> anyhow::Result<DeployedStack> {
        let changes = deploy::named(changes.iter().copied());
        deploy::update(self.cloud, self.stack()?, STUDIO, changes, |_| ()).await
    }
}

impl Clients {
    /// A VPC with two subnets, an internet gateway, a route table and an endpoint.
    pub(crate) async fn network(&self, region: &str) -> anyhow::Result<(String, Vec<String>)> {
        let vpc = self.make("CreateVpc", [("CidrBlock", "10.1.0.0/16")], |made| made.vpc?.vpc_id).await?;
        let mut subnets = Vec::new();
        for (zone, block) in [("a", "10.1.1.0/24"), ("b", "10.1.2.0/24")] {
            let zone = format!("{region}{zone}");
            let input = [("VpcId", &*vpc), ("CidrBlock", block), ("AvailabilityZone", &zone)];
            subnets.push(self.make("CreateSubnet", input, |made| made.subnet?.subnet_id).await?);
        }
        let gateway =
            self.make("CreateInternetGateway", [], |made| made.internet_gateway?.internet_gateway_id).await?;
        let ends = Input::default().with("InternetGatewayId", &gateway).with("VpcId", &vpc);
        self.ec2.run("AttachInternetGateway", &ends).await?;
        let table =
            self.make("CreateRouteTable", [("VpcId", &vpc)], |made| made.route_table?.route_table_id).await?;
        let route = Input::default().with("RouteTableId", &table).with("GatewayId", &gateway);
        self.ec2.run("CreateRoute", &route.with("DestinationCidrBlock", "0.0.0.0/0")).await?;
        let ends = Input::default().with("RouteTableId", &table).with("SubnetId", &subnets[0]);
        self.ec2.run("AssociateRouteTable", &ends).await?;
        let service = format!("com.amazonaws.{region}.s3");
        let endpoint = Input::default().with("VpcId", &vpc).with("ServiceName", service);
        self.ec2.run("CreateVpcEndpoint", &endpoint).await?;
        Ok((vpc, subnets))
    }

    /// A domain of this name, in service.
    pub(crate) async fn domain(&self, name: &str, vpc: &str, subnets: &[String]) -> anyhow::Result<String> {
        let input = json!({
            "DomainName": name,
            "AuthMode": "IAM",
            "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111122223333:role/studio"},
            "VpcId": vpc,
            "SubnetIds": subnets,
        });
        let made: Domain = self.sagemaker.call("CreateDomain", &input).await?;
        let arn = made.domain_arn.context("no domain")?;
        let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
        until(&format!("domain {id} in service"), async || {
            Ok(self.sagemaker.domain(&id).await?.status == Some(Status::InService))
        })
        .await?;
        Ok(id)
    }

    /// Deletes a domain as `aws sagemaker delete-domain` does, and waits until it is gone.
    pub(crate) async fn drop_domain(&self, domain: &str) -> anyhow::Result<()> {
        self.sagemaker.run("DeleteDomain", &json!({"DomainId": domain})).await?;
        until(&format!("domain {domain} gone"), async || match self.sagemaker.domain(domain).await {
            Ok(_) => Ok(false),
            Err(error) if error.class() == Class::NotFound => Ok(true),
            Err(error) => Err(error.into()),
        })
        .await
    }
}
