//! What is read, in plain data.

use shared::policy::Policy;
use std::collections::BTreeMap;

/// Both policies, and the endpoints of the target accounts.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// `aws`, or that of another partition.
    pub partition: String,
    /// The policy of the bucket: without statements if it has none. Nothing if there is no such bucket.
    pub bucket: Option<Policy>,
    /// The policy of the key. Nothing if there is no such key, or if it is about to be deleted.
    pub key: Option<Policy>,
    /// The endpoints of each account whose endpoints were asked for, by account.
    pub endpoints: BTreeMap<String, AccountEndpoints>,
}

/// The ids of the endpoints of a target account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEndpoints {
    /// `vpce-...` of S3.
    pub s3: String,
    /// `vpce-...` of KMS.
    pub kms: String,
}
