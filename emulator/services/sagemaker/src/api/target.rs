//! Which resource an input names: its key in the store and its ARN.

use crate::store::{Kind, Resource, Store};
use emulator_core::{Failure, ServiceContext, text};
use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) key: String,
    pub(crate) arn: String,
}

impl Target {
    /// The resource of this kind that an input names by AWS's members for that.
    pub(crate) fn of(context: &ServiceContext, kind: Kind, input: &Value) -> Self {
        let domain = text(input, "DomainId");
        let at = |key: &str, resource: &str| Self {
            kind,
            key: key.to_owned(),
            arn: context.arn("sagemaker", &format!("{resource}/{key}")),
        };
        match kind {
            Kind::Domain => at(domain, "domain"),
            Kind::UserProfile => at(&format!("{domain}/{}", text(input, "UserProfileName")), "user-profile"),
            Kind::Space => at(&format!("{domain}/{}", text(input, "SpaceName")), "space"),
            Kind::App => Self::of_app(context, input),
            Kind::TrackingServer => at(text(input, "TrackingServerName"), "mlflow-tracking-server"),
            Kind::Pipeline => {
                let name = text(input, "PipelineName");
                at(name.rsplit_once(":pipeline/").map_or(name, |(_, name)| name), "pipeline")
            }
            Kind::StudioLifecycleConfig => {
                at(text(input, "StudioLifecycleConfigName"), "studio-lifecycle-config")
            }
            // AWS writes these names small in ARNs, so two names that differ in case only are one.
            Kind::NotebookInstance => {
                at(&text(input, "NotebookInstanceName").to_lowercase(), "notebook-instance")
            }
            Kind::NotebookInstanceLifecycleConfig => {
                let name = text(input, "NotebookInstanceLifecycleConfigName").to_lowercase();
                at(&name, "notebook-instance-lifecycle-config")
            }
            Kind::CodeRepository => at(&text(input, "CodeRepositoryName").to_lowercase(), "code-repository"),
            Kind::Project => at(text(input, "ProjectName"), "project"),
            Kind::Execution => {
                let arn = text(input, "PipelineExecutionArn").to_owned();
                Self { kind, key: arn.clone(), arn }
            }
        }
    }

    /// AWS writes the type small in an app's ARN.
    fn of_app(context: &ServiceContext, input: &Value) -> Self {
        let (word, owner) = match text(input, "SpaceName") {
            "" => ("profile", text(input, "UserProfileName")),
            space => ("space", space),
        };
        let domain = text(input, "DomainId");
        let name = format!("{}/{}", text(input, "AppType").to_lowercase(), text(input, "AppName"));
        Self {
            kind: Kind::App,
            key: format!("{domain}/{word}/{owner}/{name}"),
            arn: context.arn("sagemaker", &format!("app/{domain}/{owner}/{name}")),
        }
    }

    pub(crate) fn find<'a>(&self, store: &'a Store) -> Result<&'a Resource, Failure> {
        store.get(self.kind, &self.key).ok_or_else(|| self.missing())
    }

    /// The resource, which one that is to be made belongs to: the input is wrong if it is not there.
    pub(crate) fn required<'a>(&self, store: &'a Store) -> Result<&'a Resource, Failure> {
        store.get(self.kind, &self.key).ok_or_else(|| super::invalid(self.missing().message))
    }

    pub(crate) fn find_mut<'a>(&self, store: &'a mut Store) -> Result<&'a mut Resource, Failure> {
        store.get_mut(self.kind, &self.key).ok_or_else(|| self.missing())
    }

    /// Refuses to make what exists.
    pub(crate) fn free(&self, store: &Store) -> Result<(), Failure> {
        match store.get(self.kind, &self.key) {
            None => Ok(()),
            Some(_) => Err(in_use(format!("{} [{}] already exists.", self.kind.name(), self.arn))),
        }
    }

    /// The resource; AWS has no other error than this for one of these kinds that is not there.
    pub(crate) fn known<'a>(&self, store: &'a mut Store) -> Result<&'a mut Resource, Failure> {
        store.get_mut(self.kind, &self.key).ok_or_else(|| super::invalid("RecordNotFound"))
    }

    /// As [`free`](Self::free), of a kind for which the model has no error that says so.
    pub(crate) fn unused(&self, store: &Store) -> Result<(), Failure> {
        if store.get(self.kind, &self.key).is_none() {
            return Ok(());
        }
        let kind = self.kind.name();
        Err(super::invalid(format!("Cannot create already existing {kind} \"{}\".", self.arn)))
    }

    /// The resource, if its status lets it be deleted: one that is on its way to another status does not.
    pub(crate) fn deletable<'a>(&self, store: &'a Store) -> Result<&'a Resource, Failure> {
        let resource = self.find(store)?;
        if resource.life.is(&["Pending", "Updating", "Deleting"]) {
            let status = &resource.life.status;
            return Err(self.refusal("ValidationException", &format!("it is in [{status}] status")));
        }
        Ok(resource)
    }

    pub(crate) fn refusal(&self, code: &str, why: &str) -> Failure {
        Failure::new(code, format!("Unable to delete {} [{}] because {why}.", self.kind.name(), self.arn))
    }

    fn missing(&self) -> Failure {
        Failure::new("ResourceNotFound", format!("{} [{}] does not exist.", self.kind.name(), self.arn))
    }
}

pub(crate) fn in_use(message: String) -> Failure {
    Failure::new("ResourceInUse", message)
}
