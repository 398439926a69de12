//! What a pipeline execution left behind, read through AWS's own APIs: the revision it reported and its artifact.

use crate::cloud::Cloud;
use crate::deploy::s3_config;
use anyhow::Context;
use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionFilter};
use std::collections::HashMap;
use std::io::Read;

/// The source action of one execution, as CodePipeline tells it.
#[derive(Debug)]
pub struct Source {
    /// `Succeeded`, `Failed`, ...
    pub status: String,
    /// Variables of the action, such as `CommitId`.
    pub variables: HashMap<String, String>,
    /// What CodePipeline shows under the action: the failure's message or the revision's summary.
    pub message: String,
    /// Bucket and key of the output artifact.
    pub artifact: Option<(String, String)>,
}

/// A file in an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub bytes: Vec<u8>,
    /// Unix mode with the file type, e.g. `0o100755`.
    pub mode: u32,
}

/// The first action of the execution.
pub async fn source(cloud: &Cloud, pipeline: &str, execution: &str) -> anyhow::Result<Source> {
    let client = aws_sdk_codepipeline::Client::new(&cloud.root().await);
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(execution).build();
    let pages = client.list_action_executions().pipeline_name(pipeline).filter(filter).into_paginator();
    let all = pages.items().send().collect::<Result<Vec<_>, _>>().await?;
    let first = all.iter().min_by_key(|action| action.start_time().map(aws_smithy_types::DateTime::as_nanos));
    Ok(read(first.context("the execution has no action yet")?))
}

fn read(action: &ActionExecutionDetail) -> Source {
    let output = action.output();
    let result = output.and_then(|o| o.execution_result());
    let message = result.and_then(|r| r.error_details()).and_then(|e| e.message());
    let message = message.or_else(|| result.and_then(|r| r.external_execution_summary()));
    let artifact = output.and_then(|o| o.output_artifacts().first()).and_then(|a| a.s3_location());
    Source {
        status: action.status().map_or("", |s| s.as_str()).into(),
        variables: output.and_then(|o| o.output_variables()).cloned().unwrap_or_default(),
        message: message.unwrap_or_default().into(),
        artifact: artifact.and_then(|a| Some((a.bucket()?.to_owned(), a.key()?.to_owned()))),
    }
}

/// The files of a zip artifact in S3, sorted by path.
pub async fn artifact(cloud: &Cloud, bucket: &str, key: &str) -> anyhow::Result<Vec<Entry>> {
    let s3 = aws_sdk_s3::Client::from_conf(s3_config(&cloud.root().await));
    let object = s3.get_object().bucket(bucket).key(key).send().await;
    let bytes = object.with_context(|| format!("no artifact at s3://{bucket}/{key}"))?.body.collect().await?;
    unpack(std::io::Cursor::new(bytes.into_bytes()))
}

fn unpack(bytes: impl std::io::Read + std::io::Seek) -> anyhow::Result<Vec<Entry>> {
    let mut zip = zip::ZipArchive::new(bytes)?;
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        if file.is_dir() {
            continue;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mode = file.unix_mode().unwrap_or(0o100_644);
        entries.push(Entry { path: file.name()?.into_owned(), bytes, mode });
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}
