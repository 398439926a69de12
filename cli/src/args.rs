//! What a person may type.

mod deploy;
mod doctor;
mod product;

pub use deploy::{Deploy, Destroy, Outputs, Status, Template};
pub use doctor::{Doctor, DoctorAccounts, DoctorCleanUp, DoctorEnvironment};
pub use product::{Product, ProductList, ProductProvision, ProductStatus, ProductTerminate};

use crate::exit;
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::Serialize;
use shared::secret::Secret;
use std::fmt::Write;
use std::path::PathBuf;

/// Runs Amazon SageMaker as a platform: deploys and deletes environments with Studio, launches products of Service Catalog, and
/// deletes Studio domains completely, including what AWS leaves behind.
#[derive(Debug, Parser)]
#[command(name = "sm-mlops", version, after_help = exit::table(), subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Delete a Studio domain with everything in it, and what SageMaker leaves behind.
    ///
    /// Deletes apps, spaces and user profiles, then the domain, then the mount targets and security groups that prevent
    /// the deletion of the network. Keeps the file system with the home directories unless --storage says otherwise.
    /// A space is deleted with its EBS volume: spaces with data on a volume block the run unless
    /// --delete-space-storage is given. Shows the plan first, and deletes nothing until you type the id of the domain.
    /// Run the same command again to resume a run that stopped.
    #[command(name = "clean-up", after_help = exit::table(), override_usage = "sm-mlops clean-up [OPTIONS] <DOMAIN_ID>")]
    CleanUp(CleanUp),
    /// Make or update a stack of a release.
    ///
    /// Shows what changes, asks, and follows the operation in the stack and in all that it nests. On a failure it tells which
    /// resource failed first, and why. Asks for parameters that have no value yet. Run the same command again to resume a run
    /// that was interrupted: an operation that is under way is followed first, and what is left of a creation that failed is
    /// deleted.
    #[command(after_help = exit::table(), override_usage = "sm-mlops deploy [OPTIONS] --bucket <BUCKET> <TEMPLATE>")]
    Deploy(Deploy),
    /// Delete stacks, environments before their core.
    ///
    /// Shows what goes and what is kept, with what is in the Studio domains, and deletes nothing until you type the name of
    /// the first stack. Deletes no stack that another one still uses. Run the same command again to resume.
    #[command(after_help = exit::table(), override_usage = "sm-mlops destroy [OPTIONS] <STACK>...")]
    Destroy(Destroy),
    /// Check what a command needs before you run it.
    #[command(subcommand)]
    Doctor(Doctor),
    /// List domains.
    #[command(subcommand)]
    Domain(Domain),
    /// Show the outputs of a stack.
    #[command(after_help = exit::table(), override_usage = "sm-mlops outputs [OPTIONS] <STACK>")]
    Outputs(Outputs),
    /// Launch, show and terminate products of Service Catalog.
    #[command(subcommand)]
    Product(Product),
    /// Find the domains that are or were in a VPC, and what prevents its deletion.
    ///
    /// Shows, for each domain, the file systems, mount targets and security groups that SageMaker left in the VPC, and
    /// the command that removes them. Changes nothing.
    #[command(after_help = exit::table(), override_usage = "sm-mlops find [OPTIONS] --vpc <VPC_ID>")]
    Find(Find),
    /// List what deleted domains left behind, in the account and Region.
    ///
    /// Lists the file systems, security groups and network interfaces whose domain does not exist any more, with size,
    /// age, users and subnets, and the command that removes them. Changes nothing.
    #[command(after_help = exit::table(), override_usage = "sm-mlops orphans [OPTIONS]")]
    Orphans(Orphans),
    /// Show the stacks of this suite in a Region, with their releases, and the domains, endpoints and projects there.
    #[command(after_help = exit::table(), override_usage = "sm-mlops status [OPTIONS]")]
    Status(Status),
    /// Print a script with the completions of a shell.
    Completions {
        /// The shell that reads the script.
        shell: Shell,
    },
    /// Print the manual page, or write one page for each command.
    Man {
        /// Write all pages into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Domain {
    /// List the domains of the account in a Region, with their names, statuses and VPCs.
    #[command(after_help = exit::table(), override_usage = "sm-mlops domain list [OPTIONS]")]
    List(DomainList),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct DomainList {
    /// Count user profiles, spaces and apps: at least three more calls for each domain.
    #[arg(long)]
    pub counts: bool,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct Find {
    /// The id of the VPC, for example vpc-0123456789abcdef0.
    #[arg(long, value_name = "VPC_ID", value_parser = vpc_id)]
    pub vpc: String,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct Orphans {
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// A name and a value with `=` between them. Clap quotes what it refuses, a value without a name too: only the rest of the sentence
/// is ours.
fn pair(text: &str) -> Option<(String, Secret<String>)> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
    Some((name.to_owned(), Secret::new(value.to_owned())))
}

fn vpc_id(text: &str) -> Result<String, String> {
    storage_cleanup::Target::vpc(text).map(|_| text.to_owned())
}

#[derive(Clone, Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct CleanUp {
    /// The id of the domain, for example d-abcdefghijkl. What a deleted domain left behind is found too.
    #[arg(value_parser = shared::sagemaker_domain::id)]
    pub domain_id: String,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub place: Place,
    /// Show the plan and change nothing. The exit status is 6 if the run would be blocked.
    #[arg(long)]
    pub dry_run: bool,
    /// Delete without a question. What appears after the plan was shown is shown and deleted too.
    #[arg(long, short)]
    pub yes: bool,
    /// Show all names in the plan, also on a terminal.
    #[arg(long)]
    pub all: bool,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

/// How far a clean-up goes.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Scope {
    /// What to do with the file system with the home directories.
    #[arg(long, value_enum, default_value_t)]
    pub storage: Storage,
    /// What to do with the domain's VPC.
    #[arg(long, value_enum, default_value_t)]
    pub vpc: Vpc,
    /// Delete the EBS volumes of spaces with what is stored on them.
    #[arg(long)]
    pub delete_space_storage: bool,
    /// Allow the domain of a SageMaker Unified Studio project to be cleaned up; better delete the project in Unified
    /// Studio.
    #[arg(long)]
    pub unified_studio_project: bool,
    /// The vault for the recovery point of `--storage backup`, instead of `Default`.
    #[arg(long, value_name = "NAME")]
    pub backup_vault: Option<String>,
    /// The role that AWS Backup assumes for it, instead of `AWSBackupDefaultServiceRole`.
    #[arg(long, value_name = "ARN")]
    pub backup_role: Option<String>,
}

impl Scope {
    /// Options of the backup without a backup are a mistake, and reported before anything is deleted.
    fn fault(&self) -> Option<&'static str> {
        let given = self.backup_vault.is_some() || self.backup_role.is_some();
        (given && self.storage != Storage::Backup)
            .then_some("--backup-vault and --backup-role go with --storage backup only")
    }
}

/// Where, and as whom.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Place {
    /// The Region, instead of the configured one.
    #[arg(long)]
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    #[arg(long)]
    pub profile: Option<String>,
}

impl Place {
    /// The same options for a command to copy, each with a space before it.
    pub(crate) fn options(&self) -> String {
        let mut options = String::new();
        for (option, value) in [("region", &self.region), ("profile", &self.profile)] {
            if let Some(value) = value {
                let _ = write!(options, " --{option} {value}");
            }
        }
        options
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// Keep the file system; delete only its mount targets, which block the network.
    #[default]
    #[value(alias = "retain")]
    Keep,
    /// Make a recovery point with AWS Backup, wait until it is complete, then delete the file system.
    Backup,
    /// Delete the file system with all home directories.
    Delete,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Vpc {
    /// Keep the VPC.
    #[default]
    #[value(alias = "retain")]
    Keep,
    /// Delete the VPC with everything in it, unless somebody else uses it.
    Delete,
}

impl From<Storage> for storage_cleanup::Storage {
    fn from(storage: Storage) -> Self {
        match storage {
            Storage::Keep => Self::Keep,
            Storage::Backup => Self::Backup,
            Storage::Delete => Self::Delete,
        }
    }
}

impl From<Vpc> for storage_cleanup::Vpc {
    fn from(vpc: Vpc) -> Self {
        match vpc {
            Vpc::Keep => Self::Keep,
            Vpc::Delete => Self::Delete,
        }
    }
}

impl Args {
    /// Parses, and checks what clap cannot: options that make no sense together.
    ///
    /// # Errors
    /// Clap's, which prints itself; it is also how `--help` ends.
    pub fn read(arguments: &[std::ffi::OsString]) -> Result<Self, clap::Error> {
        let args = Self::try_parse_from(arguments)?;
        let (scope, path): (_, &[&str]) = match &args.command {
            Command::CleanUp(of) => (&of.scope, &["clean-up"]),
            Command::Doctor(Doctor::CleanUp(of)) => (&of.scope, &["doctor", "clean-up"]),
            _ => return Ok(args),
        };
        let Some(fault) = scope.fault() else {
            return Ok(args);
        };
        let mut command = Self::command();
        command.build();
        let named = path.iter().try_fold(&mut command, |of, name| of.find_subcommand_mut(name));
        let command = named.expect("it was just parsed");
        Err(command.error(clap::error::ErrorKind::ArgumentConflict, fault))
    }
}

#[cfg(test)]
mod tests;
