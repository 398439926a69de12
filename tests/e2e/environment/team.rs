//! The products of the team: data scientists and the team administrator provision user profiles and notebooks, in an environment of the
//! templates that these need.

mod limits;
mod notebook;
mod profile;

use super::network::{self, OF_NETWORK};
use super::packaged;
use super::roles::people::{assume, forget, user};
use super::roles::{self, Texts, place};
use crate::clean_up::functions::release;
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, until_within};
use crate::stack::inventory;
use anyhow::{Context, ensure};
use emulator::deploy::{self, DeployedStack};
use serde_json::{Value, json};

/// An environment with a portfolio, and its people.
struct Team {
    name: &'static str,
    network: DeployedStack,
    studio: DeployedStack,
    /// The outputs of `env-iam`.
    roles: Texts,
    /// The outputs of the portfolio.
    portfolio: Texts,
    launch_role: String,
    keys: [Value; 2],
    /// Two data scientists and the team administrator, in their roles.
    alice: Value,
    bob: Value,
    administrator: Value,
}

impl Team {
    async fn new(name: &'static str) -> anyhow::Result<Self> {
        let place = place().await?;
        let code: Vec<_> = place.iter().take(2).map(|(name, value)| (*name, value.as_str())).collect();
        let environment = [("EnvName", name), ("EnvType", "dev")];
        let network = network::of_studio(name).await?;
        let given = [&environment[..], &code].concat();
        let roles = roles::deploy("env-iam", &format!("{name}-iam"), &given, true).await?;
        let studio = studio(name, &network, &roles).await?;
        let function = studio.output("StudioCleanupFunctionArn")?.to_owned();
        let shared = [
            ("StudioCleanupFunctionArn", &*function),
            ("SageMakerExecutionRoleArn", &*roles["SageMakerExecutionRoleArn"]),
            ("SageMakerNotebookRoleArn", &*roles["SageMakerNotebookRoleArn"]),
        ];
        let domain = [("DomainId", studio.output("SageMakerDomainId")?)];
        let given = [&environment[..], &shared, &domain].concat();
        let launch = roles::deploy("env-iam-products", &format!("{name}-launch"), &given, true).await?;
        let launch_role = launch["SCTeamProductLaunchRoleArn"].clone();
        let people = [
            ("DataScientistRoleArn", &*roles["DataScientistRoleArn"]),
            ("DataScientistRoleId", &*roles["DataScientistRoleId"]),
            ("DSTeamAdministratorRoleArn", &*roles["DSTeamAdministratorRoleArn"]),
            ("SCTeamProductLaunchRoleArn", &*launch_role),
        ];
        let given = [&environment[..], &shared, &people, &code].concat();
        // Without capabilities: it makes no IAM resource.
        let portfolio =
            roles::deploy("env-sc-team-portfolio", &format!("{name}-portfolio"), &given, false).await?;
        let (alice, bob) = (format!("{name}-alice"), format!("{name}-bob"));
        let keys = [user(&alice).await?, user(&bob).await?];
        let scientist = &roles["DataScientistRoleArn"];
        Ok(Self {
            name,
            network,
            studio,
            launch_role,
            alice: assume(&keys[0], scientist, &alice).await?,
            bob: assume(&keys[1], scientist, &bob).await?,
            administrator: assume(&keys[0], &roles["DSTeamAdministratorRoleArn"], "carol").await?,
            keys,
            roles,
            portfolio,
        })
    }

    fn domain(&self) -> anyhow::Result<&str> {
        self.studio.output("SageMakerDomainId")
    }

    /// The name of a person or a thing of this environment.
    fn named(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// Provisions a product as somebody. Its outputs, or what the record or the call says.
    async fn provision(
        &self,
        person: &Value,
        product: &str,
        name: &str,
        given: &[(&str, &str)],
    ) -> anyhow::Result<Texts> {
        let given: Vec<_> = [("EnvName", self.name)]
            .iter()
            .filter(|(key, _)| !given.iter().any(|(other, _)| other == key))
            .chain(given)
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        let given = Value::from(given).to_string();
        let provision = [
            ["servicecatalog", "provision-product", "--product-id", &self.portfolio[product]],
            ["--provisioning-artifact-name", "v1.0", "--provisioned-product-name", name],
            ["--provisioning-parameters", &given, "--query", "RecordDetail.RecordId"],
        ];
        self.succeeded(person, &aws_as(person, &provision.concat()).await?).await?;
        let outputs =
            ["servicecatalog", "get-provisioned-product-outputs", "--provisioned-product-name", name];
        let found = aws_as(person, &[&outputs[..], &["--query", "Outputs"]].concat()).await?;
        let text = |output: &Value, key: &str| output[key].as_str().unwrap_or_default().to_owned();
        let outputs = found.as_array().into_iter().flatten();
        Ok(outputs.map(|output| (text(output, "OutputKey"), text(output, "OutputValue"))).collect())
    }

    async fn terminate(&self, person: &Value, name: &str) -> anyhow::Result<()> {
        let terminate =
            ["servicecatalog", "terminate-provisioned-product", "--provisioned-product-name", name];
        let record =
            aws_as(person, &[&terminate[..], &["--query", "RecordDetail.RecordId"]].concat()).await?;
        self.succeeded(person, &record).await
    }

    /// Waits for a record, and fails with its errors unless it succeeded.
    async fn succeeded(&self, person: &Value, record: &Value) -> anyhow::Result<()> {
        let record = record.as_str().context("no record")?;
        let describe = ["servicecatalog", "describe-record", "--id", record, "--query", "RecordDetail"];
        until_within(super::STACK_LIMIT, "the record has ended", async || {
            let status = aws_as(person, &describe).await?["Status"].clone();
            let going = ["CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"];
            Ok(!going.contains(&status.as_str().unwrap_or_default()))
        })
        .await?;
        let found = aws_as(person, &describe).await?;
        ensure!(found["Status"] == "SUCCEEDED", "{}: {}", self.name, found["RecordErrors"]);
        Ok(())
    }

    /// Deletes the rest, and makes sure that nothing but the home directories is left.
    async fn tear_down(&self) -> anyhow::Result<()> {
        for part in ["portfolio", "launch"] {
            roles::delete(&self.named(part)).await?;
        }
        super::delete(&self.studio, &["sagemaker-domain-id"]).await?;
        roles::delete(&self.named("iam")).await?;
        super::delete(&self.network, &OF_NETWORK).await?;
        for (person, key) in ["alice", "bob"].iter().zip(&self.keys) {
            forget(&self.named(person), key).await?;
        }
        for (kind, names) in inventory(self.name).await? {
            ensure!(names.is_empty(), "{kind} left behind: {names:?}");
        }
        Ok(())
    }
}

async fn studio(name: &str, network: &DeployedStack, roles: &Texts) -> anyhow::Result<DeployedStack> {
    let mut parameters = release(cloud().await).await?;
    parameters.extend(deploy::named([
        ("EnvName", name),
        ("VPCId", network.output("VPCId")?),
        ("SageMakerStudioSubnetIds", network.output("PrivateSubnetIds")?),
        ("SageMakerSecurityGroupIds", network.output("SageMakerSecurityGroupIds")?),
        ("SageMakerExecutionRoleArn", &roles["SageMakerExecutionRoleArn"]),
        ("EnableSageMakerProjects", "NO"),
        ("HomeDirectories", "delete"),
    ]));
    let template = packaged("env-sagemaker-studio")?;
    deploy::create(cloud().await, &format!("{name}-studio"), &template, parameters, |_| ()).await
}

/// Fails unless an answer is an error that says this.
#[track_caller]
fn told<T: std::fmt::Debug>(answer: anyhow::Result<T>, words: &str) -> anyhow::Result<()> {
    let told = format!("{:#}", answer.err().context("it was accepted")?);
    ensure!(told.contains(words), "no {words:?} in {told}");
    Ok(())
}

/// What SageMaker says of something, as the root.
async fn describe(command: &str, named: &[&str]) -> anyhow::Result<Value> {
    aws(&[&["sagemaker", command], named].concat()).await
}
