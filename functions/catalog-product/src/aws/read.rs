//! From AWS's types to our own.

use crate::catalog::Request;
use crate::observation::{Kind, Provisioned, Record, Status};
use aws_sdk_servicecatalog::types::{ProvisionedProductDetail, RecordDetail, RecordError, RecordStatus};
use shared::text;

/// Characters of the reason of a failed record.
const MAX_REASON: usize = 1000;

/// A provisioned product, if it has what every one has.
pub(super) fn provisioned(found: &ProvisionedProductDetail, record: Record) -> Option<Provisioned> {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Some(Provisioned {
        id: found.id()?.to_owned(),
        name: found.name()?.to_owned(),
        product: text(found.product_id()),
        artifact: text(found.provisioning_artifact_id()),
        token: text(found.idempotency_token()),
        record,
    })
}

/// A record.
pub(super) fn record(found: &RecordDetail) -> Record {
    let kind = match found.record_type() {
        Some("PROVISION_PRODUCT") => Kind::Provision,
        Some("TERMINATE_PROVISIONED_PRODUCT") => Kind::Terminate,
        _ => Kind::Other,
    };
    let status = match found.status() {
        Some(RecordStatus::Created | RecordStatus::InProgress | RecordStatus::InProgressInError) => {
            Status::Running
        }
        Some(RecordStatus::Succeeded) => Status::Succeeded,
        Some(RecordStatus::Failed) => Status::Failed(reason(found.record_errors())),
        other => Status::Unknown(text::escaped(other.map_or("", RecordStatus::as_str))),
    };
    Record { id: found.record_id().unwrap_or_default().to_owned(), kind, status }
}

/// A record, for people.
pub(super) fn request(found: &RecordDetail) -> Request {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Request {
        record_id: text(found.record_id()),
        record_type: text(found.record_type()),
        status: text(found.status().map(RecordStatus::as_str)),
        reason: (!found.record_errors().is_empty()).then(|| reason(found.record_errors())),
    }
}

/// The first error of a record, on one line.
fn reason(errors: &[RecordError]) -> String {
    let parts = errors.first().map(|error| [error.code(), error.description()]);
    let parts = parts.into_iter().flatten().flatten().map(text::printable).filter(|part| !part.is_empty());
    let reason = parts.collect::<Vec<_>>().join(": ").replace('\n', " ");
    let reason = text::truncate_utf16(reason.trim_end_matches(['.', ' ']), MAX_REASON);
    if reason.is_empty() { "Service Catalog gives no reason".to_owned() } else { reason }
}
