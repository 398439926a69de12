//! The network interface of a build in a VPC. As on AWS, the service role makes and deletes it, and needs the permissions for
//! that. A build runs on this machine all the same.

use super::error::Error;
use crate::model::{Context, Settings};
use emulator_core::{
    Credentials, Failure, Permission, Refused, ServiceContext, SignedClient, element, text, texts,
};
use serde_json::Value;
use std::io;
use std::sync::OnceLock;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// The interface of one build, if it has one.
#[derive(Default)]
pub(super) struct Network {
    /// What makes the interface: it goes on when the build is stopped meanwhile, so that the interface is known.
    making: Mutex<Option<JoinHandle<Result<Interface, Error>>>>,
    interface: OnceLock<Interface>,
}

/// A network interface that is there.
struct Interface {
    ec2: SignedClient,
    id: String,
}

/// What a build in a VPC asks for.
struct InterfaceSpec {
    context: ServiceContext,
    credentials: Credentials,
    vpc: String,
    subnets: Vec<String>,
    groups: Vec<String>,
    /// Of the build.
    id: String,
}

impl Network {
    /// Makes the interface, if the project is in a VPC.
    pub(super) async fn join(
        &self,
        context: &ServiceContext,
        credentials: &Credentials,
        settings: &Settings,
        id: &str,
    ) -> Result<(), Error> {
        let wanted = settings.stored.get("vpcConfig").unwrap_or(&Value::Null);
        let spec = InterfaceSpec {
            context: context.clone(),
            credentials: credentials.clone(),
            vpc: text(wanted, "vpcId").to_owned(),
            subnets: texts(wanted, "subnets"),
            groups: texts(wanted, "securityGroupIds"),
            id: id.to_owned(),
        };
        if spec.vpc.is_empty() {
            return Ok(());
        }
        let placed = context.bridge.place(credentials, &spec.subnets).await;
        placed.map_err(io::Error::other)?;
        let mut making = self.making.lock().await;
        let made = making.insert(tokio::spawn(spec.make())).await;
        *making = None;
        let made = made.map_err(io::Error::other)??;
        // Called once for a build.
        let _ = self.interface.set(made);
        Ok(())
    }

    /// Deletes the interface, however far it was made.
    pub(super) async fn leave(self) {
        let late = match self.making.into_inner() {
            Some(making) => making.await.ok().and_then(Result::ok),
            None => None,
        };
        if let Some(interface) = self.interface.into_inner().or(late) {
            interface.delete().await;
        }
    }
}

impl InterfaceSpec {
    async fn make(self) -> Result<Interface, Error> {
        let ec2 = SignedClient::of_role(&self.context, &self.credentials);
        let subnet = self.subnets.first().cloned().unwrap_or_default();
        let one = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let many = |name: &str, values: &[String]| -> Vec<(String, String)> {
            values
                .iter()
                .zip(1..)
                .map(|(value, number)| (format!("{name}.{number}"), value.clone()))
                .collect()
        };
        for (action, parameters) in [
            ("DescribeVpcs", vec![one("VpcId.1", &self.vpc)]),
            ("DescribeSubnets", many("SubnetId", &self.subnets)),
            ("DescribeSecurityGroups", many("GroupId", &self.groups)),
            ("DescribeDhcpOptions", Vec::new()),
        ] {
            ec2.ec2(action, &parameters).await.map_err(refused)?;
        }
        let description = format!("AWS CodeBuild {}", self.id);
        let mut parameters = vec![one("SubnetId", &subnet), one("Description", &description)];
        parameters.extend(many("SecurityGroupId", &self.groups));
        let made = ec2.ec2("CreateNetworkInterface", &parameters).await.map_err(refused)?;
        let id = element(&made, "networkInterfaceId").unwrap_or_default().to_owned();
        let interface = Interface { ec2, id };
        match self.lend(&interface, &subnet).await {
            Ok(()) => Ok(interface),
            Err(error) => {
                interface.delete().await;
                Err(error)
            }
        }
    }

    /// Looks that the interface is there, and lets CodeBuild's own account use it. ministack has no such permissions of
    /// interfaces: that the role may give one is all there is to check.
    async fn lend(&self, interface: &Interface, subnet: &str) -> Result<(), Error> {
        let named = [("NetworkInterfaceId.1".to_owned(), interface.id.clone())];
        interface.ec2.ec2("DescribeNetworkInterfaces", &named).await.map_err(refused)?;
        let arn = |resource: &str| self.context.arn("ec2", resource);
        let action = "ec2:CreateNetworkInterfacePermission";
        let mut permission = Permission::new(action, arn(&format!("network-interface/{}", interface.id)));
        for (key, value) in [
            ("ec2:AuthorizedService", "codebuild.amazonaws.com".to_owned()),
            ("ec2:Permission", "INSTANCE-ATTACH".to_owned()),
            ("ec2:Subnet", arn(&format!("subnet/{subnet}"))),
            ("ec2:Vpc", arn(&format!("vpc/{}", self.vpc))),
        ] {
            permission.context.insert(key.into(), value.into());
        }
        let Credentials { access_key_id, session_token, .. } = &self.credentials;
        let decision =
            self.context.bridge.authorize(access_key_id, Some(session_token), &[permission], None).await;
        let decision = decision.map_err(|Failure { message, .. }| io::Error::other(message))?;
        match decision.code {
            Some(_) => Err(unexpected("UnauthorizedOperation")),
            None => Ok(()),
        }
    }
}

impl Interface {
    async fn delete(&self) {
        let named = [("NetworkInterfaceId".to_owned(), self.id.clone())];
        if let Err(error) = self.ec2.ec2("DeleteNetworkInterface", &named).await {
            tracing::warn!("{} stays: {error}", self.id);
        }
    }
}

fn refused(Refused { code, message }: Refused) -> Error {
    if code.is_empty() { io::Error::other(message).into() } else { unexpected(&code) }
}

fn unexpected(code: &str) -> Error {
    Context::new("VPC_CLIENT_ERROR", format!("Unexpected EC2 error: {code}")).into()
}
