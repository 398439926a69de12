//! `sm-mlops orphans`: what domains left behind that do not exist any more.

use crate::answer::{self, Answer};
use crate::args::Orphans;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use serde::Serialize;
use shared::error::chain;
use std::fmt::Write;
use storage_cleanup::orphans::{by_domain, command, summary};
use storage_cleanup::{Backup, Orphan, StorageCleanup};

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    orphans: Vec<Row>,
    /// One for each domain.
    commands: Vec<String>,
    /// For people.
    #[serde(skip)]
    text: String,
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
}

/// Runs the command.
pub async fn run(asked: &Orphans, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let function = StorageCleanup::new(&session.config, Backup::default());
        let orphans = function.orphans().await;
        let orphans = orphans.map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
        found.text = format!("{} of deleted domains\n", summary(&orphans));
        for (domain, of) in by_domain(&orphans) {
            let command = format!("{}{}", command(domain, &of), asked.place.options());
            let lines: String =
                of.iter().flat_map(|orphan| ["  ".to_owned(), orphan.line(), "\n".to_owned()]).collect();
            let _ = write!(found.text, "\n{domain}\n{lines}  clean up with: {command}\n");
            found.commands.push(command);
        }
        found.orphans = orphans.into_iter().map(row).collect();
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

fn row(found: Orphan) -> Row {
    Row {
        kind: format!("{:?}", found.kind),
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

impl Answer for Found {
    fn is_empty(&self) -> bool {
        self.orphans.is_empty()
    }

    fn text(&self, account: &str, region: &str, _width: u16) -> String {
        if self.orphans.is_empty() {
            return format!("No deleted domain left anything behind in account {account}, {region}.");
        }
        format!("Account {account}, {region}: {}", self.text.trim_end())
    }

    fn exit(&self) -> Exit {
        if self.orphans.iter().all(|row| row.kept) { Exit::Done } else { Exit::OrphansFound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage_cleanup::observation::OnDelete;
    use storage_cleanup::orphans::Kind;

    fn orphan(on_delete: Option<OnDelete>) -> Orphan {
        Orphan {
            kind: Kind::FileSystem,
            id: "fs-1".to_owned(),
            domain: "d-a".to_owned(),
            vpc: None,
            subnets: Vec::new(),
            size: Some(6144),
            created: Some(0),
            users: vec!["access point fsap-1".to_owned()],
            on_delete,
        }
    }

    #[test]
    fn what_is_kept_by_intent_is_listed_and_is_no_finding() {
        for (on_delete_tags, exit) in [
            (vec![], Exit::Done),
            (vec![Some(OnDelete::Keep)], Exit::Done),
            (vec![Some(OnDelete::Keep), None], Exit::OrphansFound),
            (vec![Some(OnDelete::FreeNetwork)], Exit::OrphansFound),
        ] {
            let orphans = on_delete_tags.iter().map(|on_delete| row(orphan(*on_delete))).collect();
            let found = Found { orphans, ..Found::default() };
            assert_eq!(found.exit(), exit, "{on_delete_tags:?}");
        }
    }
}
