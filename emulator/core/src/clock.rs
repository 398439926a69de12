//! The one clock of all services. It shows the time of this machine, which clients, functions and ministack see too; what
//! `--speed` shortens is how long things take. It follows Tokio's clock, so that a test can let a day pass at once.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Duration, Instant};

/// Shorter pauses would make a loop around them busy.
const SHORTEST: Duration = Duration::from_millis(10);

#[derive(Clone, Debug)]
pub struct Clock {
    epoch: Timestamp,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// A clock with which everything takes `speed` times less than on AWS.
    #[must_use]
    pub fn start(speed: f64) -> Self {
        Self { epoch: Timestamp::now(), started: Instant::now(), speed }
    }

    /// The same time with a speed of at most this.
    #[must_use]
    pub fn at_most(&self, speed: f64) -> Self {
        Self { speed: self.speed.min(speed), ..self.clone() }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX);
        self.epoch.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// How long something takes here that takes this long on AWS.
    #[must_use]
    pub fn scaled(&self, on_aws: Duration) -> Duration {
        Duration::try_from_secs_f64(on_aws.as_secs_f64() / self.speed).unwrap_or(Duration::MAX).max(SHORTEST)
    }
}

/// Seconds since 1970 with three decimals, as AWS's JSON writes a timestamp.
#[must_use]
pub fn epoch_seconds(at: Timestamp) -> f64 {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or_default();
    Duration::from_millis(milliseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn speed_shortens_durations_and_not_the_time_of_day() {
        let clock = Clock::start(30.0);
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_secs(2));
        assert_eq!(clock.scaled(Duration::from_mins(1)), Duration::from_secs(2));
        assert_eq!(clock.at_most(10.0).scaled(Duration::from_mins(1)), Duration::from_secs(6));
        assert_eq!(clock.scaled(Duration::from_millis(3)), SHORTEST);
        assert_eq!(Clock::start(0.0).scaled(Duration::from_secs(1)), Duration::MAX);
    }

    #[test]
    fn timestamps_are_written_in_seconds() {
        let at: Timestamp = "2026-11-02T16:04:09.123456Z".parse().unwrap();
        assert_eq!(epoch_seconds(at).to_string(), "1793635449.123");
    }
}
