//! Operations on stack sets: described, listed with their results, stopped.

use super::is_delegated;
use super::pages::paged;
use crate::StackSets;
use crate::failure::{no_operation, not_possible};
use crate::operation::{Operation, Progress};
use crate::store::StackSet;
use emulator_core::{Answer, Call, Failure, Order, text};
use serde_json::{Value, json};

fn operation<'a>(set: &'a StackSet, input: &Value) -> Result<&'a Operation, Failure> {
    let id = text(input, "OperationId");
    set.operations.iter().find(|it| it.id == id).ok_or_else(|| no_operation(id))
}

pub(super) fn describe(service: &StackSets, call: &Call) -> Answer {
    let store = service.store();
    let set = store.set(text(&call.input, "StackSetName"), is_delegated(&call.input))?;
    let shown = operation(set, &call.input)?.show(&set.id);
    Ok(json!({"StackSetOperation": shown}))
}

pub(super) fn list(service: &StackSets, call: &Call) -> Answer {
    let store = service.store();
    let set = store.set(text(&call.input, "StackSetName"), is_delegated(&call.input))?;
    let all = set.operations.iter().enumerate().map(|(at, operation)| (at, operation.summary()));
    // Newest first.
    paged(all, Order::Descending, &call.input)
}

pub(super) fn results(service: &StackSets, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    let set = store.set(text(input, "StackSetName"), is_delegated(input))?;
    let operation = operation(set, input)?;
    let status = text(&input["Filters"][0], "Values");
    let wanted = operation.results.iter().filter(|(_, it)| status.is_empty() || it.status() == status);
    paged(wanted.map(|(place, outcome)| (place.clone(), outcome.show(place))), Order::Ascending, input)
}

pub(super) fn stop(service: &StackSets, call: &Call) -> Answer {
    let now = service.now();
    let mut store = service.store();
    let set = store.set_mut(text(&call.input, "StackSetName"), is_delegated(&call.input))?;
    let id = text(&call.input, "OperationId");
    let operation = set.operation_mut(id).ok_or_else(|| no_operation(id))?;
    match operation.status {
        Progress::Running | Progress::Stopping => operation.status = Progress::Stopping,
        Progress::Queued => {
            (operation.status, operation.ended) = (Progress::Stopped, Some(now));
            set.queue.retain(|plan| plan.id != id);
        }
        ended => {
            let message = format!("Operation {id} cannot be stopped: it is {}", ended.word());
            return Err(not_possible(message));
        }
    }
    Ok(json!({}))
}
