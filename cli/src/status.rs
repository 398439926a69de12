//! `sm-mlops status`: what there is of this suite in a Region, and what runs there.

use crate::answer::{self, Answer};
use crate::args::Status;
use crate::domain::spelled;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use crate::stack::{Stack, Stacks, failed};
use crate::table::table;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::aws::sagemaker::SageMaker;

/// Every template of a release has these parameters, which say where its code is.
const OF_RELEASE: [&str; 2] = ["CodeBucket", "CodePrefix"];

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    stacks: Vec<Row>,
    domains: Vec<Named>,
    endpoints: Vec<Named>,
    projects: Vec<Named>,
    /// What could not be listed, and why: the rest is told without it.
    not_listed: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    stack: String,
    stack_status: String,
    /// The environment that it is or has.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    /// The folder of the release in its bucket.
    release: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<String>,
}

/// A thing of SageMaker.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
    /// The id of a domain or a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    status: String,
}

/// Runs the command.
pub async fn run(asked: &Status, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let stacks = Stacks::new(&session.config).all().await?;
        found.stacks = stacks.into_iter().filter_map(row).collect();
        let client = SageMaker::new(&session.config);
        let lost = &mut found.not_listed;
        found.domains = list::<Domain>(&client, "ListDomains", "domains", lost).await;
        found.endpoints = list::<Endpoint>(&client, "ListEndpoints", "endpoints", lost).await;
        found.projects = list::<Project>(&client, "ListProjects", "projects", lost).await;
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

/// A stack, if its template is one of a release.
fn row(stack: Stack) -> Option<Row> {
    let parameter = |name: &str| stack.parameters.get(name).filter(|value| !value.is_empty()).cloned();
    if !OF_RELEASE.iter().all(|name| stack.parameters.contains_key(*name)) {
        return None;
    }
    let environment = match (parameter("EnvName"), parameter("EnvType")) {
        (Some(name), Some(kind)) => Some(format!("{name}-{kind}")),
        (name, _) => name,
    };
    Some(Row {
        environment,
        release: parameter("CodePrefix").unwrap_or_default(),
        changed: stack.changed.and_then(|at| at.fmt(aws_smithy_types::date_time::Format::DateTime).ok()),
        stack_status: stack.status.as_str().to_owned(),
        stack: stack.name,
    })
}

async fn list<T: for<'de> Deserialize<'de> + Into<Named>>(
    client: &SageMaker,
    operation: &'static str,
    what: &str,
    lost: &mut Vec<String>,
) -> Vec<Named> {
    match client.list::<T>(operation, json!({})).await {
        Ok(found) => found.items.into_iter().map(Into::into).collect(),
        Err(cause) => {
            lost.push(failed(&format!("list the {what}"), &cause).sentence);
            Vec::new()
        }
    }
}

#[derive(Deserialize)]
struct Domain {
    #[serde(rename = "DomainName")]
    name: String,
    #[serde(rename = "DomainId")]
    id: String,
    #[serde(rename = "Status")]
    status: String,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "EndpointName")]
    name: String,
    #[serde(rename = "EndpointStatus")]
    status: String,
}

#[derive(Deserialize)]
struct Project {
    #[serde(rename = "ProjectName")]
    name: String,
    #[serde(rename = "ProjectId")]
    id: String,
    #[serde(rename = "ProjectStatus")]
    status: String,
}

impl From<Domain> for Named {
    fn from(Domain { name, id, status }: Domain) -> Self {
        Self { name, id: Some(id), status }
    }
}

impl From<Endpoint> for Named {
    fn from(Endpoint { name, status }: Endpoint) -> Self {
        Self { name, id: None, status }
    }
}

impl From<Project> for Named {
    fn from(Project { name, id, status }: Project) -> Self {
        Self { name, id: Some(id), status }
    }
}

impl Answer for Found {
    fn is_empty(&self) -> bool {
        self.stacks.is_empty()
            && self.not_listed.is_empty()
            && [&self.domains, &self.endpoints, &self.projects].iter().all(|of| of.is_empty())
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        let place = format!("account {account}, {region}");
        if self.is_empty() {
            return format!(
                "There is no stack of a release, no domain, no endpoint and no project in {place}."
            );
        }
        let mut parts = vec![format!("In {place}:")];
        if !self.stacks.is_empty() {
            let rows = self.stacks.iter().map(|row| {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                let changed = row.changed.as_deref().map(spelled).unwrap_or_default();
                let Row { stack, stack_status, release, .. } = row;
                vec![stack.clone(), stack_status.clone(), text(&row.environment), release.clone(), changed]
            });
            parts.push(table(&["STACK", "STATUS", "ENVIRONMENT", "RELEASE", "CHANGED"], rows, width));
        }
        for (head, things) in
            [("DOMAIN", &self.domains), ("ENDPOINT", &self.endpoints), ("PROJECT", &self.projects)]
        {
            if things.is_empty() {
                continue;
            }
            let rows = things.iter().map(|it| {
                let named = [Some(it.name.clone()), Some(it.status.clone()), it.id.clone()];
                named.into_iter().flatten().collect()
            });
            parts.push(table(&[head, "STATUS", "ID"], rows, width));
        }
        parts.extend(self.not_listed.iter().map(|sentence| format!("{sentence}.")));
        parts.join("\n\n")
    }
}
