//! A log stream in `CloudWatch` Logs, written as the build's role.

use crate::model::Moment;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;

/// `PutLogEvents` takes 1 MiB, counting 26 bytes for each event.
const BATCH_BYTES: usize = 1_000_000;
const BATCH_EVENTS: usize = 10_000;
const EVENT_OVERHEAD: usize = 26;

pub(crate) struct CloudWatch {
    client: Client,
    group: String,
    stream: String,
    batch: Vec<InputLogEvent>,
    bytes: usize,
    complained: bool,
}

impl CloudWatch {
    /// Makes the stream, and its group if need be, and writes a first line, so that a role which may not write logs
    /// fails here. The error is AWS's own message.
    pub(crate) async fn open(client: Client, group: &str, stream: &str, now: Moment) -> Result<Self, String> {
        let create = || client.create_log_stream().log_group_name(group).log_stream_name(stream).send();
        if let Err(error) = create().await {
            let no_group = error
                .as_service_error()
                .is_some_and(aws_sdk_cloudwatchlogs::operation::create_log_stream::CreateLogStreamError::is_resource_not_found_exception);
            if !no_group {
                return Err(message(&error));
            }
            let made = client.create_log_group().log_group_name(group).send().await;
            // Another build of the same project may have made it meanwhile.
            if let Err(error) = made
                && !error
                    .as_service_error()
                    .is_some_and(aws_sdk_cloudwatchlogs::operation::create_log_group::CreateLogGroupError::is_resource_already_exists_exception)
            {
                return Err(message(&error));
            }
            create().await.map_err(|error| message(&error))?;
        }
        let mut opened = Self {
            client,
            group: group.into(),
            stream: stream.into(),
            batch: Vec::new(),
            bytes: 0,
            complained: false,
        };
        opened.add(now, format!("[Container] {} Waiting for agent ping", now.in_log()));
        opened.send().await?;
        Ok(opened)
    }

    /// Keeps a line for the next batch; tells whether the batch is full.
    pub(crate) fn add(&mut self, time: Moment, line: String) -> bool {
        // The service refuses empty messages, but a build's empty lines are part of its log.
        let line = if line.is_empty() { " ".to_owned() } else { line };
        self.bytes += line.len() + EVENT_OVERHEAD;
        let event = InputLogEvent::builder().timestamp(time.milliseconds()).message(line);
        self.batch.extend(event.build());
        self.bytes >= BATCH_BYTES || self.batch.len() >= BATCH_EVENTS
    }

    /// Sends what is kept. A build does not fail because a line got lost; it is reported once.
    pub(crate) async fn put(&mut self) {
        if let Err(error) = self.send().await
            && !std::mem::replace(&mut self.complained, true)
        {
            tracing::warn!("lines of {} did not reach CloudWatch Logs: {error}", self.stream);
        }
    }

    async fn send(&mut self) -> Result<(), String> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let put = self.client.put_log_events().log_group_name(&self.group).log_stream_name(&self.stream);
        put.set_log_events(Some(batch)).send().await.map(drop).map_err(|error| message(&error))
    }
}

fn message<E, R>(error: &aws_sdk_cloudwatchlogs::error::SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::message) {
        Some(message) => message.to_owned(),
        None => DisplayErrorContext(error).to_string(),
    }
}
