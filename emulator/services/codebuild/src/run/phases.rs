//! The phases of a build that has left the queue, in AWS's order and with AWS's rules of what follows a failure.

use super::artifacts::Upload;
use super::aws::Clients;
use super::build_dir::BuildDir;
use super::error::Error;
use super::group::Group;
use super::network::Network;
use super::shell::Shell;
use super::source::{self, Fetcher, SourceSpec};
use super::{Job, environment};
use crate::buildspec::{Buildspec, OnFailure};
use crate::logs::{CloudWatch, Log};
use crate::model::{Context, PhaseType, Status};
use emulator_core::Credentials;
use std::path::Path;
use std::pin::Pin;
use std::sync::OnceLock;

/// A longer command is cut in the reason of a failure.
const LONGEST_COMMAND: usize = 256;

pub(crate) struct PhaseRunner<'a> {
    job: &'a Job,
    log: &'a Log,
    build_dir: &'a BuildDir,
    group: &'a Group,
    /// Known once the source is there; kept here because an interrupted build still exports its variables.
    plan: OnceLock<Plan>,
    network: Network,
}

struct Plan {
    spec: Buildspec,
    shell: Shell,
    exported: Vec<String>,
}

impl<'a> PhaseRunner<'a> {
    pub(crate) fn new(job: &'a Job, log: &'a Log, build_dir: &'a BuildDir, group: &'a Group) -> Self {
        Self { job, log, build_dir, group, plan: OnceLock::new(), network: Network::default() }
    }

    pub(crate) async fn work(&self) -> Status {
        self.steps().await.err().unwrap_or(Status::Succeeded)
    }

    /// The shell with the state the commands left, and the variables to read from it; and the network to leave.
    pub(crate) fn into_parts(self) -> (Option<(Shell, Vec<String>)>, Network) {
        (self.plan.into_inner().map(|plan| (plan.shell, plan.exported)), self.network)
    }

    async fn steps(&self) -> Result<(), Status> {
        let (credentials, clients) = self.phase(PhaseType::Provisioning, Box::pin(self.provision())).await?;
        let planned =
            self.phase(PhaseType::DownloadSource, Box::pin(self.prepare(&credentials, &clients))).await;
        let outcome = match planned {
            Ok(plan) => Box::pin(self.build(self.plan.get_or_init(|| plan), &clients)).await,
            Err(status) => Err(status),
        };
        self.phase(PhaseType::Finalizing, Box::pin(async { Ok(()) })).await?;
        outcome
    }

    /// A failed install or `pre_build` ends the build; after a failed build `post_build` still runs, and artifacts are
    /// always attempted. `on-failure` changes what runs, not that the build has failed.
    async fn build(&self, plan: &Plan, clients: &Clients) -> Result<(), Status> {
        let mut outcome = Ok(());
        for phase in [PhaseType::Install, PhaseType::PreBuild, PhaseType::Build, PhaseType::PostBuild] {
            let result = self.phase(phase, Box::pin(self.commands(plan, phase, outcome.is_ok()))).await;
            if result.is_err() {
                outcome = outcome.and(result);
                let goes_on = match plan.spec.phase(phase).and_then(|commands| commands.on_failure) {
                    Some(OnFailure::Continue) => true,
                    Some(OnFailure::Abort) => false,
                    None => matches!(phase, PhaseType::Build | PhaseType::PostBuild),
                };
                if !goes_on {
                    return outcome;
                }
            }
        }
        outcome.and(self.phase(PhaseType::UploadArtifacts, Box::pin(self.upload(plan, clients))).await)
    }

    /// Records one phase around the work it consists of.
    async fn phase<T>(
        &self,
        phase: PhaseType,
        work: Pin<Box<dyn Future<Output = Result<T, Error>> + Send + '_>>,
    ) -> Result<T, Status> {
        self.job.begin_phase(phase);
        self.log.say(&format!("Entering phase {}", phase.name())).await;
        let result = work.await;
        let (status, context) = match &result {
            Ok(_) => (Status::Succeeded, Context::default()),
            Err(error) => (error.status, error.context.clone()),
        };
        self.log.say(&format!("Phase complete: {} State: {}", phase.name(), status.name())).await;
        let told = format!("Phase context status code: {} Message: {}", context.status_code, context.message);
        self.log.say(told.trim_end()).await;
        self.job.end_phase(status, vec![context]);
        result.map_err(|_| status)
    }

    /// Becomes the service role, opens the log stream with it and joins the VPC, if there is one.
    async fn provision(&self) -> Result<(Credentials, Clients), Error> {
        let (context, role) = (&self.job.service.context, &self.job.settings.service_role);
        let run = self.job.id.split_once(':').map_or("", |(_, run)| run);
        let session = format!("AWSCodeBuild-{run}");
        let assumed =
            context.bridge.assume(role, "codebuild.amazonaws.com", &self.job.project_arn, &session).await;
        let credentials = assumed.map_err(|failure| {
            let message =
                format!("CodeBuild is not authorized to perform: sts:AssumeRole on {role}. {failure}");
            Error {
                status: if failure.status >= 500 { Status::Fault } else { Status::Failed },
                context: Context::new("ACCESS_DENIED", message),
            }
        })?;
        self.log.hide(&credentials.secret_access_key);
        self.log.hide(&credentials.session_token);
        let clients = Clients::new(context, &credentials).await;
        let logs = self.job.build().map(|build| build.logs).unwrap_or_default();
        if let (Some(group), Some(stream)) = (&logs.group_name, &logs.stream_name) {
            let opened = CloudWatch::open(clients.logs.clone(), group, stream, self.job.service.now()).await.map_err(|error| {
                let message = format!(
                    "Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams \
                     for build {}. Error message: {error}",
                    self.job.id
                );
                Context::new("ACCESS_DENIED", message)
            })?;
            self.log.connect(opened).await;
        }
        self.network.join(context, &credentials, &self.job.settings, &self.job.id).await?;
        Ok((credentials, clients))
    }

    /// Gets the source, reads the buildspec and makes the environment.
    async fn prepare(&self, credentials: &Credentials, clients: &Clients) -> Result<Plan, Error> {
        let (directory, state) = (self.build_dir.source(), self.build_dir.state());
        let settings = &self.job.settings;
        let context = &self.job.service.context;
        let fetcher = Fetcher { context, credentials, client: &clients.s3, scratch: &state };
        source::download(&fetcher, &SourceSpec::primary(settings), &directory).await?;
        for (name, source) in SourceSpec::secondary(settings) {
            let directory = self.build_dir.secondary(&name);
            std::fs::create_dir(&directory)?;
            source::download(&fetcher, &source, &directory).await?;
        }
        // A source in S3 that no pipeline provides has none.
        let version = self.job.revision.clone();
        let build = self.job.change(|build| build.resolved_source_version = version);
        let build = build.ok_or_else(|| std::io::Error::other("the build is gone"))?;
        let text = spec_text(settings.source.buildspec.as_deref().unwrap_or_default(), &directory)?;
        let spec = Buildspec::parse(&text)?;
        for warning in spec.ignored() {
            self.log.say(&warning).await;
        }
        let variables = &settings.environment.environment_variables;
        let mut chosen = environment::chosen(&spec.env, variables, &clients.secrets, self.log).await?;
        let context = &self.job.service.context;
        let project = &self.job.project_arn;
        chosen.all.extend(environment::promised(context, &build, project, credentials, self.build_dir));
        // AWS exports neither secrets nor its own variables.
        let exportable = |name: &&String| !name.starts_with("AWS_") && !chosen.secret.contains(name);
        let exported = spec.env.exported_variables.iter().filter(exportable).cloned().collect();
        let program = self.build_dir.program(spec.env.shell.program())?;
        let shell = Shell::new(program, self.build_dir.path(), &state, &chosen.all, &directory)?;
        Ok(Plan { spec, shell, exported })
    }

    /// Runs a phase's commands until one fails, then `finally` in any case.
    async fn commands(&self, plan: &Plan, phase: PhaseType, succeeding: bool) -> Result<(), Error> {
        let Some(commands) = plan.spec.phase(phase) else {
            return Ok(());
        };
        let mut outcome = Ok(());
        for part in [&commands.commands, &commands.finally] {
            for command in part {
                self.log.say(&format!("Running command {command}")).await;
                let exit =
                    plan.shell.run(command, succeeding && outcome.is_ok(), self.group, self.log).await?;
                if !exit.is_success() {
                    let shown: String =
                        self.log.shown(command.clone()).chars().take(LONGEST_COMMAND).collect();
                    let message =
                        format!("Error while executing command: {}. Reason: {exit}", shown.trim_end());
                    outcome = outcome.and(Err(Context::new("COMMAND_EXECUTION_ERROR", message).into()));
                    break;
                }
            }
        }
        outcome
    }

    async fn upload(&self, plan: &Plan, clients: &Clients) -> Result<(), Error> {
        let (source, state) = (self.build_dir.source(), self.build_dir.state());
        let files = plan.spec.artifacts.as_ref();
        let upload = Upload {
            client: &clients.s3,
            settings: &self.job.settings,
            build_id: &self.job.id,
            source: &source,
            scratch: &state,
            log: self.log,
        };
        if let Some(uploaded) = upload.primary(files).await? {
            self.job.change(|build| build.artifacts = uploaded);
        }
        let uploaded = upload.secondary(files).await?;
        self.job.change(|build| build.secondary_artifacts = uploaded);
        Ok(())
    }
}

/// The buildspec itself: given inline, or in a file of the source.
fn spec_text(buildspec: &str, directory: &Path) -> Result<String, Error> {
    if buildspec.contains('\n') || buildspec.trim_start().starts_with('{') {
        return Ok(buildspec.into());
    }
    let name = if buildspec.is_empty() { "buildspec.yml" } else { buildspec };
    std::fs::read_to_string(directory.join(name))
        .map_err(|error| Context::new("YAML_FILE_ERROR", format!("{name}: {error}")).into())
}
