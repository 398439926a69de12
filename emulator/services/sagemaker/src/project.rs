//! How projects are made, changed and deleted: a product of Service Catalog is launched, or a stack is made of a template in S3, on
//! behalf of the caller and with the permissions of the caller.

use crate::SageMaker;
use crate::store::{Kind, Resource, Tags};
use emulator_core::{Credentials, Refused, SignedClient, random_id, text};
use emulator_stacks::{Observation, Progress, Spec, Stacks, Template, Value as Parameter, all_capabilities};
use serde_json::{Value, json};
use std::time::Duration;

/// How often SageMaker looks at what it waits for.
const LOOK: Duration = Duration::from_secs(5);

/// What a project is made with: details of the input.
#[derive(Debug)]
pub(crate) enum Provider {
    Catalog(Value),
    Template(Value),
}

impl Provider {
    /// Whether a project was made with a provider of this kind.
    pub(crate) fn fits(&self, project: &Resource) -> bool {
        let member = match self {
            Self::Catalog(_) => "ServiceCatalogProvisioningDetails",
            Self::Template(_) => "TemplateProviderDetails",
        };
        project.members.contains_key(member)
    }
}

/// What is to be done with a project, and to which provisioned product or stack.
#[derive(Debug)]
pub(crate) enum Task {
    Create(Provider),
    Update(Provider, Option<String>),
    Delete { from_catalog: bool, made: Option<String> },
}

/// One request on its way.
pub(crate) struct Run {
    pub(crate) service: SageMaker,
    pub(crate) access_key: String,
    /// Of the project.
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) tags: Tags,
    pub(crate) task: Task,
}

impl Run {
    /// Carries the request out.
    pub(crate) async fn carry_out(self) {
        let verb = match self.task {
            Task::Create(_) => "Create",
            Task::Update(..) => "Update",
            Task::Delete { .. } => "Delete",
        };
        self.status(&format!("{verb}InProgress"));
        let done = async {
            let credentials = self.service.context.bridge.forward(&self.access_key).await;
            let credentials = credentials.map_err(|failure| failure.to_string())?;
            match &self.task {
                Task::Delete { made: None, .. } => Ok(()),
                Task::Create(Provider::Catalog(details)) => self.provision(&credentials, details).await,
                Task::Update(Provider::Catalog(details), product) => {
                    let more = json!({"ProvisionedProductId": product, "UpdateToken": random_id(20)});
                    self.request(&credentials, "UpdateProvisionedProduct", details, more).await
                }
                Task::Delete { from_catalog: true, made } => {
                    let more = json!({"ProvisionedProductId": made, "TerminateToken": random_id(20)});
                    self.request(&credentials, "TerminateProvisionedProduct", &json!({}), more).await
                }
                Task::Create(Provider::Template(template)) => self.stack(&credentials, template, None).await,
                Task::Update(Provider::Template(template), stack) => {
                    self.stack(&credentials, template, stack.as_deref()).await
                }
                Task::Delete { made: Some(stack), .. } => self.delete_stack(&credentials, stack).await,
            }
        };
        let ended = done.await;
        if let Err(reason) = &ended {
            self.tell(reason);
        }
        self.status(&format!("{verb}{}", if ended.is_ok() { "Completed" } else { "Failed" }));
    }

    fn change(&self, change: impl FnOnce(&mut Resource)) {
        if let Some(project) = self.service.store().get_mut(Kind::Project, &self.name) {
            change(project);
        }
    }

    fn status(&self, status: &str) {
        let now = self.service.now();
        self.change(|project| {
            project.life.set_status(now, status);
        });
    }

    /// Keeps what Describe tells of the provisioned product or the stack.
    fn note(&self, member: &str, told: &str) {
        self.change(|project| {
            let stack = project.members.get_mut("TemplateProviderDetails");
            if let Some(details) = stack {
                details[0]["CfnTemplateProviderDetail"]["StackDetail"][member] = told.into();
            } else {
                let details = project.members.entry("ServiceCatalogProvisionedProductDetails");
                details.or_insert_with(|| json!({}))[member] = told.into();
            }
        });
    }

    /// Tells why something failed.
    fn tell(&self, reason: &str) {
        let of_stack = match &self.task {
            Task::Create(provider) | Task::Update(provider, _) => matches!(provider, Provider::Template(_)),
            Task::Delete { from_catalog, .. } => !from_catalog,
        };
        self.note(if of_stack { "StatusMessage" } else { "ProvisionedProductStatusMessage" }, reason);
    }

    /// The name and the id of the project, as templates and tags have them.
    fn identity(&self, names: [&'static str; 2]) -> [(&'static str, &str); 2] {
        [(names[0], self.name.as_str()), (names[1], self.id.as_str())]
    }

    // Service Catalog.

    async fn provision(&self, credentials: &Credentials, details: &Value) -> Result<(), String> {
        let mut details = details.clone();
        if text(&details, "ProvisioningArtifactId").is_empty() {
            let product =
                self.catalog(credentials, "DescribeProduct", &json!({"Id": details["ProductId"]})).await?;
            let newest = product["ProvisioningArtifacts"].as_array().and_then(|all| all.last()).cloned();
            details["ProvisioningArtifactId"] = newest.unwrap_or_default()["Id"].clone();
        }
        let own = self.identity(["SageMakerProjectName", "SageMakerProjectId"]);
        let mut parameters = details["ProvisioningParameters"].as_array().cloned().unwrap_or_default();
        parameters.extend(own.map(|(key, value)| json!({"Key": key, "Value": value})));
        let own = self.identity(["sagemaker:project-name", "sagemaker:project-id"]);
        let tags = self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(own);
        let tags: Vec<_> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        details["ProvisioningParameters"] = parameters.into();
        let more = json!({
            "ProvisionedProductName": format!("{}-{}", self.name, self.id),
            "ProvisionToken": random_id(20),
            "Tags": tags,
        });
        self.request(credentials, "ProvisionProduct", &details, more).await
    }

    /// Makes a request and waits until its record has ended.
    async fn request(
        &self,
        credentials: &Credentials,
        operation: &str,
        details: &Value,
        more: Value,
    ) -> Result<(), String> {
        let mut input = details.clone();
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        let mut record = self.catalog(credentials, operation, &input).await?["RecordDetail"].take();
        self.note("ProvisionedProductId", text(&record, "ProvisionedProductId"));
        while !matches!(text(&record, "Status"), "SUCCEEDED" | "FAILED") {
            tokio::time::sleep(self.service.context.clock.scaled(LOOK)).await;
            let named = json!({"Id": record["RecordId"]});
            record = self.catalog(credentials, "DescribeRecord", &named).await?["RecordDetail"].take();
        }
        if record["Status"] == "SUCCEEDED" {
            return Ok(());
        }
        Err(text(&record["RecordErrors"][0], "Description").to_owned())
    }

    async fn catalog(
        &self,
        credentials: &Credentials,
        operation: &str,
        input: &Value,
    ) -> Result<Value, String> {
        let client = SignedClient::of_role(&self.service.context, credentials);
        let target = format!("AWS242ServiceCatalogService.{operation}");
        client.json("servicecatalog", &target, input).await.map_err(|refused| refused.to_string())
    }

    // Templates in S3.

    /// Makes the stack, or updates it.
    async fn stack(
        &self,
        credentials: &Credentials,
        template: &Value,
        stack: Option<&str>,
    ) -> Result<(), String> {
        let stacks = Stacks::new(&self.service.context, credentials).await;
        let spec = self.spec(&stacks, template, stack).await?;
        let stack = match stack {
            None => stacks.create(&spec).await.map_err(refused)?,
            Some(stack) => {
                stacks.update(&spec).await.map_err(refused)?;
                stack.to_owned()
            }
        };
        self.note("StatusMessage", "The operation on the stack is in progress.");
        self.note("Id", &stack);
        self.note("Name", stack.split('/').nth(1).unwrap_or_default());
        self.followed(&stacks, &stack, false).await
    }

    /// What the stack of the project is made of.
    async fn spec(&self, stacks: &Stacks, template: &Value, stack: Option<&str>) -> Result<Spec, String> {
        let url = Template::Url(text(template, "TemplateURL").to_owned());
        // The template need not have the parameters of projects.
        let declared = match stacks.parameters(&url).await {
            // Who may not ask gives them.
            Err(error) if error.code == "AccessDenied" => None,
            found => Some(found.map_err(refused)?),
        };
        let own = self.identity(["SageMakerProjectName", "SageMakerProjectId"]);
        let own = own.into_iter().filter(|(key, _)| declared.as_ref().is_none_or(|all| all.contains(*key)));
        let given = template["Parameters"].as_array().into_iter().flatten();
        let given = given.map(|parameter| (text(parameter, "Key"), text(parameter, "Value")));
        let parameter = |(key, value): (&str, &str)| (key.to_owned(), Parameter::New(value.to_owned()));
        let tags = self.identity(["sagemaker:project-name", "sagemaker:project-id"]);
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let name = format!("SP-{}-{}", self.service.context.account, self.id);
        Ok(Spec {
            name: stack.map_or(name, str::to_owned),
            template: url,
            parameters: given.chain(own).map(parameter).collect(),
            tags: self.tags.clone().into_iter().chain(tags).collect(),
            capabilities: all_capabilities(),
            notifications: Vec::new(),
            role: template["RoleARN"].as_str().map(str::to_owned),
        })
    }

    async fn delete_stack(&self, credentials: &Credentials, stack: &str) -> Result<(), String> {
        let stacks = Stacks::new(&self.service.context, credentials).await;
        stacks.delete(stack).await.map_err(refused)?;
        self.followed(&stacks, stack, true).await
    }

    /// Looks at a stack until its operation has ended.
    async fn followed(&self, stacks: &Stacks, stack: &str, deleted: bool) -> Result<(), String> {
        let tell = |seen: &Observation| {
            self.note("StatusMessage", seen.reason.as_deref().unwrap_or(&seen.status));
        };
        match stacks.follow(stack, tell).await.map_err(refused)?.progress {
            Progress::Failed(failure) => Err(failure.reason),
            Progress::Gone if !deleted => Err("the stack does not exist any more".to_owned()),
            _ => Ok(()),
        }
    }
}

/// What CloudFormation says, or why it was not reached.
fn refused(refused: Refused) -> String {
    refused.message
}
