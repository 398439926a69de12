//! What EventBridge asks for: CloudTrail tells that the deletion of a domain was requested, a schedule asks for what deleted
//! domains left behind, and Step Functions tells that a run ended. People are told; only where that is allowed do events
//! start runs, and those free the network only.

use crate::StorageCleanup;
use crate::aws::Error;
use crate::consent::allows;
use crate::observation::{Observation, Scope};
use crate::orphans::{self, Kind, Orphan};
use crate::spec::{Consent, Spec};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::drivers::events::{Event, Notice, Response, Route, Run, Subscriber};
use shared::reconcile::step::{Reconcile, StepError};
use shared::sagemaker_domain;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The settings of a deployment that serves events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    /// The state machine of the function that may delete, and who is told.
    pub route: Route,
    /// Who allows events to free the network; nobody where it is none.
    pub consent: Option<Consent>,
    /// Seconds between an event and the first deletion.
    pub grace: u64,
    /// The most runs that one schedule starts.
    pub most: usize,
}

/// What each step of a run is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Trigger {
    domain_id: String,
    consent: Consent,
}

/// The members of a CloudTrail record that count
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_source: String,
    event_name: String,
    /// The same for every delivery of the record.
    #[serde(rename = "eventID")]
    event_id: String,
    error_code: Option<String>,
    request_parameters: Option<Parameters>,
}

/// The parameters of `DeleteDomain`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    domain_id: Option<String>,
}

/// A run that ended
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>).
#[derive(Debug, Deserialize)]
struct Ended {
    name: String,
    status: String,
    error: Option<String>,
    cause: Option<String>,
}

impl Subscriber for StorageCleanup {
    fn route(&self) -> Option<&Route> {
        self.events.as_ref().map(|events| &events.route)
    }

    async fn respond(&self, event: &Event) -> Result<Response, StepError<Error>> {
        let Some(events) = &self.events else { return Ok(Response::default()) };
        let begin = event.time.saturating_add(events.grace);
        match (event.source.as_str(), event.detail_type.as_str()) {
            ("aws.sagemaker", "AWS API Call via CloudTrail") => {
                let Some((domain, cause)) = deleted(&event.detail).map_err(StepError::Stuck)? else {
                    return Ok(Response::default());
                };
                self.after_deletion(events, domain, &cause, begin).await
            }
            ("aws.events", "Scheduled Event") => {
                let found = self.orphans().await.map_err(StepError::Failed)?;
                Ok(on_schedule(events, &found, event, begin))
            }
            ("aws.states", "Step Functions Execution Status Change") => {
                let run = Ended::deserialize(&event.detail)
                    .map_err(|error| StepError::Stuck(format!("detail is of no execution: {error}")))?;
                self.after_run(&run).await
            }
            (source, kind) => Err(StepError::Stuck(format!(
                "no rule of this function has events of {source:?} with the type {kind:?}"
            ))),
        }
    }

    fn triggered(trigger: Value) -> Result<Spec, String> {
        let Trigger { domain_id, consent } = serde_json::from_value(trigger)
            .map_err(|error| format!("the trigger of the run cannot be read: {error}"))?;
        let domain = sagemaker_domain::id(&domain_id).map_err(|why| format!("DomainId: {why}"))?;
        Ok(Spec::network_of(domain, Some(consent)))
    }
}

impl StorageCleanup {
    /// The run that frees the network of a domain whose deletion was requested.
    async fn after_deletion(
        &self,
        events: &Events,
        domain: String,
        cause: &str,
        begin: u64,
    ) -> Result<Response, StepError<Error>> {
        let Some(consent) = events.consent else {
            tracing::info!(domain, "the domain is being deleted; events may not free its network");
            return Ok(Response::default());
        };
        let observed = self
            .observe(&Spec::network_of(domain.clone(), Some(consent)))
            .await
            .map_err(StepError::Failed)?;
        let runs = has_network(&observed).then(|| run(domain, cause, consent, begin));
        Ok(Response { runs: runs.into_iter().collect(), ..Response::default() })
    }

    /// How a run ended that an event started.
    async fn after_run(&self, run: &Ended) -> Result<Response, StepError<Error>> {
        let Some(domain) = shared::drivers::events::subject(&run.name) else {
            return Ok(Response::default());
        };
        let id =
            sagemaker_domain::id(domain).map_err(|why| StepError::Stuck(format!("detail.name: {why}")))?;
        let text = match run.status.as_str() {
            "SUCCEEDED" => {
                let observed = self.observe(&Spec::network_of(id, None)).await.map_err(StepError::Failed)?;
                if has_network(&observed) {
                    format!(
                        "What domain {domain} left in the network is still there: the run ended because the domain exists, or \
                         because the tag sm-mlops:on-delete does not allow the deletion."
                    )
                } else {
                    format!(
                        "The network of domain {domain} is free: its mount targets, security groups and network interfaces \
                         are deleted."
                    )
                }
            }
            "FAILED" => {
                let [error, cause] = [&run.error, &run.cause].map(|text| text.as_deref().unwrap_or_default());
                let sentence = shared::drivers::stepfunctions::sentence(error, cause);
                format!("The network of domain {domain} could not be freed: {sentence}")
            }
            status => format!("The run that frees the network of domain {domain} ended as {status}."),
        };
        let notice = Notice { subject: "sm-mlops: a clean-up by an event ended".to_owned(), text };
        Ok(Response { notice: Some(notice), ..Response::default() })
    }
}

/// Whether there is anything to free, now or when the domain is gone.
fn has_network(observed: &Observation) -> bool {
    let remaining = observed.own_mounts().count() + observed.groups.len() + observed.interfaces.len();
    observed.scope != Scope::Nothing && remaining > 0
}

/// The domain whose deletion SageMaker accepted, and the id of the record; nothing when it refused.
fn deleted(detail: &Value) -> Result<Option<(String, String)>, String> {
    let record =
        Record::deserialize(detail).map_err(|error| format!("detail is no record of CloudTrail: {error}"))?;
    if (record.event_source.as_str(), record.event_name.as_str())
        != ("sagemaker.amazonaws.com", "DeleteDomain")
    {
        return Err(format!(
            "no rule of this function has calls of {} to {}",
            record.event_name, record.event_source
        ));
    }
    if let Some(code) = record.error_code {
        tracing::info!(code, "SageMaker refused to delete the domain: nothing is done");
        return Ok(None);
    }
    let named = record.request_parameters.and_then(|parameters| parameters.domain_id);
    let named = named.ok_or("detail.requestParameters has no domainId")?;
    let domain =
        sagemaker_domain::id(&named).map_err(|why| format!("detail.requestParameters.domainId: {why}"))?;
    Ok(Some((domain, record.event_id)))
}

/// What a schedule reports, and the runs that it starts.
fn on_schedule(events: &Events, found: &[Orphan], event: &Event, begin: u64) -> Response {
    let orphans: Vec<_> = found.iter().filter(|orphan| !orphan.is_kept()).cloned().collect();
    let count = |kind: Kind| (kind.metric(), orphans.iter().filter(|orphan| orphan.kind == kind).count());
    let counts = Kind::ALL.map(count).to_vec();
    tracing::info!(found = orphans::summary(&orphans), "what deleted domains left behind");
    let allowed = |consent: Consent| {
        let domains = orphans::by_domain(found).into_iter().filter(move |(_, of)| {
            let blocks = of.iter().any(|orphan| orphan.blocks_the_network());
            let on_delete_tags: Vec<_> = of.iter().filter_map(|orphan| orphan.on_delete).collect();
            blocks && allows(consent, &on_delete_tags).is_ok()
        });
        domains.map(move |(domain, _)| run(domain.to_owned(), &event.id, consent, begin))
    };
    let mut runs: Vec<_> = events.consent.into_iter().flat_map(allowed).collect();
    // In another order with every event: a domain whose run is blocked each time does not keep the others waiting.
    runs.sort_by_key(|run| {
        let mut hasher = DefaultHasher::new();
        (&event.id, &run.subject).hash(&mut hasher);
        hasher.finish()
    });
    let later = runs.len().saturating_sub(events.most);
    runs.truncate(events.most);
    let notice = (!orphans.is_empty()).then(|| {
        let mut text = orphans::report(&orphans, &event.account, &event.region);
        if later > 0 {
            let most = events.most;
            let _ = writeln!(
                text,
                "\nThe networks of {later} more domains are left for the next schedule: one starts {most} runs at most."
            );
        }
        Notice { subject: "sm-mlops: deleted SageMaker domains left resources behind".to_owned(), text }
    });
    Response { runs, notice, counts }
}

fn run(domain: String, cause: &str, consent: Consent, begin: u64) -> Run {
    let start = orphans::rfc_3339(begin);
    Run {
        sentence: format!(
            "From {start} on, the mount targets, security groups and network interfaces that domain {domain} left are \
             deleted. Its file system stays. To prevent this, tag the file system with sm-mlops:on-delete=keep, or stop the \
             execution of the state machine."
        ),
        trigger: json!(Trigger { domain_id: domain.clone(), consent }),
        subject: domain,
        cause: cause.to_owned(),
        not_before: begin,
    }
}

#[cfg(test)]
mod tests;
