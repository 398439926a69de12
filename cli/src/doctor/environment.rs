//! `sm-mlops doctor environment`: what would keep an environment from being made. It asks, and changes nothing.

mod buckets;
mod exports;
mod names;
mod network;
mod roles;

use super::accounts::organization::Organization;
use super::finding::{Check, Examination, Finding, Verdict};
use crate::answer;
use crate::args::DoctorEnvironment;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use shared::error::{Cause, Class, chain};

/// What is never looked at.
const NOT_EVALUATED: &[&str] =
    &["service control policies", "quotas of SageMaker", "permissions of who deploys"];

/// What the checks know of an environment that is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned<'a> {
    /// `EnvName`.
    pub(crate) name: &'a str,
    /// `EnvType`.
    pub(crate) stage: &'a str,
    /// `ExistingVPCId`, if it gets no VPC of its own.
    pub(crate) vpc: Option<&'a str>,
    /// `NumberOfAZs`.
    pub(crate) zones: u8,
}

impl<'a> From<&'a DoctorEnvironment> for Planned<'a> {
    fn from(asked: &'a DoctorEnvironment) -> Self {
        let DoctorEnvironment { env_name: name, env_type: stage, vpc, zones, .. } = asked;
        Self { name, stage, vpc: vpc.as_deref(), zones: *zones }
    }
}

/// Runs the command.
pub(super) async fn run(asked: &DoctorEnvironment, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Examination<()>| {
        found.caller.clone_from(&session.caller);
        found.not_evaluated = NOT_EVALUATED;
        let findings = &mut found.findings;
        let planned = Planned::from(asked);
        findings.extend(names::findings(planned, session));
        findings.extend(network::findings(planned, session).await);
        findings.extend(buckets::findings(planned, asked.bucket.as_deref(), session).await);
        findings.extend(roles::findings(session).await);
        findings.extend(exports::findings(session).await);
        if !asked.units.is_empty() {
            findings.extend(Organization::new(session).findings(&asked.units).await.0);
        }
        Ok(())
    };
    answer::run(Examination::default(), &asked.place, asked.json, screen, work).await
}

/// What would keep a stack from being made: the findings that say so, of the environment in it, and of SageMaker's roles if it
/// makes them.
pub(crate) async fn faults(
    planned: Option<Planned<'_>>,
    makes_roles: bool,
    session: &Session,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(planned) = planned {
        findings.extend(names::findings(planned, session));
        findings.extend(network::findings(planned, session).await);
    }
    if makes_roles {
        findings.extend(roles::of_projects(session).await);
    }
    findings.retain(|it| it.verdict == Verdict::Missing);
    findings
}

/// A call that failed: the check is not evaluated.
fn unknown(check: Check, subject: &str, action: &str, cause: &Cause) -> Finding {
    let remedy = match cause.class() {
        Class::Denied => format!("Give the caller {action}."),
        _ => "Run the command again.".to_owned(),
    };
    Finding::not_evaluated(check, subject, chain(cause), remedy)
}
