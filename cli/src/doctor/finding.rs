//! One check and its result, and all of a command together.

use crate::answer::Answer;
use crate::exit::Exit;
use serde::Serialize;
use shared::text::counted;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Check {
    Organization,
    TrustedAccess,
    DelegatedAdministrator,
    OrganizationalUnit,
    AdministrationRole,
    ExecutionRole,
    Names,
    AvailabilityZones,
    Quota,
    InternetGateway,
    ReleaseBucket,
    RetainedBucket,
    RoleOfProjects,
    ServiceLinkedRole,
    Export,
    PermissionsBoundary,
}

impl Check {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::TrustedAccess => "trusted access",
            Self::DelegatedAdministrator => "delegated administrator",
            Self::OrganizationalUnit => "organizational unit",
            Self::AdministrationRole => "administration role",
            Self::ExecutionRole => "execution role",
            Self::Names => "names",
            Self::AvailabilityZones => "Availability Zones",
            Self::Quota => "quota",
            Self::InternetGateway => "internet gateway",
            Self::ReleaseBucket => "bucket of the release",
            Self::RetainedBucket => "retained bucket",
            Self::RoleOfProjects => "role of projects",
            Self::ServiceLinkedRole => "service-linked role",
            Self::Export => "export",
            Self::PermissionsBoundary => "permissions boundary",
        }
    }
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Verdict {
    Passed,
    /// What is asked for cannot work like this.
    Missing,
    /// It works, but a person should know.
    Notice,
    /// The caller may not look, or AWS does not say.
    NotEvaluated,
}

impl Verdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Missing => "missing",
            Self::Notice => "notice",
            Self::NotEvaluated => "not evaluated",
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Finding {
    pub(crate) check: Check,
    /// The account, the unit or the role.
    pub(crate) subject: String,
    pub(crate) verdict: Verdict,
    pub(crate) detail: String,
    /// What to do, if there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Finding {
    pub(crate) fn passed(check: Check, subject: &str, detail: impl Into<String>) -> Self {
        Self {
            check,
            subject: subject.to_owned(),
            verdict: Verdict::Passed,
            detail: detail.into(),
            remedy: None,
        }
    }

    pub(crate) fn missing(
        check: Check,
        subject: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into());
        Self { check, subject: subject.to_owned(), verdict: Verdict::Missing, detail: detail.into(), remedy }
    }

    pub(crate) fn not_evaluated(
        check: Check,
        subject: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::NotEvaluated, ..Self::missing(check, subject, detail, remedy) }
    }

    pub(crate) fn notice(
        check: Check,
        subject: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Notice, ..Self::missing(check, subject, detail, remedy) }
    }
}

/// What a command examined. `More` is what it tells besides.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Examination<More> {
    pub(crate) caller: String,
    #[serde(flatten)]
    pub(crate) more: More,
    pub(crate) findings: Vec<Finding>,
    /// What is never looked at.
    pub(crate) not_evaluated: &'static [&'static str],
}

impl<More: Serialize> Answer for Examination<More> {
    /// The exit status for the findings.
    fn exit(&self) -> Exit {
        let missing = self.findings.iter().any(|it| it.verdict == Verdict::Missing);
        if missing { Exit::PermissionsMissing } else { Exit::Done }
    }

    fn text(&self, account: &str, region: &str, _: u16) -> String {
        let head = format!("{} in account {account}, {region}", self.caller);
        let last = format!("Not evaluated: {}.", self.not_evaluated.join(", "));
        [head, lines(&self.findings), conclusion(&self.findings), last].join("\n\n")
    }
}

/// The findings as a person reads them: a line for each, and below it what to do. No table, which would break commands and names.
fn lines(findings: &[Finding]) -> String {
    let line = |it: &Finding| {
        let told = format!("{:14} {} {}: {}", it.verdict.word(), it.check.words(), it.subject, it.detail);
        let remedy = it.remedy.iter().map(|remedy| format!("{:14} {remedy}", ""));
        std::iter::once(told).chain(remedy).collect::<Vec<_>>().join("\n")
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How many checks passed, in a sentence.
fn conclusion(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|it| it.verdict == verdict).count();
    let all = findings.len();
    let notices = match count(Verdict::Notice) {
        0 => String::new(),
        some => format!(" {} to read.", counted(some, "notices")),
    };
    let (missing, unknown) = (count(Verdict::Missing), count(Verdict::NotEvaluated));
    let is = |count: usize| if count == 1 { "is" } else { "are" };
    let told = match (missing, unknown) {
        (0, 0) if notices.is_empty() => format!("All {all} checks passed."),
        (0, 0) => format!("Nothing is missing in {all} checks."),
        (0, some) => format!("Nothing is missing; {some} of {all} checks could not be evaluated."),
        (some, 0) => format!("{some} of {all} {} missing.", is(some)),
        (some, more) => {
            format!("{some} of {all} {} missing, and {more} could not be evaluated.", is(some))
        }
    };
    told + &notices
}
