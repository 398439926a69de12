//! What domains left behind that do not exist any more: file systems that cost money, and what keeps a network from being
//! deleted.

use crate::observation::OnDelete;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use shared::text::{self, counted};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What an orphan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    FileSystem,
    SecurityGroup,
    NetworkInterface,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FileSystem, Self::SecurityGroup, Self::NetworkInterface];

    /// The plural noun.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::FileSystem => "file systems",
            Self::SecurityGroup => "security groups",
            Self::NetworkInterface => "network interfaces",
        }
    }

    /// The noun.
    fn noun(self) -> &'static str {
        self.plural().trim_end_matches('s')
    }

    /// The metric with the count of these.
    pub(crate) fn metric(self) -> &'static str {
        match self {
            Self::FileSystem => "OrphanedFileSystems",
            Self::SecurityGroup => "OrphanedSecurityGroups",
            Self::NetworkInterface => "OrphanedNetworkInterfaces",
        }
    }
}

/// One thing that a domain left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    pub kind: Kind,
    pub id: String,
    /// The id of the domain.
    pub domain: String,
    /// The VPC that it is in; none for a file system without mount targets.
    pub vpc: Option<String>,
    /// The subnets that cannot be deleted while it is there.
    pub subnets: Vec<String>,
    /// Metered size of a file system in bytes, as of some hours ago.
    pub size: Option<i64>,
    /// When a file system was made, in seconds since 1970. EC2 does not say it of groups and interfaces.
    pub created: Option<i64>,
    /// What else uses it: `access point fsap-1`.
    pub users: Vec<String>,
    /// What its owner wants: an orphan that is to be kept is left by intent.
    pub on_delete: Option<OnDelete>,
}

impl Orphan {
    /// Whether a tag says that it is left by intent.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.on_delete == Some(OnDelete::Keep)
    }

    /// When it was made, in the form of RFC 3339.
    #[must_use]
    pub fn creation_time(&self) -> Option<String> {
        self.created.and_then(|created| u64::try_from(created).ok()).map(rfc_3339)
    }

    /// Whether it keeps subnets or a VPC from being deleted.
    pub(crate) fn blocks_the_network(&self) -> bool {
        self.kind == Kind::SecurityGroup || !self.subnets.is_empty()
    }

    /// `file system fs-1 (1.5 GiB), made on 2026-01-05, in vpc-1, subnets subnet-1, subnet-2`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{} {}", self.kind.noun(), self.id);
        if let Some(size) = self.size.map(text::bytes) {
            let _ = write!(line, " ({size})");
        }
        if let Some(day) = self.creation_time().as_deref().and_then(|time| time.get(..10)) {
            let _ = write!(line, ", made on {day}");
        }
        if let Some(vpc) = &self.vpc {
            let _ = write!(line, ", in {vpc}");
        }
        for (word, list) in [("subnets", &self.subnets), ("used by", &self.users)] {
            if !list.is_empty() {
                let _ = write!(line, ", {word} {}", list.join(", "));
            }
        }
        if self.is_kept() {
            line.push_str(", kept by its tag");
        }
        line
    }
}

/// A time in seconds since 1970, in the form of RFC 3339.
pub(crate) fn rfc_3339(seconds: u64) -> String {
    let time = i64::try_from(seconds).map(DateTime::from_secs);
    time.ok().and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_default()
}

/// `2 file systems, 1 security group`.
#[must_use]
pub fn summary(orphans: &[Orphan]) -> String {
    let counts = Kind::ALL.map(|kind| (kind, orphans.iter().filter(|found| found.kind == kind).count()));
    let parts: Vec<_> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| counted(*count, kind.plural()))
        .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// Orphans by domain.
#[must_use]
pub fn by_domain(orphans: &[Orphan]) -> BTreeMap<&str, Vec<&Orphan>> {
    let mut domains = BTreeMap::<_, Vec<_>>::new();
    for orphan in orphans {
        domains.entry(orphan.domain.as_str()).or_default().push(orphan);
    }
    domains
}

/// The command that removes what a domain left; where only a file system is left, with the option that takes it too.
#[must_use]
pub fn command(domain: &str, of: &[&Orphan]) -> String {
    let network = of.iter().any(|orphan| orphan.blocks_the_network());
    let storage = if network { "" } else { " --storage backup" };
    format!("sm-mlops clean-up {domain}{storage}")
}

/// Domains that a report lists: the message of a notice has at most 256 KiB (`Publish`, parameter `Message`).
const LISTED: usize = 200;

/// The report for people.
pub(crate) fn report(orphans: &[Orphan], account: &str, region: &str) -> String {
    let mut text = format!(
        "Domains that do not exist any more left this in account {account}, {region}: {}.\n",
        summary(orphans)
    );
    let domains = by_domain(orphans);
    for (domain, found) in domains.iter().take(LISTED) {
        let _ = write!(text, "\n{domain}\n");
        for orphan in found {
            let _ = writeln!(text, "  {}", orphan.line());
        }
        let _ = writeln!(
            text,
            "  see what would be deleted: {} --region {region} --dry-run",
            command(domain, found)
        );
    }
    if domains.len() > LISTED {
        let _ = writeln!(
            text,
            "\nand {} more domains: sm-mlops orphans --region {region}",
            domains.len() - LISTED
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orphan(kind: Kind, id: &str, domain: &str) -> Orphan {
        Orphan {
            kind,
            id: id.to_owned(),
            domain: domain.to_owned(),
            vpc: Some("vpc-1".to_owned()),
            subnets: Vec::new(),
            size: None,
            created: None,
            users: Vec::new(),
            on_delete: None,
        }
    }

    #[test]
    fn a_report_names_everything_by_domain_and_the_command_that_shows_more() {
        let home = Orphan {
            subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
            size: Some(3 << 29),
            created: Some(1_767_607_872),
            users: vec!["access point fsap-1".to_owned()],
            ..orphan(Kind::FileSystem, "fs-1", "d-b")
        };
        let orphans =
            [home, orphan(Kind::SecurityGroup, "sg-1", "d-a"), orphan(Kind::SecurityGroup, "sg-2", "d-b")];
        let expected = "Domains that do not exist any more left this in account 111122223333, eu-west-1: 1 file system, 2 \
                        security groups.\n\
                        \nd-a\n  security group sg-1, in vpc-1\n  \
                        see what would be deleted: sm-mlops clean-up d-a --region eu-west-1 --dry-run\n\
                        \nd-b\n  file system fs-1 (1.5 GiB), made on 2026-01-05, in vpc-1, subnets subnet-1, subnet-2, used by \
                        access point fsap-1\n  security group sg-2, in vpc-1\n  \
                        see what would be deleted: sm-mlops clean-up d-b --region eu-west-1 --dry-run\n";
        assert_eq!(report(&orphans, "111122223333", "eu-west-1"), expected);
    }

    #[test]
    fn what_is_kept_by_intent_says_so() {
        let kept =
            Orphan { on_delete: Some(OnDelete::Keep), vpc: None, ..orphan(Kind::FileSystem, "fs-1", "d-a") };
        assert_eq!(kept.line(), "file system fs-1, kept by its tag");
        assert_eq!(command("d-a", &[&kept]), "sm-mlops clean-up d-a --storage backup");
        let group = orphan(Kind::SecurityGroup, "sg-1", "d-a");
        assert_eq!(command("d-a", &[&kept, &group]), "sm-mlops clean-up d-a");
    }

    #[test]
    fn a_long_report_fits_into_a_notice() {
        let orphans: Vec<_> = (0..2000)
            .map(|n| orphan(Kind::SecurityGroup, &format!("sg-{n:017}"), &format!("d-{n:012}")))
            .collect();
        let text = report(&orphans, "111122223333", "us-east-1");
        assert!(text.len() < 256 * 1024 / 2, "{}", text.len());
        assert!(text.ends_with("\nand 1800 more domains: sm-mlops orphans --region us-east-1\n"), "{text}");
        assert_eq!(summary(&[]), "nothing");
    }
}
