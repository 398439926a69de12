//! What happens after a request to provision, update or terminate is answered: a stack is made, changed or deleted by the launch
//! role or by the caller, and the record tells how far that is.

use crate::ServiceCatalog;
use crate::constraint::Limits;
use crate::provisioned::{Error, Output, Provisioned, Status};
use crate::template::Template;
use emulator_core::{Credentials, Failure, Refused};
use emulator_stacks::{Observation, Progress, Spec, Stacks};

/// What is to be done with a provisioned product.
#[derive(Debug)]
pub(crate) enum Task {
    Provision(Version),
    Update(Version),
    Terminate { ignore_errors: bool, retain: bool },
}

/// What a stack is made of.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) template: Template,
    pub(crate) artifact: String,
    pub(crate) limits: Limits,
    /// Its template is not published yet.
    pub(crate) spec: Spec,
}

/// One request on its way.
pub(crate) struct Run {
    pub(crate) service: ServiceCatalog,
    /// The provisioned product as the request found it, or makes it.
    pub(crate) product: Provisioned,
    pub(crate) record: String,
    /// Of the caller, who acts if no launch role does.
    pub(crate) access_key: String,
    pub(crate) task: Task,
}

/// How a request ended.
enum End {
    Done(Vec<Output>),
    Gone,
    /// With the status that the provisioned product has then.
    Failed(Error, Status),
}

impl Run {
    /// Carries the request out.
    pub(crate) async fn carry_out(self) {
        self.note("IN_PROGRESS");
        let end = match self.credentials().await {
            Ok(credentials) => {
                let stacks = Stacks::new(&self.service.context, &credentials).await;
                match &self.task {
                    Task::Provision(version) => self.provision(&stacks, version).await,
                    Task::Update(version) => self.update(&stacks, version).await,
                    Task::Terminate { retain: true, .. } => End::Gone,
                    Task::Terminate { ignore_errors, .. } => self.terminate(&stacks, *ignore_errors).await,
                }
            }
            Err(error) => End::Failed(error, self.status_if_refused()),
        };
        self.finish(end);
    }

    /// Those of the launch role, if there is one.
    async fn credentials(&self) -> Result<Credentials, Error> {
        let bridge = &self.service.context.bridge;
        let Some(role) = &self.product.launch_role else {
            return bridge.forward(&self.access_key).await.map_err(internal);
        };
        let service = "servicecatalog.amazonaws.com";
        let assumed = bridge.assume(role, service, &self.product.arn, "servicecatalog").await;
        assumed.map_err(|failure| Error {
            code: failure.code,
            description: format!("Access denied while assuming the role {role}"),
        })
    }

    async fn provision(&self, stacks: &Stacks, version: &Version) -> End {
        let made = async {
            let spec = self.published(version).await?;
            stacks.create(&spec).await.map_err(refused)
        };
        let stack = match made.await {
            Ok(stack) => stack,
            Err(error) => return End::Failed(error, Status::Error),
        };
        self.change(|product| product.stack = Some(stack.clone()));
        self.followed(stacks, &stack, Status::Error).await
    }

    async fn update(&self, stacks: &Stacks, version: &Version) -> End {
        let Some(stack) = &self.product.stack else {
            let description = "The provisioned product has no stack.".into();
            return End::Failed(Error { code: "ValidationError".into(), description }, Status::Error);
        };
        let updated = async {
            let spec = self.published(version).await?;
            stacks.update(&spec).await.map_err(refused)
        };
        match updated.await {
            Ok(_) => self.followed(stacks, stack, Status::Tainted).await,
            Err(error) => End::Failed(error, Status::Tainted),
        }
    }

    async fn terminate(&self, stacks: &Stacks, ignore_errors: bool) -> End {
        let Some(stack) = &self.product.stack else { return End::Gone };
        let end = match stacks.delete(stack).await {
            Ok(()) => self.followed(stacks, stack, Status::Tainted).await,
            Err(error) => End::Failed(refused(error), Status::Tainted),
        };
        match end {
            End::Failed(..) if ignore_errors => End::Gone,
            end => end,
        }
    }

    /// The spec of a stack with the template where CloudFormation reads it.
    async fn published(&self, version: &Version) -> Result<Spec, Error> {
        let context = &self.service.context;
        let template = version.template.publish(context, &version.artifact, &version.limits).await;
        let template = emulator_stacks::Template::Url(template.map_err(internal)?);
        Ok(Spec { template, ..version.spec.clone() })
    }

    /// Looks at a stack until its operation has ended.
    async fn followed(&self, stacks: &Stacks, stack: &str, failed: Status) -> End {
        let ended = stacks.follow(stack, |seen| {
            if matches!(seen.progress, Progress::RollingBack) {
                self.note("IN_PROGRESS_IN_ERROR");
            }
        });
        match ended.await {
            Ok(Observation { progress: Progress::Failed(failure), .. }) => {
                // A stack whose update could not be undone does not run.
                let status = if failure.status == "UPDATE_ROLLBACK_FAILED" { Status::Error } else { failed };
                End::Failed(told(failure), status)
            }
            Ok(Observation { progress: Progress::Done(own), .. }) => End::Done(outputs(stack, own)),
            Ok(_) => End::Gone,
            Err(error) => End::Failed(refused(error), failed),
        }
    }

    fn status_if_refused(&self) -> Status {
        if matches!(self.task, Task::Provision(_)) { Status::Error } else { Status::Tainted }
    }

    /// Changes the provisioned product.
    fn change(&self, change: impl FnOnce(&mut Provisioned)) {
        if let Some(product) = self.service.store().provisioned.get_mut(&self.product.id) {
            change(product);
        }
    }

    fn note(&self, status: &'static str) {
        let now = self.service.now();
        if let Some(record) = self.service.store().records.get_mut(&self.record)
            && record.status != status
        {
            (record.status, record.updated) = (status, now);
        }
    }

    /// Ends the record and settles the provisioned product.
    fn finish(&self, end: End) {
        let terminates = matches!(self.task, Task::Terminate { .. });
        let (outputs, failed) = match end {
            End::Done(outputs) => (outputs, None),
            End::Gone if terminates => (Vec::new(), None),
            End::Gone => {
                let description = "The stack does not exist any more.".into();
                (Vec::new(), Some((Error { code: "StackNotFound".into(), description }, Status::Error)))
            }
            End::Failed(error, status) => (Vec::new(), Some((error, status))),
        };
        let now = self.service.now();
        let mut store = self.service.store();
        if terminates && failed.is_none() {
            store.provisioned.remove(&self.product.id);
        }
        if let Some(product) = store.provisioned.get_mut(&self.product.id) {
            if let Some((error, status)) = &failed {
                product.status = *status;
                product.message = Some(error.description.clone());
            } else {
                product.status = Status::Available;
                product.message = None;
                product.outputs.clone_from(&outputs);
                product.last_successful_record = Some(self.record.clone());
            }
        }
        if let Some(record) = store.records.get_mut(&self.record) {
            record.status = if failed.is_none() { "SUCCEEDED" } else { "FAILED" };
            record.updated = now;
            record.outputs = outputs;
            record.error = failed.map(|(error, _)| error);
        }
    }
}

fn internal(failure: Failure) -> Error {
    Error { code: failure.code, description: failure.message }
}

fn refused(refused: Refused) -> Error {
    let Refused { code, message } = refused;
    let code = if code.is_empty() { "InternalFailure".to_owned() } else { code };
    Error { code, description: message }
}

/// The reason of the stack, and that of the resource that failed first.
fn told(failure: emulator_stacks::Failure) -> Error {
    let emulator_stacks::Failure { status, reason, resource } = failure;
    let description = match resource {
        Some(first) => format!("{reason} {}: {}", first.logical_id, first.reason),
        None => reason,
    };
    Error { code: status, description }
}

/// The ARN of the stack as Service Catalog tells it, then the outputs of the template.
fn outputs(stack: &str, own: Vec<emulator_stacks::Output>) -> Vec<Output> {
    let arn = Output {
        key: "CloudformationStackARN".into(),
        value: stack.into(),
        description: Some("The ARN of the launched Cloudformation Stack".into()),
    };
    let own = own.into_iter().map(|emulator_stacks::Output { key, value, description }| Output {
        key,
        value,
        description,
    });
    std::iter::once(arn).chain(own).collect()
}
