//! Provisioned products and the records of what was done to them.

use crate::access::LaunchPath;
use crate::failure::not_found;
use crate::store::{Moment, Store, Tags};
use emulator_core::{Call, Caller, Failure, ServiceContext, epoch_seconds, present, text};
use serde_json::{Value, json};

/// A provisioned product: a stack that Service Catalog made.
#[derive(Clone, Debug)]
pub(crate) struct Provisioned {
    /// `pp-...`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: Status,
    pub(crate) message: Option<String>,
    pub(crate) created: Moment,
    /// The token of the call that made it.
    pub(crate) token: String,
    pub(crate) product: String,
    pub(crate) artifact: String,
    pub(crate) path: LaunchPath,
    pub(crate) launch_role: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) creator: Creator,
    /// The ARN of the stack, once there is one.
    pub(crate) stack: Option<String>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) last_record: String,
    pub(crate) last_provisioning_record: String,
    pub(crate) last_successful_record: Option<String>,
}

/// AWS's statuses of provisioned products, but for that of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Available,
    UnderChange,
    /// What was asked for last failed, and the stack is as it was.
    Tainted,
    Error,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::UnderChange => "UNDER_CHANGE",
            Self::Tainted => "TAINTED",
            Self::Error => "ERROR",
        }
    }
}

/// Who made something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Creator {
    /// The ARN of a user, or of the role of a session.
    pub(crate) arn: String,
    /// The ARN of a user or a session.
    pub(crate) session: String,
}

impl Creator {
    pub(crate) fn of(caller: &Caller) -> Self {
        let session = caller.arn.clone();
        let parts: Vec<_> = session.split([':', '/']).collect();
        let arn = match parts[..] {
            ["arn", partition, "sts", _, account, "assumed-role", role, ..] => {
                format!("arn:{partition}:iam::{account}:role/{role}")
            }
            _ => session.clone(),
        };
        Self { arn, session }
    }
}

/// An output of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
}

impl Output {
    pub(crate) fn show(&self) -> Value {
        present(json!({"OutputKey": self.key, "OutputValue": self.value, "Description": self.description}))
    }
}

/// A request to change a provisioned product, and how far it is.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) provisioned: String,
    /// Of the provisioned product.
    pub(crate) name: String,
    /// `PROVISION_PRODUCT`, ...
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) product: String,
    pub(crate) artifact: String,
    pub(crate) path: String,
    pub(crate) launch_role: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) creator: Creator,
    pub(crate) error: Option<Error>,
    pub(crate) outputs: Vec<Output>,
}

/// Why a request failed.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    pub(crate) code: String,
    pub(crate) description: String,
}

impl Record {
    /// The record of a request that is made now.
    pub(crate) fn new(product: &Provisioned, kind: &'static str, call: &Call, now: Moment) -> Self {
        Self {
            id: product.last_record.clone(),
            provisioned: product.id.clone(),
            name: product.name.clone(),
            kind,
            status: "CREATED",
            created: now,
            updated: now,
            product: product.product.clone(),
            artifact: product.artifact.clone(),
            path: product.path.id.clone(),
            launch_role: product.launch_role.clone(),
            tags: product.tags.clone(),
            creator: Creator::of(&call.caller),
            error: None,
            outputs: Vec::new(),
        }
    }

    pub(crate) fn show(&self) -> Value {
        let errors =
            self.error.iter().map(|error| json!({"Code": error.code, "Description": error.description}));
        let tags = self.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
        present(json!({
            "RecordId": self.id,
            "ProvisionedProductName": self.name,
            "Status": self.status,
            "CreatedTime": seconds(self.created),
            "UpdatedTime": seconds(self.updated),
            "ProvisionedProductType": "CFN_STACK",
            "RecordType": self.kind,
            "ProvisionedProductId": self.provisioned,
            "ProductId": self.product,
            "ProvisioningArtifactId": self.artifact,
            "PathId": self.path,
            "RecordErrors": errors.collect::<Vec<_>>(),
            "RecordTags": tags.collect::<Vec<_>>(),
            "LaunchRoleArn": self.launch_role,
        }))
    }
}

impl Provisioned {
    /// The name of its stack.
    pub(crate) fn stack_name(&self, context: &ServiceContext) -> String {
        format!("SC-{}-{}", context.account, self.id)
    }

    pub(crate) fn show(&self) -> Value {
        present(json!({
            "Name": self.name,
            "Arn": self.arn,
            "Type": "CFN_STACK",
            "Id": self.id,
            "Status": self.status.word(),
            "StatusMessage": self.message,
            "CreatedTime": seconds(self.created),
            "IdempotencyToken": self.token,
            "LastRecordId": self.last_record,
            "LastProvisioningRecordId": self.last_provisioning_record,
            "LastSuccessfulProvisioningRecordId": self.last_successful_record,
            "ProductId": self.product,
            "ProvisioningArtifactId": self.artifact,
            "LaunchRoleArn": self.launch_role,
        }))
    }
}

/// The provisioned product that an input names by its id or its name.
pub(crate) fn named<'a>(store: &'a Store, (id, name): (&str, &str)) -> Result<&'a Provisioned, Failure> {
    let missing = || not_found(format!("Provisioned product {id}{name} not found."));
    let found = match (id, name) {
        ("", "") => None,
        // A name may be given as the ARN.
        ("", name) => store.provisioned.values().find(|it| it.name == name || it.arn == name),
        (id, "") => store.provisioned.get(id),
        (id, name) => store.provisioned.get(id).filter(|it| it.name == name),
    };
    found.ok_or_else(missing)
}

/// The id and the name of the provisioned product in the members that most operations have for that.
pub(crate) fn names(input: &Value) -> (&str, &str) {
    (text(input, "ProvisionedProductId"), text(input, "ProvisionedProductName"))
}

/// A moment as AWS's JSON has it.
pub(crate) fn seconds(at: Moment) -> f64 {
    jiff::Timestamp::from_millisecond(at).map(epoch_seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_a_role_have_one_creator() {
        for (caller, expected) in [
            ("arn:aws:sts::111122223333:assumed-role/Admin/alice", "arn:aws:iam::111122223333:role/Admin"),
            ("arn:aws:iam::111122223333:user/team/alice", "arn:aws:iam::111122223333:user/team/alice"),
        ] {
            let creator = Creator::of(&Caller { arn: caller.into(), access_key: String::new() });
            assert_eq!((creator.arn.as_str(), creator.session.as_str()), (expected, caller));
        }
    }
}
