//! The states of a job.

use crate::engine::jobs::LEASE;
use crate::model::ActionTypeId;
use crate::state::{Job, JobStatus, RunId};
use jiff::{SignedDuration, Timestamp};

fn job(status: JobStatus) -> Job {
    Job {
        id: "job".into(),
        run: RunId { pipeline: "p".into(), execution: "e".into(), run: "r".into() },
        kind: ActionTypeId::new("Source", "Custom", "Git", "1"),
        status,
        nonce: Some("old".into()),
        hidden_until: Timestamp::UNIX_EPOCH,
        continuation: None,
    }
}

#[test]
fn offer_gives_a_new_nonce_after_each_lease_until_somebody_takes_the_job() {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10);
    let mut job = job(JobStatus::Queued);
    assert!(job.offer(now));
    let first = job.nonce.clone().unwrap();
    assert!(!job.offer(now + LEASE - SignedDuration::from_millis(1)), "the lease still runs");
    assert!(job.offer(now + LEASE));
    let second = job.nonce.clone().unwrap();
    assert_ne!(first, second);
    assert_eq!(job.acknowledge(&first).unwrap_err().code, "InvalidNonceException");
    assert_eq!(job.acknowledge(&second), Ok(JobStatus::InProgress));
    assert!(!job.offer(now + LEASE + LEASE), "it is taken");
    assert_eq!(job.acknowledge(&second), Ok(JobStatus::InProgress), "asking again changes nothing");
}

#[track_caller]
fn check(status: JobStatus, offered: bool, acknowledged: JobStatus, open: bool) {
    assert_eq!(job(status).is_open(), open);
    assert_eq!(job(status).acknowledge("old"), Ok(acknowledged));
    assert_eq!(job(status).acknowledge("other").unwrap_err().code, "InvalidNonceException");
    assert_eq!(job(status).offer(Timestamp::now()), offered);
}

#[test]
fn a_job_that_ended_is_neither_offered_nor_taken() {
    check(JobStatus::Dispatched, true, JobStatus::InProgress, true);
    check(JobStatus::InProgress, false, JobStatus::InProgress, true);
    check(JobStatus::Succeeded, false, JobStatus::Succeeded, false);
    check(JobStatus::Failed, false, JobStatus::Failed, false);
    check(JobStatus::TimedOut, false, JobStatus::TimedOut, false);
}

#[test]
fn a_hidden_job_is_not_offered() {
    let mut hidden = job(JobStatus::Queued);
    hidden.hidden_until = Timestamp::now() + SignedDuration::from_hours(1);
    assert!(!hidden.offer(Timestamp::now()));
}
