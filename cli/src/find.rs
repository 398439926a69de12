//! `sm-mlops find`: which domains are or were in a VPC, and what SageMaker made for them that prevents its deletion.

use crate::answer::{self, Answer};
use crate::args::{Find, Place};
use crate::domain;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use serde::Serialize;
use shared::aws::sagemaker::SageMaker;
use shared::error::chain;
use shared::reconcile::step::Reconcile;
use std::collections::BTreeMap;
use storage_cleanup::observation::Proof;
use storage_cleanup::{Backup, Observation, Spec, Storage, StorageCleanup, Target, Vpc};

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Domains {
    vpc_id: String,
    domains: Vec<Found>,
}

/// A domain that is or was in the VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    domain_id: String,
    /// Empty for a deleted domain.
    domain_name: String,
    /// SageMaker's word, or `Deleted`.
    status: String,
    /// What a deleted domain left behind.
    file_systems: Vec<String>,
    mount_targets: Vec<String>,
    security_groups: Vec<String>,
    /// What to run.
    command: String,
}

/// Runs the command.
pub async fn run(asked: &Find, screen: &Screen) -> Exit {
    let domains = Domains { vpc_id: asked.vpc.clone(), ..Domains::default() };
    let work = async |session: &Session, domains: &mut Domains| work(asked, session, domains).await;
    answer::run(domains, &asked.place, asked.json, screen, work).await
}

async fn work(asked: &Find, session: &Session, domains: &mut Domains) -> Result<(), Failure> {
    let target = Target::vpc(&asked.vpc).map_err(|sentence| Failure::new(Exit::Usage, sentence))?;
    let mut found = BTreeMap::new();
    let client = SageMaker::new(&session.config);
    for (domain, why) in domain::list(&client).await? {
        if let Some(why) = why {
            // It may be in this VPC.
            return Err(why);
        }
        if domain.vpc_id.as_deref() == Some(&asked.vpc) {
            let entry: &mut Found = found.entry(domain.domain_id).or_default();
            (entry.domain_name, entry.status) = (domain.domain_name, domain.status);
        }
    }
    let cleanup = StorageCleanup::new(&session.config, Backup::default());
    let spec = Spec { target, storage: Storage::Keep, vpc: Vpc::Keep, stack: None, consent: None };
    let observed = cleanup.observe(&spec).await;
    let observed = observed.map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
    add_remains(&mut found, &observed);
    domains.domains = found.into_iter().map(|(id, found)| finished(id, found, &asked.place)).collect();
    if domains.domains.is_empty() {
        let Session { account, region, .. } = session;
        let sentence = format!("no domain is or was in {}, in account {account}, {region}", asked.vpc);
        return Err(Failure::new(Exit::NothingMatches, sentence));
    }
    Ok(())
}

/// What deleted domains left in the VPC, by domain.
fn add_remains(found: &mut BTreeMap<String, Found>, observed: &Observation) {
    let id = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    // A copy that AWS Backup restored has the tag too, and is nothing that the domain left.
    for of in observed.file_systems.iter().filter(|of| matches!(of.proof, Proof::Both | Proof::Token)) {
        let entry = found.entry(id(&of.domain)).or_default();
        entry.file_systems.push(of.id.clone());
        entry.mount_targets.extend(of.mounts.iter().map(|mount| mount.id.clone()));
    }
    for group in &observed.groups {
        let entry = found.entry(id(&group.domain)).or_default();
        entry.security_groups.push(group.id.clone());
    }
}

fn finished(id: String, found: Found, place: &Place) -> Found {
    let command = format!("sm-mlops clean-up {id}{}", place.options());
    let status = if found.status.is_empty() { "Deleted".to_owned() } else { found.status };
    Found { domain_id: id, status, command, ..found }
}

impl Found {
    fn blocks(&self) -> String {
        let lists = [
            ("file systems", &self.file_systems),
            ("mount targets", &self.mount_targets),
            ("security groups", &self.security_groups),
        ];
        let parts: Vec<String> = lists
            .into_iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(kind, ids)| format!("{kind} {}", ids.join(", ")))
            .collect();
        if parts.is_empty() { "the domain itself".to_owned() } else { parts.join("; ") }
    }
}

impl Answer for Domains {
    fn text(&self, account: &str, region: &str, width: u16) -> String {
        let head = format!("{} in account {account}, {region}", self.vpc_id);
        let rows = self.domains.iter().map(|found| {
            let Found { domain_id, domain_name, status, .. } = found;
            vec![domain_id.clone(), domain_name.clone(), status.clone(), found.blocks()]
        });
        let table = table(&["DOMAIN", "NAME", "STATUS", "BLOCKS THE VPC WITH"], rows, width);
        let commands: Vec<String> = self.domains.iter().map(|found| format!("  {}", found.command)).collect();
        format!("{head}\n\n{table}\n\nClean up with:\n{}", commands.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_the_place_that_was_given() {
        let place = Place { region: Some("eu-west-1".into()), profile: Some("team".into()) };
        let found = finished("d-abc".into(), Found::default(), &place);
        assert_eq!(found.command, "sm-mlops clean-up d-abc --region eu-west-1 --profile team");
        assert_eq!((found.status.as_str(), found.blocks().as_str()), ("Deleted", "the domain itself"));
    }
}
