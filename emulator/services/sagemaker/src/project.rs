//! How projects are made, changed and deleted: a product of Service Catalog is launched, or a stack is made of a template in S3, on
//! behalf of the caller and with the permissions of the caller.

use crate::SageMaker;
use crate::store::{Kind, Resource, Tags};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{Capability, Parameter, StackStatus, Tag};
use emulator_core::{Credentials, SignedClient, random_id, text};
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
        let client = Client::new(&self.service.context.sdk(credentials).await);
        let own = self.identity(["SageMakerProjectName", "SageMakerProjectId"]);
        let made = match self.deploy(&client, template, stack, &own).await {
            // The template need not have the parameters of projects.
            Err(reason) if reason.contains("do not exist in the template") => {
                self.deploy(&client, template, stack, &[]).await
            }
            made => made,
        };
        let stack = made?;
        self.note("StatusMessage", "The operation on the stack is in progress.");
        self.note("Id", &stack);
        self.note("Name", stack.split('/').nth(1).unwrap_or_default());
        self.followed(&client, &stack).await
    }

    /// The ARN of the stack.
    async fn deploy(
        &self,
        client: &Client,
        template: &Value,
        stack: Option<&str>,
        own: &[(&str, &str)],
    ) -> Result<String, String> {
        let given = template["Parameters"].as_array().into_iter().flatten();
        let given = given.map(|parameter| (text(parameter, "Key"), text(parameter, "Value")));
        let parameter = |(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build();
        let parameters: Vec<_> = given.chain(own.iter().copied()).map(parameter).collect();
        let (url, capabilities) = (text(template, "TemplateURL"), capabilities());
        if let Some(stack) = stack {
            let update = client.update_stack().stack_name(stack).template_url(url);
            let update = update.set_parameters(Some(parameters)).set_capabilities(Some(capabilities));
            return match update.send().await.map_err(refused) {
                Err(reason) if !reason.contains("No updates are to be performed") => Err(reason),
                _ => Ok(stack.to_owned()),
            };
        }
        let own = self.identity(["sagemaker:project-name", "sagemaker:project-id"]);
        let tags = self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(own);
        let tags: Vec<_> = tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let name = format!("SP-{}-{}", self.service.context.account, self.id);
        let create = client.create_stack().stack_name(name).template_url(url).set_tags(Some(tags));
        let create = create.set_parameters(Some(parameters)).set_capabilities(Some(capabilities));
        let role = template["RoleARN"].as_str().map(str::to_owned);
        let made = create.set_role_arn(role).send().await.map_err(refused)?;
        Ok(made.stack_id.unwrap_or_default())
    }

    async fn delete_stack(&self, credentials: &Credentials, stack: &str) -> Result<(), String> {
        let client = Client::new(&self.service.context.sdk(credentials).await);
        client.delete_stack().stack_name(stack).send().await.map_err(refused)?;
        self.followed(&client, stack).await
    }

    /// Looks at a stack until its operation has ended.
    async fn followed(&self, client: &Client, stack: &str) -> Result<(), String> {
        loop {
            tokio::time::sleep(self.service.context.clock.scaled(LOOK)).await;
            let described = client.describe_stacks().stack_name(stack).send().await.map_err(refused)?;
            let found = described.stacks.and_then(|all| all.into_iter().next());
            let found = found.ok_or("the stack does not exist any more")?;
            let status = found.stack_status().map(StackStatus::as_str).unwrap_or_default();
            let reason = found.stack_status_reason().unwrap_or(status);
            self.note("StatusMessage", reason);
            match status {
                "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "DELETE_COMPLETE" => return Ok(()),
                running if running.ends_with("_IN_PROGRESS") => {}
                _ => return Err(reason.to_owned()),
            }
        }
    }
}

fn capabilities() -> Vec<Capability> {
    vec![Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand]
}

/// What CloudFormation says, or why it was not reached.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn refused<E: ProvideErrorMetadata + std::error::Error + 'static>(error: SdkError<E>) -> String {
    match error.as_service_error().and_then(ProvideErrorMetadata::message) {
        Some(message) => message.to_owned(),
        None => DisplayErrorContext(&error).to_string(),
    }
}
