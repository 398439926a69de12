//! Logs as JSON lines on standard output, and metrics in `CloudWatch`'s embedded format, which are log lines too and cost
//! no call. Neither ever holds a payload.

use crate::env;
use serde_json::json;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::level_filters::LevelFilter;

/// The namespace of every metric of this project.
pub const NAMESPACE: &str = "sm-mlops";

/// Starts the log. Called once, first thing in `main`.
pub fn start() {
    let level = level(env::optional(env::LOG_LEVEL).as_deref());
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false);
    lines.with_target(false).with_max_level(level).init();
}

/// Never below `INFO`: the SDK's own debug lines print requests and responses, credentials included.
fn level(wanted: Option<&str>) -> LevelFilter {
    match wanted.map(str::to_ascii_uppercase).as_deref() {
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// Publishes a count. The function's name is its dimension, so that two environments in one account stay apart.
pub fn count(metric: &str, value: usize) {
    let function = env::optional(env::FUNCTION_NAME).unwrap_or_else(|| "local".to_owned());
    let line = metric_line(metric, value, &function, SystemTime::now());
    if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
        tracing::warn!(%error, metric, "could not write a metric");
    }
}

/// One line in `CloudWatch`'s embedded metric format.
fn metric_line(metric: &str, value: usize, function: &str, now: SystemTime) -> String {
    let timestamp = now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let description = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    });
    json!({
        "_aws": {"Timestamp": u64::try_from(timestamp).unwrap_or(u64::MAX), "CloudWatchMetrics": [description]},
        "FunctionName": function,
        metric: value,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::time::Duration;

    #[test]
    fn a_metric_is_one_line_in_the_embedded_format() {
        let line = metric_line("SweepRepaired", 3, "team-git-source", UNIX_EPOCH + Duration::from_secs(7));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(value["SweepRepaired"], 3);
        assert_eq!(value["FunctionName"], "team-git-source");
        assert_eq!(value["_aws"]["Timestamp"], 7000);
        assert_eq!(value["_aws"]["CloudWatchMetrics"][0]["Namespace"], "sm-mlops");
        assert_eq!(value["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "SweepRepaired");
        assert_eq!(value["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0][0], "FunctionName");
    }

    #[test]
    fn the_log_is_never_more_talkative_than_info() {
        for (wanted, expected) in [
            (None, LevelFilter::INFO),
            (Some("TRACE"), LevelFilter::INFO),
            (Some("DEBUG"), LevelFilter::INFO),
            (Some("warn"), LevelFilter::WARN),
            (Some("FATAL"), LevelFilter::ERROR),
        ] {
            assert_eq!(level(wanted), expected, "{wanted:?}");
        }
    }
}
