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
    /// Check what would keep an environment from being made, or surprise you afterwards.
    ///
    /// Looks at the lengths of names, at Availability Zones, addresses and VPCs, at the internet gateway of an existing VPC, at
    /// buckets that an earlier environment left, at the bucket of the release, at roles and exports whose names are taken, and
    /// with units at the organization. Each finding comes with what follows from it and what to do. Changes nothing.
    #[command(after_help = exit::table(), override_usage = "sm-mlops doctor environment [OPTIONS] --env-name <NAME>")]
    Environment(DoctorEnvironment),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorEnvironment {
    /// The name of the environment: the parameter `EnvName`.
    #[arg(long, value_name = "NAME", value_parser = environment)]
    pub env_name: String,
    /// Its stage: the parameter `EnvType`.
    #[arg(long, value_name = "TYPE", default_value = "dev")]
    pub env_type: String,
    /// The bucket of the release.
    #[arg(long, value_name = "BUCKET", env = "CFN_BUCKET_NAME", hide_env_values = true)]
    pub bucket: Option<String>,
    /// The existing VPC, if the environment gets none of its own.
    #[arg(long, value_name = "VPC_ID", value_parser = super::vpc_id)]
    pub vpc: Option<String>,
    /// In how many Availability Zones it is: the parameter `NumberOfAZs`.
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub zones: u8,
    /// An organizational unit whose accounts models are deployed to.
    #[arg(long = "unit", value_name = "OU_ID", value_delimiter = ',', value_parser = unit)]
    pub units: Vec<String>,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// The pattern of the parameter.
fn environment(text: &str) -> Result<String, &'static str> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = !text.is_empty() && text.bytes().all(known);
    if fits { Ok(text.to_owned()) } else { Err("give lower case letters, digits and hyphens") }
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
