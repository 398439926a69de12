//! The two roles of a self-managed stack set: the administration role here, which CloudFormation assumes, and in each account the
//! execution role, which the administration role assumes.

use crate::doctor::finding::{Check, Finding};
use crate::doctor::permission::{Permission, Requirement};
use crate::doctor::simulate;
use crate::session::Session;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;
use shared::aws::trust::{Principal, Trust, TrustPolicy};
use shared::error::{Cause, Class, cause, chain};

const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";
const ASSUME: &str = "sts:AssumeRole";
/// Seconds that the credentials for one look last: the least that STS gives (`AssumeRole`, `DurationSeconds`).
const SESSION: i32 = 900;

/// The roles, and who looks.
pub(super) struct Roles<'a> {
    session: &'a Session,
    iam: Client,
    administration: &'a str,
    execution: &'a str,
}

impl<'a> Roles<'a> {
    pub(super) fn new(session: &'a Session, administration: &'a str, execution: &'a str) -> Self {
        Self { session, iam: Client::new(&session.config), administration, execution }
    }

    /// The administration role: the check, and the ARN of the role if it exists.
    pub(super) async fn administration(&self) -> (Finding, Option<String>) {
        let (check, name) = (Check::AdministrationRole, self.administration);
        let role = match self.iam.get_role().role_name(name).send().await {
            Ok(found) => found.role,
            Err(error) => {
                let cause = cause(error);
                let finding = if cause.class() == Class::NotFound {
                    let remedy = format!(
                        "Create the role {name}, which {CLOUDFORMATION} assumes and which may call {ASSUME}, or give --administration-role."
                    );
                    Finding::missing(check, name, "there is no such role in this account", remedy)
                } else {
                    Finding::not_evaluated(check, name, chain(&cause), "Give the caller iam:GetRole on it.")
                };
                return (finding, None);
            }
        };
        let arn = role.as_ref().map(|role| role.arn.clone());
        let finding = match trust(role.as_ref(), Principal::Service(CLOUDFORMATION)) {
            Some(Trust::Allowed) => Finding::passed(check, name, format!("{CLOUDFORMATION} may assume it")),
            Some(Trust::NotAllowed | Trust::Denied) => {
                let told = format!("its trust policy does not let {CLOUDFORMATION} assume it");
                Finding::missing(check, name, told, format!("Let {CLOUDFORMATION} assume the role {name}."))
            }
            None => Finding::not_evaluated(
                check,
                name,
                "its trust policy could not be read",
                "Look at the role in IAM.",
            ),
        };
        (finding, arn)
    }

    /// The execution role of an account.
    pub(super) async fn execution(&self, administration: Option<&str>, account: &str) -> Finding {
        let (check, name) = (Check::ExecutionRole, self.execution);
        let partition = self.session.caller.split(':').nth(1).unwrap_or("aws");
        let arn = format!("arn:{partition}:iam::{account}:role/{name}");
        let Some(administration) = administration else {
            let told = "the administration role is not known";
            return Finding::not_evaluated(
                check,
                account,
                told,
                "First make the administration role visible.",
            );
        };
        let of_administration = match self.may_assume(administration, &arn).await {
            Ok(None) => "",
            Ok(Some(why)) => {
                let remedy = format!("Let the role {} call {ASSUME} on {arn}.", self.administration);
                let told = format!("the administration role may not assume it: {why}");
                return Finding::missing(check, account, told, remedy);
            }
            Err(_) => "; whether the administration role may assume it could not be simulated",
        };
        let create = format!(
            "In account {account}, see that the role {name} exists and that its trust policy names {administration}."
        );
        let there = match self.in_account(&arn).await {
            Ok(there) => there,
            Err(cause) => {
                let told = match cause.class() {
                    Class::Denied => format!(
                        "it does not exist, or does not trust the caller, or the caller may not assume it: STS does not say \
                         which{of_administration}"
                    ),
                    _ => chain(&cause),
                };
                return Finding::not_evaluated(check, account, told, create);
            }
        };
        let role = match there.get_role().role_name(name).send().await {
            Ok(found) => found.role,
            Err(error) => {
                let told = format!("it exists; its trust policy could not be read: {}", chain(&cause(error)));
                return Finding::not_evaluated(check, account, told, create);
            }
        };
        match trust(role.as_ref(), Principal::Role(administration)) {
            Some(Trust::Allowed) if of_administration.is_empty() => {
                Finding::passed(check, account, format!("the administration role may assume {name}"))
            }
            Some(Trust::Allowed) => {
                let told = format!("it trusts the administration role{of_administration}");
                Finding::not_evaluated(check, account, told, "Give the caller iam:SimulatePrincipalPolicy.")
            }
            Some(Trust::NotAllowed | Trust::Denied) => {
                let told = format!("it does not trust {administration}");
                Finding::missing(check, account, told, create)
            }
            None => Finding::not_evaluated(check, account, "its trust policy could not be read", create),
        }
    }

    /// Why the administration role may not assume a role; nothing if it may.
    async fn may_assume(&self, administration: &str, execution: &str) -> Result<Option<String>, Cause> {
        let asked = [(ASSUME, execution.to_owned())].into_iter();
        let answers = simulate::ask(&self.iam, administration, &self.session.region, asked).await?;
        let judged = answers.first().map(|answer| Permission::judge(answer, Requirement::Needed));
        Ok(judged.filter(Permission::lacks).and_then(|permission| permission.why))
    }

    /// IAM of another account, as this role of it.
    async fn in_account(&self, role: &str) -> Result<Client, Cause> {
        let call = aws_sdk_sts::Client::new(&self.session.config).assume_role().role_arn(role);
        let call = call.role_session_name("sm-mlops-doctor").duration_seconds(SESSION);
        let found = call.send().await.map_err(cause)?;
        let found = found.credentials.ok_or_else(|| Cause::incomplete("no credentials"))?;
        let (key, secret, token) = (found.access_key_id, found.secret_access_key, found.session_token);
        let credentials = Credentials::new(key, secret, Some(token), None, "AssumeRole");
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(Client::new(&self.session.config.to_builder().credentials_provider(provider).build()))
    }
}

/// What the trust policy of a role says; nothing if it cannot be read.
fn trust(role: Option<&Role>, who: Principal<'_>) -> Option<Trust> {
    let document = role?.assume_role_policy_document()?;
    Some(TrustPolicy::read(document).ok()?.about(who))
}
