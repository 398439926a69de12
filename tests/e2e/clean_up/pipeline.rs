//! A pipeline with one Lambda Invoke action, behind a source action that this test is the worker of.

use super::clients::Clients;
use super::domain_fixture::DomainFixture;
use crate::cli::aws;
use crate::harness::until;
use anyhow::Context;
use aws_sdk_codepipeline::types::{
    ActionCategory, ActionExecutionDetail, ActionExecutionFilter, ActionOwner, ActionTypeId, CurrentRevision,
    Job, JobData,
};
use emulator::cloud::Cloud;
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;

/// A pipeline that has run once.
pub(crate) struct CleanupPipeline<'a> {
    name: &'a str,
    clients: &'a Clients,
    pipelines: aws_sdk_codepipeline::Client,
    bucket: String,
    role: String,
}

/// How the Lambda Invoke action ended.
#[derive(Debug)]
pub(crate) struct Ending {
    /// `Succeeded` or `Failed`.
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) variables: HashMap<String, String>,
}

/// What the role of a pipeline needs for the two actions.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
    "s3:GetObject","s3:GetObjectVersion","s3:PutObject","s3:GetBucketVersioning","s3:GetBucketLocation",
    "lambda:InvokeFunction","lambda:ListFunctions"]}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"codepipeline.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

impl<'a> CleanupPipeline<'a> {
    /// Makes what all pipelines of a fixture share: a bucket, a role, a type of source action.
    pub(crate) async fn new(fixture: &'a DomainFixture) -> anyhow::Result<Self> {
        Self::named(&fixture.name, fixture.cloud, &fixture.clients).await
    }

    /// The same with this name, for a test without a domain.
    pub(crate) async fn named(name: &'a str, cloud: &Cloud, clients: &'a Clients) -> anyhow::Result<Self> {
        let bucket = format!("{name}-artifacts");
        clients.s3.create_bucket().bucket(&bucket).send().await?;
        let role = format!("{name}-pipeline");
        let made =
            clients.iam.create_role().role_name(&role).assume_role_policy_document(TRUST).send().await?;
        let grant = clients.iam.put_role_policy().role_name(&role).policy_name("own").policy_document(POLICY);
        grant.send().await?;
        let role = made.role.context("no role")?.arn;
        let kind = [
            "codepipeline",
            "create-custom-action-type",
            "--category",
            "Source",
            "--provider",
            name,
            "--action-version", // `--version` is the CLI's own.
            "1",
            "--input-artifact-details",
            "minimumCount=0,maximumCount=0",
            "--output-artifact-details",
            "minimumCount=1,maximumCount=1",
        ];
        aws(&kind).await?;
        let pipelines = aws_sdk_codepipeline::Client::new(&cloud.root().await);
        Ok(Self { name, clients, pipelines, bucket, role })
    }

    /// Makes a pipeline, whose first execution starts by itself, hands these files to its action and waits for its end.
    pub(crate) async fn run(
        &self,
        case: &str,
        function: &str,
        parameters: &str,
        files: &[(&str, &str)],
    ) -> anyhow::Result<Ending> {
        let name = format!("{}-{case}", self.name);
        let pipeline = json!({
            "name": name,
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": self.bucket},
            "stages": [
                {"name": "Source", "actions": [{
                    "name": "Source",
                    "actionTypeId":
                        {"category": "Source", "owner": "Custom", "provider": self.name, "version": "1"},
                    "outputArtifacts": [{"name": "Environment"}],
                }]},
                {"name": "CleanUp", "actions": [{
                    "name": "CleanUp",
                    "actionTypeId":
                        {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
                    "configuration": {"FunctionName": function, "UserParameters": parameters},
                    "inputArtifacts": [{"name": "Environment"}],
                }]},
            ],
        });
        aws(&["codepipeline", "create-pipeline", "--pipeline", &pipeline.to_string()]).await?;
        let job = self.job().await?;
        self.deliver(&job, files).await?;
        self.ending(&name).await
    }

    /// Takes the job of the source action.
    async fn job(&self) -> anyhow::Result<Job> {
        let kind = ActionTypeId::builder().category(ActionCategory::Source).owner(ActionOwner::Custom);
        let kind = kind.provider(self.name).version("1").build()?;
        let found = std::cell::RefCell::new(None);
        until("the job of the source action", async || {
            let jobs = self.pipelines.poll_for_jobs().action_type_id(kind.clone()).send().await?;
            found.replace(jobs.jobs.unwrap_or_default().pop());
            Ok(found.borrow().is_some())
        })
        .await?;
        let job: Job = found.into_inner().context("no job")?;
        let (id, nonce) = (job.id.as_deref().unwrap_or_default(), job.nonce.as_deref().unwrap_or_default());
        self.pipelines.acknowledge_job().job_id(id).nonce(nonce).send().await?;
        Ok(job)
    }

    /// Puts the files where the job's output belongs, and reports success.
    async fn deliver(&self, job: &Job, files: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, text) in files {
            zip.start_file(*path, zip::write::SimpleFileOptions::default())?;
            zip.write_all(text.as_bytes())?;
        }
        let bytes = zip.finish()?.into_inner();
        let artifacts = job.data().map(JobData::output_artifacts).unwrap_or_default();
        let place =
            artifacts.first().and_then(|artifact| artifact.location()).and_then(|at| at.s3_location());
        let place = place.context("the job has no output artifact")?;
        let s3 = &self.clients.s3;
        let put = s3.put_object().bucket(place.bucket_name()).key(place.object_key()).body(bytes.into());
        put.send().await?;
        let revision = CurrentRevision::builder().revision("1").change_identifier("1").build()?;
        let report = self.pipelines.put_job_success_result().current_revision(revision);
        report.job_id(job.id().unwrap_or_default()).send().await?;
        Ok(())
    }

    async fn ending(&self, pipeline: &str) -> anyhow::Result<Ending> {
        let found = std::cell::RefCell::new(None);
        until(&format!("pipeline {pipeline} ended"), async || {
            found.replace(self.action(pipeline).await?);
            Ok(found.borrow().is_some())
        })
        .await?;
        let action = found.into_inner().context("no action")?;
        let output = action.output();
        let result = output.and_then(|output| output.execution_result());
        let message = result.and_then(|result| result.error_details()).and_then(|error| error.message());
        let message = message.or_else(|| result.and_then(|result| result.external_execution_summary()));
        Ok(Ending {
            status: action.status().map_or("", |status| status.as_str()).into(),
            message: message.unwrap_or_default().into(),
            variables: output.and_then(|output| output.output_variables()).cloned().unwrap_or_default(),
        })
    }

    /// The Lambda Invoke action, once it has ended.
    async fn action(&self, pipeline: &str) -> anyhow::Result<Option<ActionExecutionDetail>> {
        let listed = self.pipelines.list_pipeline_executions().pipeline_name(pipeline).send().await?;
        let execution =
            listed.pipeline_execution_summaries().first().and_then(|one| one.pipeline_execution_id());
        let filter =
            ActionExecutionFilter::builder().pipeline_execution_id(execution.context("no run")?).build();
        let list = self.pipelines.list_action_executions().pipeline_name(pipeline).filter(filter);
        let mut actions = list.send().await?.action_execution_details.unwrap_or_default();
        actions.retain(|action| {
            action.action_name() == Some("CleanUp")
                && action.status().is_some_and(|status| status.as_str() != "InProgress")
        });
        Ok(actions.pop())
    }
}
