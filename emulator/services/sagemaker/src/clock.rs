//! Simulated time: starts as the real one and passes `speed` times as fast. It follows Tokio's clock, so that a test
//! can let a day pass at once.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

/// A simulated point in time: milliseconds since 1970.
pub(crate) type Moment = i64;

pub(crate) struct Clock {
    epoch: Moment,
    started: Instant,
    speed: f64,
}

impl Clock {
    pub(crate) fn start(speed: f64) -> Self {
        Self { epoch: Timestamp::now().as_millisecond(), started: Instant::now(), speed }
    }

    pub(crate) fn now(&self) -> Moment {
        let passed = self.started.elapsed().mul_f64(self.speed).as_millis();
        self.epoch + i64::try_from(passed).unwrap_or(i64::MAX - self.epoch)
    }

    /// How long something of this simulated length really takes; never so short that waiting for it would spin.
    pub(crate) fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.speed).max(Duration::from_millis(10))
    }
}

/// A moment as AWS's JSON writes it: seconds since 1970.
pub(crate) fn seconds(moment: Moment) -> Value {
    let duration = Duration::from_millis(u64::try_from(moment).unwrap_or_default());
    json!(duration.as_secs_f64())
}
