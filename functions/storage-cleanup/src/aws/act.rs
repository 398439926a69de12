//! The actions, call by call. Gone is done; what AWS refuses because something else is not gone yet is postponed.

use super::error::Error;
use super::{Aws, CLEAN_UP_TAG, VPC_TAG};
use crate::observation::{Group, RouteTable};
use crate::plan::CleanupAction;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::types::Tag;
use aws_smithy_types::retry::ProvideErrorKind;
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
fn ended<T, E>(sent: Result<T, SdkError<E>>, told: impl FnOnce(Cause) -> Error) -> Result<Ended, Error>
where
    E: ProvideErrorMetadata + ProvideErrorKind + std::error::Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(Ended::Done),
        Err(error) => refusal(cause(error), told),
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

/// Deletes one thing of every id, by the call that the expression makes of `$id`.
macro_rules! delete {
    ($kind:literal, $ids:expr, $until:expr, |$id:ident| $call:expr) => {
        each($ids, $until, |$id| async move {
            let told = |source| Error::Delete { what: format!(concat!($kind, " {}"), $id), source };
            ended($call.send().await, told)
        })
        .await
    };
}

impl Aws {
    /// Makes an action; which of its calls are postponed.
    pub(crate) async fn act(&self, next: &CleanupAction, until: Instant) -> Result<Postponed, Error> {
        let (ec2, efs) = (&self.ec2, &self.efs);
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
            CleanupAction::DeleteInterfaces(ids) => delete!("network interface", ids, until, |id| ec2
                .delete_network_interface()
                .network_interface_id(id)),
            CleanupAction::DeleteGroups(ids) => {
                delete!("security group", ids, until, |id| ec2.delete_security_group().group_id(id))
            }
            CleanupAction::DeleteEndpoints(ids) => each(ids, until, |id| self.delete_endpoint(id)).await,
            CleanupAction::DeleteNatGateways(ids) => {
                delete!("NAT gateway", ids, until, |id| ec2.delete_nat_gateway().nat_gateway_id(id))
            }
            CleanupAction::DeleteInternetGateways { vpc, gateways } => {
                each(gateways, until, |id| self.delete_internet_gateway(id, vpc)).await
            }
            CleanupAction::DeleteEgressGateways(ids) => {
                delete!("egress-only internet gateway", ids, until, |id| ec2
                    .delete_egress_only_internet_gateway()
                    .egress_only_internet_gateway_id(id))
            }
            CleanupAction::DeleteSubnets(ids) => {
                delete!("subnet", ids, until, |id| ec2.delete_subnet().subnet_id(id))
            }
            CleanupAction::DeleteRouteTables(tables) => {
                each(tables, until, |table| self.delete_table(table)).await
            }
            CleanupAction::DeleteAcls(ids) => {
                delete!("network ACL", ids, until, |id| ec2.delete_network_acl().network_acl_id(id))
            }
            CleanupAction::DeleteVpc(id) => {
                delete!("VPC", std::slice::from_ref(id), until, |id| ec2.delete_vpc().vpc_id(id))
            }
        }
    }

    async fn tag_vpc(&self, vpc: &str, domain: &str) -> Result<(), Error> {
        let tag = Tag::builder().key(CLEAN_UP_TAG).value(domain).build();
        let tagged = self.ec2.create_tags().resources(vpc).tags(tag).send().await;
        ended(tagged, |source| Error::Tag { what: vpc.to_owned(), source })?;
        Ok(())
    }

    /// Writes a tag on a file system.
    pub(super) async fn tag_file_system(&self, id: &str, key: &str, value: &str) -> Result<(), Error> {
        let tag = aws_sdk_efs::types::Tag::builder().key(key).value(value).build();
        let tag = tag.expect("key and value are set");
        let tagged = self.efs.tag_resource().resource_id(id).tags(tag).send().await;
        ended(tagged, |source| Error::Tag { what: id.to_owned(), source })?;
        Ok(())
    }

    async fn revoke(&self, group: &Group) -> Result<Ended, Error> {
        let told = |source| Error::Revoke { group: group.id.clone(), source };
        if !group.inbound.is_empty() {
            let revoke = self.ec2.revoke_security_group_ingress().group_id(&group.id);
            let rules = Some(group.inbound.clone());
            if let held @ Ended::Held(_) =
                ended(revoke.set_security_group_rule_ids(rules).send().await, told)?
            {
                return Ok(held);
            }
        }
        if !group.outbound.is_empty() {
            let revoke = self.ec2.revoke_security_group_egress().group_id(&group.id);
            let rules = Some(group.outbound.clone());
            return ended(revoke.set_security_group_rule_ids(rules).send().await, told);
        }
        Ok(Ended::Done)
    }

    /// This call succeeds when it fails, and then says so in its answer.
    async fn delete_endpoint(&self, id: &str) -> Result<Ended, Error> {
        let told = |source| Error::Delete { what: format!("VPC endpoint {id}"), source };
        let sent = self.ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await;
        let failed = match sent {
            Ok(sent) => sent.unsuccessful.unwrap_or_default().into_iter().find_map(|item| item.error),
            Err(error) => return ended::<(), _>(Err(error), told),
        };
        let Some(failed) = failed else {
            return Ok(Ended::Done);
        };
        let (code, message) = (failed.code().unwrap_or_default(), failed.message().unwrap_or_default());
        refusal(Cause::answer(code, message), told)
    }

    /// Detached first, which AWS postpones until no public address is in use.
    async fn delete_internet_gateway(&self, id: &str, vpc: &str) -> Result<Ended, Error> {
        let told = |source| Error::Detach { what: format!("internet gateway {id} from {vpc}"), source };
        let detach = self.ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
        if let Ended::Held(reason) = ended(detach.send().await, told)? {
            return Ok(Ended::Held(reason));
        }
        let told = |source| Error::Delete { what: format!("internet gateway {id}"), source };
        ended(self.ec2.delete_internet_gateway().internet_gateway_id(id).send().await, told)
    }

    async fn delete_table(&self, table: &RouteTable) -> Result<Ended, Error> {
        for association in &table.associations {
            let told = |source| Error::Detach { what: format!("route table {}", table.id), source };
            let part = self.ec2.disassociate_route_table().association_id(association);
            if let held @ Ended::Held(_) = ended(part.send().await, told)? {
                return Ok(held);
            }
        }
        let told = |source| Error::Delete { what: format!("route table {}", table.id), source };
        ended(self.ec2.delete_route_table().route_table_id(&table.id).send().await, told)
    }
}
