//! What goes on without the domain. It is worth telling and never worth failing for: a call that does not succeed, for want
//! of a permission above all, is told instead.

use super::search::Execution;
use super::{Aws, Error};
use crate::observation::Reports;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use shared::aws::sagemaker::List;
use shared::reconcile::batch::AT_ONCE;
use std::collections::HashSet;

/// The tag by which Studio marks what is made in a domain.
const DOMAIN_TAG: &str = "sagemaker:domain-arn";

/// `TrackingServerSummary`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Server {
    tracking_server_name: Option<String>,
    tracking_server_arn: Option<String>,
}

impl Aws {
    /// Both reports.
    pub(super) async fn reports(&self, domain: &str, arn: &str) -> Reports {
        let (servers, pipelines) =
            tokio::join!(self.tracking_servers(arn), self.running_pipelines(domain, arn));
        Reports { tracking_servers: told(servers), running_pipelines: told(pipelines) }
    }

    /// The names of the tracking servers with the tag of the domain.
    async fn tracking_servers(&self, arn: &str) -> Result<Vec<String>, Error> {
        let listed = self.sagemaker.list("ListMlflowTrackingServers", json!({})).await;
        let failed = |source| Error::List { what: "tracking servers".to_owned(), source };
        let List { items, .. } = listed.map_err(failed)?;
        let servers =
            items.into_iter().filter_map(|it: Server| it.tracking_server_name.zip(it.tracking_server_arn));
        let looks = stream::iter(servers).map(|(name, server)| async move {
            self.is_of(&server, arn).await.map(|ours| ours.then_some(name))
        });
        let found: Vec<Option<String>> = looks.buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn is_of(&self, resource: &str, domain: &str) -> Result<bool, Error> {
        let tags = self.tags(resource).await?;
        Ok(tags.iter().any(|tag| tag.key == DOMAIN_TAG && tag.value == domain))
    }

    /// The executions that run now, and were started by a user of the domain or belong to a pipeline that has its tag. An
    /// execution has no tags of its own, so the tagged pipelines are looked for, when anything runs at all.
    async fn running_pipelines(&self, domain: &str, arn: &str) -> Result<Vec<String>, Error> {
        let running = self.search("PipelineExecution", "PipelineExecutionStatus", "Executing").await?;
        let running: Vec<_> = running.into_iter().filter_map(|it| it.pipeline_execution).collect();
        if running.is_empty() {
            return Ok(Vec::new());
        }
        let tagged = self.search("Pipeline", &format!("Tags.{DOMAIN_TAG}"), arn).await?;
        let tagged: HashSet<_> = tagged.into_iter().filter_map(|it| it.pipeline?.pipeline_arn).collect();
        let ours = |run: &&Execution| {
            let user = run.created_by.as_ref().and_then(|user| user.domain_id.as_deref());
            user == Some(domain) || run.pipeline_arn.as_ref().is_some_and(|arn| tagged.contains(arn))
        };
        Ok(running.iter().filter(ours).filter_map(name).collect())
    }
}

/// `pipeline/execution`: the end of `arn:aws:sagemaker:...:pipeline/train/execution/abc`.
fn name(run: &Execution) -> Option<String> {
    let (_, name) = run.pipeline_execution_arn.as_ref()?.split_once(":pipeline/")?;
    Some(name.replacen("/execution/", "/", 1))
}

fn told(found: Result<Vec<String>, Error>) -> Result<Vec<String>, String> {
    found.map_err(|error| {
        let why = shared::error::chain(&error);
        tracing::warn!(reason = why, "could not look up what goes on without the domain");
        why
    })
}
