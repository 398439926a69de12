//! What a person may type.

use crate::exit;
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::Serialize;
use std::path::PathBuf;

/// Tears SageMaker Studio down to the end, and says first what it will do.
#[derive(Debug, Parser)]
#[command(name = "sm-mlops", version, after_help = exit::table(), subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Delete a Studio domain, all that users made in it, and what SageMaker leaves behind.
    ///
    /// Apps, spaces and user profiles go first, then the domain, then the mount targets and security groups that keep
    /// the network from being deleted. The home directories stay unless you say otherwise. The plan is shown first, and
    /// nothing happens before you type the domain's id. A run that was stopped is continued by the same command.
    #[command(name = "clean-up", after_help = exit::table())]
    CleanUp(CleanUp),
    /// Say what would keep a command from working.
    #[command(subcommand)]
    Doctor(Doctor),
    /// Print a script with the completions of a shell.
    Completions {
        /// The shell that is to read it.
        shell: Shell,
    },
    /// Print the manual page, or write one page per command.
    Man {
        /// Write all pages into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Doctor {
    /// Say which permissions the caller lacks for `clean-up`.
    ///
    /// Asks IAM to simulate the policies of the caller's user or role, with permissions boundary and service control
    /// policies. Changes nothing. Give the domain's id and the options of the run that is planned.
    #[command(name = "clean-up", after_help = exit::table())]
    CleanUp(DoctorCleanUp),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct CleanUp {
    /// The id of the domain, for example d-abcdefghijkl. It may be gone already: what it left behind is still found.
    #[arg(value_parser = shared::domain::id)]
    pub domain_id: String,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub place: Place,
    /// Show the plan and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for the domain's id to be typed.
    #[arg(long, short)]
    pub yes: bool,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorCleanUp {
    /// The id of the domain. Without it, permissions are asked for all domains.
    #[arg(value_parser = shared::domain::id)]
    pub domain_id: Option<String>,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// How far a clean-up goes.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Scope {
    /// What becomes of the file system with the home directories.
    #[arg(long, value_enum, default_value_t)]
    pub storage: Storage,
    /// What becomes of the domain's VPC.
    #[arg(long, value_enum, default_value_t)]
    pub vpc: Vpc,
    /// Delete the EBS volumes of spaces with what is stored on them.
    #[arg(long)]
    pub delete_space_storage: bool,
    /// Allow the domain of a SageMaker Unified Studio project to be cleaned up; better delete the project in Unified
    /// Studio.
    #[arg(long)]
    pub unified_studio_project: bool,
    /// The vault for the recovery point of `--storage backup`, instead of AWS Backup's own, `Default`.
    #[arg(long, value_name = "NAME")]
    pub backup_vault: Option<String>,
    /// The role AWS Backup takes for it, instead of its own, `AWSBackupDefaultServiceRole`.
    #[arg(long, value_name = "ARN")]
    pub backup_role: Option<String>,
}

impl Scope {
    /// Options of the backup without a backup are a mistake somebody should hear of before anything is deleted.
    fn fault(&self) -> Option<&'static str> {
        let given = self.backup_vault.is_some() || self.backup_role.is_some();
        (given && self.storage != Storage::Backup)
            .then_some("--backup-vault and --backup-role go with --storage backup only")
    }
}

/// Where, and as whom.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Place {
    /// The Region of the domain, instead of the configured one.
    #[arg(long)]
    pub region: Option<String>,
    /// A profile of the AWS configuration files.
    #[arg(long)]
    pub profile: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// Keep the file system; remove only what blocks the network.
    #[default]
    Keep,
    /// Make a recovery point with AWS Backup, wait for it, then delete the file system.
    Backup,
    /// Delete the file system with all home directories.
    Delete,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Vpc {
    /// Leave the VPC alone.
    #[default]
    Keep,
    /// Delete the VPC and what belongs to it, if nothing of others is in it.
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
        let scope = match &args.command {
            Command::CleanUp(of) => &of.scope,
            Command::Doctor(Doctor::CleanUp(of)) => &of.scope,
            Command::Completions { .. } | Command::Man { .. } => return Ok(args),
        };
        match scope.fault() {
            Some(fault) => Err(Self::command().error(clap::error::ErrorKind::ArgumentConflict, fault)),
            None => Ok(args),
        }
    }
}

#[cfg(test)]
mod tests;
