//! The actions, call by call. Gone is done; what AWS refuses because something else is not gone yet is postponed.

use super::ec2::DeletedEndpoints;
use super::error::Error;
use super::{Aws, CLEAN_UP_TAG, VPC_TAG};
use crate::observation::{Group, RouteTable};
use crate::plan::CleanupAction;
use shared::aws::ec2::Input;
use shared::error::{Cause, Class, cause, chain};
use shared::reconcile::batch::{self, Ended, Postponed};
use tokio::time::Instant;

/// Whether a thing is gone. What is not attached or associated any more counts too.
fn is_gone(code: &str) -> bool {
    Class::of_code(code) == Class::NotFound || code == "Gateway.NotAttached"
}

/// Whether something else must go first, or the thing is changing: lists lag behind, so a later step may find it free.
fn is_held(code: &str) -> bool {
    matches!(Class::of_code(code), Class::InUse | Class::Conflict)
}

/// The answer of a call that deletes.
fn ended<T>(sent: Result<T, Cause>, told: impl FnOnce(Cause) -> Error) -> Result<Ended, Error> {
    match sent {
        Ok(_) => Ok(Ended::Done),
        Err(cause) => refusal(cause, told),
    }
}

/// What a refusal to delete means.
fn refusal(cause: Cause, told: impl FnOnce(Cause) -> Error) -> Result<Ended, Error> {
    let code = cause.code().unwrap_or_default();
    if is_gone(code) {
        return Ok(Ended::Done);
    }
    let held = is_held(code) || in_use(&cause);
    let error = told(cause);
    if held { Ok(Ended::Held(chain(&error))) } else { Err(error) }
}

/// `DeleteNetworkInterface` has no code of its own for an interface that somebody uses.
fn in_use(cause: &Cause) -> bool {
    cause.code() == Some("InvalidParameterValue") && cause.message().contains("is currently in use")
}

/// Makes a call for every item; which are postponed.
async fn each<'a, T, Work>(
    items: &'a [T],
    until: Instant,
    act: impl Fn(&'a T) -> Work,
) -> Result<Postponed, Error>
where
    Work: Future<Output = Result<Ended, Error>>,
{
    batch::each(items, until, act).await.finish()
}

/// Deletes one file system or mount target of every id, by the call that the expression makes of `$id`.
macro_rules! delete {
    ($kind:literal, $ids:expr, $until:expr, |$id:ident| $call:expr) => {
        each($ids, $until, |$id| async move {
            let told = |source| Error::Delete { what: format!(concat!($kind, " {}"), $id), source };
            ended($call.send().await.map_err(cause), told)
        })
        .await
    };
}

impl Aws {
    /// Makes an action; which of its calls are postponed.
    pub(crate) async fn act(&self, next: &CleanupAction, until: Instant) -> Result<Postponed, Error> {
        let efs = &self.efs;
        match next {
            CleanupAction::TagVpc { vpc, domain } => {
                self.tag_vpc(vpc, domain).await.map(|()| Postponed::default())
            }
            CleanupAction::TagFileSystems { own_tag, file_systems } => {
                each(file_systems, until, |id| async move {
                    self.tag_file_system(id, VPC_TAG, own_tag).await.map(|()| Ended::Done)
                })
                .await
            }
            CleanupAction::DeleteMountTargets(ids) => {
                delete!("mount target", ids, until, |id| efs.delete_mount_target().mount_target_id(id))
            }
            CleanupAction::StartBackups(orders) => {
                each(
                    orders,
                    until,
                    |order| async move { self.start_backup(order).await.map(|()| Ended::Done) },
                )
                .await
            }
            CleanupAction::DeleteFileSystems(file_systems) => {
                let ids: Vec<_> = file_systems.iter().map(|(id, _)| id).collect();
                delete!("file system", &ids, until, |id| efs.delete_file_system().file_system_id(*id))
            }
            CleanupAction::RevokeRules(groups) => each(groups, until, |group| self.revoke(group)).await,
            CleanupAction::DeleteInterfaces(ids) => {
                each(ids, until, |id| {
                    self.delete("network interface", "DeleteNetworkInterface", "NetworkInterfaceId", id)
                })
                .await
            }
            CleanupAction::DeleteGroups(ids) => {
                each(ids, until, |id| self.delete("security group", "DeleteSecurityGroup", "GroupId", id))
                    .await
            }
            CleanupAction::DeleteEndpoints(ids) => each(ids, until, |id| self.delete_endpoint(id)).await,
            CleanupAction::DeleteNatGateways(ids) => {
                each(ids, until, |id| self.delete("NAT gateway", "DeleteNatGateway", "NatGatewayId", id))
                    .await
            }
            CleanupAction::DeleteInternetGateways { vpc, gateways } => {
                each(gateways, until, |id| self.delete_internet_gateway(id, vpc)).await
            }
            CleanupAction::DeleteEgressGateways(ids) => {
                each(ids, until, |id| {
                    self.delete(
                        "egress-only internet gateway",
                        "DeleteEgressOnlyInternetGateway",
                        "EgressOnlyInternetGatewayId",
                        id,
                    )
                })
                .await
            }
            CleanupAction::DeleteSubnets(ids) => {
                each(ids, until, |id| self.delete("subnet", "DeleteSubnet", "SubnetId", id)).await
            }
            CleanupAction::DeleteRouteTables(tables) => {
                each(tables, until, |table| self.delete_table(table)).await
            }
            CleanupAction::DeleteAcls(ids) => {
                each(ids, until, |id| self.delete("network ACL", "DeleteNetworkAcl", "NetworkAclId", id))
                    .await
            }
            CleanupAction::DeleteVpc(id) => {
                let ids = std::slice::from_ref(id);
                each(ids, until, |id| self.delete("VPC", "DeleteVpc", "VpcId", id)).await
            }
        }
    }

    /// Deletes one thing of EC2: its kind for people, the operation, and the parameter for its id.
    async fn delete(
        &self,
        kind: &str,
        action: &'static str,
        parameter: &str,
        id: &str,
    ) -> Result<Ended, Error> {
        let told = |source| Error::Delete { what: format!("{kind} {id}"), source };
        ended(self.ec2.run(action, &Input::default().with(parameter, id)).await, told)
    }

    async fn tag_vpc(&self, vpc: &str, domain: &str) -> Result<(), Error> {
        let input = Input::default().with("ResourceId.1", vpc);
        let input = input.with("Tag.1.Key", CLEAN_UP_TAG).with("Tag.1.Value", domain);
        let tagged = self.ec2.run("CreateTags", &input).await;
        ended(tagged, |source| Error::Tag { what: vpc.to_owned(), source })?;
        Ok(())
    }

    /// Writes a tag on a file system.
    pub(super) async fn tag_file_system(&self, id: &str, key: &str, value: &str) -> Result<(), Error> {
        let tag = aws_sdk_efs::types::Tag::builder().key(key).value(value).build();
        let tag = tag.expect("key and value are set");
        let tagged = self.efs.tag_resource().resource_id(id).tags(tag).send().await.map_err(cause);
        ended(tagged, |source| Error::Tag { what: id.to_owned(), source })?;
        Ok(())
    }

    async fn revoke(&self, group: &Group) -> Result<Ended, Error> {
        for (action, rules) in
            [("RevokeSecurityGroupIngress", &group.inbound), ("RevokeSecurityGroupEgress", &group.outbound)]
        {
            if rules.is_empty() {
                continue;
            }
            let told = |source| Error::Revoke { group: group.id.clone(), source };
            let input = Input::default().with("GroupId", &group.id).with_all("SecurityGroupRuleId", rules);
            if let held @ Ended::Held(_) = ended(self.ec2.run(action, &input).await, told)? {
                return Ok(held);
            }
        }
        Ok(Ended::Done)
    }

    /// This call succeeds when it fails, and then says so in its answer.
    async fn delete_endpoint(&self, id: &str) -> Result<Ended, Error> {
        let told = |source| Error::Delete { what: format!("VPC endpoint {id}"), source };
        let input = Input::default().with("VpcEndpointId.1", id);
        match self.ec2.call::<DeletedEndpoints>("DeleteVpcEndpoints", &input).await {
            Ok(sent) => match sent.unsuccessful.into_iter().find_map(|item| item.error) {
                Some(failed) => refusal(Cause::answer(&failed.code, &failed.message), told),
                None => Ok(Ended::Done),
            },
            Err(cause) => refusal(cause, told),
        }
    }

    /// Detached first, which AWS postpones until no public address is in use.
    async fn delete_internet_gateway(&self, id: &str, vpc: &str) -> Result<Ended, Error> {
        let told = |source| Error::Detach { what: format!("internet gateway {id} from {vpc}"), source };
        let input = Input::default().with("InternetGatewayId", id).with("VpcId", vpc);
        if let held @ Ended::Held(_) = ended(self.ec2.run("DetachInternetGateway", &input).await, told)? {
            return Ok(held);
        }
        self.delete("internet gateway", "DeleteInternetGateway", "InternetGatewayId", id).await
    }

    async fn delete_table(&self, table: &RouteTable) -> Result<Ended, Error> {
        for association in &table.associations {
            let told = |source| Error::Detach { what: format!("route table {}", table.id), source };
            let input = Input::default().with("AssociationId", association);
            if let held @ Ended::Held(_) = ended(self.ec2.run("DisassociateRouteTable", &input).await, told)?
            {
                return Ok(held);
            }
        }
        self.delete("route table", "DeleteRouteTable", "RouteTableId", &table.id).await
    }
}
