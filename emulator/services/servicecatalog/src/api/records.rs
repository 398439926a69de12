//! Records: what was asked to be done with provisioned products, and how far it is.

use super::pages::{output, page_of};
use super::provisioned::visible;
use crate::ServiceCatalog;
use crate::failure::{invalid, not_found};
use crate::provisioned::Record;
use emulator_core::{Answer, Call, Order, text};
use serde_json::json;

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "Id");
    let store = service.store();
    let record = store.records.get(id).ok_or_else(|| not_found(format!("Record {id} not found.")))?;
    let outputs = record.outputs.iter().enumerate().map(|(place, output)| (place, output.show()));
    let page = page_of(outputs, Order::Ascending, &call.input, 20);
    // The model has no other error here.
    let page = page.map_err(|failure| not_found(failure.message))?;
    let mut answer = output("RecordOutputs", page);
    answer["RecordDetail"] = record.show();
    Ok(answer)
}

pub(super) fn list(service: &ServiceCatalog, call: &Call) -> Answer {
    let filter = &call.input["SearchFilter"];
    let value = text(filter, "Value");
    let wanted = |record: &Record| match text(filter, "Key") {
        "" => Ok(true),
        "product" => Ok(record.product == value),
        "provisionedproduct" => Ok(record.provisioned == value),
        other => Err(invalid(format!("Invalid search filter key: {other}"))),
    };
    let store = service.store();
    let mut found = Vec::new();
    for record in store.records.values() {
        if visible(call, &record.creator) && wanted(record)? {
            found.push(((record.created, record.id.clone()), json!(record.show())));
        }
    }
    // Newest first.
    let page = page_of(found.into_iter(), Order::Descending, &call.input, 20)?;
    Ok(output("RecordDetails", page))
}
