//! What a person may type after `sm-mlops doctor`.

use super::{Place, Scope};
use crate::exit;
use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Doctor {
    /// List the permissions that the caller lacks for `clean-up`.
    ///
    /// Asks IAM to simulate the policies of the caller's user or role, with permissions boundary and service control
    /// policies. Changes nothing. Give the domain's id and the options of the planned run.
    #[command(name = "clean-up", after_help = exit::table(), override_usage = "sm-mlops doctor clean-up [OPTIONS] [DOMAIN_ID]")]
    CleanUp(DoctorCleanUp),
    /// Check that stack sets of this account can reach other accounts.
    ///
    /// With units, checks the organization, the trusted access of stack sets and the delegated administrator. For each
    /// account, checks that the administration role may assume the execution role and that the execution role trusts it, as
    /// far as the caller may look. Each finding comes with what to do. Changes nothing.
    #[command(after_help = exit::table(), override_usage = "sm-mlops doctor accounts [OPTIONS]")]
    Accounts(DoctorAccounts),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorCleanUp {
    /// The id of the domain. Without it, the permissions for all domains are checked.
    #[arg(value_parser = shared::sagemaker_domain::id)]
    pub domain_id: Option<String>,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorAccounts {
    /// An account that stack sets shall reach; several with commas, or the option again.
    #[arg(long = "account", value_name = "ACCOUNT_ID", value_delimiter = ',', value_parser = account)]
    pub accounts: Vec<String>,
    /// An organizational unit, or a root, whose active accounts stack sets shall reach.
    #[arg(long = "unit", value_name = "OU_ID", value_delimiter = ',', value_parser = unit)]
    pub units: Vec<String>,
    /// The name of the execution role in these accounts.
    #[arg(long, value_name = "NAME", default_value = "AWSCloudFormationStackSetExecutionRole")]
    pub execution_role: String,
    /// The name of the administration role in this account.
    #[arg(long, value_name = "NAME", default_value = "AWSCloudFormationStackSetAdministrationRole")]
    pub administration_role: String,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

fn account(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("give the 12 digits of an account") }
}

fn unit(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let kind =
        "give the id of an organizational unit, such as ou-ab12-34cd56ef, or of a root, such as r-ab12";
    if ou_accounts::spec::is_unit(text) { Ok(text.to_owned()) } else { Err(kind) }
}
