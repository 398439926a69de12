//! Faults on demand: what goes wrong with the n-th call of an operation, and with events on their way.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What happens instead of (or after) serving a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// `ThrottlingException`, HTTP 400.
    Throttle,
    /// `InternalFailure`, HTTP 500.
    ServerError,
    /// No answer: the connection is held for 30 s, then closed.
    TimeOut,
    /// `AccessDeniedException`, HTTP 400.
    AccessDenied,
    /// The call is served, then the process of the Lambda function that made it, or for which a service made it, is killed before it
    /// sees the answer. The service gets its answer.
    KillCaller,
}

/// A planned fault. All fields that are set must match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    pub kind: FaultKind,
    /// IAM service prefix, e.g. `codepipeline`; none: any service.
    #[serde(default)]
    pub service: Option<String>,
    /// Operation, e.g. `PollForJobs`; none: any.
    #[serde(default)]
    pub operation: Option<String>,
    /// Part of the caller's ARN, e.g. a role name; none: anyone.
    #[serde(default)]
    pub principal: Option<String>,
    /// Matching calls to let pass first.
    #[serde(default)]
    pub after: u32,
    /// How many matching calls to hit then.
    #[serde(default = "once")]
    pub times: u32,
    /// Of these, hit only each `every`-th call of an operation; every operation is counted by itself.
    #[serde(default = "once")]
    pub every: u32,
}

/// A fault and, by service and operation, how many calls it has let pass since it last hit one.
#[derive(Debug)]
struct Planned {
    fault: Fault,
    passed: BTreeMap<(String, String), u32>,
}

fn once() -> u32 {
    1
}

/// What happens to an event on its way to the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventFaultKind {
    Drop,
    Duplicate,
    /// Delivered this many milliseconds late.
    Delay(u64),
    /// Held until another event has been delivered, and for 5 seconds at most.
    Reorder,
}

/// A planned event fault. All fields that are set must match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EventFault {
    pub kind: EventFaultKind,
    /// `detail-type`; none: any.
    #[serde(default)]
    pub detail_type: Option<String>,
    /// A string that the event's JSON contains, e.g. a pipeline or project name; none: any.
    #[serde(default)]
    pub containing: Option<String>,
    #[serde(default = "once")]
    pub times: u32,
}

/// The faults still to come.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<(Vec<Planned>, Vec<EventFault>)>>);

impl Faults {
    pub fn plan(&self, fault: Fault) {
        self.lock().0.push(Planned { fault, passed: BTreeMap::new() });
    }

    pub fn plan_event(&self, fault: EventFault) {
        self.lock().1.push(fault);
    }

    /// Forgets what was planned for callers whose ARN contains `principal` and has not hit a call yet.
    pub fn forget(&self, principal: &str) {
        self.lock().0.retain(|planned| planned.fault.principal.as_deref() != Some(principal));
    }

    pub fn clear(&self) {
        *self.lock() = (Vec::new(), Vec::new());
    }

    /// The fault for this call, if one is due; counts the call against each plan it matches.
    pub fn inject_fault(&self, service: &str, operation: &str, principal: &str) -> Option<FaultKind> {
        let fits = |wish: &Option<String>, have: &str| wish.as_deref().is_none_or(|wish| wish == have);
        for Planned { fault, passed } in &mut self.lock().0 {
            let matches = fits(&fault.service, service)
                && fits(&fault.operation, operation)
                && fault.principal.as_deref().is_none_or(|part| principal.contains(part));
            if !matches || fault.times == 0 {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            let passed = passed.entry((service.into(), operation.into())).or_default();
            *passed += 1;
            if *passed < fault.every {
                continue;
            }
            *passed = 0;
            fault.times -= 1;
            return Some(fault.kind);
        }
        None
    }

    /// How many events are still to be hit of those that were planned by this text.
    pub fn events_left(&self, containing: &str) -> u32 {
        let planned = &self.lock().1;
        planned
            .iter()
            .filter(|fault| fault.containing.as_deref() == Some(containing))
            .map(|fault| fault.times)
            .sum()
    }

    /// The fault for this event, if one is due.
    pub fn inject_event_fault(&self, detail_type: &str, json: &str) -> Option<EventFaultKind> {
        for fault in &mut self.lock().1 {
            let matches = fault.detail_type.as_deref().is_none_or(|wish| wish == detail_type)
                && fault.containing.as_deref().is_none_or(|part| json.contains(part));
            if matches && fault.times > 0 {
                fault.times -= 1;
                return Some(fault.kind);
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<Planned>, Vec<EventFault>)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
