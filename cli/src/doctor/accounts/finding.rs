//! One check and its result.

use serde::Serialize;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Check {
    Organization,
    TrustedAccess,
    DelegatedAdministrator,
    OrganizationalUnit,
    AdministrationRole,
    ExecutionRole,
}

impl Check {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::TrustedAccess => "trusted access",
            Self::DelegatedAdministrator => "delegated administrator",
            Self::OrganizationalUnit => "organizational unit",
            Self::AdministrationRole => "administration role",
            Self::ExecutionRole => "execution role",
        }
    }
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Verdict {
    Passed,
    Missing,
    /// The caller may not look, or AWS does not say.
    NotEvaluated,
}

impl Verdict {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Missing => "missing",
            Self::NotEvaluated => "not evaluated",
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Finding {
    pub(super) check: Check,
    /// The account, the unit or the role.
    pub(super) subject: String,
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    /// What to do, if there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn passed(check: Check, subject: &str, detail: impl Into<String>) -> Self {
        Self {
            check,
            subject: subject.to_owned(),
            verdict: Verdict::Passed,
            detail: detail.into(),
            remedy: None,
        }
    }

    pub(super) fn missing(
        check: Check,
        subject: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = Some(remedy.into());
        Self { check, subject: subject.to_owned(), verdict: Verdict::Missing, detail: detail.into(), remedy }
    }

    pub(super) fn not_evaluated(
        check: Check,
        subject: &str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::NotEvaluated, ..Self::missing(check, subject, detail, remedy) }
    }
}
