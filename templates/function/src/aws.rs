//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::observation::{LogGroup, Observation};
use crate::plan::Action;
use crate::spec::Spec;
use aws_sdk_cloudwatchlogs::Client;
use shared::aws::SdkConfig;
use shared::error::{Cause, cause};
use shared::reconcile::batch::Postponed;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not {operation} log group {group}")]
pub struct Error {
    operation: &'static str,
    group: String,
    source: Cause,
}

/// The service.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    client: Client,
}

impl Aws {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// The log group of this name. CloudWatch Logs lists by prefix, so other names come too.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        let mut pages =
            self.client.describe_log_groups().log_group_name_prefix(&spec.group).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("describe", &spec.group, cause(error)))?;
            let found = page.log_groups().iter().find(|group| group.log_group_name() == Some(&spec.group));
            if let Some(group) = found {
                return Ok(Observation { group: Some(LogGroup { retention: group.retention_in_days() }) });
            }
        }
        Ok(Observation::default())
    }

    pub(crate) async fn act(&self, action: &Action) -> Result<Postponed, Error> {
        let group = &action.group;
        match action.retention {
            Some(days) => {
                let call = self.client.put_retention_policy().log_group_name(group).retention_in_days(days);
                call.send().await.map_err(|error| failed("set the retention of", group, cause(error)))?;
            }
            None => {
                let call = self.client.delete_retention_policy().log_group_name(group);
                call.send().await.map_err(|error| failed("remove the retention of", group, cause(error)))?;
            }
        }
        Ok(Postponed::default())
    }
}

fn failed(operation: &'static str, group: &str, source: Cause) -> Error {
    Error { operation, group: group.to_owned(), source }
}
