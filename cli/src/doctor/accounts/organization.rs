//! What the organization must know of this account.

use crate::doctor::finding::{Check, Finding};
use crate::session::Session;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationError;
use ou_accounts::{Error, OuAccounts, Spec};
use shared::drivers::cloudformation::LookUp;
use shared::error::{Cause, Class, cause, chain};
use shared::text::counted;
use std::collections::BTreeSet;

/// The principal of stack sets
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudformation.html>).
const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// The organization, as this account sees it.
pub(in crate::doctor) struct Organization {
    client: Client,
    units: OuAccounts,
    /// This account.
    own: String,
}

impl Organization {
    pub(in crate::doctor) fn new(session: &Session) -> Self {
        Self {
            client: Client::new(&session.config),
            units: OuAccounts::new(&session.config),
            own: session.account.clone(),
        }
    }

    /// The organization and its units, with the accounts of these that stack sets can reach.
    pub(in crate::doctor) async fn findings(&self, units: &[String]) -> (Vec<Finding>, BTreeSet<String>) {
        let (mut findings, mut reached) = (self.standing().await, BTreeSet::new());
        for unit in units {
            let (finding, accounts) = self.unit(unit).await;
            findings.push(finding);
            reached.extend(accounts);
        }
        (findings, reached)
    }

    /// The organization itself, the trusted access, and the delegated administrator.
    async fn standing(&self) -> Vec<Finding> {
        let (check, own) = (Check::Organization, &self.own);
        let found = match self.client.describe_organization().send().await {
            Ok(found) => found
                .organization
                .unwrap_or_else(|| aws_sdk_organizations::types::Organization::builder().build()),
            Err(error) => {
                let alone = error
                    .as_service_error()
                    .is_some_and(DescribeOrganizationError::is_aws_organizations_not_in_use_exception);
                let cause = cause(error);
                return vec![if alone {
                    let remedy = "Join an organization, or name accounts with --account instead of units.";
                    Finding::missing(check, own, "the account is in no organization", remedy)
                } else {
                    unknown(check, own, "organizations:DescribeOrganization", &cause)
                }];
            }
        };
        let management = found.master_account_id().unwrap_or_default();
        let id = found.id().unwrap_or_default();
        let told = format!("the account is in {id}, whose management account is {management}");
        let mut findings = vec![Finding::passed(check, own, told), self.trusted_access().await];
        findings.push(if management == own {
            let told = "this is the management account, which needs no delegation";
            Finding::passed(Check::DelegatedAdministrator, own, told)
        } else {
            self.delegated(management).await
        });
        findings
    }

    async fn trusted_access(&self) -> Finding {
        let check = Check::TrustedAccess;
        let enable = format!(
            "In the management account: aws organizations enable-aws-service-access --service-principal {STACK_SETS}"
        );
        let mut pages = self.client.list_aws_service_access_for_organization().into_paginator().send();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    let mut enabled = page.enabled_service_principals().iter();
                    if enabled.any(|it| it.service_principal() == Some(STACK_SETS)) {
                        return Finding::passed(check, STACK_SETS, "stack sets may use the organization");
                    }
                }
                Err(error) => {
                    let action = "organizations:ListAWSServiceAccessForOrganization";
                    let unknown = unknown(check, STACK_SETS, action, &cause(error));
                    return Finding { remedy: Some(enable), ..unknown };
                }
            }
        }
        Finding::missing(check, STACK_SETS, "stack sets may not use the organization", enable)
    }

    async fn delegated(&self, management: &str) -> Finding {
        let (check, own) = (Check::DelegatedAdministrator, &self.own);
        let register = format!(
            "In the management account, {management}: aws organizations register-delegated-administrator --service-principal \
             {STACK_SETS} --account-id {own}"
        );
        let list = self.client.list_delegated_administrators().service_principal(STACK_SETS);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    if page.delegated_administrators().iter().any(|it| it.id() == Some(own.as_str())) {
                        return Finding::passed(
                            check,
                            own,
                            "the account is a delegated administrator of stack sets",
                        );
                    }
                }
                Err(error) => {
                    // Organizations refuses every member that is no delegated administrator.
                    let unknown =
                        unknown(check, own, "organizations:ListDelegatedAdministrators", &cause(error));
                    return Finding { remedy: Some(register), ..unknown };
                }
            }
        }
        Finding::missing(check, own, "the account is no delegated administrator of stack sets", register)
    }

    /// The accounts of a unit that stack sets can reach.
    async fn unit(&self, unit: &str) -> (Finding, BTreeSet<String>) {
        let check = Check::OrganizationalUnit;
        let spec = Spec { units: vec![unit.to_owned()], without: Some(self.own.clone()) };
        let observed = match self.units.read(&spec).await {
            Ok(observed) => observed,
            Err(error) => {
                let finding = if let Error::NoUnit { .. } = error {
                    let list =
                        "`aws organizations list-organizational-units-for-parent` lists the units of one.";
                    let told = "the organization has no such unit";
                    Finding::missing(check, unit, told, format!("Correct --unit: {list}"))
                } else {
                    let remedy = "Name the accounts with --account, or remove the cause.";
                    Finding::not_evaluated(check, unit, chain(&error), remedy)
                };
                return (finding, BTreeSet::new());
            }
        };
        let usable = observed.usable(&spec);
        let finding = if usable.is_empty() {
            let remedy = format!("Move an account into {unit}, or leave it out.");
            Finding::missing(check, unit, "no active account that stack sets can reach", remedy)
        } else {
            Finding::passed(check, unit, counted(usable.len(), "active accounts"))
        };
        (finding, usable)
    }
}

/// A call that failed.
fn unknown(check: Check, subject: &str, action: &str, cause: &Cause) -> Finding {
    let told = chain(cause);
    let remedy = match cause.class() {
        Class::Denied => format!("Give the caller {action}, or run the command in the management account."),
        _ => "Run the command again.".to_owned(),
    };
    Finding::not_evaluated(check, subject, told, remedy)
}
