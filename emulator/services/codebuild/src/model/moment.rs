//! A point in time, as AWS's JSON writes it (epoch seconds) and as its events write it.

use emulator_core::epoch_seconds;
use serde::{Serialize, Serializer};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(jiff::Timestamp);

impl Moment {
    pub(crate) fn milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Whole seconds from `earlier` to this moment.
    pub(crate) fn seconds_since(self, earlier: Self) -> u64 {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or_default().as_secs()
    }

    /// `Nov 22, 2026 4:12:29 PM`, the format of `CodeBuild`'s events.
    pub(crate) fn in_event(self) -> String {
        self.0.strftime("%b %-d, %Y %-I:%M:%S %p").to_string()
    }

    /// `2026/11/22 16:12:29.123456`, the format of the build log.
    pub(crate) fn in_log(self) -> String {
        self.0.strftime("%Y/%m/%d %H:%M:%S.%6f").to_string()
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(epoch_seconds(self.0))
    }
}
