//! `sm-mlops orphans`: what domains left behind that do not exist any more.

use crate::answer::{self, Answer};
use crate::args::Orphans;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use serde::Serialize;
use shared::error::chain;
use storage_cleanup::orphans::{by_domain, summary};
use storage_cleanup::{Backup, Orphan, StorageCleanup};

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    orphans: Vec<Row>,
    /// One for each domain.
    commands: Vec<String>,
    #[serde(skip)]
    summary: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    /// `FileSystem`, `SecurityGroup` or `NetworkInterface`.
    kind: String,
    id: String,
    domain_id: String,
    vpc_id: Option<String>,
    /// Those that cannot be deleted while it is there.
    subnet_ids: Vec<String>,
    /// Metered size of a file system, as of some hours ago.
    size_in_bytes: Option<i64>,
    /// When a file system was made, as RFC 3339.
    creation_time: Option<String>,
    used_by: Vec<String>,
    /// The tag `sm-mlops:on-delete` is `keep`: it is left by intent.
    kept: bool,
    #[serde(skip)]
    noun: &'static str,
    #[serde(skip)]
    size: Option<String>,
}

/// Runs the command.
pub async fn run(asked: &Orphans, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let function = StorageCleanup::new(&session.config, Backup::default());
        let orphans = function.orphans().await;
        let orphans = orphans.map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
        let command = |domain: &str| format!("sm-mlops clean-up {domain}{}", asked.place.options());
        found.commands = by_domain(&orphans).into_keys().map(command).collect();
        found.summary = summary(&orphans);
        found.orphans = orphans.into_iter().map(row).collect();
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

fn row(found: Orphan) -> Row {
    Row {
        kind: format!("{:?}", found.kind),
        noun: found.kind.noun(),
        size: found.readable_size(),
        creation_time: found.creation_time(),
        kept: found.is_kept(),
        id: found.id,
        domain_id: found.domain,
        vpc_id: found.vpc,
        subnet_ids: found.subnets,
        size_in_bytes: found.size,
        used_by: found.users,
    }
}

impl Row {
    /// What a person must know before it is deleted.
    fn remark(&self) -> String {
        let users = self.used_by.join(", ");
        match (self.kept, users.is_empty()) {
            (true, _) => "kept by its tag".to_owned(),
            (false, true) => String::new(),
            (false, false) => format!("used by {users}"),
        }
    }
}

impl Answer for Found {
    fn text(&self, account: &str, region: &str, width: u16) -> String {
        if self.orphans.is_empty() {
            return format!("No deleted domain left anything behind in account {account}, {region}.");
        }
        let rows = self.orphans.iter().map(|row| {
            vec![
                row.domain_id.clone(),
                format!("{} {}", row.noun, row.id),
                row.size.clone().unwrap_or_default(),
                row.creation_time.as_deref().and_then(|time| time.get(..10)).unwrap_or_default().to_owned(),
                row.vpc_id.clone().unwrap_or_default(),
                row.subnet_ids.join(", "),
                row.remark(),
            ]
        });
        let table =
            table(&["DOMAIN", "LEFT", "SIZE", "CREATED", "VPC", "BLOCKS SUBNETS", "REMARK"], rows, width);
        let commands: Vec<_> = self.commands.iter().map(|command| format!("  {command}")).collect();
        format!(
            "Account {account}, {region}: {} of deleted domains\n\n{table}\n\nClean up with:\n{}",
            self.summary,
            commands.join("\n")
        )
    }

    fn exit(&self) -> Exit {
        if self.orphans.iter().all(|row| row.kept) { Exit::Done } else { Exit::OrphansFound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage_cleanup::orphans::Kind;
    use storage_cleanup::seen::Wish;

    fn orphan(wish: Option<Wish>) -> Orphan {
        Orphan {
            kind: Kind::FileSystem,
            id: "fs-1".to_owned(),
            domain: "d-a".to_owned(),
            vpc: None,
            subnets: Vec::new(),
            size: Some(6144),
            created: Some(0),
            users: vec!["access point fsap-1".to_owned()],
            wish,
        }
    }

    #[test]
    fn what_is_kept_by_intent_is_listed_and_is_no_finding() {
        for (wishes, exit) in [
            (vec![], Exit::Done),
            (vec![Some(Wish::Keep)], Exit::Done),
            (vec![Some(Wish::Keep), None], Exit::OrphansFound),
            (vec![Some(Wish::FreeNetwork)], Exit::OrphansFound),
        ] {
            let orphans = wishes.iter().map(|wish| row(orphan(*wish))).collect();
            let found = Found { orphans, ..Found::default() };
            assert_eq!(found.exit(), exit, "{wishes:?}");
        }
        assert_eq!(row(orphan(Some(Wish::Keep))).remark(), "kept by its tag");
        assert_eq!(row(orphan(None)).remark(), "used by access point fsap-1");
    }
}
